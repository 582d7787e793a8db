"""The curvature of the logistic loss is not convex in the margin, so noise can lower its mean."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="yamada.theorem-2.second-half.at-fixed-weights",
    reading=(
        r"The proof supposes that $\kappa^n$ does not depend on $\eta$, which nothing "
        "satisfies (`yamada.theorem-2.second-half`). Judged is the conclusion without this "
        "premise, at one weight."
    ),
    intuition=(
        "Let $w = 1$ and $x = 7/2$, so that $\\kappa = e^{-7/2} \\approx 0.03$. The Hessian at the "
        "noise $\\eta$ is $h(m) = \\sigma'(m)m^2$ with the margin $m = x + \\eta$. This function "
        "is concave between about $0.99$ and $3.79$; spreading $m$ around $7/2$ lowers the mean: "
        "it is larger for $\\varepsilon = 1/100$ than for $\\varepsilon = 1$."
    ),
    catch=(
        "In (15) the noise enters by $\\varepsilon^2/3$ alone. It also enters by $\\kappa$: "
        "noise that makes $x + \\eta$ longer makes the loss, and with it the weight, smaller."
    ),
    witness={"w": "1", "x": "7/2", "eps_a": "1", "eps_b": "1/100"},
    disappears=(
        "the margin stays above 3.79, where $h$ is convex, or one looks at directions in which "
        "neither $x$ nor $w$ has a component: `jaxat.noise-langevin-law.growth`."
    ),
)
