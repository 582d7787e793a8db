"""Section 2 of Kanai et al.: the adversarial example as an argmax; Lipschitz bounds."""

from __future__ import annotations

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.errata import NotAClaim
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, absolute, dot, norm
from theory.registry import register
from theory.run import Run
from theory.scope import Integers


def attains_the_maximum(w: Point, name: str) -> tuple[Comparison, Comparison]:
    """δ maximises the logistic loss over ‖δ‖₂ ≤ ε: the largest value of −yθᵀδ is ε‖θ‖₂."""
    delta = w[name]
    return (
        Comparison(norm(delta), "<=", w["eps"]),
        Comparison(-w["y"] * dot(w["theta"], delta), "==", w["eps"] * norm(w["theta"])),
    )


MAXIMISERS = Hypothesis(
    "maximisers",
    r"$\delta_1,\delta_2$ maximise $\ell(x+\delta,y,\theta)$ over $\|\delta\|_2\le\varepsilon$",
    lambda w: (*attains_the_maximum(w, "delta_1"), *attains_the_maximum(w, "delta_2")),
)
LABEL = Hypothesis("label", r"$y\in\{-1,1\}$", lambda w: absolute(w["y"]) == 1)
NONZERO = Hypothesis("theta != 0", r"$\theta\neq0$", lambda w: Comparison(norm(w["theta"]), ">", 0))


def same_example(w: Point) -> Comparison:
    """δ₁ = δ₂."""
    gap = norm(tuple(a - b for a, b in zip(w["delta_1"], w["delta_2"], strict=True)))
    return Comparison(gap, "<=", 0)


ARGMAX = register(
    Claim(
        id="kanai.eq-1",
        kind=Kind.EQUATION,
        source=Source("kanai", "Section 2.1", "both", ("1", "1 to 2 (early)")),
        title="δ = argmax ℓ is one perturbation: x'(θ) is a function of θ",
        statement=(
            r"$x'=x+\delta,\quad\delta=\operatorname{argmax}_{\|\delta\|_p\le\varepsilon}"
            r"\ell(x+\delta,y,\theta)$, read as in Section 3: “$x'$ can be regarded as the "
            r"function of $\theta$ as $x'(\theta)$”. Tested for the linear logistic model, $p=2$."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.eq-1.repaired",),
        hypotheses=(LABEL, MAXIMISERS),
        conclusion=same_example,
        domain={"d": Integers(1)},
        notes=(
            "The loss itself is a maximum and needs no choice. Its gradient does: at weights with "
            "several maximisers every choice gives one subgradient."
        ),
    )
)

REPAIRED = register(
    Claim(
        id="kanai.eq-1.repaired",
        kind=Kind.RESULT,
        source=Source("jaxat", "Repair of Eq. (1)"),
        title="Linear model, L2: the maximiser is unique exactly where θ ≠ 0",
        statement=r"For $\theta\neq0$ the only maximiser is $-y\varepsilon\theta/\|\theta\|_2$.",
        expected=Verdict.PROVED,
        hypotheses=(LABEL, MAXIMISERS, NONZERO),
        conclusion=same_example,
        domain={"d": Integers(1)},
        necessity=(
            Necessity(
                "theta != 0",
                witness={
                    "theta": "(0, 0)",
                    "delta_1": "(1, 0)",
                    "delta_2": "(0, 1)",
                    "eps": "1",
                    "y": "1",
                },
                detail="At the origin the loss does not depend on the perturbation.",
            ),
            Necessity(
                "maximisers",
                witness={
                    "theta": "(1, 0)",
                    "delta_1": "(1, 0)",
                    "delta_2": "(0, 1)",
                    "eps": "1",
                    "y": "1",
                },
                detail="Perturbations that do not maximise may differ, of course.",
            ),
            Necessity(
                "label",
                witness={
                    "theta": "(1, 0)",
                    "delta_1": "(-1/2, 1/2)",
                    "delta_2": "(-1/2, -1/2)",
                    "eps": "1",
                    "y": "2",
                },
                detail="A formality: for y = 2 the loss ε‖θ‖ is reached inside the ball. Otherwise "
                "labels only rescale the model.",
            ),
        ),
    )
)


@REPAIRED.check(Method.SYMBOLIC, Verdict.PROVED)
def completing_the_square(run: Run) -> Evidence:
    """‖δ − εv‖² = ‖δ‖² − 2ε⟨δ, v⟩ + ε², which is at most 0 if ‖δ‖ ≤ ε and ⟨δ, v⟩ = ε."""
    import sympy

    from theory.gram import dot as inner
    from theory.gram import gram, norm_squared
    from theory.smt import prove, reals
    from theory.symbolic import prove_zero

    eps = sympy.Symbol("epsilon", nonnegative=True)
    delta, v = gram("delta v", norms={"v": sympy.Integer(1)})  # v = −yθ/‖θ‖
    square = norm_squared(delta - v * eps)
    expanded = norm_squared(delta) - 2 * eps * inner(delta, v) + eps**2
    identity = prove_zero(square - expanded)
    size, along, radius, gap = reals("size along radius gap")
    given = [size >= 0, size <= radius, along == radius]
    given += [gap == size * size - 2 * radius * along + radius * radius]
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [identity, prove(gap <= 0, given=given)],
        witness={
            "theta": (3, 4),
            "delta_1": ("-3/5", "-4/5"),
            "delta_2": ("-3/5", "-4/5"),
            "eps": 1,
            "y": 1,
        },
        detail="Both maximisers equal εv, in every dimension.",
    )


