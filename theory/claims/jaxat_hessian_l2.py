"""The exact Hessian of the linear model under an L2 attack, its norm, and where that is largest."""

from __future__ import annotations

from math import inf
from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Parameter, Source
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, absolute, dot, norm, scale, sigmoid, sqrt
from theory.exact.logistic import directional
from theory.registry import register
from theory.run import Run
from theory.scope import Integers, Reals, Scope

NONZERO = Hypothesis(
    "theta != 0", r"$\theta \ne 0$", lambda w: Comparison(norm(w["theta"]), ">", 0)
)
RADIUS = Hypothesis("eps >= 0", r"$\varepsilon \ge 0$", lambda w: w["eps"] >= 0)


def hessian_along(kappa: Any, s: Any, eps: Any, length: Any, gv: Any, uv: Any, vv: Any) -> Any:
    """vᵀ∇²ℓ_ε v from ⟨g, v⟩, ⟨u, v⟩ and ‖v‖²."""
    return kappa * gv**2 + s * eps / length * (vv - uv**2)


def along_v(point: Point) -> Comparison:
    """vᵀ∇²ℓ_ε v by the formula, and from the power series of the loss along v."""
    theta, x, y, eps, v = (point[n] for n in ("theta", "x", "y", "eps", "v"))
    length = norm(theta)
    s = sigmoid(eps * length - y * dot(theta, x))
    uv = dot(theta, v) / length
    form = hessian_along(s * (1 - s), s, eps, length, eps * uv - y * dot(x, v), uv, dot(v, v))
    return Comparison(form, "==", directional(theta, (scale(y, x),), eps, v)[2])


HESSIAN = register(
    Claim(
        id="jaxat.hessian-l2",
        kind=Kind.RESULT,
        source=Source("jaxat", "Hessian of the linear model, L2"),
        title="L2: ∇²ℓ_ε = κ g gᵀ + (σε/‖θ‖)(I − uuᵀ)",
        statement=(
            r"For $\theta\ne0$, $u=\theta/\|\theta\|$, $h=\varepsilon\|\theta\|-y\theta^\top x$, "
            r"$s=\sigma(h)$, $\kappa=s(1-s)$, $g=-yx+\varepsilon u$: "
            r"$\nabla^2\ell_\varepsilon(\theta)=\kappa\,gg^\top+\frac{s\varepsilon}{\|\theta\|}"
            r"(I-uu^\top)$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(NONZERO,),
        conclusion=along_v,
        domain={"d": Integers(1)},
        necessity=(Necessity("theta != 0", detail="There is no Hessian at 0 for ε > 0."),),
        parameters={"eps": Parameter(0.6, 0.0, 10.0, "radius of the attack")},
        cost=1.5,
    )
)


@HESSIAN.check(Method.SYMBOLIC, Verdict.PROVED)
def second_derivative_along_a_line(run: Run) -> Evidence:
    """d²/dt² of softplus(ε‖θ + tv‖ − yx·(θ + tv)) at 0 for any v, without coordinates."""
    import sympy

    from theory.symbolic import prove_zero

    k, m, p, t = sympy.symbols("k m p t", real=True)  # yx·v, yx·θ, θ·v
    a, w = sympy.symbols("a w", positive=True)  # ‖θ‖, ‖v‖
    eps = sympy.Symbol("epsilon", nonnegative=True)
    h = eps * sympy.sqrt(a**2 + 2 * t * p + t**2 * w**2) - m - t * k
    found = sympy.diff(sympy.log(1 + sympy.exp(h)), t, 2).subs(t, 0)
    s = 1 / (1 + sympy.exp(m - eps * a))
    formula = hessian_along(s * (1 - s), s, eps, a, eps * p / a - k, p / a, w**2)
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [prove_zero(found - formula)],
        witness={"theta": (3, 4), "x": (1, 2), "y": -1, "eps": "3/5", "v": (2, -1)},
        detail="A symmetric matrix is determined by its quadratic form.",
    )


