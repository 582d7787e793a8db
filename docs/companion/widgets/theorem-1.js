// Two weights on the level lines of the loss; their gradients; the constants as theta_min shrinks.
C.widgets["theorem-1"] = ({ panels, controls, measure, state, data }) => {
  const { x, y, eps, r, printed, sharp, exact } = data, most = data.theta_max;
  const weights = new C.Plot(panels, [-2.2, 2.2], [-2.2, 2.2],
    { equal: true, axes: "cross", title: "weights, and level lines of the L2 loss", xLabel: "θ₁", yLabel: "θ₂" });
  const slopes = new C.Plot(panels, [-1.1, 2.1], [-2.1, 1.1],
    { equal: true, axes: "cross", title: "gradients of the loss", xLabel: "∂₁", yLabel: "∂₂" });
  const constants = new C.Plot(panels, [r[0], r.at(-1)], [0.4, 30],
    { log: "xy", title: "smoothness constants", xLabel: "θₘᵢₙ", equal: false, height: 220 });
  weights.contours("loss", (s, t) => F.loss_l2([s, t], x, y, eps), C.range(0.1, 3.1, 16), "level");
  // The image of the rim of the disc: the gradients near the origin stay apart.
  let k = data.start, free = false;
  const limit = (q) => {
    let p = q.map((v) => C.clamp(v, -2, 2)), n = Math.hypot(...p);
    if (!free && n < r[k]) p = n > 1e-9 ? C.scale(r[k] * (1 + 1e-12) / n, p) : [r[k], 0];
    return p;
  };
  const moved = () => draw();
  const min = C.slider(controls, { label: "θₘᵢₙ", min: 0, max: r.length - 1, step: 1, value: k,
    show: (i) => C.fmt(r[i], 3), moved: (i) => { k = i; one.set(one.p, true); two.set(two.p); } });
  C.toggle(controls, { label: "Break it: allow ‖θ‖ < θₘᵢₙ", danger: true, moved: (on) => {
    free = on;
    if (on) { one.set([-0.02, 0.03], true); two.set([0.02, -0.03]); } else { one.set(one.p, true); two.set(two.p); }
  } });
  C.legend(controls, [["k1", "Theorem 1"], ["k3 dash", "our sharper bound"], ["k2 dots", "largest Hessian norm"]]);
  const show = C.inequality(measure, "‖∇ℓ(θ₁) − ∇ℓ(θ₂)‖", [
    { label: "Theorem 1: (Cθθ + εCθₓ/θₘᵢₙ) ‖θ₁ − θ₂‖", cls: "k1" },
    { label: "ours: ((R+ε)²/4 + (ε/r) σ(r(R+ε))) ‖θ₁ − θ₂‖", cls: "k3" }]);
  const say = C.say(measure);
  const one = weights.handle("one", [-0.35, 0.2], { label: "weight θ₁", tag: "θ₁", cls: "k1", limit, moved });
  const two = weights.handle("two", [0.35, -0.2], { label: "weight θ₂", tag: "θ₂", cls: "k2", shape: "diamond", limit, moved });
  constants.line("printed", r.map((s, i) => [s, printed[i]]), "k1");
  constants.line("sharp", r.map((s, i) => [s, sharp[i]]), "k3 dash");
  constants.line("exact", r.map((s, i) => [s, exact[i]]), "k2 dots");
  function draw() {
    const [a, b] = [one.p, two.p], m = r[k];
    weights.circle("hole", [0, 0], m, free ? "kq dash" : "kq fill");
    const [u, v] = [F.gradient_l2(a, x, y, eps), F.gradient_l2(b, x, y, eps)];
    const rim = C.range(0, 2 * Math.PI, 121).map((t) => F.gradient_l2([m * Math.cos(t), m * Math.sin(t)], x, y, eps));
    slopes.line("rim", rim, "kq");
    slopes.line("chord", [u, v], "k4");
    slopes.dot("u", u, "k1", 7);
    slopes.dot("v", v, "k2", 6);
    slopes.text("rimt", rim[30], "gradients on the rim", { dx: 0, dy: -8, anchor: "middle" });
    const change = F.norm(C.sub(u, v)), dist = F.norm(C.sub(a, b));
    constants.line("here", [[m, 0.4], [m, 30]], "kq dots");
    constants.dot("ratio", [m, C.clamp(change / dist, 0.4, 30)], "k4", 6);
    constants.text("rt", [m, C.clamp(change / dist, 0.4, 30)], "this pair", { dx: m > 0.5 ? -10 : 10, anchor: m > 0.5 ? "end" : "start" });
    Object.assign(state, { left: change, bounds: [printed[k] * dist, sharp[k] * dist], claim: "kanai.theorem-1",
      point: { theta_1: a, theta_2: b, x: [x], y: [y], eps, theta_min: m, theta_max: most, R: data.R,
        C_thetatheta: data.C_thetatheta, C_thetax: data.C_thetax } });
    state.holds = show(change, state.bounds);
    say(`Ratio ${C.fmt(change / dist, 2)}; Theorem 1 allows ${C.fmt(printed[k], 2)}, ours ${C.fmt(sharp[k], 2)}; the Hessian reaches ${C.fmt(exact[k], 2)}.`);
  }
  draw();
};
