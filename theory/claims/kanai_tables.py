"""Tables 1 to 3 of Kanai et al.: what their own printed numbers say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.errata import NotAClaim
from theory.evidence import Evidence, Exactly, Method, Verdict
from theory.exact import Comparison, Point, rational
from theory.registry import register
from theory.run import Run
from theory.scope import Names
from theory.tables.kanai import TABLE_1, TABLE_2, TABLE_3
from theory.tables.welch import Cell, Sample, largest_p_value, p_value

TABLES = {"1": TABLE_1, "2": TABLE_2, "3": TABLE_3}
LEVEL = rational("1/20")


def cells(table: str, pair: str) -> tuple[Cell, Cell]:
    """The two entries that a pair "row: first < second" names."""
    row, _, columns = pair.partition(": ")
    first, _, second = columns.partition(" < ")
    return TABLES[table][row][first], TABLES[table][row][second]


def as_printed(table: str) -> Hypothesis:
    """The numbers of the point are the two printed entries."""

    def holds(point: Point) -> tuple[Comparison, ...]:
        pair = cells(table, point["pair"])
        return tuple(
            Comparison(point[f"{name}_{k}"], "==", getattr(cell, name))
            for k, cell in enumerate(pair, 1)
            for name in ("mean", "std")
        )

    return Hypothesis("printed numbers", f"the entries of Table {table}", holds)


def point(table: str, pair: str) -> dict[str, Any]:
    first, second = cells(table, pair)
    return {
        "pair": pair,
        "mean_1": first.mean,
        "std_1": first.std,
        "mean_2": second.mean,
        "std_2": second.std,
    }


def other_numbers(pair: str, first: str, second: str) -> tuple[Necessity, ...]:
    """What the statement says of other numbers than the printed ones: nothing."""
    numbers = {"mean_1": first, "std_1": "1", "mean_2": second, "std_2": "1"}
    detail = "A statement about these numbers; with others in their place it fails."
    return (Necessity("printed numbers", {"pair": pair, **numbers}, detail=detail),)


def significant(w: Point) -> Comparison:
    """Welch's two-sided p < 0.05 with n = 3."""
    first, second = (Sample(w[f"mean_{k}"], w[f"std_{k}"], 3) for k in (1, 2))
    return Comparison(p_value(first, second), "<", LEVEL)


def ahead(w: Point) -> Comparison:
    return Comparison(w["mean_1"], "<", w["mean_2"])


def proved_for_each(
    claim: Claim, table: str, pairs: tuple[str, ...], name: str, detail: str = ""
) -> None:
    """Add the check that evaluates the claim's conclusion at every pair, exactly."""

    @claim.check(Method.EXACT, Verdict.PROVED, name)
    def _all_pairs(run: Run) -> Evidence:
        """The statement at the printed numbers of every pair, in rationals and balls."""
        conclusion: Callable[[Point], Any] = claim.conclusion  # pyright: ignore[reportAssignmentType]
        proofs = [Exactly(conclusion(point(table, p)).holds(), p) for p in pairs]
        return Evidence.from_proofs(Method.EXACT, proofs, detail=detail)


def pairs_of(*columns: str) -> tuple[str, ...]:
    """Every row of Table 1 with each of the column pairs, except CIFAR100 with AWP."""
    left_out = "cifar100-rn18: awp < awp-ensgd"
    found = (f"{row}: {columns_}" for row in TABLE_1 for columns_ in columns)
    return tuple(pair for pair in found if pair != left_out)


AT, AWP = "at < at-ensgd", "awp < awp-ensgd"
SEVEN = pairs_of(AT, AWP)
SIX = tuple(pair for pair in SEVEN if pair != "cifar10-rn18: awp < awp-ensgd")

ORDER = register(
    Claim(
        id="kanai.table-1.order",
        kind=Kind.EXPERIMENT,
        source=Source("kanai", "Table 1 and Section 5.3", "final"),
        title="Table 1: the printed mean of +EnSGD is higher in seven of the eight pairs",
        statement=(
            "“For almost all cases, EnSGD outperforms SGD: i.e., AT + EnSGD outperforms AT, and "
            "AWP + EnSGD outperforms AWP.” Read as: the printed means are higher, in all pairs but "
            "the one that the text excepts (CIFAR100 with AWP)."
        ),
        expected=Verdict.PROVED,
        hypotheses=(as_printed("1"),),
        conclusion=ahead,
        domain={"pair": Names(*SEVEN)},
        necessity=other_numbers(SEVEN[0], "50", "50"),
    )
)
proved_for_each(ORDER, "1", SEVEN, "printed means")