@HESSIAN.check(Method.NUMERIC, Verdict.SUPPORTED)
def automatic_differentiation(run: Run) -> Evidence:
    """jax.hessian of the loss against the formula: d = 1, 2, 5, both labels, 0.01 ≤ ‖θ‖ ≤ 30."""
    import jax
    import numpy as np

    from theory.adversarial import adversarial_loss

    eps, n, worst = run["eps"], run.pick(30, 100), 0.0
    for d in (1, 2, 5):
        theta = run.rng.standard_normal((n, d))
        theta *= 10.0 ** run.rng.uniform(-2, 1.5, (n, 1)) / np.linalg.norm(
            theta, axis=1, keepdims=True
        )
        x, y = run.rng.standard_normal((n, d)), np.where(np.arange(n) % 2, 1.0, -1.0)
        found = np.asarray(
            jax.jit(
                jax.vmap(
                    jax.hessian(lambda t, x, y: adversarial_loss(t, x, y, eps, 2.0)),
                )
            )(theta, x, y)
        )
        length = np.linalg.norm(theta, axis=1)
        u = theta / length[:, None]
        g = eps * u - y[:, None] * x
        s = 1 / (1 + np.exp(y * np.sum(theta * x, axis=1) - eps * length))
        # The quadratic form in all directions e_i + e_j determines the matrix.
        for i in range(d):
            for j in range(i, d):
                v = np.eye(d)[i] + (i != j) * np.eye(d)[j]
                form = hessian_along(s * (1 - s), s, eps, length, g @ v, u @ v, float(v @ v))
                error = np.abs(np.einsum("i,nij,j->n", v, found, v) - form)
                worst = max(worst, float(np.max(error / (1 + eps / length))))
    return Evidence.supported(
        admissible=3 * n, tried=3 * n, margin=-worst, tolerance=1e-12, seed=run.seed
    )


def _eigenvalue(along: Any, rest: Any, a: Any) -> Any:
    """½(T + √(T² − 4D)) with T = along + rest + a, D = along·a, as a sum of squares."""
    return (along + rest + a + sqrt((along - rest - a) ** 2 + 4 * along * rest)) / 2


def form_at_most_norm(point: Point) -> Comparison:
    """|vᵀ∇²ℓ_ε v| ≤ λ(‖θ‖, c)‖v‖²."""
    theta, x, y, eps, v = (point[n] for n in ("theta", "x", "y", "eps", "v"))
    length = norm(theta)
    c = y * dot(theta, x) / length
    s = sigmoid(length * (eps - c))
    kappa = s * (1 - s)
    uv = dot(theta, v) / length
    form = hessian_along(kappa, s, eps, length, eps * uv - y * dot(x, v), uv, dot(v, v))
    largest = _eigenvalue(kappa * (eps - c) ** 2, kappa * (dot(x, x) - c**2), s * eps / length)
    return Comparison(absolute(form), "<=", largest * dot(v, v))


