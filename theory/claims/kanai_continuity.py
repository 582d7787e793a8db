"""Kanai et al.: "adversarial loss is not continuous". The loss is, and its gradient jumps."""

from __future__ import annotations

from math import inf
from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Parameter, Source
from theory.claims.kanai_lemma_3 import POSITIVE_RADIUS, RADIUS
from theory.claims.kanai_theorem_2 import LABELS
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, add, norm, scale, subtract
from theory.exact.adversarial import largest_input, mean_gradient, mean_loss
from theory.registry import register
from theory.run import Run
from theory.scope import Integers, Names, Scope

TWO_OR_INF = Hypothesis("attack", r"$p\in\{2,\infty\}$", lambda w: w["p"] in (2, inf))
GAP = Hypothesis("gap", r"any candidate $g>0$ for the height of the jump", lambda w: w["gap"] > 0)


def sides(point: Point) -> tuple[Any, Any]:
    theta, step = point["theta"], scale(point["t"], point["u"])
    return add(theta, step), subtract(theta, step)


def printed_set(point: Point) -> bool:
    """L2: θ = 0; L∞: θ_i = 0 where u = e_i."""
    theta, u = point["theta"], point["u"]
    if point["p"] == 2:
        return not any(theta)
    return all(t == 0 for t, entry in zip(theta, u, strict=True) if entry != 0)


register(
    Claim(
        id="kanai.continuity",
        kind=Kind.REMARK,
        source=Source("kanai", "Section 5.1 and Appendix C", "final"),
        title="The adversarial loss is not continuous at θ = 0 (L2) and where θᵢ = 0 (L∞)",
        statement=(
            r"adversarial loss with the $L_2$ constraint is not continuous at $\theta=0$ and "
            r"adversarial loss with the $L_\infty$ constraint is not continuous where "
            r"$\theta_i=0$. "
            r"(So there it jumps, by some $g>0$ however near the two sides: "
            r"$|L_\varepsilon(\theta+tu)-L_\varepsilon(\theta-tu)|\ge g$.)"
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.continuity.repaired", "jaxat.gradient-jump"),
        hypotheses=(
            POSITIVE_RADIUS,
            LABELS,
            TWO_OR_INF,
            GAP,
            Hypothesis("t > 0", "$t>0$ as small as one likes", lambda w: w["t"] > 0),
            Hypothesis("printed set", r"L2: $\theta=0$; L∞: $\theta_i=0$, $u=e_i$", printed_set),
        ),
        conclusion=lambda w: Comparison(
            abs(mean_loss(w, sides(w)[0]) - mean_loss(w, sides(w)[1])), ">=", w["gap"]
        ),
        domain={"d": Integers(1)},
    )
)


def lipschitz(point: Point) -> Comparison:
    first, second = point["theta_1"], point["theta_2"]
    change = abs(mean_loss(point, first) - mean_loss(point, second))
    return Comparison(change, "<=", largest_input(point) * norm(subtract(first, second)))


REPAIRED = register(
    Claim(
        id="kanai.continuity.repaired",
        kind=Kind.REMARK,
        source=Source("kanai", "Section 5.1 and Appendix C", "both"),
        title="The adversarial loss is Lipschitz on all of Rᵈ: (R + ε) for L2, (R + ε√d) for L∞",
        statement=(
            r"For all $\theta_1,\theta_2\in\mathbb R^d$, $|L_\varepsilon(\theta_1)-L_\varepsilon"
            r"(\theta_2)|\le M\|\theta_1-\theta_2\|$ with $M=\max_n\|x_n\|_2+\varepsilon$ for the "
            r"L2 "
            r"attack and $\max_n\|x_n\|_2+\varepsilon\sqrt d$ for the L∞ attack. What is not "
            r"continuous is the gradient."
        ),
        expected=Verdict.PROVED,
        hypotheses=(RADIUS, LABELS, TWO_OR_INF),
        conclusion=lipschitz,
        domain={"d": Integers(1), "attack": Names("L2", "Linf")},
        necessity=(
            Necessity(
                "eps >= 0",
                witness={
                    "theta_1": "(1, 0)",
                    "theta_2": "(2, 0)",
                    "x": "(0, 0)",
                    "y": "1",
                    "eps": "-1",
                    "p": "2",
                },
                detail="A negative radius makes the constant negative.",
            ),
            Necessity(
                "label",
                witness={
                    "theta_1": "(-1, 0)",
                    "theta_2": "(-2, 0)",
                    "x": "(1, 0)",
                    "y": "2",
                    "eps": "0",
                    "p": "2",
                },
                detail="A larger label acts like longer data.",
            ),
            Necessity(
                "attack",
                detail="The proof is the same for every norm whose unit ball lies in a Euclidean "
                "ball: R + ε max‖v‖₂ over ‖v‖_p ≤ 1 serves for every p.",
            ),
        ),
        parameters={
            "d": Parameter(3, 1, 50, "dimension of the weights", integer=True),
            "eps": Parameter(0.6, 0.0, 100.0, "radius of the attack"),
        },
        cost=0.5,
    )
)


@REPAIRED.check(Method.SYMBOLIC, Verdict.PROVED)
def nonexpansive_pieces(run: Run) -> Evidence:
    """softplus is 1-Lipschitz and |h₁ − h₂| ≤ |⟨x, Δ⟩| + ε |‖θ₁‖_q − ‖θ₂‖_q| ≤ M‖Δ‖."""
    from theory.facts.sigmoid_lemmas import (
        cauchy_schwarz,
        softplus_increases,
        softplus_nonexpansive,
    )
    from theory.smt import gram_pair, prove
    from theory.smt_signs import reals, size_of

    pair = gram_pair()
    either_zero = [pair.a >= 0, pair.b >= 0, *pair.constraints[2:]]
    two_norm = prove((pair.a - pair.b) ** 2 <= pair.distance_squared, given=either_zero)
    r, s, total, squares, d = reals("r s total squares d")
    entry = prove(size_of(size_of(r) - size_of(s)) <= size_of(r - s))
    one_norm = prove(
        (total + r) ** 2 <= (d + 1) * (squares + r**2),
        given=[total >= 0, r >= 0, d >= 1, squares >= 0, total**2 <= d * squares],
    )
    # inner = <x, theta_1 - theta_2>, change is that of the dual norm, stretch = 1 or sqrt(d).
    inner, change, radius, eps, far, stretch = reals("inner change R eps far stretch")
    margin = prove(
        size_of(inner) + eps * size_of(change) <= (radius + eps * stretch) * far,
        given=[
            *(far >= 0, radius >= 0, eps >= 0, stretch >= 1),
            *(size_of(inner) <= radius * far, size_of(change) <= stretch * far),
        ],
    )
    count, so_far, last, bound = reals("N so_far last bound")
    mean = prove(
        size_of(so_far + last) <= (count + 1) * bound,
        given=[count >= 1, size_of(so_far) <= count * bound, size_of(last) <= bound],
    )
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [
            softplus_increases(),
            softplus_nonexpansive(),
            cauchy_schwarz(),
            two_norm,
            entry,
            one_norm,
            margin,
            mean,
        ],
        Scope("both attacks", {"attack": Names("L2", "Linf")}),
        witness={
            "theta_1": (40, 40),
            "theta_2": (30, 30),
            "x": (-1, -1),
            "y": 1,
            "eps": "3/5",
            "p": inf,
        },
        detail="Dimension-free for L2; for L∞ by induction over coordinates.",
    )


