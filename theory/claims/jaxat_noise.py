"""What random noise does where losses are small: the Langevin law, which replaces Eq. (15)."""

from __future__ import annotations

from math import prod
from typing import Any

from theory.claim import Claim, Kind, Necessity, Parameter
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, ball, dot, exp
from theory.exact.noise import langevin, langevin_slope, sinhc, tilted_form
from theory.registry import register
from theory.run import Run
from theory.scope import Names, Scope
from theory.support.yamada import LABEL, POSITIVE_RADIUS, ours

LAW = ours("the law of random noise at small losses")


def mass(point: Point) -> Any:
    """M = ∏ sinh(t_k)/t_k, t = εw."""
    return prod((sinhc(point["eps"] * entry) for entry in point["w"]), start=ball(1))


def closed_form(point: Point) -> Any:
    """M [(v·(x + a))² + Σ v_k² τ_k]."""
    eps, y, v = point["eps"], point["y"], point["v"]
    t = [eps * entry for entry in point["w"]]
    shifted = [x - y * eps * langevin(s) for x, s in zip(point["x"], t, strict=True)]
    spread = sum((c * c * eps**2 * langevin_slope(s) for c, s in zip(v, t, strict=True)), ball(0))
    return mass(point) * (dot(v, shifted) ** 2 + spread)


def matches_the_integral(point: Point) -> Comparison:
    integral = tilted_form(point["w"], point["x"], point["y"], point["eps"], point["v"])
    return Comparison(closed_form(point), "==", integral)


LANGEVIN = register(
    Claim(
        id="jaxat.noise-langevin-law",
        kind=Kind.RESULT,
        source=LAW,
        title="E[κ(x+η)(x+η)ᵀ] = κ₀M[(x+a)(x+a)ᵀ + diag τ], with the Langevin function",
        statement=(
            r"For independent $\eta_k \sim U(-\varepsilon, \varepsilon)$, $\kappa = e^{-y\,w\cdot"
            r"(x+\eta)}$, $\kappa_0 = e^{-y\,w\cdot x}$ and $t = \varepsilon w$: $E[\kappa(x+\eta)"
            r"(x+\eta)^\top] = \kappa_0M\left[(x+a)(x+a)^\top + \mathrm{diag}(\tau)\right]$, $M = "
            r"\prod_k\frac{\sinh t_k}{t_k}$, $a_k = -y\varepsilon\mathcal L(t_k)$, $\tau_k = "
            r"\varepsilon^2\mathcal L'(t_k)$, $\mathcal L(t) = \coth t - \frac1t$, $\mathcal "
            r"L'(t) = \frac1{t^2} - \frac1{\sinh^2t}$. For $\eta \sim N(0, s^2I)$: $M = "
            r"e^{s^2\|w\|^2/2}$, $a = -ys^2w$, $\tau_k = s^2$. The Hessian, with "
            r"$\frac{\kappa}{(1+\kappa)^2}$ for $\kappa$, differs by a factor between $1 - "
            r"2\kappa$ and 1."
        ),
        expected=Verdict.PROVED,
        depends=("yamada.eq-14",),
        domain={"noise": Names("uniform", "gaussian")},
        hypotheses=(POSITIVE_RADIUS, LABEL),
        conclusion=matches_the_integral,
        parameters={
            "eps": Parameter(0.7, 1e-6, 5.0, "radius of the noise"),
        },
        necessity=(
            Necessity(
                "eps > 0", detail="At ε = 0 there is no noise; the formula holds as a limit."
            ),
            Necessity(
                "label",
                witness={"w": "(1,)", "x": "(1,)", "y": "2", "eps": "1", "v": "(1,)"},
                detail="With y = 2 the weight is that of 2w, and M, ℒ and τ belong to t = 2εw.",
            ),
        ),
        notes=(
            "Weak noise, $\\varepsilon\\|w\\| \\to 0$: $a \\to 0$, $\\tau \\to \\varepsilon^2/3$ "
            "and $M \\to 1$, which is Eq. (15). Strong noise: $a \\to "
            "-y\\varepsilon\\,\\mathrm{sign}(w)$, the $L_\\infty$ attack, because the weight "
            "$\\kappa$ picks the worst noise."
        ),
        cost=2.5,
    )
)


