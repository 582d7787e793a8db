// Level lines of the loss over inputs are straight; the ball touches the worst one at one point.
C.widgets["inner-maximum"] = ({ panels, controls, measure, state }) => {
  const x = [0.5, 0.4], y = 1, moved = () => draw();
  const weights = new C.Plot(panels, [-2.2, 2.2], [-2.2, 2.2],
    { equal: true, axes: "cross", title: "the weight", xLabel: "θ₁", yLabel: "θ₂" });
  const inputs = new C.Plot(panels, [-1.4, 2.4], [-1.5, 2.3],
    { equal: true, axes: "cross", title: "inputs, and level lines of the loss" });
  const along = new C.Plot(panels, [0, 360], [0, 2.4], { title: "the loss round the ball", xLabel: "direction of δ in degrees", yLabel: "loss" });
  let norm = "l2";
  const eps = C.slider(controls, { label: "radius ε", min: 0.1, max: 1, step: 0.05, value: 0.7, moved: () => { place.set(place.p, true); draw(); } });
  C.choice(controls, { label: "ball", options: [["l2", "L2"], ["linf", "L∞"]], value: "l2", moved: (v) => { norm = v; place.set(place.p); } });
  const beyond = C.toggle(controls, { label: "Break it: leave the ball", danger: true,
    moved: (on) => { if (on) place.set(C.sub(x, C.scale(1.6 * eps.value / F.norm(theta.p), theta.p))); else place.set(place.p); } });
  const show = C.inequality(measure, "loss at the input you chose", [{ label: "closed form: softplus(−yθᵀx + ε‖θ‖_q)", cls: "k1" }]);
  const say = C.say(measure);
  const theta = weights.handle("theta", [1.1, 0.7], { label: "weight θ", tag: "θ", cls: "k1",
    limit: (q) => { const p = q.map((v) => C.clamp(v, -2, 2)); return F.norm(p) > 0.05 ? p : [0.05, 0]; }, moved });
  const place = inputs.handle("place", [0.2, 0.95], { label: "input x + δ", tag: "x + δ", cls: "k2", shape: "diamond", step: 0.05, moved,
    limit: (q) => {
      const d = C.sub(q, x), e = eps.value;
      if (beyond.on) return q.map((v) => C.clamp(v, -1.4, 2.2));
      if (norm === "linf") return C.add(x, d.map((v) => C.clamp(v, -e, e)));
      const n = Math.hypot(...d);
      return n <= e ? q : C.add(x, C.scale(e * (1 - 1e-12) / n, d));
    } });
  function draw() {
    const [t, e] = [theta.p, eps.value];
    const worst = norm === "l2" ? F.example_l2(t, x, y, e) : F.example_linf(t, x, y, e);
    const top = norm === "l2" ? F.loss_l2(t, x, y, e) : F.loss_linf(t, x, y, e);
    const at = (q) => F.loss_l2(t, q, y, 0);
    inputs.contours("loss", (a, b) => at([a, b]), C.range(0.05, 2.45, 13), "level");
    inputs.contours("top", (a, b) => at([a, b]), [top], "k1");
    if (norm === "l2") { inputs.circle("ball", x, e, "k0"); inputs.hide("box"); }
    else { inputs.square("box", x, e, "k0"); inputs.hide("ball"); }
    inputs.dot("x", x, "k0", 4);
    inputs.text("xt", x, "x");
    inputs.dot("worst", worst, "k1", 7);
    inputs.aside("wt", worst, "x′", x);
    weights.arrow("arrow", [0, 0], t, "k1");
    const edge = (s) => {
      const u = [Math.cos(s), Math.sin(s)], k = norm === "l2" ? 1 : 1 / Math.max(Math.abs(u[0]), Math.abs(u[1]));
      return C.add(x, C.scale(e * k, u));
    };
    along.line("curve", C.range(0, 360, 181).map((s) => [s, at(edge(s * Math.PI / 180))]), "k2");
    along.line("top", [[0, top], [360, top]], "k1 dash");
    const angle = (q) => (Math.atan2(q[1] - x[1], q[0] - x[0]) * 180 / Math.PI + 360) % 360;
    along.dot("worst", [angle(worst), top], "k1", 7);
    const here = at(place.p);
    along.dot("here", [angle(place.p), here], "k2", 6);
    Object.assign(state, { left: here, bounds: [top], example: worst, theta: t, place: place.p, eps: e, norm });
    state.holds = show(here, state.bounds);
    say(`Worst loss ${C.fmt(top, 3)}, at x′ = (${C.fmt(worst[0], 2)}, ${C.fmt(worst[1], 2)}).`);
  }
  draw();
};
