"""Proposition 1 of Kanai et al. (after Liu et al.): what follows from Assumption 1 alone."""

from __future__ import annotations

from math import inf
from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Parameter, Source
from theory.errata import Erratum
from theory.evidence import Evidence, Exactly, Method, Verdict
from theory.exact import Comparison, Point, dot, dual, norm, rational, sign, subtract
from theory.registry import register
from theory.run import Run
from theory.scope import Integers, Names, Reals, Scope


def linear_attack(theta: tuple, eps: Any, p: Any) -> tuple:
    """δ that maximises −θᵀ(x + δ) over ‖δ‖_p ≤ ε, for p = 1, 2, ∞; 0 at θ = 0."""
    largest = norm(theta, dual(p))
    if all(t == 0 for t in theta):
        return theta
    if p == inf:
        return tuple(-eps * sign(t) for t in theta)
    if p == 2:
        return tuple(-eps * t / largest for t in theta)
    first = next(i for i, t in enumerate(theta) if abs(t) == largest)
    return tuple(-eps * sign(t) if i == first else 0 * t for i, t in enumerate(theta))


def loss_values(w: Point) -> Comparison:
    """|ℓ_ε(θ₁) − ℓ_ε(θ₂)| ≤ C_θ ‖θ₁ − θ₂‖ for the linear loss ℓ = −θᵀx at the datum x."""

    def worst(theta: tuple) -> Any:
        delta = linear_attack(theta, w["eps"], w["p"])
        return -dot(theta, w["x"]) - dot(theta, delta)

    distance = norm(subtract(w["theta_1"], w["theta_2"]))
    gap = worst(w["theta_1"]) - worst(w["theta_2"])
    return Comparison(abs(gap), "<=", w["C_theta"] * distance)


def gradient_shift(w: Point) -> Any:
    """‖∇ℓ_ε(θ₁) − ∇ℓ_ε(θ₂)‖ for ℓ = −θᵀx, whose weight gradient at x' is −x'."""
    first, second = (linear_attack(w[name], w["eps"], w["p"]) for name in ("theta_1", "theta_2"))
    return norm(subtract(first, second))


RADIUS = Hypothesis("eps >= 0", r"$\varepsilon \ge 0$", lambda w: w["eps"] >= 0)
NORM = Hypothesis(
    "p",
    r"$p \in \{1, 2, \infty\}$ (as tested; any $p$ as printed)",
    lambda w: w["p"] in (1, 2, inf),
)
LIPSCHITZ_LOSS = Hypothesis(
    "C_theta",
    r"$\ell$ is $C_\theta$-Lipschitz in $\theta$ for every $x'$ of the ball; tested with "
    r"$\ell=-\theta^\top x$, where this means $C_\theta\ge\|x\|_2+\varepsilon\max(1,d^{1/2-1/p})$",
    lambda w: Comparison(
        w["C_theta"],
        ">=",
        norm(w["x"]) + w["eps"] * (norm(tuple(1 for _ in w["x"])) if w["p"] == inf else 1),
    ),
)

