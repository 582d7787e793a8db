"""The second half of the proof of Lemma 2 of Kanai et al.: the Jacobian and what it implies."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Parameter, Source
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, ball, dot, norm, subtract
from theory.registry import register
from theory.run import Run
from theory.scope import Integers

NONZERO = Hypothesis(
    "theta != 0", r"$\theta \ne 0$", lambda w: Comparison(norm(w["theta"]), ">", 0)
)
RADIUS = Hypothesis("eps > 0", r"$\varepsilon > 0$", lambda w: Comparison(w["eps"], ">", 0))


def jacobian_terms(eps: Any, length: Any, inner: Any) -> tuple[Any, Any]:
    """Dx'(θ)v = first·v + second·θ as printed in (32), from ‖θ‖ and ⟨θ, v⟩."""
    return -eps / length, eps * inner / length**3


def matches_series(point: Point) -> tuple[Comparison, ...]:
    """(32) along v against the Taylor series of −ε(θ + tv)/‖θ + tv‖; rational for rational ‖θ‖."""
    from flint import fmpq_series

    theta, v, eps = point["theta"], point["v"], point["eps"]
    size = norm(theta)
    # FLINT takes roots of series that begin with 1.
    length = size * (fmpq_series([size**2, 2 * dot(theta, v), dot(v, v)]) / size**2).sqrt()
    along_v, along_theta = jacobian_terms(eps, size, dot(theta, v))
    return tuple(
        Comparison(
            along_v * e + along_theta * t,
            "==",
            (fmpq_series([-eps * t, -eps * e]) / length)[1],
        )
        for t, e in zip(theta, v, strict=True)
    )


JACOBIAN = register(
    Claim(
        id="kanai.lemma-2.jacobian",
        kind=Kind.STEP,
        source=Source("kanai", "Lemma 2, proof", "both", ("32", "26 (early)")),
        title="L2: the Jacobian of x'(θ) is −(ε/‖θ‖)(I − θθᵀ/‖θ‖²)",
        statement=(
            r"$D_\theta(x'(\theta))=-\frac{\varepsilon}{\|\theta\|_2}"
            r"\left(I-\frac{\theta\theta^\top}{\|\theta\|_2^2}\right)$ for "
            r"$x'(\theta)=x-\varepsilon\theta/\|\theta\|_2$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(NONZERO,),
        conclusion=matches_series,
        depends=("kanai.lemma-2.example",),
        domain={"d": Integers(1)},
        necessity=(
            Necessity(
                "theta != 0",
                detail="At 0 the formula has no value, and x' is not continuous for any choice.",
            ),
        ),
        parameters={"eps": Parameter(0.6, 1e-6, 100.0, "radius of the attack")},
        notes="For $y=-1$ the sign changes.",
    )
)


@JACOBIAN.check(Method.SYMBOLIC, Verdict.PROVED)
def derivative_along_a_line(run: Run) -> Evidence:
    """d/dt of −ε(θ + tv)/‖θ + tv‖ at t = 0, coefficient by coefficient; no coordinates."""
    import sympy

    from theory.symbolic import prove_zero

    p, t = sympy.symbols("p t", real=True)
    a, w, eps = sympy.symbols("a w epsilon", positive=True)
    length = sympy.sqrt(a**2 + 2 * t * p + t**2 * w**2)
    along_v, along_theta = jacobian_terms(eps, a, p)
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [
            prove_zero(sympy.diff(-eps / length, t).subs(t, 0) - along_theta),
            prove_zero(sympy.diff(-eps * t / length, t).subs(t, 0) - along_v),
        ],
        witness={"theta": (2, 3, 6), "v": (1, -1, 5), "eps": "3/5"},
        detail="x' is differentiable away from 0, so its derivatives along lines are its Jacobian.",
    )


