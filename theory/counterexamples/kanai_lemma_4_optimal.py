"""Two strict local maxima of equal height: the better one changes side."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.lemma-4.optimal",
    reading=(
        "The lemma introduces $x'^*$ as “the local maximum point”, and Section 3.2.3 says "
        "that the loss may pass from one local maximum to another. Judged is the lemma for "
        "the global maximum."
    ),
    intuition=(
        "Take the double well $\\ell=-(x'^2-1)^2+\\theta x'$. Both maxima are strict, with Hessian "
        "near $-8$, far inside the region. The global maximum is the one on the side of the sign "
        "of $\\theta$, so it jumps by 2 at $\\theta=0$ however smooth each branch is."
    ),
    catch=(
        "The implicit function theorem continues one *local* maximum. Nothing keeps that branch "
        "the best one."
    ),
    witness={
        "model": "polynomial",
        "a": "(-1, 0, 2, 0, -1)",
        "eps": "2",
        "p": "2",
        "C_theta_x": "1",
        "c": "8",
        "theta_1": "(2003001/250000000,)",
        "delta_1": "(1001/1000,)",
        "theta_2": "(-2003001/250000000,)",
        "delta_2": "(-1001/1000,)",
    },
    disappears=(
        "“optimal” is read as the local maximum of the branch, or the global maximum is unique at "
        "$\\theta$ (then it stays on one branch near $\\theta$)."
    ),
)
