"""Where the loss of adversarial training tends to 0, so does its Hessian."""

from __future__ import annotations

from theory.claim import Claim, Hypothesis, Kind, Necessity
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, dot, norm
from theory.exact.logistic import directional
from theory.registry import register
from theory.run import Run
from theory.support.yamada import NONZERO, RADIUS, ours, reals


def bounded_by_the_loss(point: Point) -> Comparison:
    """vᵀHv ≤ F(w)((R + ε)² + ε/‖w‖)‖v‖² with R = max ‖z_n‖."""
    w, z, eps, v = point["w"], point["z"], point["eps"], point["v"]
    value, _, curvature = directional(w, z, eps, v)
    return Comparison(
        curvature, "<=", value * ((point["R"] + eps) ** 2 + eps / norm(w)) * dot(v, v)
    )


VANISHES = register(
    Claim(
        id="jaxat.sharpness-vanishes-with-loss",
        kind=Kind.RESULT,
        source=ours("sharpness where the loss tends to 0"),
        title="λ_max(H) ≤ F((R + ε)² + ε/‖w‖): where the loss vanishes, so does sharpness",
        statement=(
            r"For $\|z_n\| \le R$ and $w \ne 0$: $\lambda_{\max}(H_\varepsilon(w)) \le "
            r"F_\varepsilon(w)\left((R+\varepsilon)^2 + \frac{\varepsilon}{\|w\|}\right)$. Along "
            r"every "
            r"sequence with $F \to 0$ the Hessian of *adversarial* training tends to 0, which is "
            r"what Theorem 2 of Yamada et al. says of random noise."
        ),
        expected=Verdict.PROVED,
        depends=("jaxat.yamada-hessian",),
        hypotheses=(
            RADIUS,
            NONZERO,
            Hypothesis(
                "R",
                r"$\|z_n\| \le R$",
                lambda w: [Comparison(norm(row), "<=", w["R"]) for row in w["z"]],
            ),
        ),
        conclusion=bounded_by_the_loss,
        necessity=(
            Necessity(
                "R",
                witness={"w": "(1, 0)", "z": "((0, 9),)", "eps": "0", "R": "1", "v": "(0, 1)"},
                detail="Far samples bend the loss more.",
            ),
            Necessity(
                "eps >= 0",
                witness={"w": "(1, 0)", "z": "((0, 1),)", "eps": "-1", "R": "1", "v": "(0, 1)"},
                detail="For ε = −R the bound is negative.",
            ),
            Necessity("w != 0", detail="At w = 0 there is no Hessian."),
        ),
    )
)


@VANISHES.check(Method.SYMBOLIC, Verdict.PROVED)
def score_below_loss(run: Run) -> Evidence:
    """s = X/(1 + X) ≤ log(1 + X) = ℓ, X = e^h; then s(1−s) ≤ ℓ, ‖u‖ ≤ R + ε, c ≤ Fε/‖w‖."""
    import sympy

    from theory.smt import gram_pair, prove
    from theory.symbolic import prove_monotone, prove_zero

    x = sympy.Symbol("X", nonnegative=True)
    gap = sympy.log(1 + x) - x / (1 + x)
    pair = gram_pair()  # z and ŵ
    radius, eps, s, loss = reals("R eps s l")
    length = prove(
        pair.a**2 - 2 * eps * pair.p + eps**2 <= (radius + eps) ** 2,
        given=[*pair.constraints, pair.b == 1, eps >= 0, pair.a <= radius],
    )
    curved = prove(s * (1 - s) <= loss, given=[s > 0, s < 1, s <= loss])
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [
            prove_monotone(gap, x, x / (1 + x) ** 2),
            prove_zero(gap.subs(x, 0)),
            length,
            curved,
        ],
        witness={"w": (30, 0), "z": ((1, 0),), "eps": 0, "R": 1, "v": (1, 0)},
        detail="With the upper bound of H = A + cP. Sharp as the loss tends to 0.",
    )
