"""What the text of Yamada et al. says about its tables, decided from the printed numbers alone."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from theory.claim import Claim, Hypothesis, Kind
from theory.claims.yamada_tables import NO_ROW, in_table, printed
from theory.errata import Erratum
from theory.evidence import Evidence, Exactly, Method, Verdict
from theory.exact import Comparison, Point, log, rational
from theory.registry import register
from theory.run import Run
from theory.support.yamada import yamada
from theory.tables.yamada import TABLES, Row, counts

ATTACKED = Hypothesis("eps > 0", r"$\varepsilon > 0$", lambda w: Comparison(w["eps"], ">", 0))

register(
    Claim(
        id="yamada.table-1.gap-larger",
        kind=Kind.EXPERIMENT,
        source=yamada("Section 5.1 and Table 1"),
        title="Table 1: |gap| is larger in adversarial training than in standard training",
        statement=(
            "“Table 1 also shows that the absolute value of the generalization gap is larger in "
            r"adversarial training than in standard training ($\varepsilon = 0$).”"
        ),
        expected=Verdict.REFUTED,
        repaired_by=("jaxat.table-gaps-fisher",),
        depends=("yamada.table-1.counts",),
        hypotheses=(in_table(1), ATTACKED),
        conclusion=lambda w: Comparison(abs(printed(1, w).gap), ">", abs(TABLES[1].rows[0].gap)),
        notes=(
            "It holds for the other four radii. The differences are a few samples: none of the "
            "gaps of Table 1 is significant, `jaxat.table-gaps-fisher`."
        ),
    )
)

for _random, _attack in ((2, 1), (4, 3)):
    register(
        Claim(
            id=f"yamada.table-{_random}.gap-smaller",
            kind=Kind.EXPERIMENT,
            source=yamada(f"Section 5.1, Comparison with Random Noise, and Table {_random}"),
            title=f"Tables {_attack}, {_random}: |gap| is smaller for random noise than attacks",
            statement=(
                "“As a result, the generalization gap in random noise is smaller than that in the "
                f"adversarial noise as shown in Tables 2 and 4.” Here Table {_random} against "
                f"Table "
                rf"{_attack}, absolute values at the same $\varepsilon > 0$."
            ),
            expected=Verdict.REFUTED,
            repaired_by=("jaxat.table-gaps-fisher",),
            hypotheses=(
                Hypothesis(
                    "printed radius",
                    r"$\varepsilon$ is a radius of both tables",
                    lambda w, r=_random, a=_attack: (
                        printed(r, w) is not None and printed(a, w) is not None
                    ),
                ),
                ATTACKED,
            ),
            conclusion=lambda w, r=_random, a=_attack: Comparison(
                abs(printed(r, w).gap), "<", abs(printed(a, w).gap)
            ),
        )
    )


def wrong_answers(row: Row, n: int) -> list[int]:
    """The numbers of training errors that fit the printed training accuracy."""
    return [n - k for k in counts(row.train, n)]


def least_loss(point: Point) -> Any:
    """(errors/n) log 2: a misclassified sample has κ ≥ 1, hence a loss of at least log 2."""
    table = TABLES[3]
    errors = min(wrong_answers(printed(3, point), table.n_train))
    return rational(errors) / table.n_train * log(rational(2))


register(
    Claim(
        id="yamada.table-3.zero-loss",
        kind=Kind.EXPERIMENT,
        source=yamada("Section 5.1 and Table 3"),
        title="Table 3: the radii are small enough for the training loss to become zero",
        statement=(
            "“In Table 3, the relationship between the generalization gap and ε is difficult to "
            "understand because the experiment was designed with a small noise to achieve training "
            "loss becomes zero.” Read: the mean training loss is below 1/1000."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("yamada.table-3.loss-bound",),
        depends=("yamada.table-3.counts",),
        hypotheses=(in_table(3),),
        conclusion=lambda w: Comparison(least_loss(w), "<", rational("1/1000")),
        notes=(
            "Theorem 1 and Theorem 2 are about losses at their minimum for each data point; the "
            "trained models are not there."
        ),
    )
)

LOSS_BOUND = register(
    Claim(
        id="yamada.table-3.loss-bound",
        kind=Kind.EXPERIMENT,
        source=yamada("Table 3"),
        title="a training accuracy p means a mean loss of at least (1 − p) log 2",
        statement=(
            r"Every misclassified sample has $\kappa \ge 1$ and so a loss of at least $\log 2$. "
            r"With the printed training accuracies of Table 3 the mean losses are at least "
            r"$(1-p)\log 2$: 0.0007 at $\varepsilon = 0$ and 0.03 at $\frac{76.5}{255}$."
        ),
        expected=Verdict.PROVED,
        depends=("yamada.table-3.counts",),
        hypotheses=(in_table(3),),
        conclusion=lambda w: Comparison(least_loss(w), ">", rational("1/1500")),
        necessity=(NO_ROW,),
    )
)


@LOSS_BOUND.check(Method.EXACT, Verdict.PROVED)
def every_row(run: Run) -> Evidence:
    """log(1 + κ) ≥ log 2 for κ ≥ 1, and the counts of errors of each row."""
    import sympy

    from theory.symbolic import prove_monotone

    t = sympy.Symbol("t", nonnegative=True)
    proofs: list[Any] = [prove_monotone(sympy.log(2 + t), t, 1 / (2 + t))]
    for row in TABLES[3].rows:
        point = {"eps": rational(row.eps)}
        held = Comparison(least_loss(point), ">", rational("1/1500")).holds()
        proofs.append(Exactly(held, f"eps = {row.eps}"))
    largest = least_loss({"eps": rational(TABLES[3].rows[-1].eps)})
    held = Comparison(largest, ">=", rational("295/10000")).holds()
    proofs.append(Exactly(held, "at least 0.03, rounded, at the largest radius"))
    return Evidence.from_proofs(Method.EXACT, proofs, witness={"eps": 0})


def neighbours_rise(number: int, rows: tuple[Row, ...]) -> list[Any]:
    return [
        Exactly(abs(a.gap) < abs(b.gap), f"Table {number}, |gap| at {a.eps} and {b.eps}")
        for a, b in pairwise(rows)
    ]


def _gap_claim(number: int, name: str, title: str, statement: str, start: int) -> None:
    rows = TABLES[number].rows[start:]
    claim = register(
        Claim(
            id=f"yamada.table-{number}.{name}",
            kind=Kind.EXPERIMENT,
            source=yamada(f"Section 5 and Table {number}"),
            title=title,
            statement=statement,
            expected=Verdict.PROVED,
            depends=(f"yamada.table-{number}.counts",),
        )
    )

    @claim.check(Method.EXACT, Verdict.PROVED, "printed gaps")
    def _rises(run: Run) -> Evidence:
        """|gap| of each row against the next."""
        return Evidence.from_proofs(
            Method.EXACT,
            neighbours_rise(number, rows),
            detail="From the printed gaps, neighbour by neighbour.",
        )


_gap_claim(
    3,
    "large-radii",
    "Table 3: |gap| increases with ε over 25.5/255, 51/255, 76.5/255",
    "“However, where ε is a large range in Tab. 3, the absolute value of the generalization gap "
    "increases as ε increases in the experiment.”",
    5,
)
for _number in (5, 6):
    _gap_claim(
        _number,
        "gap-grows",
        f"Table {_number}: the gap grows with ε, in all printed cases",
        "“Tables 5 and 6 also shows that the generalization gap becomes larger in most cases as "
        "the magnitude of noise becomes larger.” It does so between all neighbouring rows.",
        0,
    )


def above_in_all_counts(row: Row) -> bool:
    """Whether the test accuracy is above the training accuracy for all counts that fit the row."""
    table = TABLES[1]
    return all(
        j * table.n_train > k * table.n_test
        for k in counts(row.train, table.n_train)
        for j in counts(row.test, table.n_test)
    )


ABOVE = register(
    Claim(
        id="yamada.table-1.test-above-train",
        kind=Kind.EXPERIMENT,
        source=yamada("Section 5.1 and Table 1"),
        title="Table 1: the test accuracy is above the training accuracy in every row",
        statement="“The test robust accuracy is larger than the training accuracy.”",
        expected=Verdict.PROVED,
        depends=("yamada.table-1.counts",),
        hypotheses=(in_table(1),),
        conclusion=lambda w: above_in_all_counts(printed(1, w)),
        necessity=(NO_ROW,),
    )
)


@ABOVE.check(Method.EXACT, Verdict.PROVED)
def all_counts(run: Run) -> Evidence:
    """Also where both are printed as 99.76: 2110/2115 is more than 12635/12665."""
    return Evidence.from_proofs(
        Method.EXACT,
        [Exactly(above_in_all_counts(row), f"eps = {row.eps}") for row in TABLES[1].rows],
        witness={"eps": "3/5"},
        detail="For all counts of correct answers that fit the printed numbers.",
    )


register(
    Claim(
        id="yamada.table-3.standard-row",
        kind=Kind.EXPERIMENT,
        source=yamada("Tables 1 and 3"),
        title="standard training has the same accuracies in Tables 1 and 3",
        statement=(
            r"The rows $\varepsilon = 0$ of Table 1 and Table 3 describe the same experiment, "
            r"standard training on MNIST2, and show the same numbers."
        ),
        expected=Verdict.REFUTED,
        hypotheses=(
            Hypothesis("eps = 0", r"$\varepsilon = 0$", lambda w: Comparison(w["eps"], "==", 0)),
        ),
        conclusion=lambda w: (
            printed(1, w).train == printed(3, w).train and printed(1, w).test == printed(3, w).test
        ),
        notes="One test error against two: as large as most of the gaps that are discussed.",
    )
)


ERRATA = (
    Erratum(
        "yamada.erratum-28",
        "Section 5.1, about Table 1",
        "“the absolute value of the generalization gap is larger in adversarial training”",
        (
            r"Not at $\varepsilon = 0.6$, where the gap is 0.00 against 0.06. None of the gaps of "
            r"Table 1 is significant."
        ),
        claim="yamada.table-1.gap-larger",
    ),
    Erratum(
        "yamada.erratum-29",
        "Section 5.1, Comparison with Random Noise",
        "“the generalization gap in random noise is smaller than that in the adversarial noise”",
        (
            r"Not at $\varepsilon = 0.6$ (0.06 against 0.00) and not at $\frac{12}{255}$ (0.02 "
            r"against 0.02)."
        ),
        claim="yamada.table-2.gap-smaller",
    ),
    Erratum(
        "yamada.erratum-30",
        "Section 5.1, about Table 3",
        "“a small noise to achieve training loss becomes zero”",
        (
            "Training accuracies below 100 % mean a mean loss of at least (1 − accuracy) log 2, "
            "here 0.0007 to 0.03. Whether longer training would help is open: under an attack the "
            "data need not be separable."
        ),
        claim="yamada.table-3.zero-loss",
    ),
    Erratum(
        "yamada.erratum-37",
        "Tables 1 and 3, rows ε = 0, and Tables 2 and 4",
        "test accuracy 99.95 in Tables 1 and 2, 99.91 in Tables 3 and 4",
        (
            "The same experiment, standard training, with one and with two test errors. The spread "
            "between runs should be reported; it is as large as most of the gaps."
        ),
        claim="yamada.table-3.standard-row",
    ),
)
