// The last stretch before the threshold: minimisers found by Newton against the law.
C.widgets["collapse-law"] = ({ panels, controls, measure, state, data }) => {
  const { delta, sets } = data, n = delta.length;
  const samples = new C.Plot(panels, [-2.2, 3.2], [-2.7, 2.7], { equal: true, axes: "cross", title: "the samples z = yx, and the minimiser" });
  const range = [delta.at(-1), delta[0]];
  const bend = new C.Plot(panels, range, [0.05, 3000], { log: "xy", title: "curvature at the minimiser", xLabel: "δ = ε_c − ε" });
  const size = new C.Plot(panels, range, [1e-5, 10], { log: "xy", title: "its length, and normalised sharpness", xLabel: "δ = ε_c − ε" });
  let one = false;
  const moved = () => draw();
  const slider = C.slider(controls, { label: "δ, distance to the threshold", min: 0, max: n - 1, step: 1, value: data.start, show: (i) => C.fmt(delta[i], 4), moved });
  C.toggle(controls, { label: "Break it: samples equally far along their mean (v small)", danger: true, moved: (on) => { one = on; draw(); } });
  C.legend(controls, [["k1", "largest eigenvalue"], ["k2", "length of w*"], ["k4", "‖w*‖² λ_max"], ["k3 dash", "the law"]]);
  const show = C.inequality(measure, "relative error of the law for λ_max", [{ label: "8 δ, proved for one data set at two radii", cls: "k1" }]);
  const say = C.say(measure);
  function draw() {
    const s = one ? sets.narrow : sets.wide, k = slider.value, c = s.threshold;
    samples.circle("ball", [0, 0], c - delta[k], "kq dash");
    for (let i = 0; i < data.most; i++) {
      if (i < s.z.length) samples.dot(`z${i}`, s.z[i], "k0", 4);
      else samples.part(`z${i}`, "circle", { r: 0 }, samples.over);
    }
    const w = s.w[k];
    samples.arrow("w", [0, 0], C.scale(6, w), "k2");
    samples.aside("wt", C.scale(6, w), "w*, 6 times enlarged");
    const pair = (plot, name, values, law, cls) => {
      plot.line(name, delta.map((d, i) => [d, values[i]]), cls);
      plot.line(`${name}law`, delta.map((d, i) => [d, law[i]]), "k3 dash");
      plot.dot(`${name}dot`, [delta[k], values[k]], cls, 6);
    };
    pair(bend, "top", s.top, s.law_top, "k1");
    pair(size, "length", s.length, s.law_length, "k2");
    pair(size, "normal", s.normalised, s.law_normalised, "k4");
    const error = Math.abs(s.top[k] / s.law_top[k] - 1);
    Object.assign(state, { left: error, bounds: [8 * delta[k]], delta: delta[k], top: s.top[k], w, one });
    state.holds = show(error, state.bounds);
    say(`ε_c = ${C.fmt(c, 4)}: λ_max = ${C.fmt(s.top[k], 2)}, the law says ${C.fmt(s.law_top[k], 2)}.`);
  }
  draw();
};
