"""EntropySGD of any adversarial loss: smooth on all of R^m once gamma > C_theta_theta."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity
from theory.claims.jaxat_entropy_weakly_convex import largest_curvature, most_negative_curvature
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, ball
from theory.registry import register
from theory.run import Run
from theory.support.entropy import at, finite, ours


def smooth_constant(point: Point) -> Any:
    """max(γ, γC/(γ − C))."""
    gamma, constant = point["gamma"], point["C_theta_theta"]
    upper = largest_curvature(gamma)
    return ball(upper).max(ball(most_negative_curvature(gamma, constant)))


def smooth_everywhere(point: Point) -> Comparison | bool:
    """|F''(θ)| ≤ max(γ, γC/(γ − C)) for ℓ_ε(θ) = max over |δ_i| ≤ 1 of Σ w_i δ_i(θ − k_i) + ρθ²/2.

    That is the loss "hinges" with weights w ≥ 0: an L∞ attack of n inputs, C_θθ = |ρ|.
    """
    if not finite(point):
        return False  # F is infinite
    return Comparison(abs(at(point).hessian), "<=", smooth_constant(point))


CLAIM = register(
    Claim(
        id="jaxat.entropy-adversarial",
        kind=Kind.RESULT,
        source=ours("EntropySGD of an adversarial loss"),
        title="γ > C_θθ ⇒ −F of any adversarial loss is max(γ, γC_θθ/(γ − C_θθ))-smooth on R^m",
        statement=(
            r"Let $\nabla_\theta\ell(x,\cdot)$ be $C_{\theta\theta}$-Lipschitz for every $x$ and "
            r"$L_\varepsilon(\theta)=\frac1N\sum_n\max_{\|\delta\|\le\varepsilon}\ell(x_n+\delta,"
            r"\theta)$, with any norm. If $\gamma>C_{\theta\theta}$, then EntropySGD's $-F$ is "
            r"$\max\big(\gamma,\frac{\gamma C_{\theta\theta}}{\gamma-C_{\theta\theta}}\big)$-"
            r"smooth on all of $\mathbb{R}^m$ ($\beta=1$)."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            Hypothesis(
                "gamma > C",
                r"$\gamma > C_{\theta\theta} \ge 0$",
                lambda w: (
                    Comparison(w["C_theta_theta"], ">=", 0),
                    Comparison(w["gamma"], ">", w["C_theta_theta"]),
                ),
            ),
            Hypothesis(
                "worst case",
                r"the attack maximises: $L_\varepsilon$ is a mean of maxima over $\delta$",
                lambda w: all(bool(weight >= 0) for weight in w["weights"]),
            ),
            Hypothesis(
                "Assumption 1",
                r"$\nabla_\theta\ell$ is $C_{\theta\theta}$-Lipschitz in $\theta$",
                lambda w: Comparison(abs(w["rho"]), "<=", w["C_theta_theta"]),
            ),
        ),
        conclusion=smooth_everywhere,
        depends=("jaxat.entropy-weakly-convex",),
        necessity=(
            Necessity(
                "gamma > C",
                witness={
                    "loss": "hinges",
                    "kinks": "()",
                    "weights": "()",
                    "rho": "-2",
                    "theta": "0",
                    "gamma": "1",
                    "C_theta_theta": "2",
                },
                detail="For −θ² and γ = 1 the integral is infinite.",
            ),
            Necessity(
                "worst case",
                witness={
                    "loss": "hinges",
                    "kinks": "(0,)",
                    "weights": "(-5,)",
                    "rho": "0",
                    "theta": "0",
                    "gamma": "1",
                    "C_theta_theta": "1/4",
                },
                detail="A best case instead of a worst case has kinks that point down.",
            ),
            Necessity(
                "Assumption 1",
                witness={
                    "loss": "hinges",
                    "kinks": "()",
                    "weights": "()",
                    "rho": "-2",
                    "theta": "0",
                    "gamma": "3",
                    "C_theta_theta": "1/4",
                },
                detail="−θ² with its constant understated: −F'' = −6, and the bound says 3.",
            ),
        ),
        notes=(
            "So EntropySGD with a large $\\gamma$ makes every adversarial loss smooth on the whole "
            "space, which Theorem 3 shows on bounded sets: all the non-smoothness of a worst case "
            "is kinks that point up. Attained by $\\ell=-\\frac{C}{2}\\theta^2$ for "
            "$C\\ge\\gamma/2$."
        ),
        cost=0.3,
    )
)


@CLAIM.check(Method.EXACT, Verdict.PROVED)
def maxima_are_weakly_convex(run: Run) -> Evidence:
    """ℓ + C|θ|²/2 has a monotone gradient, and a maximum (a mean) of convex functions is convex."""
    import z3

    from theory.smt import prove, reals

    inner, distance, constant = reals("inner distance C")
    # |⟨∇ℓ(u) − ∇ℓ(v), u − v⟩| ≤ C|u − v|² by Cauchy-Schwarz.
    monotone = prove(
        inner + constant * distance**2 >= 0,
        given=[constant >= 0, distance >= 0, inner >= -constant * distance**2],
    )
    # f = max over δ; at the point λu + μv some δ attains it, for that δ the function is convex.
    share, other, top, u_delta, v_delta, u_top, v_top = reals("lambda mu top u_d v_d u_top v_top")
    convex_maximum = prove(
        top <= share * u_top + other * v_top,
        given=[
            share >= 0,
            other >= 0,
            share + other == 1,
            top <= share * u_delta + other * v_delta,
            u_delta <= u_top,
            v_delta <= v_top,
        ],
    )
    # With ρ = C the two ends of the interval for −∇²F bound its norm.
    curvature, low, high = reals("curvature low high")
    norm = prove(
        z3.And(curvature <= high, -curvature <= low),
        given=[-low <= curvature, curvature <= high, low >= 0],
    )
    return Evidence.from_proofs(
        Method.EXACT,
        [monotone, convex_maximum, norm],
        assumes=(
            "a differentiable function with a monotone gradient is convex",
            "the maximum over δ is attained (a continuous loss and a compact ball)",
            "Prékopa's theorem, through jaxat.entropy-weakly-convex",
        ),
        witness={
            "loss": "hinges",
            "kinks": (),
            "weights": (),
            "rho": -2,
            "theta": 1,
            "gamma": 3,
            "C_theta_theta": 2,
        },
        detail="Every m, every norm of the attack; the loss need not be differentiable in x.",
    )


@CLAIM.check(Method.NUMERIC, Verdict.SUPPORTED)
def attacked_swish_loss(run: Run) -> Evidence:
    """Spectral norm of −∇²F of the swish model under attack, against the bound; m = 1 and 2.

    C_θθ ≤ max|φ''| · max|x'|², with φ(u) = softplus(∓uσ(u)) sampled for |φ''|.
    """
    import jax
    import numpy as np

    from theory.local_entropy.bounds import curvature_bounds_weakly_convex
    from theory.support.entropy_samples import DATA, EPSILON, quadrature_samples

    u = np.linspace(-12.0, 12.0, 2401)

    def phi(sign: float) -> Any:
        return jax.vmap(jax.grad(jax.grad(lambda t: jax.nn.softplus(sign * t * jax.nn.sigmoid(t)))))

    bend = max(float(np.abs(phi(sign)(u)).max()) for sign in (1.0, -1.0))
    samples = quadrature_samples(run, beta=1.0, gammas=(3.0, 8.0))
    gamma, margins = samples["gamma"], []
    swish = np.arange(len(gamma)) % 6 >= 3
    for m in (1, 2):
        reach = np.linalg.norm(np.array(DATA)[:, :m], axis=1).max() + EPSILON * np.sqrt(m)
        constant = bend * reach**2
        inside = swish & (gamma > constant)
        norm = np.abs(np.linalg.eigvalsh(samples[f"hessian_{m}"])).max(-1)[inside]
        bounds = [curvature_bounds_weakly_convex(constant, g) for g in gamma[inside].tolist()]
        margins.append(1 - norm / np.abs(bounds).max(-1))
    margin = np.concatenate(margins)
    return Evidence.supported(
        admissible=margin.size,
        tried=2 * int(swish.sum()),
        margin=float(margin.min()) if margin.size else None,
        tolerance=1e-9,
        seed=run.seed,
    )
