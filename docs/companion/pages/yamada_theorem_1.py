"""Theorem 1 of Yamada et al.: is a larger radius sharper?"""

from __future__ import annotations

from typing import Any

from docs.companion.page import Figure, Page

_K, _B = 2000, 400.0


def family() -> dict[str, Any]:
    """Minimisers (r, 0) and largest eigenvalues for 2000 samples (1, 0) and one each (0, "
    "+-400)."""
    import numpy as np

    from theory.weight_phases import symmetric_minimiser

    threshold = _K / (_K + 2)
    near = threshold - np.geomspace(0.04, 1e-5, 14)
    eps = [*np.linspace(0.05, threshold - 0.05, 37).tolist(), *near.tolist()]
    found = [symmetric_minimiser(_K, _B, e) for e in eps]
    top = [max(f.radial, f.tangential) for f in found]
    return {
        "eps": eps,
        "r": [f.r for f in found],
        "top": top,
        # Two samples far on the wrong side of the margin at the fixed weight (2, 0).
        "z": [[1.0, 0.0], [1.0, 0.0], [0.0, 3.0], [0.0, -3.0]],
        # Data with all margins on the right side, for the comparison at fixed weights.
        "z_far": [[2.0, 0.5], [2.0, -0.5], [1.5, 1.0], [1.5, -1.0]],
        "held": 2.0,
        "longest": 1.1 * max(f.r for f in found),
        "threshold": threshold,
        "low": 1e-5,
        "high": 4000.0,
        "other": 2,
        "start": 34,
    }


PAGE = Page(
    slug="yamada-theorem-1",
    chapter=7,
    title="Yamada et al., Theorem 1: is a larger radius sharper?",
    short="vacuous as printed, false at minimisers, true at fixed weights",
    claims=(
        "yamada.theorem-1",
        "yamada.theorem-1.at-minimisers",
        "jaxat.monotone-at-fixed-weights",
    ),
    evidence=(
        "yamada.optimal-weight",
        "yamada.eq-9",
        "jaxat.yamada-hessian",
        "jaxat.yamada-hypothesis",
        "jaxat.equal-norm-not-monotone",
        "jaxat.yamada-phases",
    ),
    question=(
        "A logistic model is trained to its minimum against attacks of radius ε. You take a "
        "larger ε "
        "and train again. The new minimum is …"
    ),
    options=("always sharper", "always flatter", "either, it depends on the data"),
    answer=(
        "C. The paper says A. Its hypothesis, that each single loss is stationary, holds for at "
        "most "
        "one radius per data set, so it compares nothing; at true minimisers both happen."
    ),
    see=(
        "Data: 2000 samples $yx=(1,0)$, one each $(0,400)$ and $(0,-400)$. The robust loss has "
        "one "
        "minimiser, $(r,0)$. Left, the largest curvature there: it *falls* with ε over most of "
        "the "
        "range, then shoots up at the threshold near 1, where the minimiser collapses to 0. "
        "Right, the "
        "rise of the loss across $w$ for the two radii: a steep valley against a plain."
    ),
    figure=Figure(
        widget="yamada-theorem-1",
        formulas=("robust_hessian",),
        data=family,
        alt=(
            "Three panels. Left: the largest curvature at the minimiser, on a logarithmic axis, "
            "falls by several powers of ten over most radii and shoots up at the threshold. "
            "Middle: the length of the minimiser grows, then falls to zero at the threshold. "
            "Right: a steep parabola for the smaller radius and a nearly flat one for the larger."
        ),
        caption=(
            "Minimisers are roots found when the page was built, to the last bits of a double; the "
            "curvature at a fixed weight is evaluated in the browser. The theorem would need the "
            "second bar never to be the shorter one."
        ),
    ),
    breaks=(
        "The first figure already breaks the theorem, read at minimisers. Keep the weights fixed "
        "and "
        "use data with positive margins: the curvature across $w$ then grows with the radius, "
        "which is "
        "the repaired statement. Break that one as well: with samples far on the wrong side of "
        "their "
        "margin, the losses become linear and the curvature falls."
    ),
    why=(
        "The Hessian has two parts,\n\n"
        "$$H=\\underbrace{\\frac1N\\sum_ns_n(1-s_n)u_nu_n^\\top}_{A}+\\underbrace{\\varepsilon\\,"
        "\\frac{\\bar s}{\\|w\\|}}_{c}\\left(I-\\frac{ww^\\top}{\\|w\\|^2}\\right),\\qquad "
        "u_n=z_n-\\varepsilon\\frac{w}{\\|w\\|} .$$\n\n"
        "The paper's argument sees $c$ alone, which grows with ε. But $A$ shrinks when samples "
        "fall behind their margin, $s_n(1-s_n)\\to0$, and here it dominates."
    ),
    exercise=(
        "The hypothesis of the theorem is $\\nabla_w\\ell_n(w)=0$ for every sample $n$. Show "
        "that it can "
        "hold for one radius at most."
    ),
    solution=(
        "$\\nabla_w\\ell_n=-s_nu_n$ with $s_n>0$, so $u_n=0$: $z_n=\\varepsilon w/\\|w\\|$ for "
        "all $n$. "
        "All samples are one vector of length ε. Another radius would need another length."
    ),
    code=(
        "theory.weight_sharpness:robust_hessian",
        "theory.weight_phases:symmetric_minimiser",
    ),
    command="python -m verify 'yamada.theorem-1*' jaxat.monotone-at-fixed-weights",
)
