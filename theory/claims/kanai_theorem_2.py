"""Theorem 2 of Kanai et al.: the L∞ adversarial loss is smooth where no weight changes sign."""

from __future__ import annotations

from math import inf
from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Parameter, Source
from theory.claims.kanai_lemma_3 import LABEL, LINF_ATTACK, RADIUS, SAME_SIGNS
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, absolute, dot, norm, sigmoid, sign, subtract
from theory.exact.adversarial import example, logit, mean_gradient, samples
from theory.registry import register
from theory.run import Run
from theory.scope import Integers

LABELS = Hypothesis(
    "label", r"$y_n \in \{-1, 1\}$", lambda w: all(abs(y) == 1 for _, y in samples(w))
)


def gradient_bound(point: Point, largest: Any) -> Comparison:
    """‖∇L_ε(θ₁) − ∇L_ε(θ₂)‖ ≤ ¼ largest² ‖θ₁ − θ₂‖."""
    first, second = point["theta_1"], point["theta_2"]
    change = subtract(mean_gradient(point, first), mean_gradient(point, second))
    distance = norm(subtract(first, second))
    return Comparison(norm(change), "<=", largest * largest / 4 * distance)


def perturbed_inputs(point: Point) -> Any:
    """max ‖x'_n‖ at θ₁: C_θθ at the adversarial examples is ¼ of its square."""
    theta, eps, p = point["theta_1"], point["eps"], point["p"]
    return norm([norm(example(theta, x, y, eps, p)) for x, y in samples(point)], inf)


THEOREM_2 = register(
    Claim(
        id="kanai.theorem-2",
        kind=Kind.THEOREM,
        source=Source("kanai", "Theorem 2", "both", ("18", "37", "33 (early)", "34 (early)")),
        title="L∞: L_ε is C_θθ-smooth where no sign changes, C_θθ taken at the perturbed data",
        statement=(
            r"For $\|\delta\|_\infty\le\varepsilon$, in the set where "
            r"$\forall i:\mathrm{sign}(\theta_{1,i})=\mathrm{sign}(\theta_{2,i})$: "
            r"$\|\nabla_\theta L_\varepsilon(\theta_1)-\nabla_\theta L_\varepsilon(\theta_2)\|\le "
            r"C_{\theta\theta}\|\theta_1-\theta_2\|$. Here "
            r"$C_{\theta\theta}=\frac14\max_n\|x'_n\|_2^2$, the smallest constant of Assumption 1 "
            r"for the logistic loss at the adversarial examples."
        ),
        expected=Verdict.PROVED,
        hypotheses=(RADIUS, LINF_ATTACK, LABELS, SAME_SIGNS),
        conclusion=lambda w: gradient_bound(w, perturbed_inputs(w)),
        domain={"d": Integers(1)},
        depends=("kanai.lemma-3.same-signs",),
        necessity=(
            Necessity(
                "same signs",
                witness={
                    "theta_1": "(1, 1/100)",
                    "theta_2": "(1, -1/100)",
                    "x": "(-1, 1)",
                    "y": "1",
                    "eps": "3/5",
                    "p": "inf",
                },
                detail="The gradient jumps by 2εs where a weight changes sign.",
            ),
            Necessity(
                "p = inf",
                witness={
                    "theta_1": "(1/100, 1/1000)",
                    "theta_2": "(1/1000, 1/100)",
                    "x": "(-1, 1)",
                    "y": "1",
                    "eps": "3/5",
                    "p": "2",
                },
                detail="The L2 example turns within an orthant, the faster the nearer to 0.",
            ),
            Necessity(
                "label",
                witness={
                    "theta_1": "(1/100,)",
                    "theta_2": "(1/50,)",
                    "x": "(1,)",
                    "y": "2",
                    "eps": "0",
                    "p": "inf",
                },
                detail="A larger label acts like longer data.",
            ),
            Necessity(
                "eps >= 0",
                detail="Not used: x' is the same for both weights whatever ε is.",
            ),
        ),
        parameters={
            "d": Parameter(3, 1, 50, "dimension of the weights", integer=True),
            "eps": Parameter(0.6, 0.0, 100.0, "radius of the attack"),
        },
        notes=(
            "With $\\mathrm{sign}(0)=0$ the gradient on a face $\\theta_i=0$ is to be read as the "
            "gradient at the chosen adversarial example; the loss itself has a kink there. The "
            "sets of one sign pattern are convex and need be neither bounded nor closed. The "
            "smallest constant is that of jaxat.theorem-2-exact."
        ),
        cost=2.0,
    )
)


@THEOREM_2.check(Method.SYMBOLIC, Verdict.PROVED)
def constant_example_and_sigmoid(run: Run) -> Evidence:
    """With x' fixed, |σ(h₁) − σ(h₂)| ‖x'‖ ≤ ¼ |⟨x', Δ⟩| ‖x'‖ ≤ ¼ ‖x'‖² ‖Δ‖."""
    from theory.facts.sigmoid_lemmas import (
        cauchy_schwarz,
        sigmoid_increases,
        sigmoid_quarter_lipschitz,
    )
    from theory.smt import prove
    from theory.smt_signs import reals, size_of

    length, distance, inner, step = reals("length distance inner step")
    chain = prove(
        size_of(step) * length <= length**2 * distance / 4,
        given=[
            length >= 0,
            distance >= 0,
            size_of(inner) <= length * distance,
            4 * size_of(step) <= size_of(inner),
        ],
    )
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [sigmoid_increases(), sigmoid_quarter_lipschitz(), cauchy_schwarz(), chain],
        witness={
            "theta_1": ("3/250000", "11/500000"),
            "theta_2": ("7/250000", "9/500000"),
            "x": (-1, 1),
            "y": 1,
            "eps": "3/5",
            "p": inf,
        },
        detail=(
            "The gradient of one sample is −yσ(−yθᵀx') x' with x' the same for both weights "
            "(Lemma 3). The mean over n is bounded by the largest term."
        ),
    )


