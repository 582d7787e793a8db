"""When training with random noise has a minimiser, and when all losses can tend to 0."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Kind, Necessity
from theory.claims_support_yamada import LABEL, NONZERO, POSITIVE_RADIUS, ours
from theory.evidence import Evidence, Exactly, Method, Verdict
from theory.exact import Comparison, Point, ball, dot, norm, rational
from theory.exact_noise import slope_of_sigmoid, uniform_mean
from theory.registry import register
from theory.run import Run
from theory.scope import Names, Scope

PHASES = ours("phases of training with random noise")


def expected_shortfall(point: Point) -> Any:
    """E max(0, −m) in one dimension, m uniform on [m₀ − ε|w|, m₀ + ε|w|], m₀ = y w x."""
    w, eps = point["w"], point["eps"]
    middle, reach = point["y"] * dot(w, point["x"]), eps * norm(w, 1)
    if middle >= reach:
        return rational(0)
    return -middle if middle <= -reach else (reach - middle) ** 2 / (4 * reach)


def shortfall_decides(point: Point) -> Comparison | None:
    """E max(0, −m) ≥ (δ/2) min(1, δ/(4ε‖w‖₁))^d, δ = ε‖w‖₁ − y w·x, and 0 where δ ≤ 0."""
    w, eps = point["w"], point["eps"]
    if len(w) != 1:
        return None  # The mean is computed in one dimension only.
    reach = eps * norm(w, 1)
    delta = reach - point["y"] * dot(w, point["x"])
    if delta <= 0:
        return Comparison(expected_shortfall(point), "==", 0)
    share = min(rational(1), delta / (4 * reach))
    return Comparison(expected_shortfall(point), ">=", delta / 2 * share ** len(w))


NOISE_PHASES = register(
    Claim(
        id="jaxat.noise-phases",
        kind=Kind.RESULT,
        source=PHASES,
        title="noise: losses can tend to 0 iff the margin is ≥ ε, the condition of the attack",
        statement=(
            r"Let $F$ be the logistic loss with noise. *Given sample of noise*: $\inf F = 0$ if "
            r"and only if the noisy samples can be separated. *Uniform noise, mean over $\eta$*: "
            r"$\inf F = 0$ if and only if some $w \ne 0$ has $y_nw\cdot x_n \ge "
            r"\varepsilon\|w\|_1$ for all $n$, the condition for $L_\infty$ adversarial training "
            r"with $\ge$ in place of $>$. *Gaussian noise*: never. In the two mean cases $F$ "
            r"otherwise has exactly one minimiser, with a positive definite Hessian. The infimum "
            r"0 is never attained, and $\lambda_{\max}(H) \le F \cdot\max\|x+\eta\|^2 \to 0$ "
            r"along every sequence with $F \to 0$."
        ),
        expected=Verdict.PROVED,
        depends=("yamada.theorem-2", "jaxat.convex-any-set"),
        domain={"noise": Names("given", "uniform", "gaussian")},
        hypotheses=(POSITIVE_RADIUS, LABEL, NONZERO),
        conclusion=shortfall_decides,
        necessity=(
            Necessity("eps > 0", detail="Without noise the condition is separability, as always."),
            Necessity("label", detail="Labels scale the margins."),
            Necessity("w != 0", detail="At w = 0 every loss is log 2."),
        ),
        notes=(
            "The contrast between Theorem 1 and Theorem 2 of Yamada et al. is not one between the "
            "attack and noise: on data with an $L_\\infty$ margin above ε both training losses "
            "tend to 0 and so do both Hessians; on data with a smaller margin neither loss does."
        ),
        cost=1.0,
    )
)


@NOISE_PHASES.check(Method.EXACT, Verdict.PROVED)
def given_sample(run: Run) -> Evidence:
    """κ/(1+κ)² ≤ log(1+κ); a mean below log 2/N has all margins positive; scaling sends it to 0."""
    import sympy

    from theory.smt import prove, reals
    from theory.symbolic import prove_monotone, prove_nonnegative_by_identity, prove_zero

    kappa = sympy.Symbol("kappa", nonnegative=True)
    loss, weight = sympy.log(1 + kappa), kappa / (1 + kappa) ** 2
    slope = (kappa**2 + 3 * kappa) / (1 + kappa) ** 3
    # e^{−ℓ}(1 − e^{−ℓ}) is the weight.
    identity = sympy.exp(-loss) * (1 - sympy.exp(-loss)) - weight
    mean, one, rest, count, log_2 = reals("mean one rest count log_2")
    given = [
        *(count >= 1, one >= 0, rest >= 0, log_2 > 0),
        *(mean * count == one + rest, mean * count < log_2),
    ]
    s, m = sympy.symbols("s m", positive=True)
    return Evidence.from_proofs(
        Method.EXACT,
        [
            prove_zero(identity),
            prove_monotone(loss - weight, kappa, slope),
            prove_zero((loss - weight).subs(kappa, 0)),
            prove(one < log_2, given=given),
            prove_monotone(loss, kappa, 1 / (1 + kappa)),
            # log(1 + e^{−sm}) ≤ e^{−sm}, which tends to 0 as s grows.
            prove_monotone(kappa - loss, kappa, kappa / (1 + kappa)),
            prove_nonnegative_by_identity(sympy.exp(-s * m), sympy.exp(-s * m)),
            Exactly(bool(sympy.limit(sympy.exp(-s), s, sympy.oo) == 0), "exp(−s) → 0"),
        ],
        Scope("a given sample of noise", {"noise": Names("given")}),
        detail=(
            "ℓ < log 2 means κ < 1, that is, a positive margin. κ is never 0, so neither is F. The "
            "bound on H is that of (14): λ_max ≤ mean κ/(1+κ)² ‖x+η‖²."
        ),
    )


COERCIVE = (
    "a positive continuous function on the unit sphere has a positive minimum",
    "dominated convergence",
)


def _softplus_above() -> list[Any]:
    """log(1 + e^h) ≥ h and ≥ 0, so F(rw) ≥ r E max(0, −m)."""
    import sympy

    from theory.symbolic import prove_monotone, prove_zero

    t = sympy.Symbol("t", nonnegative=True)
    h = sympy.Symbol("h", real=True)
    return [
        # log(1 + e^h) − h = log(1 + e^{−h}), and log(1 + t) rises from 0.
        prove_zero(sympy.exp(-h) * (1 + sympy.exp(h)) - (1 + sympy.exp(-h))),
        prove_monotone(sympy.log(1 + t), t, 1 / (1 + t)),
    ]


@NOISE_PHASES.check(Method.EXACT, Verdict.PROVED)
def uniform_noise(run: Run) -> Evidence:
    """The worst corner has the margin −δ; a cube of noise near it has margins below −δ/2."""
    from theory.smt import prove, reals

    y, w, eta, eps, size = reals("y w eta eps size")
    cube = [y * y == 1, eps > 0, -eps <= eta, eta <= eps, size * size == w * w, size >= 0]
    corner = prove(y * w * eta >= -eps * size, given=cube)
    # |η_k − η*_k| ≤ 2εs for all k moves the margin by at most 2εs‖w‖₁ ≤ δ/2.
    delta, total, share, margin = reals("delta total share margin")
    near = prove(
        margin <= -delta / 2,
        given=[
            *(delta > 0, total > 0, eps > 0, share > 0, 4 * eps * total * share <= delta),
            margin <= -delta + 2 * eps * share * total,
        ],
    )
    return Evidence.from_proofs(
        Method.EXACT,
        [corner, near, *_softplus_above()],
        Scope("uniform noise", {"noise": Names("uniform")}),
        assumes=COERCIVE,
        witness={"w": (1,), "x": ("1/2",), "y": 1, "eps": 1},
        detail=(
            "If every w leaves some sample with δ > 0 then E max(0, −m) ≥ (δ/2)s^d > 0 with "
            "s = min(1, δ/(4ε‖w‖₁)); this is homogeneous in w, so F grows at least linearly and "
            "has a minimiser. If some w has δ ≤ 0 for all samples, all margins are positive almost "
            "surely and F(tw) → 0. The Hessian E[σ'(m) z zᵀ] is positive definite, because no v ≠ "
            "0 is orthogonal to x + η almost surely."
        ),
    )


@NOISE_PHASES.check(Method.SYMBOLIC, Verdict.PROVED)
def gaussian_noise(run: Run) -> Evidence:
    """−m ~ N(−y w·x, s²‖w‖²): E max(0, −m) is an integral of a positive function."""
    import sympy

    from theory.symbolic import prove_nonnegative_by_identity

    c = sympy.Symbol("c", real=True)
    s, h = sympy.symbols("s h", positive=True)
    density = sympy.exp(-((h - c) ** 2) / (2 * s**2)) / (s * sympy.sqrt(2 * sympy.pi))
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [prove_nonnegative_by_identity(h * density, h * density), *_softplus_above()],
        Scope("Gaussian noise", {"noise": Names("gaussian")}),
        assumes=COERCIVE,
        detail="For every w ≠ 0, every sample and every s > 0; the rest as for uniform noise.",
    )


def slope(point: Point, w: Any) -> Any:
    """F'(w) = −E[σ(−m)(x + η)] for one sample with the label 1, η ~ U(−ε, ε), d = 1."""
    x, w = ball(point["x"]), ball(w)
    return uniform_mean(lambda eta: -(x + eta) / (1 + (w * (x + eta)).exp()), point["eps"])


