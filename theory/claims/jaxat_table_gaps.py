"""Which gaps between training and test accuracy in Tables 1 to 4 are significant."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Kind
from theory.evidence import Evidence, Exactly, Method, Verdict
from theory.registry import register
from theory.run import Run
from theory.scope import Names, Scope
from theory.support.yamada import ours
from theory.tables.yamada import TABLES, Row, counts, fisher_p_value


def p_values(number: int, row: Row) -> list[Any]:
    """Fisher's p-value for all counts that fit the printed row."""
    table = TABLES[number]
    sizes = (table.n_train, table.n_test)
    return [
        fisher_p_value((table.n_train - k, table.n_test - j), sizes)
        for k in counts(row.train, table.n_train)
        for j in counts(row.test, table.n_test)
    ]


FISHER = register(
    Claim(
        id="jaxat.table-gaps-fisher",
        kind=Kind.RESULT,
        source=ours("the tables of Yamada et al."),
        title="Tables 1–4: only the gaps at 51/255 and 76.5/255 are significant at 5 %",
        statement=(
            r"Fisher's exact test of equal training and test accuracy, for all counts that fit the "
            r"printed numbers of Tables 1 to 4: $p > 0.16$ in every row except the two largest "
            r"radii of Table 3, where $p < 0.05$ and the *test* accuracy is the higher one. The "
            r"other gaps are what one expects of two random halves of one data set."
        ),
        expected=Verdict.PROVED,
        domain={"part": Names("not significant", "significant")},
        depends=tuple(f"yamada.table-{k}.counts" for k in (1, 2, 3, 4)),
        cost=0.3,
    )
)


@FISHER.check(Method.EXACT, Verdict.PROVED)
def small_gaps(run: Run) -> Evidence:
    """p > 0.16 in rational arithmetic."""
    proofs = []
    for number in (1, 2, 3, 4):
        rows = TABLES[number].rows[:-2] if number == 3 else TABLES[number].rows
        for row in rows:
            held = all(100 * p > 16 for p in p_values(number, row))
            proofs.append(Exactly(held, f"Table {number}, eps = {row.eps}"))
    scope = Scope("all rows but two", {"part": Names("not significant")})
    return Evidence.from_proofs(Method.EXACT, proofs, scope)


@FISHER.check(Method.EXACT, Verdict.PROVED)
def large_gaps(run: Run) -> Evidence:
    """p < 0.05 in rational arithmetic, and the test accuracy is higher."""
    proofs = []
    for row in TABLES[3].rows[-2:]:
        held = row.test > row.train and all(20 * p < 1 for p in p_values(3, row))
        proofs.append(Exactly(held, f"Table 3, eps = {row.eps}"))
    scope = Scope("51/255 and 76.5/255", {"part": Names("significant")})
    return Evidence.from_proofs(Method.EXACT, proofs, scope)
