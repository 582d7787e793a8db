// A quadratic loss on a disc: the maximiser on the circle, with and without a multiplier.
C.widgets["lemma-5"] = ({ panels, controls, measure, state, data }) => {
  const { nodes, H, scenes } = data, n = nodes.length, low = nodes[0], high = nodes.at(-1);
  const weights = new C.Plot(panels, [low * 1.15, high * 1.15], [low * 1.15, high * 1.15],
    { equal: true, axes: "cross", title: "the weight, a push on the gradient", xLabel: "θ₁", yLabel: "θ₂" });
  const disc = new C.Plot(panels, [-0.35, 1.35], [-0.85, 0.85],
    { equal: true, axes: "cross", title: "the disc, level lines of ℓ for θ" });
  const path = new C.Plot(panels, [low, high], [-0.6, 1.2], { title: "the maximiser as θ₁ changes", xLabel: "θ₁", yLabel: "first coordinate of x′" });
  let scene = scenes.positive;
  const moved = () => draw(), index = (t) => Math.round(C.clamp((t - low) / (high - low), 0, 1) * (n - 1));
  const limit = (p) => p.map((t) => nodes[index(t)]);
  C.toggle(controls, { label: "Break it: let the multiplier μ* be 0, as printed", danger: true, moved: (on) => {
    scene = on ? scenes.zero : scenes.positive;
    if (on) { one.set([low * 0.6, 0], true); two.set([0, 0], true); }
    draw();
  } });
  const show = C.inequality(measure, "‖x′(θ) − x′(ϑ)‖", [{ label: "Lemma 5: (Cθₓ/c) ‖θ − ϑ‖", cls: "k1" }]);
  const say = C.say(measure);
  const step = nodes[1] - nodes[0];
  const one = weights.handle("one", [nodes[10], nodes[36]], { label: "weight θ", tag: "θ", cls: "k1", limit, moved, step });
  const two = weights.handle("two", [0, nodes[8]], { label: "weight ϑ", tag: "ϑ", cls: "k2", shape: "diamond", limit, moved, step });
  function draw() {
    const at = (p) => scene.x[index(p[0])][index(p[1])];
    const [u, v] = [at(one.p), at(two.p)], g = [scene.g + one.p[0], one.p[1]];
    const value = (a, b) => F.quadratic_loss([a, b], g, H), best = value(...u);
    disc.contours("loss", value, C.range(best - 0.9, best - 0.02, 8), "level", 60);
    disc.contours("top", value, [best], "k1 thin", 60);
    disc.circle("rim", [0, 0], 1, "k0");
    disc.dot("u", u, "k1", 7);
    disc.dot("v", v, "k2", 7);
    disc.aside("ut", u, "x′(θ)", [2, u[1] > v[1] ? -9 : 9]);
    disc.aside("vt", v, "x′(ϑ)", [2, u[1] > v[1] ? 9 : -9]);
    const row = index(one.p[1]);
    path.line("curve", nodes.map((t, i) => [t, scene.x[i][row][0]]), "k1");
    path.dot("here", [one.p[0], u[0]], "k1");
    const move = Math.hypot(...C.sub(u, v)), dist = Math.hypot(...C.sub(one.p, two.p));
    Object.assign(state, { left: move, bounds: [dist / scene.c], theta: one.p, x: u, c: scene.c, inside: Math.hypot(...u) < 1 - 1e-9 });
    state.holds = show(move, state.bounds);
    say(state.inside ? "The maximum over the disc has left the circle; the branch of the lemma stays on it, where it is no maximum."
      : `On the circle; the smallest singular value of the bordered Hessian there is at least c = ${C.fmt(scene.c, 3)}.`);
  }
  draw();
};
