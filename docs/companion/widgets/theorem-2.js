// Level lines with kinks; a cut through the loss and its slope, in both norms.
C.widgets["theorem-2"] = ({ panels, controls, measure, state, data }) => {
  const { x, y } = data;
  const weights = new C.Plot(panels, [-2.2, 2.2], [-2.2, 2.2],
    { equal: true, axes: "cross", title: "weights, and level lines of the loss", xLabel: "θ₁", yLabel: "θ₂" });
  const cut = new C.Plot(panels, [-1.5, 1.5], [0.8, 3.2], { title: "the loss along the vertical cut", xLabel: "θ₂", yLabel: "ℓε" });
  const slope = new C.Plot(panels, [-1.5, 1.5], [-1.7, 0.7], { title: "its slope in θ₂", xLabel: "θ₂", yLabel: "∂ℓε/∂θ₂" });
  let norm = "linf";
  const moved = () => draw(), limit = (q) => q.map((v) => C.clamp(v, -2, 2));
  const eps = C.slider(controls, { label: "radius ε", min: 0.1, max: 1, step: 0.05, value: 0.6, moved: () => { levels(); draw(); } });
  C.choice(controls, { label: "attack of the level lines", options: [["linf", "L∞"], ["l2", "L2"]], value: "linf",
    moved: (v) => { norm = v; levels(); draw(); } });
  C.toggle(controls, { label: "Break it: flip a sign", danger: true,
    moved: (on) => { two.set(on ? [two.p[0], -0.15] : [two.p[0], 0.9], true); one.set(on ? [one.p[0], 0.15] : [one.p[0], 0.4]); } });
  C.legend(controls, [["k1", "L∞"], ["k3 dash", "L2"]]);
  const show = C.inequality(measure, "L∞: ‖∇ℓ(θ) − ∇ℓ(ϑ)‖", [
    { label: "Theorem 2: ¼ max ‖x′‖² ‖θ − ϑ‖", cls: "k1" }]);
  const say = C.say(measure);
  const one = weights.handle("one", [1.2, 0.4], { label: "weight θ", tag: "θ", cls: "k1", limit, moved });
  const two = weights.handle("two", [0.6, 0.9], { label: "weight ϑ", tag: "ϑ", cls: "k2", shape: "diamond", limit, moved });
  function levels() {
    const f = norm === "linf" ? F.loss_linf : F.loss_l2;
    weights.contours("loss", (s, t) => f([s, t], x, y, eps.value), C.range(0.1, 3.1, 16), "level", 81);
    weights.line("kink1", norm === "linf" ? [[-2.2, 0], [2.2, 0]] : [[NaN, 0]], "k2 thin");
    weights.line("kink2", norm === "linf" ? [[0, -2.2], [0, 2.2]] : [[NaN, 0]], "k2 thin");
    weights.dot("kink0", [0, 0], "k2", norm === "linf" ? 0 : 5);
  }
  function draw() {
    const [a, b, e] = [one.p, two.p, eps.value];
    weights.line("cut", [[a[0], -1.5], [a[0], 1.5]], "k4 dots");
    const at = (t) => [[a[0], t], x, y, e];
    const left = C.range(-1.5, -1e-9, 60), right = C.range(1e-9, 1.5, 60), all = [...left, ...right];
    cut.line("l2", all.map((t) => [t, F.loss_l2(...at(t))]), "k3 dash");
    cut.line("linf", all.map((t) => [t, F.loss_linf(...at(t))]), "k1");
    slope.line("l2", all.map((t) => [t, F.gradient_l2(...at(t))[1]]), "k3 dash");
    slope.line("linf", [...left.map((t) => [t, F.gradient_linf(...at(t))[1]]), [0, NaN],
      ...right.map((t) => [t, F.gradient_linf(...at(t))[1]])], "k1");
    const here = C.clamp(a[1], -1.5, 1.5);
    cut.dot("here", [here, F.loss_linf(...at(here))], "k1");
    slope.dot("here", [here, F.gradient_linf(...at(here))[1]], "k1");
    const low = F.gradient_linf(...at(-1e-12))[1], high = F.gradient_linf(...at(1e-12))[1];
    state.jump = high - low;
    slope.text("jump", [0, (low + high) / 2], `jump ${C.fmt(state.jump, 2)}`, { dx: 8, dy: 4 });
    const [u, v] = [F.example_linf(a, x, y, e), F.example_linf(b, x, y, e)];
    const change = F.norm(C.sub(F.gradient_linf(a, x, y, e), F.gradient_linf(b, x, y, e)));
    const dist = F.norm(C.sub(a, b)), same = a.every((t, i) => Math.sign(t) === Math.sign(b[i]));
    const constant = Math.max(F.norm(u), F.norm(v)) ** 2 / 4;
    Object.assign(state, { left: change, bounds: [constant * dist], same, claim: same ? "kanai.theorem-2" : null,
      point: { theta_1: a, theta_2: b, x, y, eps: e, p: "inf" } });
    state.holds = show(change, state.bounds);
    say(same ? "No sign differs: between the two weights the example is constant, and the loss is as smooth as a clean one."
      : "A sign differs: on the way from θ to ϑ the gradient jumps, and no constant serves for weights near the axis.");
  }
  levels();
  draw();
};
