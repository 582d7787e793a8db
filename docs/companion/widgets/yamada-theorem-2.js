// Four noisy samples and a weight: the Hessian against the mean gradient of the samples.
C.widgets["yamada-theorem-2"] = ({ panels, controls, measure, state, data }) => {
  const samples = new C.Plot(panels, [-2.4, 2.4], [-2.4, 2.4], { equal: true, axes: "cross", title: "noisy samples y(x + η), and w" });
  const scale = new C.Plot(panels, [0, 8], [0, 0.6], { title: "along the ray of w", xLabel: "factor of w" });
  const moved = () => draw(), limit = (q) => q.map((v) => C.clamp(v, -2.2, 2.2));
  const factor = C.slider(controls, { label: "factor of w", min: 0, max: 8, step: 0.1, value: 1, moved });
  C.toggle(controls, { label: "Break it: the mean's minimum, not each sample's", danger: true, moved: (on) => {
    if (on) { points.forEach((p, i) => p.set(data.opposed[i], true)); factor.set(0); }
    else { points.forEach((p, i) => p.set(data.separable[i], true)); factor.set(1); }
    meant = on;
    draw();
  } });
  let meant = false;
  C.legend(controls, [["k1", "λ_max of the Hessian"], ["k3 dash", "the bound"], ["k2 dots", "norm of the mean gradient, times max ‖x + η‖"]]);
  const show = C.inequality(measure, "λ_max(H)", [
    { label: "Theorem 2: max ‖x + η‖ · mean ‖∇ℓₙ‖", cls: "k3" },
    { label: "read for the mean: max ‖x + η‖ · ‖mean ∇ℓₙ‖", cls: "k2" }]);
  const say = C.say(measure);
  const points = data.separable.map((p, i) => samples.handle(`z${i}`, p,
    { label: `noisy sample ${i + 1}`, cls: "k0", shape: "diamond", limit, moved }));
  const w = samples.handle("w", [0.9, 0.5], { label: "weight w", tag: "w", cls: "k1", limit, moved });
  const largest = (H) => (H[0][0] + H[1][1] + Math.hypot(H[0][0] - H[1][1], 2 * H[0][1])) / 2;
  // A weight of exactly 0 has no direction; the Hessian without an attack needs none.
  const safe = (v) => F.norm(v) > 0 ? v : [1e-100, 0];
  function draw() {
    const z = points.map((p) => p.p), reach = Math.max(...z.map((p) => F.norm(p)));
    const at = (s) => {
      const v = safe(C.scale(s, w.p)), gradients = z.map((p) => F.gradient_l2(v, p, 1, 0));
      const mean = C.scale(1 / z.length, gradients.reduce(C.add));
      return { top: largest(F.robust_hessian(v, z, 0)), bound: reach * gradients.reduce((t, g) => t + F.norm(g), 0) / z.length,
        mean: reach * F.norm(mean) };
    };
    const all = C.range(0, 8, 65).map((s) => [s, at(s)]);
    scale.rescale([0, Math.max(0.1, ...all.map(([, v]) => v.bound)) * 1.05]);
    scale.line("top", all.map(([s, v]) => [s, v.top]), "k1");
    scale.line("bound", all.map(([s, v]) => [s, v.bound]), "k3 dash");
    scale.line("mean", all.map(([s, v]) => [s, v.mean]), "k2 dots");
    const here = at(factor.value);
    scale.dot("here", [factor.value, here.top], "k1", 7);
    samples.arrow("arrow", [0, 0], C.scale(factor.value, w.p), "k1");
    Object.assign(state, { left: here.top, bounds: [here.bound, meant ? here.mean : null], z, w: C.scale(factor.value, w.p) });
    state.holds = show(here.top, state.bounds);
    say(z.every((p) => p[0] * w.p[0] + p[1] * w.p[1] > 0) ? "All noisy samples are on the right side: along this ray every gradient, and the Hessian, tends to 0."
      : "Some noisy samples are on the wrong side: their gradients do not tend to 0 along this ray.");
  }
  draw();
};