@LANGEVIN.check(Method.SYMBOLIC, Verdict.PROVED)
def uniform_integrals(run: Run) -> Evidence:
    """∫ uᵏ e^{−tu} for k = 0, 1, 2, and the covariance of independent tilted coordinates."""
    import sympy

    from theory.symbolic import prove_nonnegative_by_identity, prove_zero

    u, x_1, x_2 = sympy.symbols("u x_1 x_2", real=True)
    t, s, kappa = sympy.symbols("t s kappa", positive=True)
    eps = sympy.Symbol("epsilon", positive=True)

    def moment(k: int, rate: Any) -> Any:
        return sympy.integrate(u**k * sympy.exp(-rate * u), (u, -1, 1)) / 2

    def lg(z: Any) -> Any:
        return sympy.cosh(z) / sympy.sinh(z) - 1 / z

    zeroth, first, second = (moment(k, t) for k in range(3))
    other_zeroth, other_first = moment(0, s), moment(1, s)
    slope = 1 / t**2 - 1 / sympy.sinh(t) ** 2
    # E of (x₁ + εu₁)(x₂ + εu₂) and of (x₁ + εu₁)² under the weights e^{−tu₁ − su₂}.
    mixed = (x_1 * zeroth + eps * first) * (x_2 * other_zeroth + eps * other_first)
    square = x_1**2 * zeroth + 2 * x_1 * eps * first + eps**2 * second
    a_1, a_2 = -eps * lg(t), -eps * lg(s)
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [
            prove_zero(zeroth - sympy.sinh(t) / t),
            prove_zero(first + zeroth * lg(t)),
            prove_zero(second - zeroth * (slope + lg(t) ** 2)),
            prove_zero(mixed - zeroth * other_zeroth * (x_1 + a_1) * (x_2 + a_2)),
            prove_zero(square - zeroth * ((x_1 + a_1) ** 2 + eps**2 * slope)),
            # Negative t by u → −u: the odd moment changes its sign, as Lg does.
            prove_zero(moment(1, -t) + first),
            prove_zero(moment(0, -t) - zeroth),
            prove_zero(moment(2, -t) - second),
            *_small_odds(kappa, prove_nonnegative_by_identity),
        ],
        Scope("uniform noise", {"noise": Names("uniform")}),
        witness={"w": (1, -2), "x": (1, "1/2"), "y": -1, "eps": 1, "v": (1, 1)},
        detail=(
            "Coordinates are independent, so an entry of the matrix involves one or two of them "
            "and the factors M of the others. Terms with t = 0 are limits."
        ),
    )


def _small_odds(kappa: Any, prove: Any) -> list[Any]:
    """1 − 2κ ≤ 1/(1 + κ)² ≤ 1."""
    factor = 1 / (1 + kappa) ** 2
    return [
        prove(factor - (1 - 2 * kappa), kappa**2 * (3 + 2 * kappa) / (1 + kappa) ** 2),
        prove(1 - factor, kappa * (2 + kappa) / (1 + kappa) ** 2),
    ]


@LANGEVIN.check(Method.SYMBOLIC, Verdict.PROVED)
def gaussian_integrals(run: Run) -> Evidence:
    """The weight e^{−y w u} turns N(0, s²) into N(−y s² w, s²) and leaves e^{s²w²/2}."""
    import sympy

    from theory.symbolic import prove_zero

    u, w = sympy.symbols("u w", real=True)
    s = sympy.Symbol("s", positive=True)
    proofs = []
    for y in (1, -1):
        tilted = sympy.exp(-y * w * u - u**2 / (2 * s**2))
        shifted = sympy.exp(s**2 * w**2 / 2 - (u + y * s**2 * w) ** 2 / (2 * s**2))
        proofs.append(prove_zero(tilted - shifted))
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        proofs,
        Scope("Gaussian noise", {"noise": Names("gaussian")}),
        detail="By completing the square in each coordinate; mean and variance are then read off.",
    )


