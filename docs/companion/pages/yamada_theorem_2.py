"""Theorem 2 of Yamada et al.: random noise, and whose minimum is meant."""

from __future__ import annotations

from docs.companion.page import Figure, Page

PAGE = Page(
    slug="yamada-theorem-2",
    chapter=7,
    title="Yamada et al., Theorem 2: random noise and a flat Hessian",
    short="true sample by sample, false for the mean",
    claims=("yamada.theorem-2", "yamada.theorem-2.at-minimisers"),
    evidence=(
        "yamada.eq-14",
        "yamada.theorem-2.gaussian",
        "yamada.theorem-2.kappa",
        "yamada.theorem-2.second-half",
        "yamada.theorem-2.second-half.at-fixed-weights",
        "jaxat.noise-phases",
        "jaxat.noise-vs-attack",
    ),
    question=(
        "Instead of an attack, random noise is added to the samples. Training reaches the "
        "minimum of "
        "the mean loss. Is the Hessian 0 there?"
    ),
    options=("yes", "only if the noisy samples can be separated", "never"),
    answer=(
        "B, and then the minimum is only approached, by ever longer weights. If noise throws two "
        "samples of one class to opposite sides, the mean is minimal at a finite weight, with a "
        "Hessian that is far from 0."
    ),
    see=(
        "Left, four noisy samples (diamonds) and a weight. Right, along the ray of $w$: the "
        "largest "
        "eigenvalue of the Hessian, and the bound by the mean length of the gradients. Where all "
        "samples are on the right side, both die out as $w$ grows. Drag samples across."
    ),
    figure=Figure(
        widget="yamada-theorem-2",
        formulas=("robust_hessian", "gradient_l2", "norm"),
        data=lambda: {
            "separable": [[1.5, 0.2], [0.9, 1.1], [1.9, -0.4], [0.6, 0.5]],
            "opposed": [[1.0, 0.0], [-1.0, 0.0], [1.0, 0.0], [-1.0, 0.0]],
        },
        alt=(
            "Two panels. Left: four samples in the right half plane and a weight pointing toward "
            "them. Right: along the ray of the weight the largest eigenvalue and, above it, the "
            "bound both fall toward zero."
        ),
        caption="Where the losses are small the bound is nearly used up: the ratio is about 1 − s.",
    ),
    breaks=(
        "Put the mean's gradient in place of each sample's: with samples at $\\pm1$ the mean "
        "gradient "
        "vanishes at $w=0$, where the Hessian is $\\frac14$. That is the exact witness of the "
        "refutation. The theorem is about the first bound, and the paper's title sentence about "
        "training needs the second."
    ),
    why=(
        "One sample $z=y(x+\\eta)$ has the gradient $-s\\,z$ and the Hessian "
        "$s(1-s)\\,zz^\\top$, so its "
        "norm is $(1-s)\\|z\\|\\cdot\\|\\nabla\\ell\\|\\le\\|z\\|\\,\\|\\nabla\\ell\\|$. Average."
    ),
    exercise=(
        "$\\nabla\\ell_n=0$ exactly: for which noisy samples can that happen at a finite weight?"
    ),
    solution=(
        "Only where $x+\\eta=0$, since $s>0$ always. Elsewhere the gradient tends to 0 only along "
        "weights that grow without bound."
    ),
    code=("theory.weight_sharpness:robust_hessian", "theory.weight_sharpness:detached_hessian"),
    command="python -m verify 'yamada.theorem-2*' jaxat.noise-phases",
)
