"""Why the swish example of Kanai et al. is smooth where it is: not by Lemma 4."""

from __future__ import annotations

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.claims.kanai_swish import EPS, LINF, REGION, X, interior
from theory.errata import Erratum
from theory.evidence import Evidence, Exactly, Method, Verdict
from theory.exact import Comparison, Point, dot, norm
from theory.exact.adversarial import example
from theory.exact.swish import phi_curvature, stationary_point
from theory.registry import register
from theory.run import Run
from theory.scope import Integers


def input_curvature(point: Point) -> object:
    """vᵀ ∇²_xℓ v = φ''(u*) (θᵀv)² at any x'* with θᵀx'* = u*."""
    along = dot(point["theta"], point["v"])
    return phi_curvature(stationary_point()) * along * along if along != 0 else along


NONZERO_DIRECTION = Hypothesis("v != 0", r"$v\ne0$", lambda w: any(w["v"]))

register(
    Claim(
        id="kanai.swish.satisfies-lemma-4",
        kind=Kind.STEP,
        source=Source("kanai", "Sections 5.1 (final) and 3.2.4 (early)", "both"),
        title="swish: the interior optimum satisfies Lemma 4, ∇²_xℓ(x'*, θ) ≺ 0",
        statement=(
            r"This is because the optimal attacks are inside the feasible region and satisfy Lemma "
            r"4 "
            r"(whose hypothesis is $\nabla_x^2\ell(x'^*,\theta)\prec0$: "
            r"$v^\top\nabla_x^2\ell\,v<0$ "
            r"for every $v\ne0$), with $d=2$."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.swish.satisfies-lemma-4.repaired", "jaxat.swish-kinks"),
        hypotheses=(
            REGION,
            LINF,
            Hypothesis(
                "interior", r"$|\theta^\top x-u^*|<\varepsilon\|\theta\|_1$", lambda w: interior(w)
            ),
            NONZERO_DIRECTION,
        ),
        conclusion=lambda w: Comparison(input_curvature(w), "<", 0),
    )
)

REPAIRED = register(
    Claim(
        id="kanai.swish.satisfies-lemma-4.repaired",
        kind=Kind.STEP,
        source=Source("kanai", "Sections 5.1 (final) and 3.2.4 (early)", "both"),
        title="swish: ∇²_xℓ(x'*, θ) = φ''(u*) θθᵀ has rank 1; Lemma 4 applies exactly for d = 1",
        statement=(
            r"At every $x'^*$ with $\theta^\top x'^*=u^*$, $\theta\ne0$: "
            r"$\nabla_x^2\ell=\varphi''(u^*)\,\theta\theta^\top$ with $\varphi''(u^*)<0$. So "
            r"$v^\top\nabla_x^2\ell\,v<0$ exactly for the $v$ with $\theta^\top v\ne0$: negative "
            r"definite for $d=1$, singular for every $d\ge2$. The maximisers form the slice "
            r"$\{\theta^\top x'=u^*\}$ of the ball, and the adversarial loss is the constant "
            r"$\varphi(u^*)$ nearby."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            Hypothesis("theta != 0", r"$\theta\ne0$", lambda w: any(w["theta"])),
            Hypothesis(
                "v not orthogonal",
                r"$\theta^\top v\ne0$",
                lambda w: dot(w["theta"], w["v"]) != 0,
            ),
        ),
        conclusion=lambda w: Comparison(input_curvature(w), "<", 0),
        domain={"d": Integers(1)},
        depends=("kanai.swish.u-star", "jaxat.swish-closed-form"),
        necessity=(
            Necessity(
                "v not orthogonal",
                witness={"theta": "(3/2, -3/2)", "v": "(1, 1)"},
                detail="Along the slice of maximisers the loss does not change; for d ≥ 2 there "
                "always is such a direction.",
            ),
            Necessity("theta != 0", detail="Implied: θ⊤v ≠ 0 needs θ ≠ 0."),
        ),
    )
)


@REPAIRED.check(Method.RIGOROUS, Verdict.PROVED)
def curvature_at_the_root(run: Run) -> Evidence:
    """φ''(u*) < 0 over the enclosure of u*, and ∇²φ(θᵀx) = φ''(θᵀx) θθᵀ by the chain rule."""
    import sympy

    from theory.facts.swish import root
    from theory.rigorous import precision
    from theory.symbolic import prove_zero

    a, b, x, z = sympy.symbols("a b x z", real=True)
    u = sympy.Symbol("u", real=True)
    phi = sympy.log(1 + sympy.exp(-u / (1 + sympy.exp(-u))))
    second = sympy.diff(phi, u, 2).subs(u, a * x + b * z)
    loss = phi.subs(u, a * x + b * z)
    mixed = prove_zero(sympy.diff(loss, x, z) - second * a * b)
    pure = prove_zero(sympy.diff(loss, x, 2) - second * a * a)
    with precision(120):
        negative = bool(phi_curvature(root()) < 0)
    return Evidence.from_proofs(
        Method.RIGOROUS,
        [mixed, pure, Exactly(negative, "φ''(u*) < 0")],
        witness={"theta": ("3/2", "-3/2"), "v": (1, 0)},
        detail="The chain rule for two coordinates of x is that for any two of d.",
    )


@REPAIRED.check(Method.NUMERIC, Verdict.SUPPORTED)
def hessian_eigenvalues(run: Run) -> Evidence:
    """jax.hessian in x at points with θᵀx' = u*, against φ''(u*) θθᵀ."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    from theory.swish import SWISH_ARGMAX, swish_loss

    n, d = run.pick(20, 100), 3
    theta, x = run.rng.standard_normal((2, n, d))
    square = np.sum(theta**2, axis=1)
    x += ((SWISH_ARGMAX - np.sum(theta * x, axis=1)) / square)[:, None] * theta
    one = jax.hessian(lambda t, a: swish_loss(t, a, 1.0), argnums=1)
    found = np.asarray(jax.jit(jax.vmap(one))(jnp.asarray(theta), jnp.asarray(x)))
    s = 1 / (1 + np.exp(-SWISH_ARGMAX))
    bend = s * (1 - s) * (2 + SWISH_ARGMAX * (1 - 2 * s))
    curvature = -bend / (1 + np.exp(SWISH_ARGMAX * s))
    expected = curvature * theta[:, :, None] * theta[:, None, :]
    error = np.abs(found - expected).max(axis=(1, 2)) / (1 + square)
    return Evidence.supported(
        admissible=n, tried=n, margin=-float(error.max()), tolerance=1e-12, seed=run.seed
    )


register(
    Claim(
        id="kanai.swish.unlike-linear",
        kind=Kind.REMARK,
        source=Source("kanai", "Sections 5.1 (final) and 3.2.4 (early)", "both"),
        title="On θ₁ > 1, θ₂ < −1 the linear L∞ loss is not smooth, unlike the swish one",
        statement=(
            r"though we use the $L_\infty$ constraint, the adversarial loss can be smooth in the "
            r"region where $\theta_1>1$ and $\theta_2<-1$ unlike the linear model: no constant $C$ "
            r"makes the linear loss $C$-smooth there. (By Theorem 2 every "
            r"$C\ge\frac14\|x'\|_2^2$ does, so this asserts $C<\frac14\|x'\|_2^2$ for every $C$.)"
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.theorem-2", "jaxat.swish-kinks"),
        depends=("kanai.theorem-2",),
        hypotheses=(Hypothesis("constant", r"any candidate $C\ge0$", lambda w: w["C"] >= 0),),
        conclusion=lambda w: Comparison(
            w["C"], "<", norm(example((1, -1), X, 1, EPS, float("inf"))) ** 2 / 4
        ),
        notes=(
            "The region lies inside one orthant, where the linear loss is smooth too. The models "
            "do differ across $\\theta_2=0$ for $0.79904\\le\\theta_1\\le3.19616$: there the "
            "gradient "
            "of the linear loss jumps and that of the swish loss does not."
        ),
    )
)

ERRATA = (
    Erratum(
        id="kanai.erratum-32",
        where="Section 5.1 (final), Section 3.2.4 (early)",
        printed="the optimal attacks on the swish model “satisfy Lemma 4”",
        correct=(
            r"$\nabla_x^2\ell=\varphi''(u^*)\theta\theta^\top$ has rank 1, so it is not negative "
            r"definite for $d=2$ and Lemma 4 does not apply. The loss is smooth because it is "
            r"constant, $\varphi(u^*)$, in the interior regime."
        ),
        claim="kanai.swish.satisfies-lemma-4",
    ),
    Erratum(
        id="kanai.erratum-33",
        where="Section 5.1 (final), Section 3.2.4 (early)",
        printed=r"smooth “where $\theta_1>1$ and $\theta_2<-1$ unlike the linear model”",
        correct=(
            r"The linear loss is smooth there too (Theorem 2). The contrast is across "
            r"$\theta_2=0$, "
            r"for $0.79904\le\theta_1\le2$."
        ),
        claim="kanai.swish.unlike-linear",
    ),
)
