"""The constants of Assumption 1 for logistic regression, exactly."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Parameter, Source
from theory.evidence import Evidence, Exactly, Method, Verdict
from theory.exact import Comparison, Point, ball, norm, rational, sigmoid, subtract
from theory.exact.linear import clean_gradient, clean_loss, mixed_constant
from theory.registry import register
from theory.run import Run
from theory.scope import Integers, Names, Scope


def with_constant(point: Point) -> Comparison:
    """(5), (6) or (7) with C_θ = Rσ(Rρ), C_θθ = R²/4, C_θx = max over |m| ≤ Rρ."""
    radius, y, part = point["R"], point["y"], point["part"]
    reach = radius * point["rho"]
    apart = norm(subtract(point["theta_1"], point["theta_2"]))
    if part == "C_theta":
        values = [clean_loss(point[n], point["x_1"], y) for n in ("theta_1", "theta_2")]
        bound = radius * sigmoid(reach) * apart
        return Comparison(abs(values[0] - values[1]), "<=", bound)
    if part == "C_thetatheta":
        slopes = [clean_gradient(point[n], point["x_1"], y) for n in ("theta_1", "theta_2")]
        return Comparison(norm(subtract(*slopes)), "<=", radius**2 / 4 * apart)
    slopes = [clean_gradient(point["theta_1"], point[n], y) for n in ("x_1", "x_2")]
    moved = norm(subtract(point["x_1"], point["x_2"]))
    return Comparison(norm(subtract(*slopes)), "<=", mixed_constant(reach) * moved)


def _at_most(names: tuple[str, ...], radius: str) -> Any:
    return lambda w: tuple(Comparison(norm(w[n]), "<=", w[radius]) for n in names)


_STEEP = {
    "x_1": "(1, 0)",
    "x_2": "(1, 1/1000)",
    "theta_1": "(0, 1000000)",
    "theta_2": "(0, 0)",
    "y": "1",
    "R": "2",
    "rho": "1",
    "part": "C_thetax",
}

CONSTANTS = register(
    Claim(
        id="jaxat.logistic-constants",
        kind=Kind.RESULT,
        source=Source("jaxat", "Constants of Assumption 1 for the logistic loss"),
        title="Logistic loss on ‖x‖ ≤ R, ‖θ‖ ≤ ρ: the exact C_θ, C_θθ and C_θx",
        statement=(
            r"For $\ell=\log(1+\exp(-y\theta^\top x))$, $\|x\|\le R$, $\|\theta\|\le\rho$, "
            r"$d\ge2$, "
            r"$P=R\rho$, the smallest constants of Assumption 1 are $C_\theta=R\,\sigma(P)$, "
            r"$C_{\theta\theta}=\frac14R^2$ and $C_{\theta x}=\max_{|m|\le P}\frac12\left(\kappa P+"
            r"\sqrt{\kappa^2P^2+4s(s-\kappa m)}\right)$ with $s=\sigma(-m)$, $\kappa=s(1-s)$; "
            r"moreover $\frac12\left(\frac P4+\sqrt{\frac{P^2}{16}+1}\right)\le C_{\theta x}\le"
            r"\sigma(P)+\frac P4$. For an attack, $R$ includes the radius $\varepsilon$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            Hypothesis("||x|| <= R", r"$\|x_1\|, \|x_2\| \le R$", _at_most(("x_1", "x_2"), "R")),
            Hypothesis(
                "||theta|| <= rho",
                r"$\|\theta_1\|, \|\theta_2\| \le \rho$",
                _at_most(("theta_1", "theta_2"), "rho"),
            ),
            Hypothesis("label", r"$y \in \{-1, 1\}$", lambda w: abs(w["y"]) == 1),
        ),
        conclusion=with_constant,
        domain={"d": Integers(2), "part": Names("C_theta", "C_thetatheta", "C_thetax", "bounds")},
        parameters={
            "R": Parameter(1.5, 1e-3, 100.0, "largest norm of the data"),
            "rho": Parameter(2.0, 1e-3, 100.0, "largest norm of the weights"),
        },
        necessity=(
            Necessity(
                "||theta|| <= rho",
                witness=_STEEP,
                detail="The mixed derivative grows with the weights.",
            ),
            Necessity(
                "||x|| <= R",
                witness={
                    **_STEEP,
                    "part": "C_thetatheta",
                    "x_1": "(10, 0)",
                    "theta_1": "(1/100, 0)",
                    "theta_2": "(-1/100, 0)",
                },
                detail="Long data points make the loss steep.",
            ),
            Necessity(
                "label",
                witness={
                    **_STEEP,
                    "part": "C_thetatheta",
                    "y": "10",
                    "x_1": "(2, 0)",
                    "theta_1": "(1/100, 0)",
                    "theta_2": "(-1/100, 0)",
                },
                detail="A larger label acts like longer data.",
            ),
        ),
        cost=1.5,
    )
)


@CONSTANTS.check(Method.SYMBOLIC, Verdict.PROVED)
def first_two(run: Run) -> Evidence:
    """‖∇_θℓ‖ = σ(−m)‖x‖ ≤ Rσ(Rρ), and ‖∇²_θℓ‖ = κ‖x‖² ≤ R²/4; both are attained."""
    import sympy

    from theory.facts.sigmoid import MEAN_VALUE, increasing, slope_at_most_quarter
    from theory.smt import prove, reals
    from theory.symbolic import prove_zero

    m, k, t = sympy.symbols("m k t", real=True)  # yx·θ and yx·v
    loss = sympy.log(1 + sympy.exp(-(m + t * k)))
    s = 1 / (1 + sympy.exp(m))
    first = prove_zero(sympy.diff(loss, t).subs(t, 0) + s * k)
    second = prove_zero(sympy.diff(loss, t, 2).subs(t, 0) - s * (1 - s) * k**2)
    half = prove_zero((s * (1 - s)).subs(m, 0) - sympy.Rational(1, 4))
    x, theta, inner, radius, rho = reals("x theta m R rho")
    margin = prove(
        -inner <= radius * rho,
        given=[x >= 0, theta >= 0, x <= radius, theta <= rho, -x * theta <= inner],
    )
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [first, second, half, margin, *increasing(), *slope_at_most_quarter()],
        Scope("C_θ and C_θθ", {"part": Names("C_theta", "C_thetatheta")}),
        assumes=(MEAN_VALUE,),
        witness={
            "x_1": (1, 0),
            "x_2": (1, 0),
            "theta_1": ("1/100", 0),
            "theta_2": ("-1/100", 0),
            "y": 1,
            "R": 1,
            "rho": 1,
            "part": "C_thetatheta",
        },
        detail="C_θ is attained at θ = −ρyx/‖x‖, C_θθ at θ ⟂ x; both sets are convex.",
    )


@CONSTANTS.check(Method.EXACT, Verdict.PROVED)
def mixed(run: Run) -> Evidence:
    """A multiple of β²‖v‖² − ‖Bv‖² is a sum of squares, β the larger singular value of B."""
    import sympy

    from theory.facts.sigmoid import MEAN_VALUE
    from theory.gram import dot, gram, norm_squared
    from theory.smt import prove, reals
    from theory.symbolic import prove_zero

    # B v = −y s v + κ x ⟨θ, v⟩ = ∇_x∇_θℓ in the unit vectors a = yx/‖x‖, b = θ/‖θ‖, P = ‖x‖‖θ‖.
    s, beta, c = sympy.symbols("s beta c", real=True)
    a, b, v = gram("a b v", norms={"a": sympy.Integer(1), "b": sympy.Integer(1)})
    cosine = dot(a, b)
    # β solves β² − κPβ − s(s − κPc) = 0, so κP = (β² − s²)/(β − sc).
    slope = (beta**2 - s**2) / (beta - s * cosine)
    image = norm_squared(slope * dot(b, v) * a - s * v)
    lead = (beta - s * cosine) / slope
    quadratic = (beta**2 * norm_squared(v) - image) * lead
    along, across = dot(a, v), dot(b, v)
    det = (1 - cosine**2) * norm_squared(v) - along**2 - across**2 + 2 * cosine * along * across
    k = beta - s * cosine
    squares = k**2 * det + (k * along + (s - cosine * beta) * across) ** 2
    identity = prove_zero((1 - cosine**2) * quadratic - squares)
    # The Gram determinant is (1 − c²)‖v⟂‖² ≥ 0, v⟂ the part of v orthogonal to a and b.
    p, q, rest = sympy.symbols("p q r", real=True)
    plane = (1 - c**2) * rest**2
    # v = p a + q (b − c a) + r n with ⟨n, a⟩ = ⟨n, b⟩ = 0, ‖n‖ = 1.
    length = p**2 + q**2 * (1 - c**2) + rest**2
    va, vb = p, p * c + q * (1 - c**2)
    gram_det = (1 - c**2) * length - va**2 - vb**2 + 2 * c * va * vb
    positive = prove_zero(gram_det - plane)
    # The larger root grows with P: at β the polynomial for a larger P is not positive.
    beta_, kappa, small, large, s_, m = reals("beta kappa P Q s m")
    root = beta_**2 - kappa * small * beta_ - s_ * (s_ - kappa * m) == 0
    grows = prove(
        beta_**2 - kappa * large * beta_ - s_ * (s_ - kappa * m) <= 0,
        given=[kappa > 0, beta_ > 0, small >= 0, large >= small, root],
    )
    # β ≥ s > sc, so that κP above is defined: the polynomial is not positive at s.
    above = prove(
        s_**2 - kappa * small * s_ - s_ * (s_ - kappa * m) <= 0,
        given=[kappa > 0, s_ > 0, m <= small],
    )
    return Evidence.from_proofs(
        Method.EXACT,
        [identity, positive, grows, above],
        Scope("C_θx", {"part": Names("C_thetax")}),
        assumes=(MEAN_VALUE, "a norm is continuous (for parallel x and θ, c² = 1)"),
        witness={
            "x_1": ("999999999999/1000000000001", "2000000/1000000000001"),
            "x_2": ("999999999999/1000000000001", "-2000000/1000000000001"),
            "theta_1": (0, 1000),
            "theta_2": (0, 1000),
            "y": 1,
            "R": 1,
            "rho": 1000,
            "part": "C_thetax",
        },
        detail=(
            "The squares vanish for a v in the plane of x and θ, so β is the norm of B; every m in "
            "[−Rρ, Rρ] occurs at ‖x‖ = R, ‖θ‖ = ρ. For x = 0 or θ = 0, B is a multiple of I."
        ),
    )


@CONSTANTS.check(Method.SYMBOLIC, Verdict.PROVED)
def simple_bounds(run: Run) -> Evidence:
    """The lower bound is the value at m = 0; the upper one is s + κP with s ≤ σ(P), κ ≤ 1/4."""
    import sympy
    import z3

    from theory.facts.sigmoid import increasing, slope_at_most_quarter
    from theory.smt import prove, reals
    from theory.symbolic import prove_zero

    P = sympy.Symbol("P", nonnegative=True)
    s, kappa = sympy.Rational(1, 2), sympy.Rational(1, 4)
    at_zero = (kappa * P + sympy.sqrt(kappa**2 * P**2 + 4 * s * s)) / 2
    lower = prove_zero(at_zero - (P / 4 + sympy.sqrt(P**2 / 16 + 1)) / 2)
    s_, k, p, m = reals("s kappa P m")
    top = s_ + k * p
    upper = prove(
        z3.And(top**2 - k * p * top - s_ * (s_ - k * m) >= 0, 2 * top >= k * p),
        given=[s_ > 0, k > 0, p >= 0, -p <= m],
    )
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [lower, upper, *increasing(), *slope_at_most_quarter()],
        Scope("the two simple bounds of C_θx", {"part": Names("bounds")}),
    )


@CONSTANTS.check(Method.RIGOROUS, Verdict.PROVED)
def values(run: Run) -> Evidence:
    """Certified values of C_θx for P = 1/10, 1, 10, 100."""
    table = {"1/10": "0.549917", "1": "0.927671", "10": "2.60493", "100": "25.0100"}
    proofs = []
    for reach, digits in table.items():
        value = mixed_constant(rational(reach))
        near = abs(value - ball(rational(digits))) <= ball(rational(digits) / 20000)
        proofs.append(Exactly(bool(near) or None, f"C_θx = {digits} at P = {reach}"))
    return Evidence.from_proofs(
        Method.RIGOROUS,
        proofs,
        Scope("four values of P", {"part": Names()}),
        detail="C_θx = 0.5499, 0.9277, 2.6049, 25.0100 for P = 1/10, 1, 10, 100.",
    )


@CONSTANTS.check(Method.NUMERIC, Verdict.SUPPORTED)
def singular_values(run: Run) -> Evidence:
    """Singular values of jax.jacobian(jax.grad) of the loss against β, for d = 2 and 5."""
    import jax
    import numpy as np
    from scipy.special import expit

    n, worst = run.pick(50, 200), 0.0
    for d in (2, 5):
        theta = in_ball_points(run, n, d, run["rho"])
        x = in_ball_points(run, n, d, run["R"])

        def loss(t: Any, x: Any) -> Any:
            return jax.nn.softplus(-jax.numpy.dot(t, x))

        mixed = jax.jit(jax.vmap(jax.jacobian(jax.grad(loss), argnums=1)))(theta, x)
        found = np.linalg.norm(np.asarray(mixed), 2, axis=(1, 2))
        m = np.sum(theta * x, axis=1)
        reach = np.linalg.norm(theta, axis=1) * np.linalg.norm(x, axis=1)
        s = expit(-m)
        kappa = s * expit(m)
        inside = (2 * s - kappa * m) ** 2 + kappa**2 * np.maximum(reach**2 - m**2, 0)
        closed = (kappa * reach + np.sqrt(inside)) / 2
        worst = max(worst, float(np.max(np.abs(found - closed) / closed)))
    return Evidence.supported(
        admissible=2 * n, tried=2 * n, margin=-worst, tolerance=1e-11, seed=run.seed
    )


def in_ball_points(run: Run, n: int, d: int, radius: float) -> Any:
    """n random points of the ball, a third of them on the sphere."""
    import numpy as np

    rng = run.rng
    z = rng.standard_normal((n, d))
    size = np.where(np.arange(n) % 3, rng.uniform(0.01, 1.0, n), 1.0)
    return radius * size[:, None] * z / np.linalg.norm(z, axis=1, keepdims=True)
