"""L2-PGD with the sign of the gradient comes to rest beside the maximum."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="yamada.eq-3",
    intuition=(
        "For $w = (1, 2, 3, 4)$ the sign step always moves along $-(1, 1, 1, 1)$ and, projected "
        "onto the $L_2$ ball, rests at $-\\varepsilon(1, 1, 1, 1)/2$. That raises the logit by "
        "$5\\varepsilon$; the best perturbation, along $-w$, raises it by "
        "$\\sqrt{30}\\,\\varepsilon$."
    ),
    catch=(
        "The sign of the gradient is the steepest direction for the $L_\\infty$ norm only. The "
        "paper uses (3) for $L_2$ constraints too (“step size of $L_2$ PGD”)."
    ),
    witness={
        "w": "(1, 2, 3, 4)",
        "y": "1",
        "eps": "1",
        "eta": "(-1/2, -1/2, -1/2, -1/2)",
        "p": "2",
        "step": "sign",
        "lambda": "1/10",
    },
    disappears=(
        "$p = \\infty$, or all $|w_i|$ are equal, or the step is the normalised gradient as in the "
        "public implementations of $L_2$ PGD."
    ),
)
