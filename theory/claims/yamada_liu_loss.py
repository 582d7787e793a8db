"""The loss of Liu et al. as Section 4.1 of Yamada et al. quotes it."""

from __future__ import annotations

from theory.claim import Claim, Kind, Necessity
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, softplus
from theory.registry import register
from theory.run import Run
from theory.support.yamada import LABEL, yamada


def quoted(point: Point) -> Comparison:
    """y log(1 + exp(−y m + η)) ≥ 0, with m = w·x and a number η."""
    y = point["y"]
    return Comparison(y * softplus(-y * point["m"] + point["eta"]), ">=", 0)


def plain(point: Point) -> Comparison:
    return Comparison(softplus(-point["y"] * point["m"] + point["eta"]), ">=", 0)


register(
    Claim(
        id="yamada.liu-loss",
        kind=Kind.REMARK,
        source=yamada("Section 4.1"),
        title="the loss quoted from Liu et al. is a logistic loss, in particular not negative",
        statement=(
            r"“Liu et al. (2020) used an approximation of the loss function as $L_\eta = "
            r"\frac1N\sum_ny^n\log(1+\exp(-y^nw\cdot x^n + \eta^n))$.” Read with a number "
            r"$\eta^n$, since a vector cannot be added to $y^nw\cdot x^n$: the loss is not "
            r"negative."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("yamada.liu-loss.repaired",),
        hypotheses=(LABEL,),
        conclusion=quoted,
    )
)

REPAIRED = register(
    Claim(
        id="yamada.liu-loss.repaired",
        kind=Kind.REMARK,
        source=yamada("Section 4.1"),
        title="without the factor y it is the adversarial loss with logit shift η = ε‖w‖",
        statement=(
            r"$\frac1N\sum_n\log(1+\exp(-y^nw\cdot x^n + \eta^n))$ is not negative, and with "
            r"$\eta^n = \varepsilon\|w\|$ it is the adversarial loss, Eq. (4), without "
            r"approximation."
        ),
        expected=Verdict.PROVED,
        depends=("yamada.eq-4",),
        hypotheses=(LABEL,),
        conclusion=plain,
        necessity=(
            Necessity("label", detail="It is positive for every real y; Eq. (4) has y = ±1."),
        ),
    )
)


@REPAIRED.check(Method.SYMBOLIC, Verdict.PROVED)
def positive(run: Run) -> Evidence:
    """log(1 + t) rises from 0 at t = exp(−y m + η) > 0."""
    import sympy

    from theory.symbolic import prove_monotone, prove_zero

    t = sympy.Symbol("t", nonnegative=True)
    y, m, eta = sympy.symbols("y m eta", real=True)
    size, eps = sympy.symbols("w epsilon", nonnegative=True)
    quoted_loss = sympy.log(1 + sympy.exp(-y * m + eta))
    adversarial = sympy.log(1 + sympy.exp(eps * size - y * m))
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [
            prove_monotone(sympy.log(1 + t), t, 1 / (1 + t)),
            prove_zero(sympy.log(1 + t).subs(t, 0)),
            prove_zero(quoted_loss.subs(eta, eps * size) - adversarial),
        ],
        witness={"y": 1, "m": 20, "eta": 0},
        detail="The inner maximum of Eq. (4) in closed form is `yamada.eq-4`.",
    )


ERRATA = (
    Erratum(
        "yamada.erratum-27",
        "Section 4.1, the loss of Liu et al.",
        r"$\frac1N\sum_ny^n\log(1+\exp(-y^nw\cdot x^n + \eta^n))$ with the vector $\eta^n$",
        (
            r"$\frac1N\sum_n\log(1+\exp(-y^nw\cdot x^n + \eta^n))$ with a number $\eta^n$: a "
            r"vector cannot be added to $y^nw\cdot x^n$, and the factor $y^n$ makes the loss of "
            r"the class $-1$ negative and without a lower bound."
        ),
        claim="yamada.liu-loss",
    ),
)
