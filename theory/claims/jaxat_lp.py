"""How smooth the adversarial loss of the linear model is, for every attack norm L_p."""

from __future__ import annotations

from math import inf
from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.claims.jaxat_linf import both_sides, jump_conclusion, mean_weight
from theory.claims.kanai_lemma_3 import POSITIVE_RADIUS
from theory.claims.kanai_theorem_2 import LABELS
from theory.evidence import Evidence, Method, Verdict
from theory.exact import (
    Comparison,
    Point,
    add,
    ball,
    dot,
    dual,
    norm,
    parse_point,
    scale,
    subtract,
)
from theory.exact.adversarial import largest_input, steepest
from theory.registry import register
from theory.run import Run
from theory.scope import Names, Scope

PARTS = Names("p = 1", "1 < p <= 2", "2 < p < inf", "p = inf")


def in_part(point: Point) -> bool:
    p = point["p"]
    if p == inf:
        return _part(point) == "p = inf"
    return _part(point) == ("p = 1" if p == 1 else "1 < p <= 2" if p <= 2 else "2 < p < inf")


def _part(point: Point) -> str:
    return str(point["part"])


def position(point: Point) -> Any:
    """Where the part looks: anywhere but 0, at a zero coordinate, or at a tie of the largest."""
    theta, part = point["theta"], _part(point)
    if part == "1 < p <= 2":
        return any(theta)
    u, t = point["u"], point["t"]
    if part == "p = 1":
        top, across = norm(theta, inf), [i for i, e in enumerate(u) if e != 0]
        tied = all(abs(theta[i]) == top and abs(u[i]) == 1 for i in across)
        signs = [u[i] * theta[i] for i in across]
        return len(across) == 2 and tied and top > 0 and signs[0] * signs[1] < 0 and 0 < t <= top
    across = [i for i, e in enumerate(u) if e != 0]
    zero = len(across) == 1 and u[across[0]] == 1 and theta[across[0]] == 0
    if part == "p = inf":
        return zero and t > 0
    return (zero and t > 0, Comparison(t, "<=", norm(theta, dual(point["p"]))))


def norm_curvature(theta: tuple, v: tuple, q: Any) -> Any:
    """vᵀ ∇²‖θ‖_q v = (q−1)/‖θ‖_q (Σ w_i^(q−2) v_i² − (Σ ±w_i^(q−1) v_i)²), w = |θ|/‖θ‖_q, q ≥ 2."""
    size, g = norm(theta, q), steepest(theta, q / (q - 1))
    terms = [
        e * e * (1 if q == 2 else 0 if t == 0 else ball(abs(t) / size) ** ball(q - 2))
        for t, e in zip(theta, v, strict=True)
    ]
    along = dot(g, v)
    return (q - 1) / size * (sum(terms[1:], terms[0]) - along * along)


def classified(point: Point) -> Any:
    """The quantitative statement of each part."""
    part, theta = _part(point), point["theta"]
    if part == "p = inf":
        return jump_conclusion(point)
    if part == "p = 1":
        predicted = scale(point["eps"] * mean_weight(point, theta), point["u"])
        largest = largest_input(point)
        error = norm(subtract(both_sides(point), predicted))
        return Comparison(error, "<=", largest * largest * point["t"])
    q = dual(point["p"])
    if part == "1 < p <= 2":
        v = point["v"]
        bound = (q - 1) / norm(theta, q) * dot(v, v)
        return Comparison(norm_curvature(theta, v, q), "<=", bound)
    u, t = point["u"], point["t"]
    moved = dot(u, steepest(add(theta, scale(t, u)), point["p"]))
    power = ball(t / norm(theta, q)) ** ball(q - 1)
    return (Comparison(moved, ">=", power / 2), Comparison(moved, "<=", power))


_AXIS = {"u": "(0, 1)", "t": "1/1000", "x": "(-1, 1)", "y": "1", "eps": "3/5"}
_EXACT = parse_point(_AXIS)
_LINF = {**_AXIS, "part": "p = inf", "p": "inf", "theta": "(0, 0)"}