DERIVATIVE = register(
    Claim(
        id="kanai.eq-40",
        kind=Kind.EQUATION,
        source=Source("kanai", "after Definition 1", "both", ("13", "40", "75", "8 to 9 (early)")),
        title="C-Lipschitz and differentiable ⇒ ‖Df‖ ≤ C (and ‖∇²f‖ ≤ C for the gradient)",
        statement=(
            r"If $f$ is differentiable and $C$-Lipschitz on an open set, $\sup_\theta\|Df(\theta)\|"
            r"\le C$; applied to $\nabla f$: $\sup_\theta\sigma_1(\nabla^2f(\theta))\le C$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            Hypothesis(
                "Lipschitz",
                r"$|f(\theta_1)-f(\theta_2)|\le C|\theta_1-\theta_2|$ on the interval tested, for "
                r"$f=a\theta^2$ on $[-1,1]$: $C\ge2|a|$",
                lambda w: Comparison(w["C"], ">=", 2 * absolute(w["a"])),
            ),
            Hypothesis("inside", r"$|\theta|\le1$", lambda w: absolute(w["theta"]) <= 1),
        ),
        conclusion=lambda w: Comparison(2 * absolute(w["a"] * w["theta"]), "<=", w["C"]),
        domain={"d": Integers(1)},
        necessity=(
            Necessity(
                "Lipschitz",
                witness={"a": "1", "C": "1", "theta": "1"},
                detail="A constant below the slope at the end of the interval.",
            ),
            Necessity(
                "inside",
                witness={"a": "1", "C": "2", "theta": "2"},
                detail="Outside the set on which f is C-Lipschitz nothing is said.",
            ),
        ),
        notes=(
            "The converse, which the proofs of Lemma 2 and Theorem 3 use, needs a convex set: see "
            "[kanai.lemma-2.proof-domain](kanai.lemma-2.proof-domain.md)."
        ),
    )
)


@DERIVATIVE.check(Method.EXACT, Verdict.PROVED)
def limit_of_difference_quotients(run: Run) -> Evidence:
    """z3: a difference quotient, at most C, is e-close to the slope; take e = (slope − C)/2."""
    import z3

    from theory.smt import prove, reals

    slope, bound, quotient = reals("slope bound quotient")
    gap = (slope - bound) / 2
    # The definition of the derivative at this e, together with the Lipschitz bound.
    near = z3.Implies(gap > 0, z3.And(slope <= quotient + gap, quotient <= bound))
    proof = prove(slope <= bound, given=[near])
    return Evidence.from_proofs(
        Method.EXACT,
        [proof],
        witness={"a": 1, "C": 2, "theta": 1},
        detail="The derivative enters only as the limit of difference quotients along v.",
    )


NOT_CLAIMS = (
    NotAClaim(
        "Kanai et al., Section 2.1 (early version: Eqs. (3), (4), (17), (18))",
        r"$L_\varepsilon(\theta)=\frac1N\sum_n\max_{\|\delta_n\|_p\le\varepsilon}\ell(x_n+\delta_n,y_n,\theta)$",
        "The definition of the adversarial loss; all other claims are about it.",
    ),
    NotAClaim(
        "Kanai et al., Definition 1, Eqs. (2), (3) (early version: (6), (7))",
        "Lipschitz continuity and smoothness",
        "A definition. (The early version's Eq. (7) lacks one bar of the norm on its left side.)",
    ),
)
