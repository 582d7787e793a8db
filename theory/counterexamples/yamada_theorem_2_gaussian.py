"""Gaussian noise flips some samples whatever the weight, so the weight stays finite."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="yamada.theorem-2.gaussian",
    reading=(
        "“The same conclusion” holds for each data point whose loss tends to 0, whatever the "
        "noise (`yamada.theorem-2`), and “norm constrained” can mean a Gaussian cut off at a "
        r"radius. Judged is the mean over $N(0,\sigma I)$ as it stands."
    ),
    intuition=(
        "One sample $x = 1$ with the label 1 and noise $\\eta \\sim N(0, 1)$: in about a sixth of "
        "all cases $x + \\eta < 0$, and these cases are the more expensive the larger $w$ is. The "
        "mean loss has its minimum at $w = 2$ (`jaxat.noise-gaussian-minimiser`), with a positive "
        "second derivative."
    ),
    catch=(
        "Theorem 2 needs losses that all tend to 0. Noise without a bound misclassifies with a "
        "positive probability at every weight, so the infimum of the mean loss is not 0."
    ),
    witness={"x": "1", "w_low": "19/10", "w_high": "21/10"},
    disappears=(
        "the noise is bounded and smaller than the margin of the data: `jaxat.noise-phases`. "
        "Truncated Gaussian noise is such a case."
    ),
)
