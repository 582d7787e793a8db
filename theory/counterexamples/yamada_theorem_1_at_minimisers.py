"""A data set on which the larger radius has the flatter minimiser, by a factor above 100 000."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="yamada.theorem-1.at-minimisers",
    reading=(
        "The theorem is stated for weights that are optimal for each data point, which no two "
        "radii have (`yamada.theorem-1`). Judged is what abstract and experiments take from "
        "it, at minimisers of the training loss."
    ),
    intuition=(
        "Take 2000 samples $yx = (1, 0)$ and one each of $(0, 400)$ and $(0, -400)$. By symmetry "
        "and convexity the minimiser is $(r, 0)$. The two far samples dominate the curvature "
        "across $w$, $2B^2s(1-s)/N$ with $s = \\sigma(r\\varepsilon)$. A larger radius makes their "
        "robust margin $-r\\varepsilon$ more negative: their losses become linear, $s(1-s)$ tends "
        "to 0, and the landscape flattens. From $\\varepsilon = 1/10$ to $9/10$ the largest "
        "eigenvalue falls from about 31 to about $2\\cdot10^{-4}$, and "
        "$\\|w^*\\|^2\\lambda_{\\max}$, the sharpness along directions as long as $w^*$, from "
        "about 3400 to below 1. Here $\\|w^*\\|$ grows from 10 to 47, so that it is not monotone "
        "either: it must fall to 0 at $\\varepsilon = 1000/1001$."
    ),
    catch=(
        "The term $\\frac{\\varepsilon}{2\\|w\\|}P$ of (9) is one part of the Hessian. The other, "
        "$\\frac1N\\sum_n s_n(1-s_n)u_nu_n^\\top$, vanishes only at the special weight of the "
        "theorem "
        "and shrinks when samples move far to the wrong side of their margin."
    ),
    witness={
        "z": "((1, 0), (0, 400), (0, -400))",
        "counts": "(2000, 1, 1)",
        "eps_a": "9/10",
        "r_a": "(470148/10000, 470150/10000)",
        "eps_b": "1/10",
        "r_b": "(104513/10000, 104514/10000)",
    },
    disappears=(
        "the weights are held fixed and no robust margin is negative; or the radius is near the "
        "threshold $\\varepsilon_c$ of collapse, where the eigenvalues grow like "
        "$1/(\\varepsilon_c - \\varepsilon)$."
    ),
)
