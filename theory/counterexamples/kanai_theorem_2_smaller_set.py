"""In one dimension the L2 ball is the L∞ ball."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.theorem-2.smaller-set",
    intuition=(
        "For $d=1$ both attacks are $|\\delta|\\le\\varepsilon$ with the example "
        "$x-y\\varepsilon\\,\\mathrm{sign}(\\theta)$, and both sets are $\\{\\theta\\ne0\\}$: two "
        "sign patterns each."
    ),
    catch="The remark compares Lemma 3 with Lemma 2, which at $d=1$ contradict each other.",
    witness={"d": "1"},
    disappears="$d\\ge2$.",
)