@JACOBIAN.check(Method.NUMERIC, Verdict.SUPPORTED)
def automatic_differentiation(run: Run) -> Evidence:
    """jax.jacobian of x' against (32) at random θ with norms from 1e-2 to 1e2, d = 1, 2, 5."""
    import jax
    import numpy as np

    from theory.adversarial import adversarial_example

    eps, n = run["eps"], run.pick(30, 100)
    worst = 0.0

    def example(theta: Any) -> Any:
        return adversarial_example(theta, jax.numpy.zeros_like(theta), 1, eps, 2.0)

    for d in (1, 2, 5):
        theta = run.rng.standard_normal((n, d)) * 10.0 ** run.rng.uniform(-2, 2, (n, 1))
        found = np.asarray(jax.jit(jax.vmap(jax.jacobian(example)))(theta))
        length = np.linalg.norm(theta, axis=1)[:, None, None]
        columns = [jacobian_terms(eps, length[:, 0], theta[:, [j]]) for j in range(d)]
        printed = np.stack(
            [first * np.eye(d)[j] + second * theta for j, (first, second) in enumerate(columns)],
            axis=-1,
        )
        error = np.abs(found - printed).max(axis=(1, 2)) * length[:, 0, 0] / eps
        worst = max(worst, float(error.max()))
    return Evidence.supported(
        admissible=3 * n, tried=3 * n, margin=-worst, tolerance=1e-12, seed=run.seed
    )


def printed_norm(point: Point) -> Comparison:
    """‖(ε/‖θ‖)(I − uuᵀ)‖ = ε/‖θ‖, where the projector has norm 1 unless it vanishes."""
    theta = point["theta"]
    square = dot(theta, theta)
    entries = [(i == j) - s * t / square for i, s in enumerate(theta) for j, t in enumerate(theta)]
    size = point["eps"] / norm(theta)
    return Comparison(size if any(e != 0 for e in entries) else ball(0), "==", size)


register(
    Claim(
        id="kanai.lemma-2.spectral-norm",
        kind=Kind.STEP,
        source=Source("kanai", "Lemma 2, proof", "both", ("32", "26 (early)")),
        title="L2: the Jacobian of x' has spectral norm ε/‖θ‖ in every dimension",
        statement=(
            r"The spectral norm of this matrix is $\varepsilon/\|\theta\|_2$ because this matrix "
            r"is "
            r"a normal matrix that has eigenvalues $\lambda_d=0$ and "
            r"$\lambda_i=-\varepsilon/\|\theta\|_2$ for $i=1,\dots,d-1$."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.lemma-2.spectral-norm.repaired",),
        hypotheses=(RADIUS, NONZERO),
        conclusion=printed_norm,
        domain={"d": Integers(1)},
    )
)

SPECTRAL = register(
    Claim(
        id="kanai.lemma-2.spectral-norm.repaired",
        kind=Kind.STEP,
        source=Source("kanai", "Lemma 2, proof, repaired", "both", ("32", "26 (early)")),
        title="L2, d ≥ 2: the Jacobian of x' has spectral norm ε/‖θ‖",
        statement=(
            r"For $d\ge2$ the matrix (32) has the eigenvalue $0$ on $\theta$ and "
            r"$-\varepsilon/\|\theta\|_2$ on its complement, so its spectral norm is "
            r"$\varepsilon/\|\theta\|_2$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            RADIUS,
            NONZERO,
            Hypothesis("d >= 2", r"$d \ge 2$", lambda w: len(w["theta"]) >= 2),
        ),
        conclusion=printed_norm,
        domain={"d": Integers(2)},
        depends=("kanai.lemma-2.jacobian",),
        necessity=(
            Necessity(
                "d >= 2",
                witness={"theta": "(1,)", "eps": "1"},
                detail="In one dimension the Jacobian is 0, although x' still jumps across 0.",
            ),
            Necessity(
                "eps > 0",
                detail="For ε = 0 both sides are 0; for ε < 0 the norm is |ε|/‖θ‖, a formality.",
            ),
            Necessity("theta != 0", detail="At 0 there is no Jacobian."),
        ),
    )
)


@SPECTRAL.check(Method.SYMBOLIC, Verdict.PROVED)
def eigenvectors(run: Run) -> Evidence:
    """The action on θ is 0, and on v ⟂ θ it is −(ε/‖θ‖)v; a nonzero such v exists for d ≥ 2."""
    import sympy

    from theory.symbolic import prove_zero

    a, eps = sympy.symbols("a epsilon", positive=True)
    on_v, on_theta = jacobian_terms(eps, a, a**2)
    kernel = prove_zero(on_v + on_theta)  # v = θ
    on_v, on_theta = jacobian_terms(eps, a, sympy.Integer(0))
    complement = [prove_zero(on_v + eps / a), prove_zero(on_theta)]
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [kernel, *complement],
        witness={"theta": (3, 4), "eps": "3/5"},
        detail="The matrix is symmetric, so its spectral norm is the largest modulus found.",
    )


