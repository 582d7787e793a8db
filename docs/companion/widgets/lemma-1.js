// The change of the gradient in two steps, as two sides of a triangle.
C.widgets["lemma-1"] = ({ panels, controls, measure, state, data }) => {
  const { x, y, eps } = data;
  const weights = new C.Plot(panels, [-2.2, 2.2], [-2.2, 2.2],
    { equal: true, axes: "cross", title: "weights", xLabel: "θ₁", yLabel: "θ₂" });
  const inputs = new C.Plot(panels, [-2.2, 0.7], [-0.4, 2.5],
    { equal: true, axes: "cross", title: "inputs" });
  const slopes = new C.Plot(panels, [-0.6, 1.8], [-1.8, 0.6],
    { equal: true, axes: "cross", title: "gradients: two steps make a triangle", xLabel: "∂₁", yLabel: "∂₂" });
  let frozen = false;
  const moved = () => draw(), limit = (q) => {
    const p = q.map((v) => C.clamp(v, -2, 2)), n = Math.hypot(...p);
    return n >= 0.2 ? p : n > 1e-9 ? C.scale(0.2 / n, p) : [0.2, 0];
  };
  C.toggle(controls, { label: "Break it: count the first step only", danger: true, moved: (on) => { frozen = on; draw(); } });
  const show = C.inequality(measure, "‖∇ℓ(x′₁, θ₁) − ∇ℓ(x′₂, θ₂)‖", [
    { label: "both steps: Cθθ ‖Δθ‖ + Cθₓ ‖Δx′‖", cls: "k1" },
    { label: "first step only: Cθθ ‖Δθ‖", cls: "k2" }]);
  const say = C.say(measure);
  const one = weights.handle("one", [0.25, 0.35], { label: "weight θ₁", tag: "θ₁", cls: "k1", limit, moved });
  const two = weights.handle("two", [0.35, -0.15], { label: "weight θ₂", tag: "θ₂", cls: "k2", shape: "diamond", limit, moved });
  function draw() {
    const [a, b] = [one.p, two.p];
    const [u, v] = [F.example_l2(a, x, y, eps), F.example_l2(b, x, y, eps)];
    inputs.circle("ball", x, eps, "k0");
    inputs.dot("x", x, "k0", 4);
    inputs.text("xt", x, "x");
    inputs.line("move", [u, v], "k3");
    inputs.dot("u", u, "k1", 7);
    inputs.dot("v", v, "k2", 7);
    inputs.aside("ut", u, "x′(θ₁)", x);
    inputs.aside("vt", v, "x′(θ₂)", x);
    const slope = (q, t) => F.gradient_l2(t, q, y, 0);
    const [g, m, h] = [slope(u, a), slope(u, b), slope(v, b)];
    slopes.arrow("first", g, m, "k2");
    slopes.arrow("second", m, h, "k3");
    slopes.arrow("sum", g, h, "k4 dash");
    slopes.dot("g", g, "k1", 6);
    slopes.dot("h", h, "k2", 6);
    slopes.text("ft", C.scale(0.5, C.add(g, m)), "θ moves", { dx: -6, anchor: "end" });
    slopes.text("st", C.scale(0.5, C.add(m, h)), "x′ moves");
    const dist = F.norm(C.sub(a, b)), shift = F.norm(C.sub(u, v)), change = F.norm(C.sub(g, h));
    const steps = [data.C_thetatheta * dist, data.C_thetax * shift];
    Object.assign(state, { left: change, steps, bounds: [frozen ? null : steps[0] + steps[1], frozen ? steps[0] : null],
      parts: [F.norm(C.sub(g, m)), F.norm(C.sub(m, h))] });
    state.holds = show(change, state.bounds);
    say(`Step 1 is ${C.fmt(state.parts[0], 3)} long (at most ${C.fmt(steps[0], 3)}), step 2 ${C.fmt(state.parts[1], 3)} (at most ${C.fmt(steps[1], 3)}).`);
  }
  draw();
};
