// Two weights on the left, their adversarial examples in the middle, the speed on the right.
C.widgets["lemma-2"] = ({ panels, controls, measure, state, data }) => {
  const weights = new C.Plot(panels, [-2.2, 2.2], [-2.2, 2.2],
    { equal: true, axes: "cross", title: "weights", xLabel: "θ₁", yLabel: "θ₂" });
  const inputs = new C.Plot(panels, [-1.7, 1.7], [-1.7, 1.7],
    { equal: true, axes: "cross", title: "their adversarial examples, seen from x" });
  const speed = new C.Plot(panels, [0, 2.2], [0, 8],
    { title: "speed of the L2 example, ε/‖θ‖", xLabel: "‖θ‖" });
  const x = [0, 0], y = 1;
  let p = "l2", free = false;
  const limit = (q) => {
    const wish = q.map((v) => C.clamp(v, -2.1, 2.1)), n = Math.hypot(...wish), m = min.value;
    if (free || n >= m) return wish;
    return n > 1e-9 ? C.scale(m * (1 + 1e-12) / n, wish) : [m, 0];
  };
  const eps = C.slider(controls, { label: "radius ε of the attack", min: 0.1, max: 1.5, step: 0.05, value: 1, moved: () => draw() });
  const min = C.slider(controls, { label: "θₘᵢₙ", min: 0.1, max: 1.5, step: 0.05, value: 0.5,
    moved: () => { one.set(one.p, true); two.set(two.p); } });
  C.toggle(controls, { label: "Break it: allow ‖θ‖ < θₘᵢₙ", danger: true,
    moved: (on) => { free = on; if (on) { one.set([0.06, 0.1], true); two.set([0.06, -0.1]); } else { one.set(one.p, true); two.set(two.p); } } });
  C.toggle(controls, { label: "Break it: attack in L∞ instead", danger: true,
    moved: (on) => { p = on ? "linf" : "l2"; if (on) { one.set([1.2, 0.1], true); two.set([1.2, -0.1]); } else draw(); } });
  const show = C.inequality(measure, "‖x′(θ₁) − x′(θ₂)‖", [
    { label: "Lemma 2: (ε/θₘᵢₙ) ‖θ₁ − θ₂‖", cls: "k1" },
    { label: "ours: 2ε/(‖θ₁‖ + ‖θ₂‖) · ‖θ₁ − θ₂‖", cls: "k3" }]);
  const say = C.say(measure);
  const moved = () => draw();
  const one = weights.handle("one", [0.42, 0.45], { label: "weight θ₁", tag: "θ₁", cls: "k1", limit, moved });
  const two = weights.handle("two", [0.42, -0.45], { label: "weight θ₂", tag: "θ₂", cls: "k2", shape: "diamond", limit, moved });
  function draw() {
    const [a, b, e, m] = [one.p, two.p, eps.value, min.value];
    const attack = p === "l2" ? F.example_l2 : F.example_linf;
    const [u, v] = [attack(a, x, y, e), attack(b, x, y, e)];
    weights.circle("hole", [0, 0], m, free ? "kq dash" : "kq fill");
    weights.line("ray1", [[0, 0], a], "k1 thin");
    weights.line("ray2", [[0, 0], b], "k2 thin dash");
    inputs.circle("ball", [0, 0], e, p === "l2" ? "k0" : "kq dots");
    inputs.square("box", [0, 0], e, p === "linf" ? "k0" : "kq dots");
    inputs.line("chord", [u, v], "k4");
    inputs.dot("x", [0, 0], "k0", 4);
    inputs.dot("u", u, "k1", 7);
    inputs.dot("v", v, "k2", 7);
    inputs.text("xt", [0, 0], "x");
    inputs.aside("ut", u, "x′(θ₁)");
    inputs.aside("vt", v, "x′(θ₂)");
    speed.line("curve", C.range(0.02, 2.2, 200).map((r) => [r, e / r]), "k3");
    speed.line("bound", [[0, e / m], [2.2, e / m]], "k1 dash");
    speed.line("edge", [[m, 0], [m, 8]], "kq dots");
    speed.text("bt", [2.2, e / m], "ε/θₘᵢₙ", { anchor: "end", dx: -4 });
    speed.dot("s1", [F.norm(a), e / F.norm(a)], "k1");
    speed.dot("s2", [F.norm(b), e / F.norm(b)], "k2", 4);
    const move = F.norm(C.sub(u, v)), dist = F.norm(C.sub(a, b));
    const ours = p === "l2" ? 2 * e / (F.norm(a) + F.norm(b)) * dist : null;
    Object.assign(state, { left: move, bounds: [e / m * dist, ours], examples: [u, v], claim: "kanai.lemma-2",
      point: { theta_1: a, theta_2: b, theta_min: m, eps: e, p: p === "l2" ? 2 : "inf", y } });
    state.holds = show(move, state.bounds);
    say(`The weights are ${C.fmt(dist, 2)} apart, their examples ${C.fmt(move, 3)}.` +
      (p === "linf" && a[1] * b[1] < 0 && a[0] * b[0] > 0 ? " One sign differs, so one coordinate jumps by 2ε, however near the weights are." : ""));
  }
  draw();
};
