"""How far the training attacks of Tables 5 and 6 of Yamada et al. can come."""

from __future__ import annotations

from theory.claim import Claim, Hypothesis, Kind
from theory.errata import Erratum
from theory.evidence import Verdict
from theory.exact import Comparison, Point, rational
from theory.registry import register
from theory.support.yamada import yamada


def printed_reach(point: Point) -> Comparison:
    return Comparison(point["eps"], "<=", point["K"] * point["lambda"])


def evaluated(table: str, radii: tuple[str, ...], steps: int, size: str) -> Hypothesis:
    return Hypothesis(
        "setting",
        rf"$K = {steps}$, $\lambda = {size}$, a radius of {table}",
        lambda w: (
            w["K"] == steps
            and w["lambda"] == rational(size)
            and w["eps"] in [rational(r) for r in radii]
        ),
    )


FOURS = ("0", "4/255", "8/255", "12/255", "16/255")
for _table, _data, _size in (("5", "CIFAR10", "2/255"), ("6", "SVHN", "1/255")):
    register(
        Claim(
            id=f"yamada.table-{_table}.attack-reach",
            kind=Kind.EXPERIMENT,
            source=yamada(f"Section 5, experimental setup, and Table {_table}"),
            title=f"{_data}: 7 training steps of {_size} reach every radius of Table {_table}",
            statement=(
                "“For CIFAR10 and SVHN, we updated the perturbation for 7 iterations at training "
                rf"time”, with the step size ${_size}$ in {_data}, for $\varepsilon$ up to "
                r"$\frac{16}{255}$. Read: from the image itself the attack can come as far as "
                r"$\varepsilon$."
            ),
            expected=Verdict.REFUTED,
            repaired_by=("jaxat.pgd-exact-linf",),
            hypotheses=(evaluated(f"Table {_table}", FOURS, 7, _size),),
            conclusion=printed_reach,
            notes=(
                "The paper does not say that the steps suffice; a radius that is named and never "
                "reached is what this asks about. The start is not stated in the paper. From a "
                "random start in the ball the attack can reach the boundary, but not from "
                "every start. At evaluation, 20 steps reach every radius, so training "
                "and evaluation differ in strength."
            ),
        )
    )

ERRATA = (
    Erratum(
        "yamada.erratum-33",
        "Section 5, experimental setup, Tables 5 and 6",
        r"7 training steps of $\frac2{255}$ (CIFAR10) and $\frac1{255}$ (SVHN) for all radii",
        (
            r"Starting from the image these attacks move a pixel by at most $\frac{14}{255}$ and "
            r"$\frac7{255}$: less than the radius $\frac{16}{255}$ on CIFAR10 and less than "
            r"$\frac8{255}$, $\frac{12}{255}$, $\frac{16}{255}$ on SVHN, where the three trainings "
            r"would be the same. The start should be stated; with a random start the strength of "
            r"the attack still depends on $\varepsilon$."
        ),
        claim="yamada.table-6.attack-reach",
    ),
)
