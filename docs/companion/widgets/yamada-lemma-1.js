// The loss as the noise turns round the input, by either of the two angles.
C.widgets["yamada-lemma-1"] = ({ panels, controls, measure, state, data }) => {
  const { x, w } = data;
  const inputs = new C.Plot(panels, [-1.2, 2.2], [-1.3, 2.1], { equal: true, axes: "cross", title: "the input and its noise η" });
  const loss = new C.Plot(panels, [-1, 1], [0, 1.6], { title: "the loss against a cosine", xLabel: "cos of the angle", yLabel: "loss" });
  let y = 1, flipped = false;
  const moved = () => draw();
  const eps = C.slider(controls, { label: "length ‖η‖", min: 0.1, max: 1, step: 0.05, value: 0.8, moved: () => eta.set(eta.p) });
  C.choice(controls, { label: "label", options: [["1", "y = 1"], ["-1", "y = −1"]], value: "1", moved: (v) => { y = Number(v); draw(); } });
  C.toggle(controls, { label: "Break it: read θ as the angle of w and η", danger: true, moved: (on) => { flipped = on; draw(); } });
  const show = C.inequality(measure, "loss at this angle", [{ label: "loss at the angle that Lemma 1 calls worst", cls: "k1" }]);
  const say = C.say(measure);
  const limit = (q) => { const d = C.sub(q, x), n = Math.hypot(...d); return n > 1e-9 ? C.add(x, C.scale(eps.value / n, d)) : C.add(x, [eps.value, 0]); };
  const eta = inputs.handle("eta", [1.2, 1.2], { label: "noisy input x + η", tag: "x + η", cls: "k2", shape: "diamond", limit, moved });
  function draw() {
    const e = eps.value, n = F.norm(w), d = C.sub(eta.p, x), at = (q) => F.loss_l2(w, q, y, 0);
    inputs.contours("loss", (a, b) => at([a, b]), C.range(0.05, 3, 16), "level", 40);
    inputs.circle("ball", x, e, "k0");
    inputs.arrow("w", [0, 0], w, "k1");
    inputs.text("wt", w, "w");
    inputs.arrow("eta", x, eta.p, "k2");
    inputs.dot("x", x, "k0", 4);
    inputs.text("xt", x, "x", { dx: -8, anchor: "end" });
    const ordinary = (d[0] * w[0] + d[1] * w[1]) / (e * n), cosine = flipped ? ordinary : -ordinary;
    // The noise with a given cosine to w: turn w's direction by that angle.
    const u = C.scale(1 / n, w), v = [-u[1], u[0]];
    const noise = (c) => C.scale(e, C.add(C.scale(flipped ? c : -c, u), C.scale(Math.sqrt(Math.max(0, 1 - c * c)), v)));
    const value = (c) => at(C.add(x, noise(c)));
    loss.line("curve", C.range(-1, 1, 81).map((c) => [c, value(c)]), "k2");
    loss.dot("here", [C.clamp(cosine, -1, 1), at(eta.p)], "k2", 7);
    const end = y === 1 ? 1 : -1;
    loss.dot("end", [end, value(end)], "k1", 7);
    loss.text("et", [end, value(end)], "worst, says Lemma 1", { anchor: end > 0 ? "end" : "start", dx: -6 * end, dy: 20 });
    Object.assign(state, { left: at(eta.p), bounds: [value(end)], cosine, y, flipped, eta: d });
    state.holds = show(at(eta.p), state.bounds);
    say(flipped ? "With the ordinary angle between w and η both monotonicities are reversed."
      : "With θ the angle between w and −η, as Equation (7) needs it, the lemma holds.");
  }
  draw();
};
