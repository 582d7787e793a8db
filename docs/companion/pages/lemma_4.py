"""Lemma 4 of Kanai et al.: inside the region a strict local maximum glides."""

from __future__ import annotations

from typing import Any

from docs.companion.page import Figure, Page


def double_well() -> dict[str, Any]:
    """The right-hand maximum of l(x', theta) = -(x'^2 - 1)^2 + theta x', and its curvature."""
    import numpy as np

    nodes = np.linspace(-1.2, 1.2, 61)
    branch = [float(np.roots([-4.0, 0.0, 4.0, t]).real.max()) for t in nodes]
    xs = np.linspace(-1.7, 1.7, 103)
    return {
        "nodes": nodes.round(12).tolist(),
        "branch": branch,
        "curvature": [4.0 - 12.0 * x * x for x in branch],
        "xs": xs.tolist(),
        "base": (-((xs**2 - 1) ** 2)).tolist(),
    }


PAGE = Page(
    slug="lemma-4",
    chapter=4,
    title="Lemma 4: a maximum inside the region glides",
    short="as long as it is the same maximum",
    claims=("kanai.lemma-4",),
    evidence=(
        "kanai.lemma-4.optimal",
        "kanai.lemma-4.c-at-point",
        "kanai.lemma-4.corollary",
        "jaxat.lemma-4-convex-set",
        "jaxat.lemma-4-schur",
        "kanai.swish.satisfies-lemma-4",
    ),
    question=(
        "A loss over inputs has two peaks, left and right, both sharp. As the weight changes, the "
        "peaks rise and fall a little. What does the *highest* point do?"
    ),
    options=(
        "it glides, because each peak glides",
        "it can jump from one peak to the other",
        "it stays between the two peaks",
    ),
    answer=(
        "B. Each peak glides, and the lemma is about that. Which of them is higher is another "
        "question, and the answer can change from one weight to the next."
    ),
    see=(
        "The loss is $\\ell=-(x'^2-1)^2+\\theta x'$. Left, its profile over the inputs; middle, "
        "where "
        "its two maxima are as θ moves; right, the curvature at the right-hand one, whose size "
        "$c$ "
        "holds the speed down. Drag the two weights along the branch."
    ),
    figure=Figure(
        widget="lemma-4",
        data=double_well,
        alt=(
            "Three panels. Left: a curve with two peaks near minus one and plus one. Middle: two "
            "gently rising curves, the positions of the two maxima as functions of theta; the "
            "upper "
            "one carries two weights. Right: the curvature along the upper branch falls from "
            "about "
            "minus four to minus eleven, and a dashed line marks the largest value between the "
            "weights, minus c."
        ),
        caption="The branches are roots of a cubic, solved at 61 weights when the page was built.",
    ),
    breaks=(
        "The lemma speaks of “the optimal adversarial example”. Follow the *best* maximum "
        "instead of "
        "one branch: it jumps by 2 at $\\theta=0$, however large $c$ is. Or measure $c$ at one "
        "end "
        "only: the peak flattens on the way, and moves faster than that $c$ allows. Both "
        "readings are "
        "refuted; read as a statement about one branch, with $c$ along all of it, the lemma is "
        "proved."
    ),
    why=(
        "Along the branch $\\nabla_x\\ell(x'(\\theta),\\theta)=0$. Differentiate:\n\n"
        "$$\\frac{dx'}{d\\theta}=-\\left(\\nabla_x^2\\ell\\right)^{-1}\\nabla_\\theta\\nabla_x\\ell,"
        "\\qquad\\left\\|\\frac{dx'}{d\\theta}\\right\\|\\le\\frac{C_{\\theta x}}{c} .$$\n\n"
        "That is the implicit function theorem; a flat peak is easily pushed aside."
    ),
    exercise=(
        "For one swish unit, $\\ell=\\varphi(\\theta^\\top x')$ with $d=2$ inputs, the interior "
        "optimum "
        "of the paper's own example has $\\theta^\\top x'=u^*$. Does it satisfy the hypothesis "
        "$\\nabla_x^2\\ell\\prec0$?"
    ),
    solution=(
        "No: $\\nabla_x^2\\ell=\\varphi''(u^*)\\,\\theta\\theta^\\top$ has rank 1, so it is "
        "singular for "
        "$d\\ge2$. All points of a line are maximisers. The loss is constant there, and smooth "
        "for "
        "that reason (kanai.swish.satisfies-lemma-4.repaired)."
    ),
    code=("theory.general_models:implicit_jacobian", "docs.companion.pages.lemma_4:double_well"),
    command="python -m verify kanai.lemma-4 'kanai.lemma-4.*'",
)
