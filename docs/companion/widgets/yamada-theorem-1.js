// The minimiser of the robust loss as the radius grows, and the sharpness there.
C.widgets["yamada-theorem-1"] = ({ panels, controls, measure, state, data }) => {
  const { eps, r, top, z, z_far } = data, n = eps.length, last = eps.at(-1);
  const bend = new C.Plot(panels, [0, data.threshold], [data.low, data.high],
    { log: "y", title: "largest curvature λ_max", xLabel: "radius ε", yLabel: "" });
  const length = new C.Plot(panels, [0, data.threshold], [0, data.longest], { title: "length of the weight", xLabel: "radius ε" });
  const valley = new C.Plot(panels, [-1, 1], [0, 10], { title: "rise of the loss across w", xLabel: "step across w", yLabel: "½ λ t²" });
  let fixed = false, k = data.start;
  const moved = () => draw();
  const first = C.slider(controls, { label: "smaller radius ε_b", min: 0, max: n - 1, step: 1, value: data.other, show: (i) => C.fmt(eps[i], 3), moved });
  const second = C.slider(controls, { label: "larger radius ε_a", min: 0, max: n - 1, step: 1, value: k, show: (i) => C.fmt(eps[i], 3), moved });
  const same = C.toggle(controls, { label: "Keep one weight for both radii", moved: (on) => { fixed = on; draw(); } });
  const broken = C.toggle(controls, { label: "Break it: drop the margins, samples far on the wrong side", danger: true, moved: () => draw() });
  C.legend(controls, [["k1", "at the minimisers"], ["k3 dash", "at one weight, held fixed"], ["k2 dash", "smaller radius, right panel"]]);
  const show = C.inequality(measure, "λ_max at ε_b", [{ label: "λ_max at ε_a (the theorem: not smaller)", cls: "k1" }]);
  const say = C.say(measure);
  const largest = (H) => (H[0][0] + H[1][1] + Math.hypot(H[0][0] - H[1][1], 2 * H[0][1])) / 2;
  function draw() {
    const [i, j] = [first.value, second.value].sort((a, b) => a - b);
    const w = [data.held, 0], held = fixed || broken.on, data_ = broken.on ? z : z_far;
    const at = (m) => held ? largest(F.robust_hessian(w, data_, eps[m])) : top[m];
    const values = [at(i), at(j)];
    bend.line("curve", eps.map((e, m) => [e, top[m]]), held ? "kq" : "k1");
    if (held) bend.line("held", eps.map((e) => [e, largest(F.robust_hessian(w, data_, e))]), "k3 dash");
    else bend.hide("held");
    bend.dot("b", [eps[i], values[0]], "k2", 6);
    bend.dot("a", [eps[j], values[1]], "k1", 7);
    bend.text("bt", [eps[i], values[0]], "ε_b");
    bend.text("at", [eps[j], values[1]], "ε_a");
    length.line("curve", eps.map((e, m) => [e, r[m]]), held ? "kq" : "k1");
    if (held) length.line("held", [[0, w[0]], [data.threshold, w[0]]], "k3 dash"); else length.hide("held");
    length.dot("b", [eps[i], held ? w[0] : r[i]], "k2", 6);
    length.dot("a", [eps[j], held ? w[0] : r[j]], "k1", 6);
    valley.rescale([0, Math.max(...values) * 0.6]);
    const cut = (v) => C.range(-1, 1, 61).map((t) => [t, v * t * t / 2]);
    valley.line("b", cut(values[0]), "k2 dash");
    valley.line("a", cut(values[1]), "k1");
    Object.assign(state, { left: values[0], bounds: [values[1]], eps: [eps[i], eps[j]], r: [r[i], r[j]], held, sharpness: top });
    state.holds = show(values[0], [values[1]]);
    say(held ? (broken.on ? "Fixed weights, but two samples lie far on the wrong side: the curvature falls again." : "Fixed weights, no negative margin: the larger radius is the sharper one.")
      : "At the minimisers the larger radius is the flatter one here, until it comes near the threshold of collapse.");
  }
  draw();
};