LP = register(
    Claim(
        id="jaxat.lp-classification",
        kind=Kind.RESULT,
        source=Source("jaxat", "L_p attacks on the linear model"),
        title="Linear model: C^{1,1} off 0 for 1 < p ≤ 2, Hölder 1/(p−1) for p > 2, kinks for 1, ∞",
        statement=(
            r"$\ell_\varepsilon=\log(1+\exp(-y\theta^\top x+\varepsilon\|\theta\|_q))$, "
            r"$1/p+1/q=1$, "
            r"has the gradient $\sigma(h)(-yx+\varepsilon v)$, $v=\nabla\|\theta\|_q$, and away "
            r"from $\theta=0$: "
            r"(a) $1<p\le2$: $v$ is Lipschitz, "
            r"$z^\top\nabla^2\|\theta\|_q\,z\le\frac{q-1}{\|\theta\|_q}\|z\|^2$. "
            r"(b) $2<p<\infty$: $v$ is continuous but at $\theta_i=0$ only Hölder with exponent "
            r"$\frac1{p-1}$: for $0<t\le\|\theta\|_q$, $\frac12\bigl(\frac "
            r"t{\|\theta\|_q}\bigr)^{1/(p-1)}"
            r"\le v_i(\theta+te_i)-v_i(\theta)\le\bigl(\frac t{\|\theta\|_q}\bigr)^{1/(p-1)}$. "
            r"(c) $p=1$: at a tie of $|\theta_i|,|\theta_j|$ for the largest the gradient jumps by "
            r"$\varepsilon\bar s\,u$, $u=\mathrm{sign}(\theta_i)e_i-\mathrm{sign}(\theta_j)e_j$. "
            r"(d) $p=\infty$: at $\theta_i=0$ it jumps by $2\varepsilon\bar s\,e_i$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            POSITIVE_RADIUS,
            LABELS,
            Hypothesis("part", "the part that belongs to $p$", in_part),
            Hypothesis("position", "where the part looks", position),
        ),
        conclusion=classified,
        domain={"p": PARTS},
        depends=("jaxat.gradient-jump",),
        necessity=(
            Necessity(
                "part",
                witness={
                    **_AXIS,
                    "part": "1 < p <= 2",
                    "p": "3",
                    "theta": "(1, 1/1000)",
                    "v": "(0, 1)",
                },
                detail="For p = 3 the second derivative is unbounded near θ₂ = 0.",
            ),
            Necessity(
                "position",
                witness={**_LINF, "theta": "(1, 1/100)"},
                detail="Off the axes an L∞ attack gives no jump.",
            ),
            Necessity(
                "label",
                witness={**_LINF, "x": "(0, 1)", "y": "10"},
                detail="A label of 10 acts like longer data, which M does not count.",
            ),
            Necessity(
                "eps > 0",
                witness={**_LINF, "theta": "(0,)", "u": "(1,)", "x": "(1,)", "eps": "-1"},
                detail="A formality: for ε < 0 M is no bound. For ε = 0 nothing jumps.",
            ),
        ),
        notes=(
            "So “$\\|\\cdot\\|_p$ is twice differentiable” (Section 3.2.2 of the final version) "
            "does "
            "not decide: $\\|\\cdot\\|_4$ is smooth off the origin, and yet the L4 example is not "
            "Lipschitz in θ where a weight is 0, because its unit ball is too flat there. What "
            "counts "
            "is the smoothness of the dual norm."
        ),
        cost=1.5,
    )
)


@LP.check(Method.SYMBOLIC, Verdict.PROVED)
def between_one_and_two(run: Run) -> Evidence:
    """The Hessian of ‖θ‖_q in two coordinates and a rest, for symbolic q; then w^(q−2) ≤ 1."""
    import sympy

    from theory.smt import prove
    from theory.smt_signs import reals
    from theory.symbolic import prove_monotone, prove_zero

    a, b, rest, q = sympy.symbols("a b rest q", positive=True)
    size = (a**q + b**q + rest) ** (1 / q)
    mixed = sympy.diff(size, a, b) + (q - 1) / size * (a * b / size**2) ** (q - 1)
    pure = sympy.diff(size, a, 2) - (q - 1) / size * (
        (a / size) ** (q - 2) - (a / size) ** (2 * q - 2)
    )
    formula = [prove_zero(sympy.powsimp(sympy.expand_power_base(e))) for e in (mixed, pure)]
    t, r = sympy.Symbol("t", real=True), sympy.Symbol("r", nonnegative=True)
    power = prove_monotone(sympy.exp(r * t), t, r * sympy.exp(r * t))
    weighted, square, plain, factor = reals("weighted square plain factor")
    bound = prove(
        factor * (weighted - square) <= factor * plain,
        given=[factor >= 0, square >= 0, weighted <= plain],
    )
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [*formula, power, bound],
        Scope("1 < p ≤ 2", {"p": Names("1 < p <= 2")}),
        witness={**_EXACT, "part": "1 < p <= 2", "p": 2, "theta": (3, 4), "v": (4, -3)},
        detail=(
            "With w = |θ|/‖θ‖_q ≤ 1 the Hessian is (q−1)/‖θ‖_q (diag(w^(q−2)) − vvᵀ), and w^(q−2) "
            "≤ 1 "
            "for q ≥ 2. Signs of θ only reflect coordinates; a zero coordinate follows by "
            "continuity."
        ),
    )


@LP.check(Method.SYMBOLIC, Verdict.PROVED)
def above_two(run: Run) -> Evidence:
    """v_i(θ+te_i) = s^r (1+s^q)^(−r/q) with s = t/‖θ‖_q ≤ 1, r = q − 1; 1 ≤ (1+s^q)^(r/q) ≤ 2."""
    import sympy

    from theory.symbolic import prove_monotone, prove_zero

    t, n, q = sympy.symbols("t n q", positive=True)
    size = (n**q + t**q) ** (1 / q)
    s = t / n
    entry = (t / size) ** (q - 1) - s ** (q - 1) * (1 + s**q) ** (-(q - 1) / q)
    formula = prove_zero(sympy.powsimp(sympy.expand_power_base(_split(entry, t, n, q))))
    u, r = sympy.Symbol("u", real=True), sympy.Symbol("r", nonnegative=True)
    power = prove_monotone(sympy.exp(r * u), u, r * sympy.exp(r * u))
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [formula, power],
        Scope("2 < p < ∞", {"p": Names("2 < p < inf")}),
        witness={**_EXACT, "part": "2 < p < inf", "p": 3, "theta": (1, 0)},
        detail="e^(ru) increases in u for r ≥ 0: so 1 ≤ (1+s^q)^(r/q) ≤ 2^(r/q) ≤ 2, as r/q ≤ 1.",
    )