NORM = register(
    Claim(
        id="jaxat.hessian-l2.norm",
        kind=Kind.RESULT,
        source=Source("jaxat", "Hessian of the linear model, L2"),
        title="L2: ‖∇²ℓ_ε‖ = ½(T + √(T² − 4D)) in closed form (d ≥ 2)",
        statement=(
            r"For $d\ge2$, $\rho=\|\theta\|$, $c=y\,u^\top x$: "
            r"$\|\nabla^2\ell_\varepsilon(\theta)\|=\frac12(T+\sqrt{T^2-4D})$ with "
            r"$T=\kappa(\|x\|^2-2\varepsilon c+\varepsilon^2)+\frac{s\varepsilon}{\rho}$, "
            r"$D=\kappa(\varepsilon-c)^2\frac{s\varepsilon}{\rho}$. For $d=1$ it is "
            r"$\kappa(\varepsilon-c)^2$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(RADIUS, NONZERO),
        conclusion=form_at_most_norm,
        domain={"d": Integers(1)},
        depends=("jaxat.hessian-l2",),
        necessity=(
            Necessity(
                "eps >= 0",
                witness={"theta": "(0, 1)", "x": "(0, 0)", "y": "1", "eps": "-1", "v": "(1, 0)"},
                detail="For ε < 0 a negative eigenvalue can have the larger modulus.",
            ),
            Necessity("theta != 0", detail="There is no Hessian at 0 for ε > 0."),
        ),
        cost=1.0,
    )
)


@NORM.check(Method.SYMBOLIC, Verdict.PROVED)
def eigenvalues(run: Run) -> Evidence:
    """In v = αu + βn + v⟂ with g = eu + wn the form is a 2 × 2 matrix plus a‖v⟂‖²."""
    import sympy

    from theory.smt import prove, reals
    from theory.symbolic import prove_zero

    kappa, a = sympy.symbols("kappa a", nonnegative=True)
    e, w, lam = sympy.symbols("e w lambda", real=True)
    matrix = sympy.Matrix([[kappa * e**2, kappa * e * w], [kappa * e * w, kappa * w**2 + a]])
    trace, determinant = kappa * (e**2 + w**2) + a, kappa * e**2 * a
    characteristic = prove_zero(
        (matrix - lam * sympy.eye(2)).det() - (lam**2 - trace * lam + determinant)
    )
    # T in the statement: e = ε − c and w² = ‖x‖² − c².
    eps, c = sympy.symbols("epsilon c", real=True)
    size = sympy.Symbol("R", nonnegative=True)
    written = kappa * (size**2 - 2 * eps * c + eps**2) + a
    same = prove_zero(trace.subs(e, eps - c).subs(w**2, size**2 - c**2) - written)
    # The other d − 2 eigenvalues are a ≤ λ, and no eigenvalue is negative.
    k, b, e_, w_, top = reals("kappa a e w lambda")
    given = [k >= 0, b >= 0, top**2 - (k * (e_**2 + w_**2) + b) * top + k * e_**2 * b == 0]
    given += [2 * top >= k * (e_**2 + w_**2) + b]
    rest = prove(top >= b, given=given)
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [characteristic, same, rest],
        Scope("d ≥ 2", {"d": Integers(2)}),
        witness={
            "theta": (0, 1),
            "x": (0, -1),
            "y": 1,
            "eps": 1,
            "v": (1, 0),
        },
        detail="n is a unit vector orthogonal to u such that g lies in the plane of u and n.",
    )


@NORM.check(Method.EXACT, Verdict.PROVED)
def one_dimension(run: Run) -> Evidence:
    """For d = 1, I − uuᵀ = 0 and c = ±‖x‖: the number κ(ε − c)² is left."""
    import sympy

    from theory.symbolic import prove_zero

    kappa, s, eps, length, t = sympy.symbols("kappa s epsilon a t", positive=True)
    c = sympy.Symbol("c", real=True)
    form = hessian_along(kappa, s, eps, length, (eps - c) * t, t, t**2)
    return Evidence.from_proofs(
        Method.EXACT,
        [prove_zero(form - kappa * (eps - c) ** 2 * t**2)],
        Scope("d = 1", {"d": Integers(1, 1)}),
    )


def _largest(point: Point, rho: Any, c: Any) -> Any:
    """λ(ρ, c) for ‖x‖ = R."""
    eps, radius = point["eps"], point["R"]
    s = sigmoid(rho * (eps - c))
    kappa = s * (1 - s)
    return _eigenvalue(kappa * (eps - c) ** 2, kappa * (radius**2 - c**2), s * eps / rho)


def falls_outwards(point: Point) -> list[Comparison]:
    """λ(ρ₂, c) ≤ λ(ρ₁, c), and λ(ρ₁, c) ≤ λ(ρ₁, 2ε − c) where c > ε."""
    c, here = point["c"], _largest(point, point["rho_1"], point["c"])
    compared = [Comparison(_largest(point, point["rho_2"], c), "<=", here)]
    if c > point["eps"]:
        mirrored = _largest(point, point["rho_1"], 2 * point["eps"] - c)
        compared.append(Comparison(here, "<=", mirrored))
    return compared


