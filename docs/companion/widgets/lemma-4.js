// A double well: each local maximum glides, the better one of the two jumps.
C.widgets["lemma-4"] = ({ panels, controls, measure, state, data }) => {
  const { nodes, branch, curvature, xs, base } = data, low = nodes[0], high = nodes.at(-1), n = nodes.length;
  const profile = new C.Plot(panels, [-1.7, 1.7], [-3, 2], { title: "the loss over inputs, for θ₁", xLabel: "x′", yLabel: "ℓ" });
  const paths = new C.Plot(panels, [low, high], [-1.5, 1.5], { title: "where the maxima are", xLabel: "θ", yLabel: "x′" });
  const bend = new C.Plot(panels, [low, high], [-11, 0.5], { title: "curvature ∂²ℓ/∂x′² along the branch", xLabel: "θ" });
  let global = false, local = false;
  const moved = () => draw(), index = (t) => Math.round(C.clamp((t - low) / (high - low), 0, 1) * (n - 1));
  C.toggle(controls, { label: "Break it: follow the best maximum", danger: true,
    moved: (on) => { global = on; if (on) { one.set([0.1, 0], true); two.set([-0.1, 0], true); } draw(); } });
  C.toggle(controls, { label: "Break it: measure c at θ₂ alone", danger: true,
    moved: (on) => { local = on; if (on) { one.set([-1.2, 0], true); two.set([0.6, 0], true); } draw(); } });
  C.legend(controls, [["k1", "the branch that is followed"], ["kq dash", "the other maximum"]]);
  const show = C.inequality(measure, "|x′(θ₁) − x′(θ₂)|", [{ label: "Lemma 4: (Cθₓ/c) |θ₁ − θ₂|", cls: "k1" }]);
  const say = C.say(measure);
  const follow = (i) => !global ? branch[i] : nodes[i] >= 0 ? branch[i] : -branch[n - 1 - i];
  const limit = ([t]) => { const i = index(t); return [nodes[i], follow(i)]; };
  const step = nodes[1] - nodes[0];
  const one = paths.handle("one", [nodes[Math.round(n * 0.3)], 0], { label: "weight θ₁", tag: "θ₁", cls: "k1", limit, moved, step });
  const two = paths.handle("two", [nodes[Math.round(n * 0.75)], 0], { label: "weight θ₂", tag: "θ₂", cls: "k2", shape: "diamond", limit, moved, step });
  function draw() {
    one.set(one.p, true);
    two.set(two.p, true);
    const [i, j] = [index(one.p[0]), index(two.p[0])], t = nodes[i];
    profile.line("loss", xs.map((x, k) => [x, base[k] + t * x]), "k0");
    const value = (x) => -((x * x - 1) ** 2) + t * x;
    profile.dot("other", [-branch[n - 1 - i], value(-branch[n - 1 - i])], "kq", 5);
    profile.dot("mine", [branch[i], value(branch[i])], global ? "kq" : "k1", 7);
    if (global) profile.dot("best", [follow(i), value(follow(i))], "k1", 7);
    else profile.part("best", "circle", { r: 0 }, profile.over);
    paths.line("right", nodes.map((s, k) => [s, branch[k]]), "kq dash");
    paths.line("left", nodes.map((s, k) => [s, -branch[n - 1 - k]]), "kq dash");
    paths.line("mine", nodes.map((s, k) => [s, global && k && nodes[k - 1] < 0 && s >= 0 ? NaN : follow(k)]), "k1");
    bend.line("curve", nodes.map((s, k) => [s, curvature[k]]), "k1");
    const between = curvature.slice(Math.min(i, j), Math.max(i, j) + 1);
    const c = local ? -curvature[j] : global ? Math.min(-curvature[i], -curvature[j]) : -Math.max(...between);
    bend.line("c", [[low, -c], [high, -c]], "k3 dash");
    bend.text("ct", [high, -c], "−c", { anchor: "end", dx: -4 });
    bend.dot("one", [nodes[i], curvature[i]], "k1");
    bend.dot("two", [nodes[j], curvature[j]], "k2");
    const move = Math.abs(follow(i) - follow(j)), dist = Math.abs(nodes[i] - nodes[j]);
    Object.assign(state, { left: move, bounds: [dist / c], c, theta: [nodes[i], nodes[j]], x: [follow(i), follow(j)] });
    state.holds = show(move, state.bounds);
    say(`c = ${C.fmt(c, 2)}: the maximum moves at most ${C.fmt(1 / c, 2)} times as fast as the weight.`);
  }
  draw();
};
