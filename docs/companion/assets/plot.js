"use strict";
// Pictures with coordinates, and points in them that mouse, finger and keys move alike.
const C = { widgets: {} };

C.el = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "text") node.textContent = value;
    else if (value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
};

C.svg = (tag, attributes = {}) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
};

// Numbers for people: a few digits, a true minus sign.
C.fmt = (value, digits = 3) => {
  if (value === Infinity) return "∞";
  if (!Number.isFinite(value)) return "none";
  const small = value !== 0 && Math.abs(value) < 1e-3, big = Math.abs(value) >= 1e5;
  const text = small || big
    ? value.toExponential(Math.max(0, digits - 1)).replace(/e\+?(-?)(\d+)/, (_, s, n) =>
      " · 10" + [...(s + n)].map((c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] || "⁻").join(""))
    : value.toFixed(Math.abs(value) >= 100 ? 1 : digits);
  return (Number(value.toFixed(12)) === 0 && !small ? text.replace("-", "") : text).replace("-", "−");
};

C.range = (a, b, n) => Array.from({ length: n }, (_, i) => a + (b - a) * i / (n - 1));
C.clamp = (v, a, b) => Math.min(b, Math.max(a, v));
C.sub = (a, b) => a.map((v, i) => v - b[i]);
C.add = (a, b) => a.map((v, i) => v + b[i]);
C.scale = (s, a) => a.map((v) => s * v);

class Plot {
  // x, y: [low, high]; options: equal (one scale on both axes), height, title, xLabel, yLabel,
  // log ("x", "y", "xy"), axes: "cross" (through 0) or "frame".
  constructor(host, x, y, options = {}) {
    this.o = { axes: "frame", log: "", title: "", ...options };
    this.x = x;
    this.y = y;
    const frame = this.o.axes === "frame";
    this.w = 330;
    this.left = frame ? 52 : 12;
    this.bottom = frame ? 44 : 12;
    this.top = this.o.title ? 30 : 12;
    const inner = this.w - this.left - 14;
    const high = this.o.equal ? inner * (y[1] - y[0]) / (x[1] - x[0]) : (this.o.height || 250);
    this.h = high + this.top + this.bottom;
    this.inner = [inner, high];
    this.parts = {};
    this.root = C.svg("svg", { viewBox: `0 0 ${this.w} ${this.h}`, class: "plot", role: "img" });
    this.root.setAttribute("aria-label", this.o.alt || this.o.title);
    const clip = `clip${Plot.count = (Plot.count || 0) + 1}`;
    const area = C.svg("clipPath", { id: clip });
    area.append(C.svg("rect", { x: this.left, y: this.top, width: inner, height: high }));
    this.back = C.svg("g", { "clip-path": `url(#${clip})` });
    this.grid = C.svg("g", { class: "grid" });
    this.inside = C.svg("g", { "clip-path": `url(#${clip})` });
    this.words = C.svg("g");
    this.over = C.svg("g");
    this.root.append(area, this.back, this.grid, this.inside, this.words, this.over);
    // A picture with handles must not be one opaque image to a screen reader.
    host.append(C.el("div", { class: "panel" }, this.root));
    this.drawAxes();
  }

  unit(v, [a, b], log) { return log ? Math.log(v / a) / Math.log(b / a) : (v - a) / (b - a); }
  px(v) { return this.left + this.inner[0] * this.unit(v, this.x, this.o.log.includes("x")); }
  py(v) { return this.top + this.inner[1] * (1 - this.unit(v, this.y, this.o.log.includes("y"))); }
  at([x, y]) { return [this.px(x), this.py(y)]; }
  back2([u, v]) {
    const s = (u - this.left) / this.inner[0], t = 1 - (v - this.top) / this.inner[1];
    const from = (r, [a, b], log) => log ? a * (b / a) ** r : a + r * (b - a);
    return [from(s, this.x, this.o.log.includes("x")), from(t, this.y, this.o.log.includes("y"))];
  }

