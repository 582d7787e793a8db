// The inner loop on a quadratic loss: line 10 as printed, and with its sign repaired.
C.widgets["algorithm-1"] = ({ panels, controls, measure, state, data }) => {
  const steps = data.steps, quiet = Array(steps).fill(0);
  const path = new C.Plot(panels, [0, steps], [-1, 6], { title: "the inner weights θ′, step by step", xLabel: "step l", yLabel: "θ′" });
  const hill = new C.Plot(panels, [-3, 3], [0, 6], { title: "U = L + (γ/2)(θ − θ′)², and its descent", xLabel: "θ′", yLabel: "U" });
  const moved = () => draw();
  const gamma = C.slider(controls, { label: "γ", min: 0.03, max: 3, step: 0.05, value: 1, log: true, moved });
  const rho = C.slider(controls, { label: "curvature ρ of the loss", min: 0, max: 3, step: 0.1, value: 1.2, moved });
  const eta = C.slider(controls, { label: "step η′", min: 0.02, max: 1, step: 0.02, value: 0.1, moved });
  const noise = C.slider(controls, { label: "noise ε_E", min: 0, max: 1.5, step: 0.05, value: 0, moved });
  const printed = C.toggle(controls, { label: "Break it: line 10 as printed", danger: true, moved });
  C.button(controls, "Appendix E: γ = 0.03, η′ = 0.1", () => { gamma.set(0.03); eta.set(0.1); rho.set(1); });
  C.legend(controls, [["k1", "as it works"], ["k2 dash", "as printed"], ["k3 dots", "mean m of the density to be sampled"]]);
  const show = C.inequality(measure, "distance from m after 30 steps", [{ label: "distance at the start, |θ − m|", cls: "k1" }]);
  const say = C.say(measure);
  const theta = 2;
  function draw() {
    const [g, r, e, s] = [gamma.value, rho.value, eta.value, noise.value], alpha = 0.75;
    const xi = s > 0 ? data.draws : quiet;
    const right = F.chain_corrected(theta, r, g, e, alpha, s, xi), wrong = F.chain_printed(theta, r, g, e, alpha, s, xi);
    const m = g * theta / (g + r), all = [...right.path, ...wrong.path.map((v) => C.clamp(v, -12, 12)), m];
    path.rescale([Math.min(-0.5, ...all) - 0.2, Math.max(2.5, ...all) + 0.2]);
    path.line("m", [[0, m], [steps, m]], "k3 dots");
    path.line("wrong", wrong.path.map((v, k) => [k, v]), "k2 dash");
    path.line("right", right.path.map((v, k) => [k, v]), "k1");
    path.dot("start", [0, theta], "k0", 5);
    const U = (t) => r / 2 * t * t + g / 2 * (theta - t) ** 2;
    hill.rescale([0, Math.max(2, U(-3), U(3)) * 0.7]);
    hill.line("U", C.range(-3, 3, 121).map((t) => [t, U(t)]), "k0");
    const mine = (printed.on ? wrong : right).path;
    hill.line("trail", mine.map((t) => [t, U(t)]), printed.on ? "k2 dash" : "k1");
    hill.dot("from", [theta, U(theta)], "k0", 5);
    hill.dot("end", [C.clamp(mine.at(-1), -3, 3), U(C.clamp(mine.at(-1), -3, 3))], printed.on ? "k2" : "k1", 7);
    hill.dot("m", [m, U(m)], "k3", 5);
    const left = Math.abs(mine.at(-1) - m), bound = Math.abs(theta - m);
    Object.assign(state, { left, bounds: [s > 0 ? null : bound], right, wrong, gamma: g, rho: r, eta: e, eps_E: s, printed: printed.on });
    state.holds = show(left, state.bounds);
    const factor = (l) => `|1 − η′λ| = ${C.fmt(Math.abs(1 - e * l), 3)} a step, λ = ${l === g + r ? "γ + ρ" : "γ − ρ"}`;
    const temperature = s * s / 2, variance = temperature / ((g + r) * (1 - e * (g + r) / 2));
    say((printed.on ? `As printed: ${factor(g - r)}.` : `As it works: ${factor(g + r)}.`) +
      (s > 0 && e * (g + r) < 2 ? ` In the long run the corrected chain has the variance ${C.fmt(variance, 3)}; p_θ has ${C.fmt(1 / (g + r), 3)}.` : ""));
  }
  draw();
};
