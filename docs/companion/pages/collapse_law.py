"""Our law for the collapse of the robust minimiser."""

from __future__ import annotations

from typing import Any

from docs.companion.page import Figure, Page

_WIDE = ((2.0, 0.0), (0.0, 1.0), (1.0, -1.0))
# Nearly the same component along the mean: the variance v of the law is small.
_NARROW = ((1.15, 1.0), (1.0, -1.0), (0.85, 0.0))


def approaches() -> dict[str, Any]:
    """Minimisers and Hessians on the way to the threshold, and the leading terms of the law."""
    import jax
    import numpy as np

    from theory.weight_phases import collapse_law, collapse_radius, minimiser
    from theory.weight_sharpness import robust_hessian

    delta = np.geomspace(0.1, 1e-4, 25)
    hessian = jax.jit(robust_hessian)
    sets: dict[str, Any] = {}
    for name, samples in (("wide", _WIDE), ("narrow", _NARROW)):
        z = np.array(samples)
        edge = collapse_radius(z)
        w = [minimiser(z, edge - d) for d in delta]
        laws = [collapse_law(z, edge - d) for d in delta]
        top = [
            float(np.linalg.eigvalsh(hessian(point, z, edge - d))[-1])
            for point, d in zip(w, delta, strict=True)
        ]
        length = [float(np.linalg.norm(point)) for point in w]
        sets[name] = {
            "z": z.tolist(),
            "threshold": edge,
            "w": [point.tolist() for point in w],
            "top": top,
            "length": length,
            "normalised": [n * n * t for n, t in zip(length, top, strict=True)],
            "law_top": [law.tangential for law in laws],
            "law_length": [law.norm for law in laws],
            "law_normalised": [law.normalised for law in laws],
        }
    return {"delta": delta.tolist(), "sets": sets, "most": 3, "start": 8}


PAGE = Page(
    slug="collapse-law",
    chapter=7,
    title="The law of collapse: why sharpness explodes, and when",
    short="a result of ours",
    claims=("jaxat.collapse-law",),
    evidence=(
        "jaxat.collapse-threshold",
        "jaxat.collapse-law.two-radii",
        "jaxat.yamada-phases",
        "jaxat.origin-is-minimiser",
        "jaxat.sharpness-vanishes-with-loss",
    ),
    question=(
        "As the radius ε grows, the robust loss is at last minimal at $w=0$: the attacker has "
        "won. "
        "Just before that the minimiser is very short. How sharp is the loss there?"
    ),
    options=(
        "flat: nothing depends on a weight that is nearly 0",
        "infinitely sharp in the limit",
        "as sharp as before",
    ),
    answer=(
        "B across the weight, and A if sharpness is measured along directions as long as the "
        "weight. "
        "A kink sits at 0, and a minimum close to a kink has a huge curvature across it."
    ),
    see=(
        "Three samples; the dashed circle is the attack, and the arrow the minimiser. Slide δ, "
        "the "
        "distance to the threshold $\\varepsilon_c=\\|\\frac1N\\sum z_n\\|$. Middle, the largest "
        "eigenvalue grows like $1/\\delta$; right, the minimiser shrinks like δ, and so does the "
        "normalised sharpness. The dashed lines are the law."
    ),
    figure=Figure(
        widget="collapse-law",
        data=approaches,
        alt=(
            "Three panels. Left: three samples, a dashed circle and a short arrow, the minimiser. "
            "Middle, on logarithmic axes: the largest eigenvalue rises as delta falls and merges "
            "with a dashed line of slope minus one. Right: the length of the minimiser and the "
            "normalised sharpness fall with delta and merge with dashed lines of slope one."
        ),
        caption=(
            "Minimisers by Newton's method at 25 radii, made when the page was built; the law is "
            "the "
            "leading term as δ falls to 0."
        ),
    ),
    breaks=(
        "The law needs $v=\\mathrm{Var}(\\mu\\cdot z_n)/\\|\\mu\\|^2>0$: the samples must differ "
        "in how "
        "far they reach along their mean. Make them nearly equal: δ must then be far smaller "
        "before the "
        "law sets in. With $v=0$ there is nothing to expand, and no minimiser short of 0 either."
    ),
    why=(
        "At the scale of δ the loss is $\\log2-\\frac\\rho2+\\frac{\\rho^2v}8+\\dots$ in the "
        "scaled length "
        "$\\rho=\\|w\\|/\\delta$, smallest at $\\rho=2/v$. Across $w$ the curvature is "
        "$c=\\varepsilon\\bar s/\\|w\\|$ with $\\bar s\\to\\frac12$:\n\n"
        "$$\\|w^*\\|\\sim\\frac{2\\delta}{v},\\qquad\\lambda_{\\max}\\sim\\frac{\\varepsilon_cv}{4\\delta},"
        "\\qquad\\|w^*\\|^2\\lambda_{\\max}\\sim\\frac{\\varepsilon_c\\delta}{v} .$$"
    ),
    exercise=(
        "Yamada et al. measure sharpness along random directions that are scaled to the length "
        "of the "
        "weights. What do they see near the threshold?"
    ),
    solution=(
        "The curvature times $\\|w^*\\|^2$, which tends to 0: the landscape looks *flatter* and "
        "flatter, while its Hessian explodes. Which of the two is meant has to be said."
    ),
    code=("theory.weight_phases:minimiser", "theory.weight_phases:collapse_law"),
    command="python -m verify 'jaxat.collapse-*' jaxat.yamada-phases",
)