SPHERE = register(
    Claim(
        id="jaxat.hessian-l2.inner-sphere",
        kind=Kind.RESULT,
        source=Source("jaxat", "Hessian of the linear model, L2"),
        title="L2, d ≥ 2: on ‖θ‖ ≥ r, ‖∇²ℓ_ε‖ is largest at ‖θ‖ = r and c ≤ ε",
        statement=(
            r"Let $d\ge2$ and $\lambda(\rho,c)$ the norm of jaxat.hessian-l2.norm at $\|x\|=R$. "
            r"For fixed $c$ it decreases in $\rho$, and for $c>\varepsilon$ it "
            r"is at most $\lambda(\rho,2\varepsilon-c)$. Hence $\sup\{\|\nabla^2\ell_\varepsilon\|:"
            r"\|\theta\|\ge r,\ \|x\|\le R\}=\max\{\lambda(r,c):-R\le c\le\min(R,\varepsilon)\}$ "
            r"at "
            r"$\|x\|=R$; an upper limit on $\|\theta\|$ does not change it."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            RADIUS,
            Hypothesis(
                "rho_1 <= rho_2",
                r"$0<\rho_1\le\rho_2$",
                lambda w: (w["rho_1"] > 0, w["rho_1"] <= w["rho_2"]),
            ),
            Hypothesis("|c| <= R", r"$|c|\le R$", lambda w: abs(w["c"]) <= w["R"]),
        ),
        conclusion=falls_outwards,
        domain={"d": Integers(2), "rho": Reals(0, inf, low_open=True)},
        necessity=(
            Necessity(
                "rho_1 <= rho_2",
                witness={"rho_1": "1", "rho_2": "1/2", "c": "-1", "R": "1", "eps": "1"},
                detail="The order of the radii is what is concluded.",
            ),
            Necessity(
                "eps >= 0",
                witness={"rho_1": "1", "rho_2": "1", "c": "1", "R": "1", "eps": "-1"},
                detail="A formality: 2ε − c would lie outside of [−R, R].",
            ),
            Necessity("|c| <= R", detail="c is the component of x along u, ‖x‖ = R."),
        ),
        depends=("jaxat.hessian-l2.norm",),
        cost=0.5,
    )
)


@SPHERE.check(Method.SYMBOLIC, Verdict.PROVED)
def monotonicity(run: Run) -> Evidence:
    """λ increases in κ, a, e² and w²; κ and a decrease in ρ; reflecting c enlarges a and w²."""
    import z3

    from theory.facts.sigmoid import (
        decreasing_over_its_argument,
        increasing,
        slope_decreases_in_modulus,
    )
    from theory.smt import prove, reals

    k, a, f, w, lam = reals("kappa a E W lambda")  # E = e², W = w²
    more = reals("dk da dE dW")
    root = [k >= 0, a >= 0, f >= 0, w >= 0, lam >= a, lam >= k * f]
    root += [(lam - k * f) * (lam - k * w - a) == k * f * k * w, lam >= k * w + a]
    grown = [
        (k + more[0], a, f, w),
        (k, a + more[1], f, w),
        (k, a, f + more[2], w),
        (k, a, f, w + more[3]),
    ]
    proofs: list[Any] = []
    for step, (k2, a2, f2, w2) in zip(more, grown, strict=True):
        # The characteristic polynomial of the larger matrix is ≤ 0 at λ: its top root is ≥ λ.
        value = lam**2 - (k2 * (f2 + w2) + a2) * lam + k2 * f2 * a2
        proofs.append(prove(value <= 0, given=[*root, step >= 0]))
    eps, c = reals("eps c")
    proofs.append(
        prove(
            z3.And((2 * eps - c) ** 2 <= c**2, (eps - (2 * eps - c)) ** 2 == (eps - c) ** 2),
            given=[eps >= 0, c > eps],
        )
    )
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [
            *proofs,
            *slope_decreases_in_modulus(),
            *decreasing_over_its_argument(),
            *increasing(),
        ],
        witness={"rho_1": "1/10", "rho_2": "1/5", "c": "9/10", "R": 1, "eps": "3/5"},
        detail=(
            "κ = σ'(ρe) decreases in ρ|e|, and a = σ(ρe)ε/ρ decreases in ρ for every sign of e; "
            "at 2ε − c instead of c > ε the sign of e changes, which enlarges σ(ρe)."
        ),
    )
