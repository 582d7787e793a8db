// The distance of two adversarial examples, against the diameter of the ball in two norms.
C.widgets["proposition-1"] = ({ panels, controls, measure, state }) => {
  const weights = new C.Plot(panels, [-2.2, 2.2], [-2.2, 2.2],
    { equal: true, axes: "cross", title: "weights", xLabel: "θ₁", yLabel: "θ₂" });
  const inputs = new C.Plot(panels, [-2.2, 2.2], [-2.2, 2.2],
    { equal: true, axes: "cross", title: "examples, and a circle of diameter 2ε" });
  const x = [0, 0], y = 1, moved = () => draw(), limit = (q) => q.map((v) => C.clamp(v, -2.1, 2.1));
  let p = "l2";
  const eps = C.slider(controls, { label: "radius ε", min: 0.1, max: 1.5, step: 0.05, value: 1, moved });
  const norms = C.choice(controls, { label: "norm of the attack", options: [["l1", "L1"], ["l2", "L2"]], value: "l2",
    moved: (v) => { p = v; broken.input.checked = false; draw(); } });
  const broken = C.toggle(controls, { label: "Break it: attack in L∞", danger: true,
    moved: (on) => { p = on ? "linf" : norms.value; if (on) { one.set([1, 1], true); two.set([-1, -1], true); } draw(); } });
  const show = C.inequality(measure, "‖∇ℓ(θ₁) − ∇ℓ(θ₂)‖₂ for ℓ = −θᵀx", [
    { label: "Prop. 1, printed: Cθθ ‖θ₁ − θ₂‖ + 2εCθₓ", cls: "k1" },
    { label: "repaired: 2εCθₓ max(1, d^(1/2−1/p))", cls: "k3" }]);
  const say = C.say(measure);
  const one = weights.handle("one", [1.2, 0.8], { label: "weight θ₁", tag: "θ₁", cls: "k1", limit, moved });
  const two = weights.handle("two", [-1.1, -0.6], { label: "weight θ₂", tag: "θ₂", cls: "k2", shape: "diamond", limit, moved });
  function draw() {
    const [a, b, e] = [one.p, two.p, eps.value];
    const attack = { l1: F.example_l1, l2: F.example_l2, linf: F.example_linf }[p];
    const [u, v] = [attack(a, x, y, e), attack(b, x, y, e)];
    const cls = (n) => n === p ? "k0" : "kq dots thin";
    inputs.circle("c", [0, 0], e, cls("l2"));
    inputs.square("s", [0, 0], e, cls("linf"));
    inputs.line("d", [[e, 0], [0, e], [-e, 0], [0, -e]], cls("l1"), true);
    const middle = C.scale(0.5, C.add(u, v));
    inputs.circle("reach", middle, e, "k1 dash thin");
    inputs.line("chord", [u, v], "k4");
    inputs.dot("u", u, "k1", 7);
    inputs.dot("v", v, "k2", 7);
    inputs.aside("ut", u, "x′(θ₁)");
    inputs.aside("vt", v, "x′(θ₂)");
    // The gradient of -theta.x at the example is minus the example, and C_thetatheta is 0.
    const change = F.norm(C.sub(u, v)), factor = p === "linf" ? Math.SQRT2 : 1;
    Object.assign(state, { left: change, bounds: [2 * e, 2 * e * factor], claim: "kanai.proposition-1.gradient",
      point: { theta_1: a, theta_2: b, eps: e, p: { l1: 1, l2: 2, linf: "inf" }[p] } });
    state.holds = show(change, state.bounds);
    say(p === "linf" ? "A corner and the opposite one are a diagonal apart: 2ε√2, not 2ε."
      : "In this norm no two points of the ball are farther apart than 2ε.");
  }
  draw();
};
