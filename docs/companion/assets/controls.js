"use strict";
// Sliders, switches, choices, and an inequality that says how much room is left.
C.slider = (host, { label, min, max, step, value, log = false, show = (v) => C.fmt(v, 2), moved }) => {
  const id = `s${C.ids = (C.ids || 0) + 1}`;
  const of = (raw) => log ? Number((10 ** Number(raw)).toPrecision(12)) : Number(raw);
  const to = (v) => log ? Math.log10(v) : v;
  const input = C.el("input", { type: "range", id, min: to(min), max: to(max), step });
  input.value = to(value);
  const output = C.el("output", { for: id });
  const slider = {
    value,
    input,
    set: (v) => { input.value = to(v); tell(); },
  };
  const tell = () => {
    slider.value = of(input.value);
    output.textContent = show(slider.value);
    input.setAttribute("aria-valuetext", show(slider.value));
    moved(slider.value);
  };
  input.addEventListener("input", tell);
  host.append(C.el("div", { class: "slider" }, C.el("label", { for: id, text: label }), input, output));
  slider.value = of(input.value);
  output.textContent = show(slider.value);
  input.setAttribute("aria-valuetext", show(slider.value));
  return slider;
};

C.toggle = (host, { label, checked = false, moved, danger = false }) => {
  const input = C.el("input", { type: "checkbox", role: "switch" });
  input.checked = checked;
  const toggle = { get on() { return input.checked; }, input };
  input.addEventListener("change", () => moved(input.checked));
  host.append(C.el("label", { class: danger ? "toggle break" : "toggle" }, input, C.el("span", { text: label })));
  return toggle;
};

C.choice = (host, { label, options, value, moved }) => {
  const name = `c${C.ids = (C.ids || 0) + 1}`;
  const box = C.el("fieldset", { class: "choice" }, C.el("legend", { text: label }));
  const choice = { value };
  for (const [key, words] of options) {
    const input = C.el("input", { type: "radio", name, value: key });
    input.checked = key === value;
    input.addEventListener("change", () => { choice.value = key; moved(key); });
    box.append(C.el("label", {}, input, C.el("span", { text: words })));
  }
  host.append(box);
  return choice;
};

C.button = (host, label, pressed) => {
  const button = C.el("button", { type: "button", text: label });
  button.addEventListener("click", pressed);
  host.append(button);
  return button;
};

// left: words of the measured side; bounds: [{ key, label, cls }]. The returned function takes the
// measured value and one value a bound (null hides it), and shows bars, verdicts and slack.
C.inequality = (host, left, bounds) => {
  const box = C.el("div", { class: "inequality" });
  const row = (label, cls) => {
    const bar = C.el("span", { class: `bar ${cls}` }), value = C.el("b");
    const line = C.el("div", { class: "row" }, C.el("span", { class: "label", text: label }),
      C.el("span", { class: "track" }, bar), value);
    box.append(line);
    return { bar, value, line };
  };
  const first = row(left, "measured");
  const others = bounds.map((b) => {
    const r = row(b.label, b.cls || "k1");
    r.verdict = C.el("span", { class: "verdict" });
    r.line.append(r.verdict);
    return r;
  });
  const live = C.el("p", { class: "spoken", "aria-live": "polite" });
  box.append(live);
  host.append(box);
  let due = 0;
  return (value, limits) => {
    const finite = [value, ...limits].filter((v) => v !== null && Number.isFinite(v));
    const most = Math.max(...finite, 1e-300);
    const width = (v) => `${100 * C.clamp(v / most, 0, 1)}%`;
    first.bar.style.width = width(value);
    first.value.textContent = C.fmt(value, 4);
    const words = [];
    others.forEach((r, k) => {
      const bound = limits[k];
      r.line.hidden = bound === null || bound === undefined;
      if (r.line.hidden) return;
      r.bar.style.width = width(bound);
      r.value.textContent = C.fmt(bound, 4);
      // Both sides are rounded doubles: equality within a few of the last bits is no violation.
      const holds = value <= bound * (1 + 1e-12) + 1e-14;
      r.line.classList.toggle("violated", !holds);
      r.verdict.textContent = holds
        ? `✓ holds, slack ${C.fmt(Math.max(0, bound - value), 4)} (reaches ${bound > 0 ? Math.min(100, Math.floor(100 * value / bound + 1e-6)) : 100} %)`
        : `✗ violated${bound > 0 ? `, ${C.fmt(value / bound, 2)} times too large` : ""}`;
      words.push(`${bounds[k].label}: ${r.verdict.textContent}`);
    });
    clearTimeout(due);
    due = setTimeout(() => { live.textContent = words.join(". "); }, 700);
    return others.map((r) => !r.line.classList.contains("violated"));
  };
};

C.say = (host, cls = "say") => {
  const node = C.el("p", { class: cls, "aria-live": "polite" });
  host.append(node);
  return (text) => { if (node.textContent !== text) node.textContent = text; };
};

C.legend = (host, entries) => {
  const list = C.el("ul", { class: "legend" });
  for (const [cls, words] of entries) {
    const key = C.svg("svg", { viewBox: "0 0 30 12", class: "key", "aria-hidden": "true" });
    key.append(cls.includes("dotted-mark") ? C.svg("circle", { cx: 15, cy: 6, r: 5, class: cls })
      : C.svg("line", { x1: 1, y1: 6, x2: 29, y2: 6, class: cls }));
    list.append(C.el("li", {}, key, C.el("span", { text: words })));
  }
  host.append(list);
};

// A page starts its figure with this; what the figure computed is kept for whoever asks.
C.start = (name, host, data) => {
  const panels = C.el("div", { class: "panels" });
  const controls = C.el("div", { class: "controls" });
  const measure = C.el("div", { class: "measure" });
  host.replaceChildren(panels, controls, measure);
  C.state = {};
  C.widgets[name]({ panels, controls, measure, state: C.state, data });
};