@THEOREM_2.check(Method.NUMERIC, Verdict.SUPPORTED)
def search(run: Run) -> Evidence:
    """Ratio ascent over pairs of weights within random orthants."""
    import jax
    import jax.numpy as jnp

    from theory.adversarial import adversarial_example, adversarial_gradient
    from theory.numeric import lipschitz_ratio, maximise_ratio

    d, eps = run.integer("d"), run["eps"]
    x = jnp.where(jnp.arange(d) % 2 == 0, -1.0, 1.0)

    def weights(z: jax.Array) -> tuple[jax.Array, jax.Array]:
        orthant, first, second = z.reshape(3, d)
        q = jnp.where(orthant < 0, -1.0, 1.0)
        return q * jnp.exp(first), q * jnp.exp(second)

    def ratio(z: jax.Array) -> jax.Array:
        first, second = weights(z)
        worst = adversarial_example(first, x, 1, eps, inf)
        found = lipschitz_ratio(
            lambda theta: adversarial_gradient(theta, x, 1, eps, inf), first, second
        )
        return found / (jnp.sum(worst**2) / 4)

    starts = run.rng.standard_normal((run.pick(60, 100), 3 * d))
    starts[:, d:] += run.rng.choice([0.0, -3.0, -5.0], (len(starts), 1))
    result = maximise_ratio(ratio, starts, steps=run.pick(80, 250))
    first, second = weights(jnp.asarray(result.point))
    point = {"theta_1": first, "theta_2": second, "x": x, "y": 1, "eps": eps, "p": inf}
    return Evidence.supported(
        admissible=result.admissible,
        tried=result.tried,
        margin=1.0 - result.best,
        tolerance=1e-9,
        tightness=result.best,
        worst=point,
        seed=run.seed,
    )


register(
    Claim(
        id="kanai.theorem-2.clean-constants",
        kind=Kind.THEOREM,
        source=Source("kanai", "Theorem 2 with Assumption 1 on the training data", "both"),
        title="L∞: Theorem 2 with C_θθ taken at the clean data points",
        statement=(
            r"Theorem 2, with the $C_{\theta\theta}$ of Assumption 1 taken over the training data "
            r"$x_n$ (the assumption does not say for which $x$ it is made): "
            r"$\|\nabla_\theta L_\varepsilon(\theta_1)-\nabla_\theta L_\varepsilon(\theta_2)\|\le "
            r"\frac14\max_n\|x_n\|_2^2\,\|\theta_1-\theta_2\|$."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.theorem-2", "jaxat.theorem-2-exact"),
        hypotheses=(RADIUS, LINF_ATTACK, LABELS, SAME_SIGNS),
        conclusion=lambda w: gradient_bound(w, norm([norm(x) for x, _ in samples(w)], inf)),
        domain={"d": Integers(1)},
    )
)


def slope(point: Point, direction: tuple[Any, ...]) -> Any:
    """The one-sided derivative of L_ε at θ along v: mean of s(−yxᵀv + ε‖·‖₁'(θ; v))."""
    theta, eps = point["theta"], point["eps"]
    bend = sum(
        (sign(t) * v if t != 0 else absolute(v)) for t, v in zip(theta, direction, strict=True)
    )
    slopes = [
        sigmoid(logit(theta, x, y, eps, inf)) * (-y * dot(x, direction) + eps * bend)
        for x, y in samples(point)
    ]
    return sum(slopes[1:], slopes[0]) / len(slopes)


register(
    Claim(
        id="kanai.theorem-2.exclusion",
        kind=Kind.THEOREM,
        source=Source("kanai", "Theorem 2, last sentence", "both"),
        title="L∞: L_ε is smooth where no sign changes, only the point θ = 0 excluded",
        statement=(
            r"Thus, the loss function $L_\varepsilon$ for adversarial training is "
            r"$C_{\theta\theta}$-smooth on a bounded set that does not include "
            r"$\theta_i=0,\forall i$ and where no signs of elements change. In particular "
            r"$L_\varepsilon$ is differentiable: its slopes along $v$ and $-v$ are opposite."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.theorem-2", "jaxat.gradient-jump"),
        hypotheses=(
            RADIUS,
            LABELS,
            Hypothesis("not all 0", r"not $\theta_i=0\ \forall i$", lambda w: any(w["theta"])),
        ),
        conclusion=lambda w: Comparison(
            slope(w, w["v"]), "==", -slope(w, tuple(-v for v in w["v"]))
        ),
        domain={"d": Integers(1)},
        notes="As in Lemma 3, the exclusion has to read $\\theta_i=0$ for **some** $i$.",
    )
)

__all__ = ["LABEL", "LABELS", "THEOREM_2", "gradient_bound", "perturbed_inputs", "slope"]