@LANGEVIN.check(Method.NUMERIC, Verdict.SUPPORTED)
def quadrature(run: Run) -> Evidence:
    """The float64 library against Gauss quadrature of the definition in two dimensions."""
    import jax
    import numpy as np

    from theory.noise_law import noise_hessian, uniform_noise

    count, eps, rng = run.pick(20, 100), run["eps"], run.rng
    w, x = rng.standard_normal((count, 2)) * 3, rng.standard_normal((count, 2))
    y = rng.choice([-1.0, 1.0], count)
    nodes, weights = np.polynomial.legendre.leggauss(48)
    grid = eps * np.stack(np.meshgrid(nodes, nodes, indexing="ij"), -1).reshape(-1, 2)
    rows = x[:, None] + grid
    kappa = np.exp(-y[:, None] * np.einsum("cgk,ck->cg", rows, w))
    share = kappa * np.outer(weights, weights).ravel() / 4
    expected = np.einsum("cg,cgi,cgj->cij", share, rows, rows)

    @jax.jit
    @jax.vmap
    def law(w: Any, x: Any, y: Any) -> Any:
        return noise_hessian(w, x, y, uniform_noise(w, y, eps))

    found = law(w, x, y)
    error = np.abs(np.asarray(found) - expected).max((1, 2)) / np.abs(expected).max((1, 2))
    return Evidence.supported(
        admissible=count,
        tried=count,
        margin=-float(error.max()),
        tolerance=1e-11,
        seed=run.seed,
    )


def bound(point: Point) -> Comparison:
    """The bound named by the point: τ ≤ ε²/3 for the first coordinate, or M ≤ e^{ε²‖w‖²/6}."""
    eps, w = point["eps"], point["w"]
    if point["part"] == "tau":
        return Comparison(eps**2 * langevin_slope(eps * w[0]), "<=", eps**2 / 3)
    return Comparison(mass(point), "<=", exp(eps**2 * dot(w, w) / 6))


BOUNDS = register(
    Claim(
        id="jaxat.noise-langevin-law.bounds",
        kind=Kind.RESULT,
        source=LAW,
        title="0 ≤ τ ≤ ε²/3 and 1 ≤ M ≤ e^{ε²‖w‖²/6}, with equality for ε‖w‖ → 0",
        statement=(
            r"In the law of `jaxat.noise-langevin-law`: $0 \le \tau_k \le \frac{\varepsilon^2}3$ "
            r"and $1 \le M \le e^{\varepsilon^2\|w\|^2/6}$. Under the weight $\kappa$ the noise "
            r"varies less, not more, than without it."
        ),
        expected=Verdict.PROVED,
        depends=("jaxat.noise-langevin-law",),
        domain={"part": Names("tau", "mass")},
        hypotheses=(POSITIVE_RADIUS,),
        conclusion=bound,
        necessity=(Necessity("eps > 0", detail="At ε = 0 both are equalities."),),
    )
)


@BOUNDS.check(Method.SYMBOLIC, Verdict.PROVED)
def variance(run: Run) -> Evidence:
    """t² sinh² t − 3 sinh² t + 3t² and sinh t − t rise from 0."""
    from theory.facts.langevin import slope_at_most_third, slope_not_negative

    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [*slope_not_negative(), *slope_at_most_third()],
        Scope("the variance", {"part": Names("tau")}),
        witness={"part": "tau", "eps": 1, "w": ("1/100",)},
        detail="τ is even in t, and ε²/3 at t = 0.",
    )


@BOUNDS.check(Method.SYMBOLIC, Verdict.PROVED)
def total_mass(run: Run) -> Evidence:
    """t²/6 − log(sinh t/t) rises from 0, with the slope t/3 − Lg(t); the factors multiply."""
    from theory.facts.langevin import mass_below_exponential, mass_below_gaussian

    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [*mass_below_gaussian(), *mass_below_exponential()],
        Scope("the total mass", {"part": Names("mass")}),
        witness={"part": "mass", "eps": 1, "w": ("1/100", "1/100")},
    )
