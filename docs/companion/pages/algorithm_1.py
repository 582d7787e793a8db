"""Algorithm 1 of Kanai et al.: as printed, and as it works."""

from __future__ import annotations

from typing import Any

from docs.companion.formulas import CHAIN_LENGTH
from docs.companion.page import Figure, Page


def draws() -> dict[str, Any]:
    """Standard normal draws, the same in every build."""
    import numpy as np

    return {
        "steps": CHAIN_LENGTH,
        "draws": np.random.default_rng(3).normal(size=CHAIN_LENGTH).round(6).tolist(),
    }


PAGE = Page(
    slug="algorithm-1",
    chapter=6,
    title="Algorithm 1: one sign, one temperature",
    short="what the inner loop does as printed, and as it works",
    claims=("kanai.algorithm-1.line-10", "kanai.algorithm-1.line-10.repaired"),
    evidence=(
        "kanai.algorithm-1.line-11",
        "kanai.algorithm-1.line-11.repaired",
        "kanai.algorithm-1.line-16",
        "kanai.algorithm-1.line-16.repaired",
        "kanai.eq-77",
        "kanai.eq-77.well-defined",
        "jaxat.algorithm-1-fixed-point",
        "jaxat.algorithm-1-stability",
        "jaxat.algorithm-1-paper-values",
        "jaxat.algorithm-1-variance",
        "jaxat.algorithm-1-negative-h",
    ),
    question=(
        "Lines 10 and 11: $d\\theta'\\leftarrow-\\nabla L(\\theta')-\\gamma(\\theta-\\theta')$, "
        "then "
        "$\\theta'\\leftarrow\\theta'-\\eta'd\\theta'+\\text{noise}$. The loop is to sample near "
        "the "
        "minimum of $U=L+\\frac\\gamma2\\|\\theta-\\theta'\\|^2$. Which way does it go on $L$?"
    ),
    options=("downhill on L", "uphill on L", "it stays where it is"),
    answer=(
        "B. Two minus signs make a plus: line 11 subtracts what line 10 has negated already. The "
        "pull toward θ has the right sign. So it descends on "
        "$-L+\\frac\\gamma2\\|\\theta-\\theta'\\|^2$."
    ),
    see=(
        "The loss is $L=\\frac\\rho2\\theta'^2$, on which everything has a closed form. Left, 30 "
        "inner "
        "steps from θ = 2, in both versions. Right, the function $U$ that the loop should "
        "descend on. "
        "Slide ρ past γ and see the printed version run away whatever the step is."
    ),
    figure=Figure(
        widget="algorithm-1",
        formulas=("chain_printed", "chain_corrected"),
        data=draws,
        alt=(
            "Two panels. Left: two curves over thirty steps that start at two; the solid one, as "
            "it "
            "works, falls toward a dotted line at the mean, the dashed one, as printed, "
            "rises away from it. Right: a parabola; the trail of the solid version goes down to "
            "its "
            "minimum."
        ),
        caption=(
            "Both loops are theory/algorithm_1.py, translated, with 30 steps; the noise, when it "
            "is "
            "on, is a fixed list of draws."
        ),
    ),
    breaks=(
        "Switch to line 10 as printed: the inner weights climb. With the values of Appendix E, "
        "$\\gamma=0.03$, that happens in every direction of curvature above 0.03. Turn the noise "
        "up "
        "to see line 11's other problem: with $\\sqrt{\\eta'}\\,\\varepsilon_E$ the loop samples "
        "$e^{-\\beta U}$ with $\\beta=2/\\varepsilon_E^2$, that is $p_\\theta$ only for "
        "$\\varepsilon_E=\\sqrt2$; the printed $10^{-4}$ is nearly no noise at all."
    ),
    why=(
        "For $L=\\frac\\rho2\\theta'^2$ a step multiplies the distance from "
        "$m=\\gamma\\theta/\\lambda$ by $1-\\eta'\\lambda$, with $\\lambda=\\gamma+\\rho$ as it "
        "works "
        "and $\\lambda=\\gamma-\\rho$ as printed. It contracts if and only if "
        "$0<\\eta'\\lambda<2$: "
        "never, as printed, where $\\rho\\ge\\gamma$. With noise the variance tends to "
        "$\\frac{T}{\\lambda(1-\\eta'\\lambda/2)}$, $T=\\varepsilon_E^2/2$: a discretised chain "
        "is wider "
        "than the law it imitates."
    ),
    exercise=(
        "Lines 12, 13 and 16 estimate a variance by running averages, "
        "$\\bar\\xi-\\bar\\theta^2$, with "
        "weight α on the newest draw. For independent draws of variance $\\sigma^2$, what is its "
        "expectation in the long run for $\\alpha=0.75$?"
    ),
    solution=(
        "$\\sigma^2\\frac{2(1-\\alpha)}{2-\\alpha}=0.4\\,\\sigma^2$: the average remembers about "
        "$(2-\\alpha)/\\alpha=5/3$ draws, too few to see the variance. Dividing by the factor "
        "repairs it."
    ),
    code=("theory.algorithm_1:line_10", "theory.algorithm_1:inner_loop"),
    command="python -m verify 'kanai.algorithm-1.*' 'jaxat.algorithm-1-*'",
)