def _split(entry: Any, t: Any, n: Any, q: Any) -> Any:
    """The same expression with t = s n, which lets the powers of n cancel."""
    import sympy

    s = sympy.Symbol("s", positive=True)
    return sympy.powdenest(
        entry.subs(t, s * n).subs((n**q + (s * n) ** q), n**q * (1 + s**q)), force=True
    )


@LP.check(Method.SYMBOLIC, Verdict.PROVED)
def one(run: Run) -> Evidence:
    """p = 1: across a tie v passes from ±e_j to ±e_i, and h changes by at most √2 M t."""
    import sympy

    from theory.facts.sigmoid_lemmas import (
        cauchy_schwarz,
        sigmoid_increases,
        sigmoid_quarter_lipschitz,
    )
    from theory.gram import gram, norm_squared
    from theory.smt import prove
    from theory.smt_signs import reals, size_of
    from theory.symbolic import prove_zero

    up, down, mid, e, y = sympy.symbols("s_plus s_minus s_0 epsilon y", real=True)
    x, a, b = gram("x a b")  # a, b: the signed unit vectors of the two coordinates; u = a − b
    g_plus, g_minus = x * (-y) + a * e, x * (-y) + b * e
    left = g_plus * up - g_minus * down - (a - b) * (e * mid)
    right = g_plus * (up - mid) - g_minus * (down - mid)
    identity = prove_zero(norm_squared(left - right))
    inner, eps, radius, t, root = reals("inner eps radius t root")
    moves = prove(
        size_of(inner * t + eps * t) <= root * (radius + eps) * t,
        given=[
            t > 0,
            eps > 0,
            radius >= 0,
            root > 1,
            root**2 == 2,
            size_of(inner) <= root * radius,
        ],
    )
    first, second, big = reals("first second big")
    sizes = prove(
        (first + second) * big <= big**2 * t,
        given=[
            big >= 0,
            t > 0,
            root > 1,
            root**2 == 2,
            4 * first <= root * big * t,
            4 * second <= root * big * t,
        ],
    )
    proofs = [
        identity,
        moves,
        sizes,
        sigmoid_increases(),
        sigmoid_quarter_lipschitz(),
        cauchy_schwarz(),
    ]
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        proofs,
        Scope("p = 1", {"p": Names("p = 1")}),
        witness={**_EXACT, "part": "p = 1", "p": 1, "theta": (1, 1), "u": (1, -1)},
    )


@LP.check(Method.SYMBOLIC, Verdict.PROVED)
def infinity(run: Run) -> Evidence:
    """p = ∞: the jump of jaxat.gradient-jump."""
    from theory.claims.jaxat_linf import split_into_jump_and_rest

    proofs = split_into_jump_and_rest(run).proofs
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        proofs,
        Scope("p = ∞", {"p": Names("p = inf")}),
        witness={**_EXACT, "part": "p = inf", "p": inf, "theta": (1, 0)},
    )


@LP.check(Method.NUMERIC, Verdict.SUPPORTED)
def hessians_and_exponents(run: Run) -> Evidence:
    """jax.hessian of ‖θ‖_q against the bound for p ≤ 2; measured Hölder exponents for p > 2."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    from theory.dual_norm import dual_exponent, lq_norm, steepest

    n, worst = run.pick(50, 200), -inf
    theta = jnp.asarray(run.rng.standard_normal((n, 3)))
    for p in (1.2, 1.5, 2.0):
        q = dual_exponent(p)
        both = jax.jit(jax.vmap(lambda t, q=q: (lq_norm(t, q), jax.hessian(lq_norm)(t, q))))
        size, hessian = (np.asarray(part) for part in both(theta))
        largest = np.linalg.eigvalsh(hessian)[:, -1]
        worst = max(worst, float(np.max(largest * size / (q - 1))) - 1.0)
    ts = np.array([1e-6, 1e-4])
    for p in (3.0, 4.0, 10.0):
        v = [float(steepest(np.array([1.0, t, -0.5]), p)[1]) for t in ts]
        exponent = float(np.log(v[1] / v[0]) / np.log(ts[1] / ts[0]))
        worst = max(worst, abs(exponent - 1 / (p - 1)) - 1e-3)
    cases = 3 * n + 3
    return Evidence.supported(
        admissible=cases, tried=cases, margin=-worst, tolerance=1e-9, seed=run.seed
    )


__all__ = ["LP", "classified", "norm_curvature"]
