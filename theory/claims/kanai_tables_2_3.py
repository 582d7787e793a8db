"""Tables 2 (TRADES) and 3 (second order EntropySGD) of Kanai et al.: their own printed numbers."""

from __future__ import annotations

from theory.claim import Claim, Kind, Source
from theory.claims.kanai_tables import (
    LEVEL,
    ahead,
    as_printed,
    cells,
    other_numbers,
    proved_for_each,
    significant,
)
from theory.evidence import Evidence, Exactly, Method, Verdict
from theory.exact import Comparison, rational
from theory.registry import register
from theory.run import Run
from theory.scope import Names
from theory.tables.kanai import TABLE_1, TABLE_3

WRN = "cifar10-wrn"
TUNED = "trades-awp-ensgd-tuned"
TRADES_PAIRS = (
    f"{WRN}: trades < trades-ensgd",
    f"{WRN}: trades-awp < trades-awp-ensgd",
    f"{WRN}: trades-awp < {TUNED}",
)
ORDERED = (
    *TRADES_PAIRS,
    *(f"{WRN}: {column} < {TUNED}" for column in ("trades", "trades-ensgd", "trades-awp-ensgd")),
)

ORDER = register(
    Claim(
        id="kanai.table-2.order",
        kind=Kind.EXPERIMENT,
        source=Source("kanai", "Table 2 and Appendix F.2.2", "final"),
        title="Table 2: +EnSGD is ahead of TRADES with and without AWP; the tuned one is highest",
        statement=(
            "“TRADES with EnSGD (+EnSGD) outperforms TRADES with SGD (TRADES), and TRADES with AWP "
            "and EnSGD (+AWP+EnSGD) outperforms TRADES with AWP and SGD (+ AWP). Furthermore, "
            "[…] (+AWP+EnSGD(tuned)), models achieved the highest robust accuracies”, as "
            "statements about the printed means."
        ),
        expected=Verdict.PROVED,
        hypotheses=(as_printed("2"),),
        conclusion=ahead,
        domain={"pair": Names(*ORDERED)},
        necessity=other_numbers(ORDERED[0], "50", "50"),
    )
)
proved_for_each(ORDER, "2", ORDERED, "printed means")

register(
    Claim(
        id="kanai.table-2.significance",
        kind=Kind.EXPERIMENT,
        source=Source("kanai", "Table 2 and Appendix F.2.2", "final"),
        title="Table 2: the improvements by EnSGD are significant (Welch, p < 0.05)",
        statement=(
            "“+EnSGD outperforms TRADES”, “+AWP+EnSGD outperforms +AWP”, in the stronger reading "
            "(the text does not speak of significance): Welch's two-sided test on the printed mean "
            "± standard deviation of $n=3$ runs gives $p<0.05$."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.table-2.order",),
        hypotheses=(as_printed("2"),),
        conclusion=significant,
        domain={"pair": Names(*TRADES_PAIRS)},
    )
)

SIMILAR_PAIRS = tuple(
    f"{row}: {columns}"
    for row in TABLE_3
    for columns in ("at-ensgd < at-ensgd2", "awp-ensgd < awp-ensgd2")
)
EXCEPTION = "cifar100-rn18: at-ensgd < at-ensgd2"

ALMOST = register(
    Claim(
        id="kanai.table-3.almost-same",
        kind=Kind.EXPERIMENT,
        source=Source("kanai", "Table 3 and Appendix F.3", "final"),
        title="Table 3: second order EnSGD is within 0.3 points of EnSGD in all eight pairs",
        statement=(
            "“2ndEnSGD performs almost the same as EnSGD”: the printed means differ by less than "
            "0.3 points in every row, with and without AWP."
        ),
        expected=Verdict.PROVED,
        hypotheses=(as_printed("3"),),
        conclusion=lambda w: Comparison(abs(w["mean_2"] - w["mean_1"]), "<", rational("3/10")),
        domain={"pair": Names(*SIMILAR_PAIRS)},
        necessity=other_numbers(SIMILAR_PAIRS[0], "50", "51"),
        notes=(
            "The text offers the diagonal approximation as the reason. With the printed noise "
            "there is a simpler one: γσ̄ is near 0 (`kanai.algorithm-1.line-11`), and then (77) is "
            "the first order step in all but its size."
        ),
    )
)
proved_for_each(ALMOST, "3", SIMILAR_PAIRS, "printed means")

DIFFERENT = register(
    Claim(
        id="jaxat.table-3-significance",
        kind=Kind.RESULT,
        source=Source("jaxat", "Table 3 of Kanai et al."),
        title="Table 3: second order EnSGD differs significantly in one pair of eight (CIFAR100)",
        statement=(
            "By Welch's two-sided test with $n=3$, EnSGD and 2ndEnSGD differ at the level 0.05 on "
            "CIFAR100 without AWP (28.69 ± 0.03 against 28.94 ± 0.05), and in no other pair."
        ),
        expected=Verdict.PROVED,
        hypotheses=(as_printed("3"),),
        conclusion=lambda w: Comparison(
            significant(w).left, "<" if w["pair"] == EXCEPTION else ">", LEVEL
        ),
        domain={"pair": Names(*SIMILAR_PAIRS)},
        necessity=other_numbers(EXCEPTION, "50", "50"),
        notes="With eight tests at the level 0.05, one in three such tables has one by chance.",
    )
)
proved_for_each(DIFFERENT, "3", SIMILAR_PAIRS, "printed numbers")

SHARED = register(
    Claim(
        id="kanai.table-3.columns",
        kind=Kind.EXPERIMENT,
        source=Source("kanai", "Tables 1 and 3", "final"),
        title="Table 3 repeats the four columns of Table 1 without a change",
        statement="The columns AT, AT+EnSGD, AWP and AWP+EnSGD of Tables 1 and 3 agree.",
        expected=Verdict.PROVED,
    )
)


@SHARED.check(Method.EXACT, Verdict.PROVED)
def comparison(run: Run) -> Evidence:
    """All sixteen shared entries, means and deviations."""
    proofs = [
        Exactly(cells("1", f"{row}: {c} < {c}") == cells("3", f"{row}: {c} < {c}"), f"{row} {c}")
        for row, columns in TABLE_1.items()
        for c in columns
    ]
    return Evidence.from_proofs(Method.EXACT, proofs)
