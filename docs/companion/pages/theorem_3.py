"""Theorem 3 of Kanai et al.: EntropySGD blurs the loss, kinks and all."""

from __future__ import annotations

from typing import Any

from docs.companion.page import Figure, Page


def grids() -> dict[str, Any]:
    """The enclosed grids, with the losses themselves at the nodes."""
    import math

    from docs.companion.entropy_data import ATTACKED, WELL, entropy_grids

    data = dict(entropy_grids())
    reach = [ATTACKED["eps"] * abs(t) - ATTACKED["x"] * t for t in data["nodes"]]
    attacked = [max(h, 0.0) + math.log1p(math.exp(-abs(h))) for h in reach]
    well = [WELL["height"] * (t * t - 1) ** 2 for t in data["nodes"]]
    data["attacked"] = {**data["attacked"], "loss": attacked}
    data["well"] = {**data["well"], "loss": well}
    return {**data, "slope": 2.0, "start": 7}


PAGE = Page(
    slug="theorem-3",
    chapter=5,
    title="Theorem 3: EntropySGD blurs the kinks away",
    short="and by how much: a slider for γ",
    claims=("kanai.theorem-3", "jaxat.entropy-convex"),
    evidence=(
        "kanai.eq-11",
        "kanai.eq-53",
        "kanai.theorem-3.supremum",
        "kanai.theorem-3.domination",
        "kanai.entropy-same-minima",
        "kanai.entropy-improves-smooth",
        "jaxat.entropy-unbounded",
        "jaxat.entropy-weakly-convex",
        "jaxat.entropy-adversarial",
    ),
    question=(
        "EntropySGD does not minimise $L$ but $-F(\\theta)=-\\log\\int "
        "e^{-L(\\theta')-\\frac\\gamma2"
        "\\|\\theta-\\theta'\\|^2}d\\theta'$. Let $L=2|\\theta|$, which has a corner at 0. How "
        "large can "
        "the second derivative of $-F$ get?"
    ),
    options=("it is infinite at 0, as for L", "at most γ", "at most γ², and γ² is attained"),
    answer=(
        "B. $-F''=\\gamma-\\gamma^2\\Sigma$ with a variance Σ that is positive, so it is below γ "
        "whatever the loss is, corner or not. (It can be very negative if the loss is not convex.)"
    ),
    see=(
        "Left, the loss (black) and what EntropySGD sees (blue). Middle, the curvature of the "
        "blue "
        "curve: between 0 and γ for these convex losses. Right, the density that the round weight "
        "averages over, and its mean: the gradient is $-\\nabla "
        "F=\\gamma(\\theta-\\mathrm{mean})$. "
        "Slide γ: small γ blurs widely, large γ lets the corner come back."
    ),
    figure=Figure(
        widget="theorem-3",
        formulas=("entropy_absolute",),
        data=grids,
        alt=(
            "Three panels. Left: the loss 2 times the absolute value of theta, with a sharp "
            "corner "
            "at zero, and below it a smooth bowl, minus F. Middle: the curvature of the bowl is a "
            "hump around zero; it stays between the dashed lines 0 and gamma. Right: a bump, the "
            "product of a Gaussian around the weight and exp of minus the loss; its mean lies "
            "between the weight and the minimum of the loss."
        ),
        caption=(
            "The closed form for 2|θ| is evaluated in the browser. The attacked logistic loss "
            "softplus(2|θ| − θ/2) and the double well are integrals, enclosed by ball arithmetic "
            "at 61 weights and 13 values of γ when the page was built; the radius is shown."
        ),
    ),
    breaks=(
        "Take a loss that is not convex: between two wells the density has two bumps, its "
        "variance "
        "is large, and for large γ our bound γ fails; Theorem 3, with its supremum of Σ, still "
        "holds. But that supremum must be taken over a bounded set: for every γ there is a "
        "continuous loss $L\\ge0$, a staircase of parabolas, for which the variance grows without "
        "limit as θ does (jaxat.entropy-unbounded). And neither the minima nor, for a smooth "
        "loss, "
        "the smoothness need be improved: two remarks of the paper are refuted below."
    ),
    why=(
        "$e^F$ is $e^{-L}$ blurred by a Gaussian of variance $1/\\gamma$. Differentiate the "
        "Gaussian, not the loss: that gives moments of $p_\\theta\\propto "
        "e^{-L(\\theta')-\\frac\\gamma2"
        "\\|\\theta-\\theta'\\|^2}$,\n\n"
        "$$-\\nabla F=\\gamma\\,(\\theta-\\mathbb{E}\\theta'),\\qquad "
        "-\\nabla^2F=\\gamma I-\\gamma^2\\Sigma_{\\theta'} .$$\n\n"
        "If $L$ is convex, $p_\\theta$ is log-concave and at most as wide as its Gaussian factor: "
        "$\\Sigma\\preceq I/\\gamma$ (Brascamp and Lieb), hence "
        "$0\\preceq-\\nabla^2F\\preceq\\gamma I$."
    ),
    exercise=(
        "Compute $F$ for $L=\\frac\\rho2\\theta^2$. Is $-F$ smoother than $L$, and where is its "
        "minimum?"
    ),
    solution=(
        "$p_\\theta$ is a Gaussian with variance $1/(\\gamma+\\rho)$ and mean "
        "$\\gamma\\theta/(\\gamma+\\rho)$, so $-F''=\\gamma-\\frac{\\gamma^2}{\\gamma+\\rho}="
        "\\frac{\\gamma\\rho}{\\gamma+\\rho}$: less than both γ and ρ. The minimum is still 0. "
        "For a "
        "loss that is not even, it moves."
    ),
    code=(
        "theory.local_entropy.closed_forms:absolute_local_entropy",
        "docs.companion.entropy_data:entropy_grids",
    ),
    command="python -m verify kanai.theorem-3 jaxat.entropy-convex jaxat.entropy-unbounded",
)
