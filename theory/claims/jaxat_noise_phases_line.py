"""Training with uniform noise on one sample of one dimension: where the minimiser is."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Kind, Necessity
from theory.claims.jaxat_noise_phases import PHASES
from theory.evidence import Evidence, Exactly, Method, Verdict
from theory.exact import Comparison, Point, ball, exp
from theory.exact.noise import slope_of_sigmoid, uniform_mean
from theory.registry import register
from theory.run import Run
from theory.support.yamada import POSITIVE_RADIUS


def slope(point: Point, w: Any) -> Any:
    """F'(w) = −E[σ(−m)(x + η)] for one sample with the label 1, η ~ U(−ε, ε), d = 1."""
    x, w = ball(point["x"]), ball(w)
    return uniform_mean(lambda eta: -(x + eta) / (1 + (w * (x + eta)).exp()), point["eps"])


def minimiser_and_curvature(point: Point) -> list[Comparison]:
    """F' changes its sign between the ends, and F'' is between the bounds on all of the interval.

    |σ''| ≤ σ' gives |(F'')'| ≤ Z F'' with Z = |x| + ε, so F'' changes by a factor of at most e^{Zd}
    over the distance d.
    """
    x, eps, low = ball(point["x"]), point["eps"], ball(point["w_low"])
    start = uniform_mean(lambda eta: slope_of_sigmoid(low * (x + eta)) * (x + eta) ** 2, eps)
    reach = abs(point["x"]) + eps
    change = exp(reach * (point["w_high"] - point["w_low"]))
    return [
        Comparison(slope(point, point["w_low"]), "<", 0),
        Comparison(slope(point, point["w_high"]), ">", 0),
        Comparison(point["h_low"], "<=", start / change),
        Comparison(start * change, "<=", point["h_high"]),
    ]


CASES = (
    {
        "eps": "21/20",
        "w_low": "3009/100",
        "w_high": "3011/100",
        "h_low": "3/100000",
        "h_high": "7/200000",
    },
    {"eps": "3/2", "w_low": "3", "w_high": "301/100", "h_low": "21/1000", "h_high": "23/1000"},
    {"eps": "3", "w_low": "627/1000", "w_high": "628/1000", "h_low": "1/2", "h_high": "13/25"},
)

ONE_DIMENSION = register(
    Claim(
        id="jaxat.noise-phases.one-dimension",
        kind=Kind.RESULT,
        source=PHASES,
        title="x = 1: minimisers near 30, 3 and 0.63 for ε = 1.05, 1.5 and 3; none for ε = 0.9",
        statement=(
            r"One sample $x = 1$ with the label 1 in one dimension, mean over $\eta \sim "
            r"U(-\varepsilon, \varepsilon)$: for $\varepsilon = 0.9$ the loss decreases for all "
            r"$w$ up to 200 and the margin is positive for all noise; for $\varepsilon = 1.05, "
            r"1.5, 3$ the minimiser lies in $[30.09, 30.11]$, $[3, 3.01]$, $[0.627, 0.628]$, on "
            r"which the Hessian is between $3\cdot10^{-5}$ and $3.5\cdot10^{-5}$, $0.021$ and "
            r"$0.023$, $0.5$ and $0.52$."
        ),
        expected=Verdict.PROVED,
        depends=("jaxat.noise-phases",),
        hypotheses=(POSITIVE_RADIUS,),
        conclusion=minimiser_and_curvature,
        necessity=(
            Necessity(
                "eps > 0",
                witness={**CASES[1], "x": "1", "eps": "0"},
                detail="Without noise the loss decreases for ever.",
            ),
        ),
    )
)


@ONE_DIMENSION.check(Method.RIGOROUS, Verdict.PROVED)
def certified_signs(run: Run) -> Evidence:
    """Signs of F' and bounds of F'' by certified quadrature at the ends of short intervals."""
    import z3

    from theory.claim import truth
    from theory.exact import parse_point
    from theory.smt import prove, reals

    (share,) = reals("sigma")  # σ in (0, 1): σ' = σ(1 − σ), σ'' = σ'(1 − 2σ)
    first, factor = share * (1 - share), 1 - 2 * share
    given = [share > 0, share < 1]
    proofs: list[Any] = [
        prove(z3.And(first * factor <= first, -first * factor <= first), given=given)
    ]
    for case in CASES:
        point = parse_point({**case, "x": "1"})
        held = truth(minimiser_and_curvature(point))
        proofs.append(Exactly(held, f"ε = {case['eps']}"))
    small = parse_point({"eps": "9/10", "x": "1"})
    for w in (1, 10, 50, 200):
        held = Comparison(slope(small, w), "<", 0).holds()
        proofs.append(Exactly(held, f"F'({w}) < 0 at ε = 9/10"))
    return Evidence.from_proofs(
        Method.RIGOROUS,
        proofs,
        witness=parse_point({**CASES[1], "x": "1"}),
        assumes=("Grönwall's inequality: |(F'')'| ≤ Z F'' gives F''(b) ≤ e^{Z|b − a|} F''(a)",),
        detail=(
            "F is convex, so a change of sign of F' encloses the minimiser, and F'(200) < 0 means "
            "F' < 0 up to 200. |σ''| = σ'|1 − 2σ| ≤ σ'."
        ),
    )