LOSS = register(
    Claim(
        id="kanai.proposition-1.loss",
        kind=Kind.PROPOSITION,
        source=Source("kanai", "Proposition 1, first part", "both", ("8", "14 (early)")),
        title="Assumption 1 ⇒ |L_ε(θ₁) − L_ε(θ₂)| ≤ C_θ ‖θ₁ − θ₂‖, for every norm of the attack",
        statement=(
            r"If Assumption 1 holds, $|L_\varepsilon(\theta_1)-L_\varepsilon(\theta_2)|\le "
            r"C_\theta\|\theta_1-\theta_2\|$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(RADIUS, NORM, LIPSCHITZ_LOSS),
        conclusion=loss_values,
        domain={"d": Integers(1)},
        necessity=(
            Necessity(
                "C_theta",
                witness={
                    "theta_1": "(1, 0)",
                    "theta_2": "(-1, 0)",
                    "x": "(1, 0)",
                    "eps": "1/2",
                    "p": "2",
                    "C_theta": "1/2",
                },
                detail="A constant smaller than the loss's own slope cannot hold.",
            ),
            Necessity(
                "eps >= 0",
                witness={
                    "theta_1": "(1, 0)",
                    "theta_2": "(2, 0)",
                    "x": "(1, 0)",
                    "eps": "-1",
                    "p": "2",
                    "C_theta": "0",
                },
                detail="A formality: for a negative radius the set of perturbations is empty.",
            ),
            Necessity("p", detail="The proof uses no norm at all; the test covers three."),
        ),
    )
)


@LOSS.check(Method.EXACT, Verdict.PROVED)
def maximum_of_lipschitz_functions(run: Run) -> Evidence:
    """z3, from optimality of both examples and the Lipschitz constant at either of them."""
    from theory.smt import prove, reals

    # a_i = ℓ(x'_i, θ_i) with optimal x'_i; b_i = ℓ(x'_i, θ_j) with the other weights.
    a1, a2, b1, b2, bound = reals("a1 a2 b1 b2 bound")
    given = [b1 <= a2, b2 <= a1, a1 - b1 <= bound, a2 - b2 <= bound, bound >= 0]
    one = prove(a1 - a2 <= bound, given=given)
    other = prove(a2 - a1 <= bound, given=given)
    # The average over the data: the triangle inequality for two terms, then induction on N.
    u, v, x, y, n = reals("u v x y n")
    induction = [n >= 1, u <= n * x, u >= -n * x, v <= y, v >= -y, x == y]
    mean_up = prove(u + v <= (n + 1) * x, given=induction)
    mean_down = prove(u + v >= -(n + 1) * x, given=induction)
    return Evidence.from_proofs(
        Method.EXACT,
        [one, other, mean_up, mean_down],
        witness={
            "theta_1": (-2, 0),
            "theta_2": (-1, 0),
            "x": (1, 0),
            "eps": rational("1/2"),
            "p": 2,
            "C_theta": rational("3/2"),
        },
        detail=(
            "Only that both examples are global maximisers over the same set is used: no norm, no "
            "dimension, no differentiability."
        ),
    )


GRADIENT = register(
    Claim(
        id="kanai.proposition-1.gradient",
        kind=Kind.PROPOSITION,
        source=Source(
            "kanai", "Proposition 1, second part", "both", ("9", "14", "15 to 16 (early)")
        ),
        title="Assumption 1 ⇒ ‖∇L_ε(θ₁) − ∇L_ε(θ₂)‖ ≤ C_θθ‖θ₁ − θ₂‖ + 2εC_θx, for every p",
        statement=(
            r"If Assumption 1 holds, $\|\nabla_\theta L_\varepsilon(\theta_1)-\nabla_\theta "
            r"L_\varepsilon(\theta_2)\|\le C_{\theta\theta}\|\theta_1-\theta_2\|+"
            r"2\varepsilon C_{\theta x}$."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("jaxat.proposition-1-any-norm",),
        hypotheses=(RADIUS, NORM),
        # For ℓ = −θᵀx: C_θθ = 0 and C_θx = 1.
        conclusion=lambda w: Comparison(gradient_shift(w), "<=", 2 * w["eps"]),
        domain={"d": Integers(1), "p": Reals(1)},
        notes="True for $p\\le 2$: see the repaired claim, whose factor is 1 there.",
    )
)

REPAIRED = register(
    Claim(
        id="jaxat.proposition-1-any-norm",
        kind=Kind.RESULT,
        source=Source("jaxat", "Proposition 1 for every norm"),
        title="‖∇L_ε(θ₁) − ∇L_ε(θ₂)‖ ≤ C_θθ‖θ₁ − θ₂‖ + 2εC_θx max(1, d^(1/2−1/p)), attained",
        statement=(
            r"If Assumption 1 holds, $\|\nabla_\theta L_\varepsilon(\theta_1)-\nabla_\theta "
            r"L_\varepsilon(\theta_2)\|\le C_{\theta\theta}\|\theta_1-\theta_2\|+"
            r"2\varepsilon\max(1,d^{1/2-1/p})\,C_{\theta x}$, where $\nabla_\theta L_\varepsilon"
            r"(\theta)$ is $\nabla_\theta\ell$ at any maximiser $x'(\theta)$. *Attained* for every "
            r"$d$ and $p$ by $\ell=-\theta^\top x$ with $C_{\theta\theta}=0$, $C_{\theta x}=1$ "
            r"and $\theta_2=-\theta_1$: $\theta_1=(1,\dots,1)$ for $p\ge2$, $\theta_1=e_1$ for "
            r"$p\le2$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(RADIUS, NORM),
        conclusion=lambda w: Comparison(
            gradient_shift(w),
            "<=",
            2 * w["eps"] * (norm(tuple(1 for _ in w["theta_1"])) if w["p"] == inf else 1),
        ),
        domain={"d": Integers(1), "p": Reals(1), "part": Names("bound", "attained")},
        parameters={
            "d": Parameter(4, 1, 64, "dimension", integer=True),
            "eps": Parameter(0.6, 0.0, 100.0, "radius of the attack"),
            "p": Parameter(3.0, 1.0, 1e6, "norm of the attack (finite, for the search)"),
        },
        necessity=(
            Necessity(
                "eps >= 0",
                witness={"theta_1": "(1, 0)", "theta_2": "(-1, 0)", "eps": "-1", "p": "2"},
                detail="A formality: for a negative radius the set of perturbations is empty.",
            ),
            Necessity("p", detail="The proof covers every p; the exact test three of them."),
        ),
    )
)


@REPAIRED.check(Method.EXACT, Verdict.PROVED)
def triangle_inequality(run: Run) -> Evidence:
    """z3: the two steps of the proof, given ‖x'₁ − x'₂‖₂ ≤ 2εk with k = max(1, d^(1/2−1/p))."""
    from theory.smt import prove, reals

    total, same, moved, theta, x, eps, k, c1, c2 = reals("total same moved theta x eps k c1 c2")
    given = [total <= same + moved, same <= c1 * theta, moved <= c2 * x, x <= 2 * eps * k]
    given += [c1 >= 0, c2 >= 0, eps >= 0, k >= 1, theta >= 0, x >= 0]
    step = prove(total <= c1 * theta + c2 * (2 * eps * k), given=given)
    # ‖v‖₂ ≤ ‖v‖_p for p ≤ 2: with ‖v‖_p = 1 every |v_i| ≤ 1, so with l = log|v_i| ≤ 0 the
    # exponents compare as 2l ≤ pl, hence |v_i|² ≤ |v_i|^p, and the sums over i compare.
    log_v, p = reals("log_v p")
    exponent = prove(2 * log_v <= p * log_v, given=[log_v <= 0, p <= 2, p >= 1])
    return Evidence.from_proofs(
        Method.EXACT,
        [step, exponent],
        Scope("p ≤ 2, every d", {"p": Reals(1, 2), "part": Names("bound")}),
        witness={"theta_1": (1, 0), "theta_2": (-1, 0), "eps": rational("3/5"), "p": 2},
        detail="Here the factor is 1, as printed.",
    )


@REPAIRED.check(Method.EXACT, Verdict.PROVED)
def larger_norms(run: Run) -> Evidence:
    """The same step with ‖v‖₂ ≤ d^(1/2−1/p) ‖v‖_p, attained at v = (1, ..., 1)."""
    from theory.smt import prove, reals

    total, same, moved, theta, x, eps, k, c1, c2 = reals("total same moved theta x eps k c1 c2")
    given = [total <= same + moved, same <= c1 * theta, moved <= c2 * x, x <= 2 * eps * k]
    given += [c1 >= 0, c2 >= 0, eps >= 0, k >= 1, theta >= 0, x >= 0]
    step = prove(total <= c1 * theta + c2 * (2 * eps * k), given=given)
    ones = {"theta_1": (1, 1, 1, 1), "theta_2": (-1, -1, -1, -1), "eps": 1, "p": inf}
    return Evidence.from_proofs(
        Method.EXACT,
        [step],
        Scope("p ≥ 2, every d", {"p": Reals(2), "part": Names("bound")}),
        assumes=["power means: ‖v‖₂ ≤ d^(1/2−1/p) ‖v‖_p for p ≥ 2"],
        witness=ones,
    )


@REPAIRED.check(Method.NUMERIC, Verdict.SUPPORTED)
def norm_ratio_search(run: Run) -> Evidence:
    """Ratio ascent of ‖x'(θ₁) − x'(θ₂)‖₂ against 2ε d^(1/2−1/p) for the linear loss."""
    import jax.numpy as jnp

    from theory.adversarial import adversarial_example
    from theory.numeric import maximise_ratio, pair_starts, safe_norm, split_pair

    d, eps, p = run.integer("d"), run["eps"], run["p"]
    factor = max(1.0, d ** (0.5 - 1.0 / p))

    def ratio(z: Any) -> Any:
        first, second = split_pair(z)
        x = jnp.zeros(d)
        shift = adversarial_example(first, x, 1, eps, p) - adversarial_example(second, x, 1, eps, p)
        return safe_norm(shift) / (2 * max(eps, 1e-300) * factor)

    result = maximise_ratio(
        ratio, pair_starts(run.rng, run.pick(60, 200), d), steps=run.pick(100, 300)
    )
    return Evidence.supported(
        admissible=result.admissible,
        tried=result.tried,
        margin=1.0 - result.best,
        tolerance=1e-9,
        tightness=None,
        seed=run.seed,
        scope=Scope(f"d = {d}, p = {p:g}, the linear loss"),
    )


@REPAIRED.check(Method.SYMBOLIC, Verdict.PROVED)
def attained(run: Run) -> Evidence:
    """δ = −εd^(−1/p)(1, …, 1) is worst for θ = (1, …, 1), −εe₁ for e₁; twice their length."""
    import sympy

    from theory.symbolic import prove_zero

    d, p, eps = sympy.symbols("d p epsilon", positive=True)
    entry = eps * d ** (-1 / p)  # of −δ
    proofs: list[Any] = [
        prove_zero(d * entry**p - eps**p),  # ‖δ‖_p = ε
        prove_zero(d * entry - eps * d ** (1 - 1 / p)),  # −θᵀδ = ε‖θ‖_q, 1/q = 1 − 1/p
        prove_zero(sympy.sqrt(d) * 2 * entry - 2 * eps * d ** (sympy.Rational(1, 2) - 1 / p)),
    ]
    for n in (1, 4, 16):  # where √d is rational the library's exact examples say the same
        w = {"theta_1": (1,) * n, "theta_2": (-1,) * n, "eps": rational("3/5"), "p": inf}
        comparison = Comparison(gradient_shift(w), "==", 2 * w["eps"] * norm((1,) * n))
        proofs.append(Exactly(comparison.holds(), f"p = inf, d = {n}"))
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        proofs,
        Scope("attained", {"part": Names("attained")}),
        assumes=["Hölder's inequality: −θᵀδ ≤ ε‖θ‖_q for ‖δ‖_p ≤ ε"],
        detail="For e₁ all norms are 1: ‖δ‖_p = ε, −θᵀδ = ε and the distance is 2ε.",
    )


ERRATA = (
    Erratum(
        "kanai.erratum-9",
        "Proposition 1, Eq. (9) (early version: Eq. (15)), used with L∞",
        r"$2\varepsilon C_{\theta x}$",
        r"$2\varepsilon\max(1,d^{1/2-1/p})\,C_{\theta x}$; L∞: $2\varepsilon\sqrt d\,C_{\theta x}$",
        "kanai.proposition-1.gradient",
    ),
    Erratum(
        "kanai.erratum-17",
        "Early version, the sentence after Eq. (16)",
        r"$\nabla L_\varepsilon(\theta)\le\dots$",
        r"$\|\nabla L_\varepsilon(\theta_1)-\nabla L_\varepsilon(\theta_2)\|\le\dots$",
        why="A vector is compared with a number; the inequality before it shows what is meant.",
    ),
)