def _turn(theta: tuple) -> Any:
    from flint import arb

    return arb.atan2(ball(theta[1]), ball(theta[0]))


def from_jacobian(point: Point) -> Comparison:
    """|f(θ₁) − f(θ₂)| ≤ C‖θ₁ − θ₂‖, for x' in one dimension or for the polar angle in the plane."""
    first, second = point["theta_1"], point["theta_2"]
    if point["f"] == "example":
        moved = abs(first[0] / abs(first[0]) - second[0] / abs(second[0]))
    else:
        moved = abs(_turn(first) - _turn(second))
    return Comparison(moved, "<=", point["C"] * norm(subtract(first, second)))


def _in_domain(w: Point) -> Any:
    if w["f"] == "example":
        return [len(w[n]) == 1 and abs(w[n][0]) >= 1 for n in ("theta_1", "theta_2")]
    ends = [
        Comparison(norm(w[n]), relation, end)
        for n in ("theta_1", "theta_2")
        for relation, end in ((">=", 1), ("<=", 2))
    ]
    return [*ends, *(w[n][1] != 0 or w[n][0] > 0 for n in ("theta_1", "theta_2"))]


DOMAIN = register(
    Claim(
        id="kanai.lemma-2.proof-domain",
        kind=Kind.STEP,
        source=Source("kanai", "Lemma 2, proof", "both"),
        title="A bound on the Jacobian over a set is a Lipschitz constant on the set",
        statement=(
            r"Since Lipschitz constants for vector-valued continuous functions bound the operator "
            r"norm of Jacobian, we compute the Jacobian … "
            r"$\sup_\theta\varepsilon/\|\theta\|_2\le\varepsilon/\theta_{\min}<\infty$. Thus, we "
            r"have $\|x'(\theta_1)-x'(\theta_2)\|\le\frac{\varepsilon}{\theta_{\min}}"
            r"\|\theta_1-\theta_2\|$ [on $\{\|\theta\|_2\ge\theta_{\min}\}$]."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.lemma-2",),
        hypotheses=(
            Hypothesis(
                "in the set",
                r"$\theta_1,\theta_2\in\Theta$: $\{|\theta|\ge1\}$ in one dimension for "
                r"$f=\theta/|\theta|$; the annulus $1\le\|\theta\|\le2$ without the half line "
                r"$\{\theta=(-t,0)\}$ for the polar angle",
                _in_domain,
            ),
            Hypothesis(
                "Jacobian",
                r"$\sup_\Theta\|Df\|\le C$; the supremum is 0 and 1, respectively",
                lambda w: w["C"] >= (0 if w["f"] == "example" else 1),
            ),
        ),
        conclusion=from_jacobian,
        notes=(
            "The converse is what Eq. (40) of the paper says. The inference needs a convex set, "
            "and $\\{\\|\\theta\\|\\ge\\theta_{\\min}\\}$ is not convex; the Lemma itself is "
            "true, by "
            "an argument that needs no convexity. The proof of Theorem 3 uses the same inference."
        ),
    )
)


@DOMAIN.check(Method.EXACT, Verdict.REFUTED)
def slit_annulus(run: Run) -> Evidence:
    """The polar angle on both sides of the slit: a connected set, and ‖∇f‖ = 1/‖θ‖ ≤ 1."""
    from theory.exact import parse_point

    witness = {"f": "angle", "theta_1": "(-1, 1/1000)", "theta_2": "(-1, -1/1000)", "C": "1"}
    return Evidence.refuted(parse_point(witness), "The angle changes by almost 2π across the slit.")


ERRATA = (
    Erratum(
        "kanai.erratum-7",
        "Lemma 2, proof, after final Eq. (32) / early Eq. (26)",
        r"The spectral norm of the Jacobian is $\varepsilon/\|\theta\|_2$",
        r"for $d\ge2$; for $d=1$ it is 0, while $x'$ has the Lipschitz constant "
        r"$\varepsilon/\theta_{\min}$, attained at $\pm\theta_{\min}$",
        claim="kanai.lemma-2.spectral-norm",
    ),
    Erratum(
        "kanai.erratum-8",
        "Lemma 2, proof (both versions); Theorem 3, proof, “from Eq. (75)”",
        "A Lipschitz constant bounds the operator norm of the Jacobian",
        "The proofs use the converse, which needs a convex set; for Lemma 2 an identity replaces "
        "it",
        claim="kanai.lemma-2.proof-domain",
    ),
)