@REPAIRED.check(Method.NUMERIC, Verdict.SUPPORTED)
def random_pairs(run: Run) -> Evidence:
    """The library's loss over pairs near and far, on both sides of the kinks."""
    import jax
    import numpy as np

    from theory.adversarial import adversarial_loss
    from theory.sampling import pair_starts

    d, eps, n = run.integer("d"), run["eps"], run.pick(200, 1000)
    first, second = np.split(pair_starts(run.rng, n, d), 2, axis=1)
    x = run.rng.standard_normal(d)
    distance, worst = np.linalg.norm(first - second, axis=1), 0.0
    for p, stretch in ((2.0, 1.0), (inf, np.sqrt(d))):
        loss = jax.jit(jax.vmap(lambda t, p=p: adversarial_loss(t, x, 1.0, eps, p)))
        one, two = np.asarray(loss(first)), np.asarray(loss(second))
        change = np.abs(one - two) - 4e-16 * (1 + np.abs(one))
        largest = float(np.linalg.norm(x)) + eps * float(stretch)
        worst = max(worst, float(np.max(change / distance)) / largest)
    return Evidence.supported(
        admissible=2 * n, tried=2 * n, margin=1.0 - worst, tolerance=1e-9, seed=run.seed
    )


register(
    Claim(
        id="kanai.early.continuity-l2",
        kind=Kind.REMARK,
        source=Source("kanai", "text before Section 3.2", "early"),
        title="L2: the loss (or at least its gradient) is not continuous where θᵢ = 0",
        statement=(
            r"These figures show that adversarial loss with $L_2$ constraint is not continuous at "
            r"$\theta_i=0$; i.e., the point where the sign of $\theta_i$ changes. (Read of the "
            r"gradient, which is what jumps at all: at $\theta\ne0$ with $\theta_i=0$ it jumps by "
            r"some $g>0$.)"
        ),
        expected=Verdict.REFUTED,
        repaired_by=("jaxat.gradient-jump", "kanai.continuity.repaired"),
        hypotheses=(
            POSITIVE_RADIUS,
            LABELS,
            Hypothesis("p = 2", r"$\|\delta\|_2\le\varepsilon$", lambda w: w["p"] == 2),
            GAP,
            Hypothesis("t > 0", "$t>0$ as small as one likes", lambda w: w["t"] > 0),
            Hypothesis(
                "on a hyperplane",
                r"$\theta\ne0$, $\theta_i=0$, $u=e_i$",
                lambda w: (
                    any(w["theta"])
                    and all(t == 0 for t, e in zip(w["theta"], w["u"], strict=True) if e != 0)
                ),
            ),
        ),
        conclusion=lambda w: Comparison(
            norm(subtract(mean_gradient(w, sides(w)[0]), mean_gradient(w, sides(w)[1]))),
            ">=",
            w["gap"],
        ),
        domain={"d": Integers(2)},
    )
)

ERRATA = (
    Erratum(
        id="kanai.erratum-35",
        where="Section 5.1 and Appendix C (final); text before Section 3.2 (early)",
        printed=(
            r"“adversarial loss with the $L_2$ constraint is not continuous at $\theta=0$ and … "
            r"$L_\infty$ … not continuous where $\theta_i=0$”; in the early version “$L_2$ … not "
            r"continuous at $\theta_i=0$”"
        ),
        correct=(
            r"The loss is Lipschitz everywhere; its *gradient* is not continuous at $\theta=0$ "
            r"(L2) "
            r"and where $\theta_i=0$ (L∞). For L2 the set $\theta_i=0$ of the early version is "
            r"wrong "
            r"for the gradient too."
        ),
        claim="kanai.continuity",
    ),
)
