"""What is true of the idea of Theorem 1: at fixed weights, and at equal norms."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Parameter
from theory.evidence import Evidence, Exactly, Method, Verdict
from theory.exact import Comparison, Point, dot, norm
from theory.exact.logistic import directional
from theory.registry import register
from theory.run import Run
from theory.scope import Names, Scope
from theory.support.yamada import NONZERO, ours, reals

NONNEGATIVE_MARGINS = Hypothesis(
    "margins >= 0",
    r"$w\cdot z_n \ge \varepsilon_2\|w\|$ for all $n$",
    lambda w: [Comparison(dot(w["w"], row), ">=", w["eps_2"] * norm(w["w"])) for row in w["z"]],
)
ORDERED = Hypothesis(
    "eps_1 <= eps_2",
    r"$0 \le \varepsilon_1 \le \varepsilon_2$",
    lambda w: (Comparison(w["eps_1"], ">=", 0), Comparison(w["eps_1"], "<=", w["eps_2"])),
)
ACROSS = Hypothesis(
    "v across w", r"$v \perp w$", lambda w: Comparison(dot(w["v"], w["w"]), "==", 0)
)


def curvature_grows(point: Point) -> Comparison:
    """vᵀH(ε₁)v ≤ vᵀH(ε₂)v, from the power series of the two losses."""
    first, second = (
        directional(point["w"], point["z"], point[e], point["v"])[2] for e in ("eps_1", "eps_2")
    )
    return Comparison(first, "<=", second)


_EXAMPLE = {"w": "(3, 0)", "z": "((1, 0),)", "eps_1": "1/5", "eps_2": "1/2", "v": "(0, 1)"}

MONOTONE = register(
    Claim(
        id="jaxat.monotone-at-fixed-weights",
        kind=Kind.RESULT,
        source=ours("sharpness at fixed weights"),
        title="fixed w, margins ≥ 0: across w the curvature grows with the radius",
        statement=(
            r"Let $w \ne 0$ be fixed, $\varepsilon_1 \le \varepsilon_2$ and all robust margins "
            r"$w\cdot z_n - \varepsilon_2\|w\| \ge 0$. Then $PH_{\varepsilon_1}P \preceq "
            r"PH_{\varepsilon_2}P$ with $P = I - ww^\top/\|w\|^2$, and "
            r"$\lambda_{k+1}(H_{\varepsilon_1}) \le \lambda_k(H_{\varepsilon_2})$ for all $k$."
        ),
        expected=Verdict.PROVED,
        depends=("jaxat.yamada-hessian",),
        domain={"part": Names("across w", "eigenvalues")},
        hypotheses=(NONZERO, ORDERED, NONNEGATIVE_MARGINS, ACROSS),
        conclusion=curvature_grows,
        parameters={"d": Parameter(4, 2, 30, "dimension of the weights", integer=True)},
        necessity=(
            Necessity(
                "margins >= 0",
                witness={**_EXAMPLE, "z": "((-1, 10),)", "eps_1": "0", "eps_2": "1"},
                detail=(
                    "A sample on the wrong side: its loss becomes linear as the radius grows, and "
                    "the curvature across w falls."
                ),
            ),
            Necessity(
                "v across w",
                witness={**_EXAMPLE, "v": "(3, 0)"},
                detail="Along w the curvature σ'(m)m² is not monotone in the margin m.",
            ),
            Necessity(
                "eps_1 <= eps_2",
                witness={**_EXAMPLE, "eps_1": "1/2", "eps_2": "1/5"},
                detail="The order of the radii is what is concluded.",
            ),
            Necessity("w != 0", detail="At w = 0 the loss has a kink and no Hessian."),
        ),
        notes=(
            "This is what remains of “a larger radius sharpens the landscape” without comparing "
            "two "
            "different weights. λ_max itself may fall even so, by its radial part: "
            "`jaxat.equal-norm-not-monotone`."
        ),
        cost=1.0,
    )
)


@MONOTONE.check(Method.EXACT, Verdict.PROVED)
def term_by_term(run: Run) -> Evidence:
    """s(1−s)⟨z, v⟩² + εs‖v‖²/‖w‖ grows in ε while s = σ(−m) ≤ 1/2 grows."""
    import sympy
    import z3

    from theory.smt import prove
    from theory.symbolic import prove_monotone

    eps, a = sympy.symbols("epsilon a", positive=True)
    k = sympy.Symbol("k", real=True)
    e = sympy.exp(eps * a - k)
    growing = prove_monotone(e / (1 + e), eps, a * e / (1 + e) ** 2)
    # s ≤ 1/2 where the exponent is not positive: 1/2 − s = (1 − e)/(2(1 + e)).
    power, s = reals("e s")
    half = prove(s <= z3.Q(1, 2), given=[power > 0, power <= 1, s * (1 + power) == power])
    s_1, s_2, e_1, e_2, q, b = reals("s_1 s_2 eps_1 eps_2 q b")
    given = [s_1 > 0, s_1 <= s_2, s_2 <= z3.Q(1, 2), e_1 >= 0, e_1 <= e_2, q >= 0, b >= 0]
    spread = prove(s_1 * (1 - s_1) <= s_2 * (1 - s_2), given=given)
    x_1, x_2 = reals("x_1 x_2")
    first = prove(x_1 * q <= x_2 * q, given=[q >= 0, x_1 <= x_2])
    product = prove(e_1 * s_1 <= e_2 * s_2, given=given)
    return Evidence.from_proofs(
        Method.EXACT,
        [growing, half, spread, first, product],
        Scope("across w", {"part": Names("across w")}),
        witness={"w": (3, 0), "z": ((1, 0),), "eps_1": "1/2", "eps_2": "1/2", "v": (0, 1)},
        detail=(
            "For v across w, ⟨u_n, v⟩ = ⟨z_n, v⟩ does not depend on ε. Both terms grow for every "
            "sample; strictly for ε₁ < ε₂ and v ≠ 0."
        ),
    )


@MONOTONE.check(Method.EXACT, Verdict.PROVED)
def eigenvalues(run: Run) -> Evidence:
    """λ_{k+1}(H₁) ≤ λ_k(PH₁P) ≤ λ_k(PH₂P) ≤ λ_k(H₂), compressions to the space across w."""

    from theory.smt import prove

    a, b, c, d = reals("a b c d")
    chain = prove(a <= d, given=[a <= b, b <= c, c <= d])
    return Evidence.from_proofs(
        Method.EXACT,
        [chain],
        Scope("eigenvalues", {"part": Names("eigenvalues")}),
        assumes=("Cauchy's interlacing theorem for compressions to a hyperplane",),
    )


@MONOTONE.check(Method.NUMERIC, Verdict.SUPPORTED)
def random_data(run: Run) -> Evidence:
    """Smallest eigenvalue of P(H₂ − H₁)P and the interlacing, on random separated data."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    from theory.weight_sharpness import robust_hessian

    d, n, count = run.integer("d"), 5, run.pick(100, 500)
    rng = run.rng
    w = rng.standard_normal((count, d)) * 10.0 ** rng.uniform(-1, 1, (count, 1))
    unit = w / np.linalg.norm(w, axis=1, keepdims=True)
    second = rng.uniform(0.0, 2.0, count)
    first = second * rng.uniform(0.0, 1.0, count)
    z = rng.standard_normal((count, n, d))
    # Lift every margin to at least the second radius; every tenth sample exactly to it.
    lift = second[:, None] + np.where(rng.random((count, n)) < 0.1, 0.0, rng.exponential(1.0))
    along = np.einsum("cnd,cd->cn", z, unit)
    z = z + (lift - along)[..., None] * unit[:, None, :]
    hessians = jax.jit(jax.vmap(robust_hessian))
    h_1, h_2 = (np.asarray(hessians(w, z, jnp.asarray(e))) for e in (first, second))
    p = np.eye(d) - unit[:, :, None] * unit[:, None, :]
    size = np.abs(h_2).max((1, 2))
    lowest = np.linalg.eigvalsh(p @ (h_2 - h_1) @ p)[:, 0]
    gap = np.linalg.eigvalsh(h_2)[:, 1:] - np.linalg.eigvalsh(h_1)[:, :-1]
    margin = min(float((lowest / size).min()), float((gap.min(1) / size).min()))
    return Evidence.supported(
        admissible=count, tried=count, margin=margin, tolerance=1e-9, seed=run.seed
    )


