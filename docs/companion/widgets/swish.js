// The swish unit under attack: kinks on the axes, but for the stretch where its turning point is reached.
C.widgets["swish"] = ({ panels, controls, measure, state, data }) => {
  const x = [-1, 1], y = 1, moved = () => draw(), side = 2;
  const weights = new C.Plot(panels, [-side, side], [-side, side],
    { equal: true, axes: "cross", title: "weights: kinks thick", xLabel: "θ₁", yLabel: "θ₂" });
  const line = new C.Plot(panels, [-5, 3], [0, 1], { title: "the loss φ over u, and the attack's interval", xLabel: "u" });
  const slice = new C.Plot(panels, [-0.5, 0.5], [0, 1], { title: "the loss across the axis", xLabel: "the weight that crosses 0" });
  let norm = "linf";
  const eps = C.slider(controls, { label: "radius ε of the attack", min: 0.1, max: 0.9, step: 0.05, value: 0.6, moved });
  const step = C.slider(controls, { label: "step t across the axis", min: 1e-3, max: 0.1, step: 0.05, value: 0.01, log: true, show: (v) => C.fmt(v, 4), moved });
  C.choice(controls, { label: "attack", options: [["linf", "L∞"], ["l2", "L2"]], value: "linf", moved: (v) => { norm = v; foot.set(foot.p); } });
  const smooth = C.toggle(controls, { label: "Break it: take the loss for smooth", danger: true, moved });
  const show = C.inequality(measure, "‖∇ℓ(θ + tu) − ∇ℓ(θ − tu) − jump · u‖", [{ label: "2KM²t, with no kink left", cls: "k1" }]);
  const say = C.say(measure);
  // A weight with one coordinate 0, where an L∞ loss may have its kink; for L2 that is the origin.
  const limit = (p) => {
    if (norm === "l2") return [0, 0];
    const out = (v) => (Math.abs(v) < 0.05 ? (v < 0 ? -0.05 : 0.05) : C.clamp(v, -side, side));
    return Math.abs(p[0]) >= Math.abs(p[1]) ? [out(p[0]), 0] : [0, out(p[1])];
  };
  const foot = weights.handle("foot", [0.5, 0], { label: "weight θ on an axis", tag: "θ", cls: "k1", limit, moved });
  function axis(at, reach) {
    // Kinks are where the attack ends at an end of its interval.
    return C.range(-side, side, 401).map((s) => {
      const p = at(s), r = reach(p, x, eps.value);
      return r.c === data.turn ? [NaN, NaN] : p;
    });
  }
  function draw() {
    const [e, t, p] = [eps.value, step.value, foot.p];
    const loss = (q) => F[`swish_${norm}`](q, x, y, e), gradient = (q) => F[`swish_gradient_${norm}`](q, x, y, e);
    const reach = F[`swish_reach_${norm}`], phi = (u) => F.swish_phi(u);
    weights.contours("loss", (a, b) => loss([a, b]), C.range(0.3, 0.82, 14), "level", 60);
    const signed = (r) => Math.max(r.low - data.turn, data.turn - r.high);
    weights.contours("rim", (a, b) => signed(reach([a, b], x, e)), [0], "k3", 90);
    if (norm === "linf") {
      weights.line("first", axis((s) => [s, 0], reach), "k2");
      weights.line("second", axis((s) => [0, s], reach), "k2");
      weights.dot("origin", [0, 0], "k2", 3);
    } else {
      weights.hide("first", "second");
      weights.dot("origin", [0, 0], "k2", 6);
    }
    weights.text("inside", [side * 0.97, -side * 0.28], "u* reached", { anchor: "end", dx: 0, dy: 0 });
    const r = reach(p, x, e), here = phi(r.c), top = phi(data.turn).value;
    line.line("curve", C.range(-5, 3, 161).map((u) => [u, phi(u).value]), "k0");
    line.line("turn", [[data.turn, 0], [data.turn, top]], "k3 dash thin");
    line.text("star", [data.turn, 0.06], "u*", { anchor: "end", dx: -5, dy: 0 });
    line.line("span", C.range(r.low, r.high, 60).map((u) => [u, phi(u).value]), "k1 wide");
    line.dot("c", [r.c, here.value], "k1", 7);
    line.text("ct", [r.c, here.value], "c", { dx: 2, dy: -13 });
    const i = p[1] === 0 ? 1 : 0, at = (s) => p.map((v, k) => (k === i ? s : v));
    const values = C.range(-0.5, 0.5, 101).map((s) => [s, loss(at(s))]);
    const most = Math.max(...values.map((v) => v[1])), least = Math.min(...values.map((v) => v[1]));
    const room = 0.1 * (most - least) || 0.05;
    slice.rescale([least - room, most + room]);
    slice.line("curve", values, "k2");
    slice.dot("foot", [0, loss(p)], "k1", 6);
    for (const [name, s] of [["minus", -t], ["plus", t]]) slice.dot(name, [s, loss(at(s))], "k0 hollow", 4);
    const u = [0, 0], jump = 2 * e * Math.abs(here.slope);
    u[i] = 1;
    const change = C.sub(gradient(at(t)), gradient(at(-t)));
    const left = Math.hypot(...C.sub(change, C.scale(smooth.on ? 0 : jump, u)));
    const M = Math.hypot(...x) + e * (norm === "linf" ? Math.SQRT2 : 1), bound = 2 * data.K * M * M * t;
    const interior = r.c === data.turn;
    Object.assign(state, { left, bounds: [bound], theta: p, jump, interior, change, norm,
      claim: smooth.on ? null : "jaxat.swish-kinks",
      point: { theta: p, u, t, x, eps: e, p: norm === "linf" ? "inf" : "2" } });
    state.holds = show(left, state.bounds);
    say(interior ? "The attack reaches u*: the slope of φ there is 0, and so is the jump. No kink here."
      : `The attack stops at ${r.c === r.low ? "the lower" : "the upper"} end of its interval: the gradient jumps by 2ε|φ′(c)| = ${C.fmt(jump, 3)}.`);
  }
  draw();
};