  ticks([a, b], log, wanted) {
    if (log) {
      const out = [], from = Math.ceil(Math.log10(a) - 1e-9), to = Math.floor(Math.log10(b) + 1e-9);
      const every = Math.max(1, Math.ceil((to - from) / wanted));
      for (let k = from; k <= to; k += every) out.push(10 ** k);
      return out;
    }
    const raw = (b - a) / wanted, power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].find((m) => m * power >= raw * 0.999) * power;
    const out = [];
    for (let k = Math.ceil(a / step - 1e-9); k * step <= b + 1e-9 * step; k++) out.push(k * step);
    return out;
  }

  tickText(v, log) {
    if (log && (v < 0.01 || v > 1000)) {
      return "10" + [...String(Math.round(Math.log10(v)))].map((c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] || "⁻").join("");
    }
    return String(Number(v.toPrecision(6))).replace("-", "−");
  }

  drawAxes() {
    const { axes, log, title, xLabel, yLabel } = this.o;
    const [x0, x1] = [this.left, this.left + this.inner[0]];
    const [y0, y1] = [this.top + this.inner[1], this.top];
    const line = (a, b, cls) => this.grid.append(
      C.svg("line", { x1: a[0], y1: a[1], x2: b[0], y2: b[1], class: cls }));
    const words = (x, y, text, anchor, cls = "tick") => {
      const node = C.svg("text", { x, y, "text-anchor": anchor, class: cls });
      node.textContent = text;
      this.words.append(node);
    };
    if (title) words(x0 + this.inner[0] / 2, 17, title, "middle", "title");
    if (axes === "cross") {
      if (this.x[0] <= 0 && this.x[1] >= 0) line([this.px(0), y0], [this.px(0), y1], "axis");
      if (this.y[0] <= 0 && this.y[1] >= 0) line([x0, this.py(0)], [x1, this.py(0)], "axis");
      if (xLabel) words(x1 - 4, this.py(C.clamp(0, ...this.y)) - 7, xLabel, "end", "name");
      if (yLabel) words(this.px(C.clamp(0, ...this.x)) + 7, y1 + 14, yLabel, "start", "name");
      return;
    }
    for (const v of this.ticks(this.x, log.includes("x"), 5)) {
      line([this.px(v), y0], [this.px(v), y1], "faint");
      words(this.px(v), y0 + 17, this.tickText(v, log.includes("x")), "middle");
    }
    for (const v of this.ticks(this.y, log.includes("y"), 5)) {
      line([x0, this.py(v)], [x1, this.py(v)], "faint");
      words(x0 - 6, this.py(v) + 5, this.tickText(v, log.includes("y")), "end");
    }
    line([x0, y0], [x1, y0], "axis");
    line([x0, y0], [x0, y1], "axis");
    if (xLabel) words(x0 + this.inner[0] / 2, y0 + 37, xLabel, "middle", "name");
    if (yLabel) words(x0 + 6, y1 + 14, yLabel, "start", "name");
  }

  // Another range of the upright axis; whoever asks draws everything again.
  rescale(y) {
    if (y[0] === this.y[0] && y[1] === this.y[1]) return;
    this.y = y;
    this.grid.replaceChildren();
    this.words.replaceChildren();
    this.drawAxes();
  }

  part(name, tag, attributes, layer = this.inside) {
    if (!this.parts[name]) {
      this.parts[name] = C.svg(tag);
      layer.append(this.parts[name]);
    }
    for (const [key, value] of Object.entries(attributes)) this.parts[name].setAttribute(key, value);
    return this.parts[name];
  }

  hide(...names) { for (const n of names) if (this.parts[n]) this.parts[n].setAttribute("d", ""); }

  // A curve or, closed, a region; points that are not finite interrupt it.
  line(name, points, cls, closed = false) {
    let d = "", pen = false;
    for (const p of points) {
      const [u, v] = this.at(p);
      if (!Number.isFinite(u) || !Number.isFinite(v)) { pen = false; continue; }
      d += `${pen ? "L" : "M"}${u.toFixed(2)} ${C.clamp(v, -1e4, 1e4).toFixed(2)}`;
      pen = true;
    }
    return this.part(name, "path", { d: d + (closed && d ? "Z" : ""), class: cls });
  }

  circle(name, [a, b], r, cls) {
    const points = C.range(0, 2 * Math.PI, 97).map((t) => [a + r * Math.cos(t), b + r * Math.sin(t)]);
    return this.line(name, points, cls, true);
  }

  square(name, [a, b], r, cls) {
    return this.line(name, [[a - r, b - r], [a + r, b - r], [a + r, b + r], [a - r, b + r]], cls, true);
  }

  dot(name, p, cls, size = 6) {
    const [cx, cy] = this.at(p);
    return this.part(name, "circle", { cx, cy, r: size, class: cls }, this.over);
  }

  arrow(name, a, b, cls) {
    const [p, q] = [this.at(a), this.at(b)], d = C.sub(q, p), n = Math.hypot(...d);
    if (n < 1) return this.part(name, "path", { d: "", class: cls });
    const [ux, uy] = [d[0] / n, d[1] / n], k = Math.min(10, n / 2);
    const head = [[-k * ux - k * 0.45 * uy, -k * uy + k * 0.45 * ux],
                  [-k * ux + k * 0.45 * uy, -k * uy - k * 0.45 * ux]].map((h) => C.add(q, h));
    const text = `M${p}L${q}M${head[0]}L${q}L${head[1]}`;
    return this.part(name, "path", { d: text, class: cls });
  }

  // Words on the side of p that looks away from the centre.
  aside(name, p, words, centre = [0, 0]) {
    const [right, up] = [p[0] >= centre[0], p[1] >= centre[1]];
    this.text(name, p, words, { dx: right ? 10 : -10, dy: up ? -9 : 18, anchor: right ? "start" : "end" });
  }

  text(name, p, words, { dx = 8, dy = -8, anchor = "start", cls = "note" } = {}) {
    const [u, v] = this.at(p);
    const node = this.part(name, "text", { x: u + dx, y: v + dy, "text-anchor": anchor, class: cls }, this.over);
    node.textContent = words;
    return node;
  }

  // Level lines of f(x, y) by marching squares on an n x n grid.
  contours(name, f, levels, cls, n = 70) {
    const xs = C.range(...this.x, n), ys = C.range(...this.y, n);
    const z = ys.map((y) => xs.map((x) => f(x, y)));
    const key = (k) => `${name}${k}`;
    levels.forEach((level, k) => {
      let d = "";
      for (let i = 0; i + 1 < n; i++) for (let j = 0; j + 1 < n; j++) {
        const corner = [[i, j], [i, j + 1], [i + 1, j + 1], [i + 1, j]];
        const cut = [];
        corner.forEach(([a, b], s) => {
          const [c, e] = corner[(s + 1) % 4], u = z[a][b] - level, v = z[c][e] - level;
          if ((u < 0) !== (v < 0)) {
            const t = u / (u - v);
            cut.push(this.at([xs[b] + t * (xs[e] - xs[b]), ys[a] + t * (ys[c] - ys[a])]));
          }
        });
        for (let s = 0; s + 1 < cut.length; s += 2) {
          d += `M${cut[s].map((q) => q.toFixed(1))}L${cut[s + 1].map((q) => q.toFixed(1))}`;
        }
      }
      this.part(key(k), "path", { d, class: cls }, this.back);
    });
  }

  // A point to drag. Arrow keys move it by `step`, with Shift by a tenth of that. `limit` maps a
  // wish to what is allowed; `moved` hears of every change.
  handle(name, start, { label, cls = "k1", step = 0.1, limit = (p) => p, moved, shape = "circle", tag }) {
    const group = C.svg("g", { class: `handle ${cls}`, tabindex: 0, role: "slider" });
    const mark = shape === "circle" ? C.svg("circle", { r: 8 })
      : C.svg("path", { d: "M0 -10L10 0L0 10L-10 0Z" });
    group.append(C.svg("circle", { r: 22, class: "grip" }), mark);
    if (tag) {
      const words = C.svg("text", { x: 12, y: -9, class: "note" });
      words.textContent = tag;
      group.append(words);
    }
    group.setAttribute("aria-label", label);
    this.root.removeAttribute("role");
    this.over.append(group);
    const handle = {
      p: start,
      node: group,
      set: (p, quiet = false) => {
        handle.p = limit(p);
        const [u, v] = this.at(handle.p);
        group.setAttribute("transform", `translate(${u} ${v})`);
        group.setAttribute("aria-valuenow", handle.p[0].toFixed(4));
        group.setAttribute("aria-valuetext", `(${C.fmt(handle.p[0], 2)}, ${C.fmt(handle.p[1], 2)})`);
        if (!quiet) moved(handle.p);
      },
    };
    const where = (event) => {
      const box = this.root.getBoundingClientRect(), k = this.w / box.width;
      return this.back2([(event.clientX - box.left) * k, (event.clientY - box.top) * k]);
    };
    let offset = null;
    group.addEventListener("pointerdown", (event) => {
      offset = C.sub(handle.p, where(event));
      group.setPointerCapture(event.pointerId);
      group.focus({ preventScroll: true });
      event.preventDefault();
    });
    group.addEventListener("pointermove", (event) => {
      if (offset) handle.set(C.add(where(event), offset));
    });
    for (const end of ["pointerup", "pointercancel"]) {
      group.addEventListener(end, () => { offset = null; });
    }
    group.addEventListener("keydown", (event) => {
      const d = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (!d) return;
      event.preventDefault();
      const size = event.shiftKey ? step / 10 : step;
      handle.set(C.add(handle.p, C.scale(size, d)).map((v) => Number(v.toFixed(10))));
    });
    handle.set(start, true);
    return handle;
  }
}
C.Plot = Plot;