def sharpness_of_one_sample(eps: Any, length: Any) -> tuple[Any, Any]:
    """Radial and tangential eigenvalue at w = R z for one sample with ‖z‖ = 1."""
    from theory.exact import sigmoid

    s = sigmoid(-length * (1 - eps))
    return s * (1 - s) * (1 - eps) ** 2, s * eps / length


EQUAL_NORM = register(
    Claim(
        id="jaxat.equal-norm-not-monotone",
        kind=Kind.RESULT,
        source=ours("sharpness at equal norms"),
        title="even at ‖w‖ = 3 exactly, λ_max at the best weights can fall as ε grows",
        statement=(
            r"There is a data set, one sample $z$ with $\|z\| = 1$, such that the best weights of "
            r"norm $R = 3$ (they are $w = 3z$ for every $\varepsilon$) have "
            r"$\lambda_{\max}(H_{1/5}) > \lambda_{\max}(H_{1/2})$."
        ),
        expected=Verdict.PROVED,
        depends=("jaxat.yamada-hessian",),
        notes=(
            "So the equal norms that Eq. (12) takes for granted would not be enough: the radial "
            "eigenvalue σ'(m)(1 − ε)² falls before the tangential one, σ(−m)ε/R, has grown."
        ),
    )
)


@EQUAL_NORM.check(Method.EXACT, Verdict.PROVED)
def the_example(run: Run) -> Evidence:
    """Both eigenvalues at both radii in balls, held against the power series of the loss."""
    from theory.exact import ball, rational
    from theory.rigorous import precision
    from theory.smt import gram_pair, prove

    pair = gram_pair()  # w and z, ‖w‖ = 3, ‖z‖ = 1: the loss falls with ⟨w, z⟩ ≤ 3 = ⟨3z, z⟩
    best = prove(pair.p <= 3, given=[*pair.constraints, pair.a == 3, pair.b == 1])
    unique = prove(
        pair.distance_squared == 4, given=[*pair.constraints, pair.a == 3, pair.b == 1, pair.p == 3]
    )
    low, high = rational("1/5"), rational("1/2")
    with precision(120):
        parts = [sharpness_of_one_sample(eps, rational(3)) for eps in (low, high)]
        falls = all(
            Comparison(other, "<", max(map(ball, parts[0]), key=float)).holds()
            for other in parts[1]
        )
        series = [
            directional((3, 0), ((1, 0),), eps, v)[2]
            for eps in (low, high)
            for v in ((1, 0), (0, 1))
        ]
        agree = all(
            abs(ball(a) - b) < ball(rational("1e-25"))
            for a, b in zip([e for pair_ in parts for e in pair_], series, strict=True)
        )
    return Evidence.from_proofs(
        Method.EXACT,
        [
            best,
            unique,
            Exactly(bool(falls), "both eigenvalues at 1/2 are below the larger one at 1/5"),
            Exactly(bool(agree), "closed forms agree with the power series to 25 digits"),
        ],
        detail="‖w − z‖² = 4 = (3 − 1)² leaves w = 3z as the only maximiser of ⟨w, z⟩.",
    )
