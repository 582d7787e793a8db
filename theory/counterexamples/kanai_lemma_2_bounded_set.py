"""A bounded set that avoids 0 may still come arbitrarily near to it."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.lemma-2.bounded-set",
    reading=(
        r"The lemma asks for a $\theta_{\min}$ with $\|\theta\|\ge\theta_{\min}>0$, and under "
        "this hypothesis its last sentence is right as well (`kanai.lemma-2`). Judged is the "
        "sentence by itself, for every bounded set without 0."
    ),
    intuition=(
        "Take $\\theta_{1,2} = \\pm t\\,e_1$ in the punctured unit ball. The examples stay "
        "$2\\varepsilon$ apart while the weights are only $2t$ apart, so the ratio is "
        "$\\varepsilon/t$: whatever constant $\\varepsilon/\\theta_{\\min}$ is proposed, "
        "$t < \\theta_{\\min}$ beats it."
    ),
    catch=(
        "“Bounded” and “not including 0” do not give a smallest norm: $\\theta_{\\min}$ is the "
        "infimum of $\\|\\theta\\|$, which is 0 here."
    ),
    witness={
        "theta_1": "(1/1000000, 0)",
        "theta_2": "(-1/1000000, 0)",
        "theta_min": "1/1000",
        "eps": "3/5",
        "p": "2",
        "y": "1",
    },
    disappears=(
        "the set is closed (as the early version says) or, what is really used, bounded away "
        "from 0: then $\\theta_{\\min} > 0$ exists and boundedness is not needed at all."
    ),
)