register(
    Claim(
        id="kanai.table-1.significance",
        kind=Kind.EXPERIMENT,
        source=Source("kanai", "Table 1 and Section 5.3", "final"),
        title="Table 1: each of the seven improvements is significant (Welch, p < 0.05)",
        statement=(
            "“AT + EnSGD outperforms AT, and AWP + EnSGD outperforms AWP” (CIFAR100 with AWP "
            "excepted). The text does not speak of significance; this is the stronger reading: "
            "Welch's two-sided test on the printed mean ± standard deviation (with $n-1$) of "
            "$n=3$ runs gives $p<0.05$ for every pair."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.table-1.significance.repaired",),
        hypotheses=(as_printed("1"),),
        conclusion=significant,
        domain={"pair": Names(*SEVEN)},
    )
)

SIGNIFICANT = register(
    Claim(
        id="kanai.table-1.significance.repaired",
        kind=Kind.EXPERIMENT,
        source=Source("kanai", "Table 1 without CIFAR10 (RN18) with AWP", "final"),
        title="Table 1: the four AT pairs, and AWP on WRN and SVHN, are significant",
        statement=(
            "Welch's two-sided test with $n=3$ gives $p<0.05$ for AT against AT + EnSGD in all "
            "four rows, and for AWP against AWP + EnSGD on CIFAR10 (WRN) and SVHN; and so it "
            "does for all numbers that round to the printed ones."
        ),
        expected=Verdict.PROVED,
        hypotheses=(as_printed("1"),),
        conclusion=significant,
        domain={"pair": Names(*SIX)},
        necessity=other_numbers(SIX[0], "50", "51"),
        notes=(
            "Each test stands alone. If all eight are judged together (Bonferroni, p < 0.05/8), "
            "SVHN and CIFAR100 with AT, and SVHN with AWP, remain. Test accuracies also chose the "
            "stopping epoch, in all columns alike."
        ),
    )
)
proved_for_each(SIGNIFICANT, "1", SIX, "printed numbers")


@SIGNIFICANT.check(Method.RIGOROUS, Verdict.PROVED)
def all_numbers_that_round_to_the_printed_ones(run: Run) -> Evidence:
    """The largest p-value over the rounding intervals of all four numbers, in balls."""
    proofs = []
    for pair in SIX:
        largest = largest_p_value(*cells("1", pair), parts=6)
        proofs.append(Exactly(Comparison(largest, "<", LEVEL).holds(), pair))
    return Evidence.from_proofs(
        Method.RIGOROUS,
        proofs,
        assumes=("for fixed t the tail of Student's t falls in the degrees of freedom",),
        witness=point("1", "cifar10-wrn: at < at-ensgd"),
    )


CIFAR100 = register(
    Claim(
        id="kanai.table-1.cifar100-difference",
        kind=Kind.EXPERIMENT,
        source=Source("kanai", "Table 1 and Section 5.3", "final"),
        title="CIFAR100: AWP is ahead of AWP + EnSGD by 0.05, which is not significant",
        statement=(
            "“Though AWP outperforms AWP+EnSGD on CIFAR100, the difference is just 0.05.” The "
            "printed means differ by exactly 0.05, and Welch's test gives $p>0.05$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(as_printed("1"),),
        conclusion=lambda w: (
            Comparison(w["mean_1"] - w["mean_2"], "==", LEVEL),
            Comparison(significant(w).left, ">", LEVEL),
        ),
        necessity=other_numbers("cifar100-rn18: awp < awp-ensgd", "51", "50"),
    )
)


@CIFAR100.check(Method.EXACT, Verdict.PROVED)
def printed_difference(run: Run) -> Evidence:
    """30.95 − 30.9, and the p-value of the pair."""
    pair = point("1", "cifar100-rn18: awp < awp-ensgd")
    difference = Comparison(pair["mean_1"] - pair["mean_2"], "==", LEVEL)
    p = Comparison(significant(pair).left, ">", LEVEL)
    proofs = [Exactly(difference.holds(), "0.05"), Exactly(p.holds(), "p > 0.05")]
    return Evidence.from_proofs(Method.EXACT, proofs)


SIMILAR_PAIRS = ("cifar10-rn18: at-ensgd < awp", "cifar10-wrn: at-ensgd < awp")
SIMILAR = register(
    Claim(
        id="kanai.table-1.similar",
        kind=Kind.EXPERIMENT,
        source=Source("kanai", "Table 1 and Section 5.3", "final"),
        title="AT + EnSGD and AWP: no significant difference on CIFAR10 (AutoAttack)",
        statement=(
            "“AT with EnSGD is faster than AWP with SGD although they achieve similarly robust "
            "performance against AutoAttack.” Read as: Welch's test gives $p>0.05$ for RN18 and "
            "WRN."
        ),
        expected=Verdict.PROVED,
        hypotheses=(as_printed("1"),),
        conclusion=lambda w: Comparison(significant(w).left, ">", LEVEL),
        domain={"pair": Names(*SIMILAR_PAIRS)},
        necessity=other_numbers(SIMILAR_PAIRS[0], "50", "60"),
        notes="Three runs cannot show that two methods are equal; they only show no difference.",
    )
)
proved_for_each(SIMILAR, "1", SIMILAR_PAIRS, "printed numbers")

NOT_CLAIMS = (
    NotAClaim(
        "Section 5.2 and Appendix E (final version)",
        "“we used early stopping by evaluating test robust accuracies”",
        "A description of the protocol. The test set thus chooses the epoch, so printed accuracies "
        "are those of the best epoch on it.",
    ),
    NotAClaim(
        "Section 5.3 (final version)",
        "“This is because EnSGD improves the smoothness of adversarial loss as shown in Theorem 3”",
        "An explanation of the experiments; none of them varies smoothness alone.",
    ),
    NotAClaim(
        "Appendix F.1 (final version)",
        "“This figure shows that EntropySGD does not necessarily flatten loss landscapes”",
        "A description of Figure 7, whose directions and seeds are not given.",
    ),
)
