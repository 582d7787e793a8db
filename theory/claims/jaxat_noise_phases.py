"""When training with random noise has a minimiser, and when all losses can tend to 0."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Kind, Necessity
from theory.evidence import Evidence, Exactly, Method, Verdict
from theory.exact import Comparison, Point, dot, norm, rational
from theory.registry import register
from theory.run import Run
from theory.scope import Names, Scope
from theory.support.yamada import LABEL, NONZERO, POSITIVE_RADIUS, ours

PHASES = ours("phases of training with random noise")


def expected_shortfall(point: Point) -> Any:
    """E max(0, −m) in one dimension, m uniform on [m₀ − ε|w|, m₀ + ε|w|], m₀ = y w x."""
    w, y = point["w"], point["y"]
    middle, reach = y * dot(w, point["x"]), abs(y * point["eps"]) * norm(w, 1)
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
            Necessity(
                "eps > 0",
                witness={"w": "(1,)", "x": "(1/2,)", "y": "1", "eps": "-1"},
                detail=(
                    "A formality: the noise of radius −1 is that of radius 1, and ε‖w‖₁ is not. At "
                    "ε = 0 the margins do not vary and the condition is separability."
                ),
            ),
            Necessity(
                "label",
                witness={"w": "(1,)", "x": "(3/4,)", "y": "2", "eps": "1"},
                detail="With y = 2 the noise moves the margin by up to 2ε‖w‖₁.",
            ),
            Necessity(
                "w != 0",
                detail="w = 0 satisfies y w·x ≥ ε‖w‖₁ on all data, and its losses are log 2.",
            ),
        ),
        notes=(
            "The contrast between Theorem 1 and Theorem 2 of Yamada et al. is not one between the "
            "attack and noise: on data with an $L_\\infty$ margin above ε both training losses "
            "tend to 0 and so do both Hessians; on data with a smaller margin neither loss does."
        ),
        cost=1.0,
    )
)


def _weight_below_loss() -> list[Any]:
    """κ/(1 + κ)² ≤ log(1 + κ), so that H ⪯ F · max‖x + η‖² I."""
    import sympy

    from theory.symbolic import prove_monotone, prove_zero

    kappa = sympy.Symbol("kappa", nonnegative=True)
    loss, weight = sympy.log(1 + kappa), kappa / (1 + kappa) ** 2
    slope = (kappa**2 + 3 * kappa) / (1 + kappa) ** 3
    # e^{−ℓ}(1 − e^{−ℓ}) is the weight.
    identity = sympy.exp(-loss) * (1 - sympy.exp(-loss)) - weight
    return [
        prove_zero(identity),
        prove_monotone(loss - weight, kappa, slope),
        prove_zero((loss - weight).subs(kappa, 0)),
    ]


@NOISE_PHASES.check(Method.EXACT, Verdict.PROVED)
def given_sample(run: Run) -> Evidence:
    """κ/(1+κ)² ≤ log(1+κ); a mean below log 2/N has all margins positive; scaling sends it to 0."""
    import sympy

    from theory.smt import prove, reals
    from theory.symbolic import prove_monotone, prove_nonnegative_by_identity

    kappa = sympy.Symbol("kappa", nonnegative=True)
    loss = sympy.log(1 + kappa)
    mean, one, rest, count, log_2 = reals("mean one rest count log_2")
    given = [
        *(count >= 1, one >= 0, rest >= 0, log_2 > 0),
        *(mean * count == one + rest, mean * count < log_2),
    ]
    s, m = sympy.symbols("s m", positive=True)
    return Evidence.from_proofs(
        Method.EXACT,
        [
            *_weight_below_loss(),
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


# What turns E max(0, −m) > 0 for every w ≠ 0 into a minimiser, and only one.
COERCIVE = (
    "a positive continuous function on the unit sphere has a positive minimum, and a continuous "
    "function that tends to infinity in every direction at a linear rate has a minimiser",
    "dominated convergence, and with it two derivatives under the integral sign",
    "a convex function with a positive definite Hessian has at most one minimiser",
    "an integral of a function that is positive almost everywhere is positive; a subspace of lower "
    "dimension has probability 0 under a density",
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
    import z3

    from theory.smt import prove, reals

    # t = y w_k, so that |t| = |w_k|; ε|w_k| is what one coordinate of the noise can do.
    t, eta, eps, size = reals("t eta eps size")
    sides = [eps > 0, -eps <= eta, eta <= eps, size >= t, size >= -t]
    corner = prove(t * eta >= -eps * size, given=sides)
    # Within 2εs of the worst η*_k = −ε sign(t), an interval of probability 2εs/2ε = s.
    delta, total, share, margin = reals("delta total share margin")
    worst = prove(
        z3.And(
            z3.Implies(
                z3.And(t >= 0, eta <= -eps + 2 * eps * share),
                t * eta <= -eps * t + 2 * eps * share * t,
            ),
            z3.Implies(
                z3.And(t <= 0, eta >= eps - 2 * eps * share),
                t * eta <= eps * t - 2 * eps * share * t,
            ),
        ),
        given=[*sides, share > 0, share <= 1],
    )
    # Summed over k the margin is at most −δ + 2εs‖w‖₁ ≤ −δ/2 on a cube of probability s^d.
    near = prove(
        margin <= -delta / 2,
        given=[
            *(delta > 0, total > 0, eps > 0, share > 0, 4 * eps * total * share <= delta),
            margin <= -delta + 2 * eps * share * total,
        ],
    )
    return Evidence.from_proofs(
        Method.EXACT,
        [corner, worst, near, *_softplus_above(), *_weight_below_loss()],
        Scope("uniform noise", {"noise": Names("uniform")}),
        assumes=COERCIVE,
        witness={"w": (1,), "x": ("1/2",), "y": 1, "eps": 1},
        detail=(
            "If every w ≠ 0 leaves some sample with δ > 0 then E max(0, −m) ≥ (δ/2)s^d > 0 with "
            "s = min(1, δ/(4ε‖w‖₁)); the mean of E max(0, −m) over the samples is continuous and "
            "F is at least that mean, which is homogeneous in w: F grows at least linearly, has a "
            "minimiser, and is positive there as everywhere. If some w ≠ 0 has δ ≤ 0 for all "
            "samples, all margins are positive almost surely, and F(tw) ≤ log 2 tends to 0. The "
            "Hessian E[σ'(m) z zᵀ] is positive definite, because no v ≠ 0 is orthogonal to x + η "
            "almost surely."
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