def minimiser_and_curvature(point: Point) -> list[Comparison]:
    """F' changes its sign between the ends, and F'' lies between the bounds at both ends."""
    x, eps = ball(point["x"]), point["eps"]
    comparisons = [
        Comparison(slope(point, point["w_low"]), "<", 0),
        Comparison(slope(point, point["w_high"]), ">", 0),
    ]
    for name in ("w_low", "w_high"):
        w = ball(point[name])
        value = uniform_mean(lambda eta, w=w: slope_of_sigmoid(w * (x + eta)) * (x + eta) ** 2, eps)
        comparisons += [
            Comparison(point["h_low"], "<=", value),
            Comparison(value, "<=", point["h_high"]),
        ]
    return comparisons


CASES = (
    {"eps": "21/20", "w_low": "30", "w_high": "302/10", "h_low": "3/100000", "h_high": "4/100000"},
    {"eps": "3/2", "w_low": "299/100", "w_high": "301/100", "h_low": "1/50", "h_high": "1/40"},
    {"eps": "3", "w_low": "3/5", "w_high": "13/20", "h_low": "12/25", "h_high": "27/50"},
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
            r"1.5, 3$ the minimiser lies in $[30, 30.2]$, $[2.99, 3.01]$, $[0.6, 0.65]$, where "
            r"the Hessian is about $3\cdot10^{-5}$, $0.022$ and $0.5$."
        ),
        expected=Verdict.PROVED,
        depends=("jaxat.noise-phases",),
        hypotheses=(POSITIVE_RADIUS,),
        conclusion=minimiser_and_curvature,
        necessity=(Necessity("eps > 0", detail="Without noise the loss decreases for ever."),),
    )
)


@ONE_DIMENSION.check(Method.RIGOROUS, Verdict.PROVED)
def certified_signs(run: Run) -> Evidence:
    """Signs of F' and bounds of F'' by certified quadrature at the ends of short intervals."""
    from theory.claim import truth
    from theory.exact import parse_point

    proofs: list[Any] = []
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
        detail="F is convex, so a change of sign of F' encloses the minimiser.",
    )
