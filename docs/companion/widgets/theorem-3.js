// A loss and its local entropy; the curvature between its bounds; the density that is averaged.
C.widgets["theorem-3"] = ({ panels, controls, measure, state, data }) => {
  const { nodes, gammas, slope } = data, low = nodes[0], high = nodes.at(-1);
  const curves = new C.Plot(panels, [low, high], [0, 4.6], { title: "the loss, and what EntropySGD sees", xLabel: "θ" });
  const bend = new C.Plot(panels, [low, high], [-1, 6], { title: "curvature −F″", xLabel: "θ" });
  const law = new C.Plot(panels, [low, high], [0, 3.2], { title: "the density pθ around the round weight", xLabel: "θ′" });
  let k = data.start, kind = "absolute", theta = nodes;
  const moved = () => draw();
  const nearest = (t) => nodes[Math.round(C.clamp((t - low) / (high - low), 0, 1) * (nodes.length - 1))];
  const loss = {
    absolute: (t) => slope * Math.abs(t),
    attacked: (t, i) => data.attacked.loss[i],
    well: (t, i) => data.well.loss[i],
  };
  // F, mean and variance at all nodes: closed form by the translated function, else the grid.
  const values = () => {
    if (kind === "absolute") {
      const all = nodes.map((t) => F.entropy_absolute(slope, t, gammas[k]));
      return { F: all.map((v) => v.F), mean: all.map((v) => v.mean), variance: all.map((v) => v.variance),
        hessian: all.map((v) => v.hessian) };
    }
    const g = gammas[k], grid = data[kind];
    return { F: grid.F[k], mean: grid.mean[k], variance: grid.variance[k], hessian: grid.variance[k].map((v) => g - g * g * v) };
  };
  const gamma = C.slider(controls, { label: "γ", min: 0, max: gammas.length - 1, step: 1, value: k,
    show: (i) => C.fmt(gammas[i], 2), moved: (i) => { k = i; draw(); } });
  const choice = C.choice(controls, { label: "loss", options: [["absolute", "2|θ|, closed form"], ["attacked", "attacked logistic loss"]],
    value: "absolute", moved: (v) => { kind = v; broken.input.checked = false; draw(); } });
  const broken = C.toggle(controls, { label: "Break it: a loss that is not convex", danger: true,
    moved: (on) => {
      kind = on ? "well" : choice.value;
      if (on) { one.set([nodes[32], 0], true); two.set([nodes[28], 0], true); gamma.set(8); } else draw();
    } });
  C.legend(controls, [["k0", "loss L"], ["k1", "−F, shifted by ½ log(γ/2π)"], ["k3 dash", "our bounds 0 and γ"]]);
  const show = C.inequality(measure, "|∇F(θ₁) − ∇F(θ₂)|", [
    { label: "Theorem 3: (γ + γ² sup Σ) |θ₁ − θ₂|", cls: "k1" },
    { label: "ours, for convex losses: γ |θ₁ − θ₂|", cls: "k3" }]);
  const say = C.say(measure);
  const limit = ([t]) => [nearest(t), 0.22];
  const step = nodes[1] - nodes[0];
  const one = curves.handle("one", [nodes[36], 0.22], { label: "weight θ₁", tag: "θ₁", cls: "k4", limit, moved, step });
  const two = curves.handle("two", [nodes[24], 0.22], { label: "weight θ₂", tag: "θ₂", cls: "k2", shape: "diamond", limit, moved, step });
  function draw() {
    const g = gammas[k], v = values(), at = (t) => nodes.indexOf(t), shift = 0.5 * Math.log(g / (2 * Math.PI));
    const L = nodes.map((t, i) => loss[kind](t, i));
    curves.line("loss", nodes.map((t, i) => [t, L[i]]), "k0");
    curves.line("smooth", nodes.map((t, i) => [t, -v.F[i] - shift]), "k1");
    const least = Math.min(0, ...v.hessian), top = Math.max(g, ...v.hessian);
    bend.rescale([1.15 * least - 0.1 * top, 1.2 * top]);
    bend.line("curve", nodes.map((t, i) => [t, v.hessian[i]]), "k1");
    bend.line("upper", [[low, g], [high, g]], "k3 dash");
    bend.line("lower", [[low, 0], [high, 0]], "k3 dash");
    bend.text("ut", [high, g], "γ", { anchor: "end", dx: -6 });
    const [a, b] = [at(one.p[0]), at(two.p[0])];
    const p = nodes.map((t, i) => [t, Math.exp(-L[i] - g / 2 * (t - nodes[a]) ** 2 - v.F[a])]);
    law.line("gauss", nodes.map((t) => [t, Math.sqrt(g / 2 / Math.PI) * Math.exp(-g / 2 * (t - nodes[a]) ** 2)]), "kq dots");
    law.line("law", [...p, [high, 0], [low, 0]], "k4 fill", true);
    law.line("mean", [[v.mean[a], 0], [v.mean[a], 3.2]], "k4");
    law.text("mt", [v.mean[a], 3.0], "mean", { dx: v.mean[a] > nodes[a] ? 6 : -6, anchor: v.mean[a] > nodes[a] ? "start" : "end" });
    law.line("theta", [[nodes[a], 0], [nodes[a], 2.6]], "kq dash");
    law.text("tt", [nodes[a], 2.5], "θ₁", { dx: v.mean[a] > nodes[a] ? -6 : 6, anchor: v.mean[a] > nodes[a] ? "end" : "start" });
    const gradient = (i) => g * (nodes[i] - v.mean[i]);
    const between = v.variance.slice(Math.min(a, b), Math.max(a, b) + 1), sigma = Math.max(...between);
    const dist = Math.abs(nodes[a] - nodes[b]), change = Math.abs(gradient(a) - gradient(b));
    Object.assign(state, { gamma: g, kind, theta: nodes, F: v.F, mean: v.mean, variance: v.variance, hessian: v.hessian,
      left: change, bounds: [(g + g * g * sigma) * dist, g * dist] });
    state.holds = show(change, state.bounds);
    const radius = kind === "absolute" ? "closed form" : `certified radius ${C.fmt(data[kind].radius, 2)}`;
    say(`−F″ between ${C.fmt(Math.min(...v.hessian), 2)} and ${C.fmt(Math.max(...v.hessian), 2)} (${radius}).`);
  }
  draw();
};
