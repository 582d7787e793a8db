// One weight in the plane, its worst inputs in both norms, and one coordinate as the weight crosses.
C.widgets["lemma-3"] = ({ panels, controls, measure, state }) => {
  const weights = new C.Plot(panels, [-2.2, 2.2], [-2.2, 2.2],
    { equal: true, axes: "cross", title: "weights", xLabel: "θ₁", yLabel: "θ₂" });
  const inputs = new C.Plot(panels, [-1.7, 1.7], [-1.7, 1.7],
    { equal: true, axes: "cross", title: "their adversarial examples, seen from x" });
  const slice = new C.Plot(panels, [-1.5, 1.5], [-1.7, 1.7],
    { title: "as θ₂ crosses 0", xLabel: "θ₂", yLabel: "x′₂ − x₂" });
  const x = [0, 0], y = 1, moved = () => draw(), limit = (q) => q.map((v) => C.clamp(v, -2.1, 2.1));
  const eps = C.slider(controls, { label: "radius ε of the attack", min: 0.1, max: 1.5, step: 0.05, value: 1, moved });
  const flip = C.toggle(controls, { label: "Break it: flip the sign of one coordinate", danger: true,
    moved: (on) => two.set([two.p[0], (on ? -1 : 1) * Math.abs(two.p[1])]) });
  C.button(controls, "Show the pair that refutes the first sentence", () => {
    one.set([1, 2], true); two.set([-1, 2]); flip.input.checked = true;
  });
  C.legend(controls, [["k1", "L∞"], ["k3 dash", "L2"]]);
  const show = C.inequality(measure, "L∞: ‖x′(θ) − x′(ϑ)‖", [
    { label: "all signs equal: 0", cls: "k1" },
    { label: "repaired: (ε/a) ‖θ − ϑ‖ where all |θᵢ|, |ϑᵢ| ≥ a", cls: "k3" }]);
  const say = C.say(measure);
  const one = weights.handle("one", [1.4, 0.5], { label: "weight θ", tag: "θ", cls: "k1", limit, moved });
  const two = weights.handle("two", [0.7, 1.1], { label: "weight ϑ", tag: "ϑ", cls: "k2", shape: "diamond", limit, moved });
  function draw() {
    const [a, b, e] = [one.p, two.p, eps.value];
    const [u, v] = [F.example_linf(a, x, y, e), F.example_linf(b, x, y, e)];
    const [g, h] = [F.example_l2(a, x, y, e), F.example_l2(b, x, y, e)];
    inputs.square("box", [0, 0], e, "k1");
    inputs.circle("ball", [0, 0], e, "k3 dash");
    inputs.line("jump", [u, v], "k4");
    inputs.dot("x", [0, 0], "k0", 4);
    inputs.dot("v", v, "k2", 10);
    inputs.dot("u", u, "k1", 6);
    inputs.dot("g", g, "k3", 5);
    inputs.dot("h", h, "k3 hollow", 5);
    inputs.aside("ut", u, "L∞");
    inputs.aside("gt", g, "L2");
    const across = (t) => [[a[0], t], x, y, e];
    const left = C.range(-1.5, -1e-9, 60), right = C.range(1e-9, 1.5, 60);
    slice.line("l2", [...left, ...right].map((t) => [t, F.example_l2(...across(t))[1]]), "k3 dash");
    slice.line("linf", [...left.map((t) => [t, F.example_linf(...across(t))[1]]), [0, NaN],
      ...right.map((t) => [t, F.example_linf(...across(t))[1]])], "k1");
    slice.dot("zero", [0, F.example_linf(...across(0))[1]], "k1", 4);
    slice.dot("here2", [C.clamp(a[1], -1.5, 1.5), g[1]], "k3", 5);
    slice.dot("here", [C.clamp(a[1], -1.5, 1.5), u[1]], "k1", 6);
    slice.text("size", [0.06, 0], "jump 2ε", { dx: 6, dy: -6 });
    const same = a.every((t, i) => Math.sign(t) === Math.sign(b[i]));
    const least = Math.min(...a.map(Math.abs), ...b.map(Math.abs)), dist = F.norm(C.sub(a, b));
    const move = F.norm(C.sub(u, v));
    Object.assign(state, { left: move, linf: u, l2: g, same, bounds: [0, least > 0 ? e / least * dist : null],
      claim: same ? "kanai.lemma-3.same-signs" : null, point: { theta_1: a, theta_2: b, eps: e, p: "inf", y } });
    state.holds = show(move, state.bounds);
    say(same ? "All signs agree: the two L∞ examples are one and the same corner."
      : `Signs differ: the L∞ examples are ${C.fmt(move, 2)} apart, the L2 ones ${C.fmt(F.norm(C.sub(g, h)), 2)}.`);
  }
  draw();
};
