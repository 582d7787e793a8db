"""The bordered Hessian of Kanai et al., Eq. (22), (43), early (39), (41), as second derivatives."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, dot, norm, scale
from theory.exact.lagrangian import bordered_hessian, second_derivative
from theory.exact.matrix import quadratic_form, solve
from theory.registry import register
from theory.run import Run


def _agrees(border: int, power: int) -> Any:
    """⟨w, K w⟩ equals the second derivative of J along w = (a, v), for K as printed."""

    def conclusion(point: Point) -> Comparison:
        H, delta, mu, w = (point[name] for name in ("H", "delta", "mu", "direction"))
        g = tuple(0 * e for e in delta)  # a linear term does not change second derivatives
        matrix = bordered_hessian(H, delta, mu, border=border, power=power)
        true = second_derivative(H, g, norm(delta), delta, mu, w)
        return Comparison(quadratic_form(matrix, w), "==", true)

    return conclusion


AWAY = Hypothesis(
    "x' is not x",
    r"$x'\ne x$, so $\|x'-x\|_2$ is smooth",
    lambda w: any(e != 0 for e in w["delta"]),
)
BLOCK = Hypothesis(
    "x' block", r"only the lower right block is compared", lambda w: w["direction"][0] == 0
)

register(
    Claim(
        id="kanai.bordered-hessian",
        kind=Kind.EQUATION,
        source=Source("kanai", "bordered Hessian", "both", ("22", "43", "39 (early)")),
        title="∇²J of J = ℓ − μ(‖x'−x‖−ε) has the border +∇‖x'−x‖",
        statement=(
            r"$$\nabla_{\tilde x}^2J=\begin{bmatrix}0&\frac{(x'-x)^\top}{\|x'-x\|_2}\\"
            r"\frac{x'-x}{\|x'-x\|_2}&\nabla_x^2\ell-\mu\frac{I}{\|x'-x\|_2}+\mu\frac{(x'-x)(x'-x)"
            r"^\top}{\|x'-x\|_2^3}\end{bmatrix}$$ for $J=\ell-\mu(\|x'-x\|_2-\varepsilon)$ and "
            r"$\tilde x=[\mu,x'^\top]^\top$."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.bordered-hessian.repaired",),
        hypotheses=(AWAY,),
        conclusion=_agrees(1, 3),
    )
)

register(
    Claim(
        id="kanai.early.eq-41",
        kind=Kind.EQUATION,
        source=Source("kanai", "bordered Hessian", "early", ("41",)),
        title="∇²_x' of −μ‖x'−x‖ ends with +μ(x'−x)(x'−x)ᵀ/‖x'−x‖ (first power)",
        statement=(
            r"the lower right block of $\nabla_{\tilde x}^2J$ is $\nabla_x^2\ell-\alpha\frac{I}"
            r"{\|x'-x\|_2}+\alpha\frac{(x'-x)(x'-x)^\top}{\|x'-x\|_2}$"
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.bordered-hessian.repaired",),
        hypotheses=(AWAY, BLOCK),
        conclusion=_agrees(1, 1),
    )
)

REPAIRED = register(
    Claim(
        id="kanai.bordered-hessian.repaired",
        kind=Kind.EQUATION,
        source=Source(
            "kanai", "bordered Hessian, repaired", "both", ("22", "43", "39 (early)", "41 (early)")
        ),
        title="∇²J has the border −∇‖x'−x‖ and the cube of the norm",
        statement=(
            r"$$\nabla_{\tilde x}^2J=\begin{bmatrix}0&-n^\top\\-n&\nabla_x^2\ell-\frac{\mu}{r}"
            r"(I-nn^\top)\end{bmatrix},\quad r=\|x'-x\|_2,\ n=\frac{x'-x}{r}.$$"
        ),
        expected=Verdict.PROVED,
        hypotheses=(AWAY,),
        conclusion=_agrees(-1, 3),
        necessity=(
            Necessity("x' is not x", detail="At x' = x the norm has no derivative, J no Hessian."),
        ),
        notes=(
            "The slips do no harm to the determinant, which is $-\\det(\\text{tangential block})$ "
            "for either sign of the border and either power (`kanai.det-criterion.repaired`). The "
            "power changes the singular values, hence $c$ in Lemma 5, and the sign of the border "
            "turns around the derivative of the multiplier (`kanai.bordered-hessian.multiplier`)."
        ),
        cost=2.0,
    )
)


@REPAIRED.check(Method.SYMBOLIC, Verdict.PROVED)
def taylor_in_gram_symbols(run: Run) -> Evidence:
    """d²/ds² J(μ + as, δ + sv) at s = 0 equals ⟨w, K w⟩, in every dimension (polarisation: K)."""
    import sympy

    from theory.gram import dot as inner
    from theory.gram import gram, norm_squared
    from theory.symbolic import prove_zero

    r = sympy.Symbol("r", positive=True)
    s, a, mu, eps, l0, l1, l2 = sympy.symbols("s a mu epsilon l_0 l_1 l_2", real=True)
    delta, v = gram("delta v", norms={"delta": r})
    radius = sympy.sqrt(norm_squared(delta + s * v))
    loss = l0 + l1 * s + l2 * s**2 / 2  # l2 = <v, (Hessian of l) v>
    lagrangian = loss - (mu + a * s) * (radius - eps)
    second = sympy.diff(lagrangian, s, 2).subs(s, 0)
    along = inner(delta, v)
    form = -2 * a * along / r + l2 - mu / r * (norm_squared(v) - along**2 / r**2)
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [prove_zero(second - form)],
        witness={
            "H": ((1, 2, 0), (2, -1, 3), (0, 3, 4)),
            "delta": (2, 3, 6),
            "mu": 5,
            "direction": (1, 2, -1, 3),
        },
        detail="A quadratic form determines its symmetric matrix.",
    )


@REPAIRED.check(Method.NUMERIC, Verdict.SUPPORTED)
def jax_hessian(run: Run) -> Evidence:
    """jax.hessian of J for the three-class softmax model with d = 3 against the block formula."""
    import numpy as np

    from theory.general_models import SoftmaxModel, input_derivatives, lagrangian_derivatives

    rng, model, n = run.rng, SoftmaxModel(3), run.pick(20, 100)
    theta = np.stack([model.draw(rng) for _ in range(n)])
    delta, mu = rng.normal(size=(n, 3)), rng.normal(size=n)
    hessian = input_derivatives(model.loss, delta, theta)[1]
    K = lagrangian_derivatives(model.loss, 1.0, delta, mu, theta)[1]
    r = np.linalg.norm(delta, axis=1)[:, None, None]
    unit = delta[:, :, None] / r
    tangent = np.eye(3) - unit @ unit.transpose(0, 2, 1)
    formula = np.zeros_like(K)
    formula[:, 1:, 1:] = hessian - mu[:, None, None] / r * tangent
    formula[:, 1:, :1] = -unit
    formula[:, :1, 1:] = -unit.transpose(0, 2, 1)
    error = np.abs(K - formula).max(axis=(1, 2)) / np.abs(K).max(axis=(1, 2))
    return Evidence.supported(
        admissible=n, tried=n, margin=-float(error.max()), tolerance=1e-12, seed=run.seed
    )


def multiplier_slope(point: Point, border: int) -> Any:
    """dμ along v from −K⁻¹[0; Bv] for the linear loss θᵀx' on the sphere: μ = ‖θ‖, δ = εθ/μ."""
    theta, eps = point["theta"], point["eps"]
    mu = norm(theta)
    zero = tuple(tuple(0 * e for _ in theta) for e in theta)
    K = bordered_hessian(zero, scale(eps / mu, theta), mu, border=border)
    return -solve(K, (0 * eps, *point["v"]))[0]


register(
    Claim(
        id="kanai.bordered-hessian.multiplier",
        kind=Kind.STEP,
        source=Source("kanai", "proof of Lemma 5", "both", ("44", "42 (early)")),
        title="−K⁻¹∇_θ∇J with the printed K is the derivative of (μ, x')",
        statement=(
            r"$D_\theta\tilde g(\theta)=-(\nabla_{\tilde x}^2J)^{-1}\nabla_\theta"
            r"\nabla_{\tilde x}J$ with $\nabla_{\tilde x}^2J$ as in Eq. (43): in its first row, "
            r"$\mathrm d\mu(\theta)$ of the linear loss $\theta^\top x'$, where $\mu=\|\theta\|$."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.bordered-hessian.repaired",),
        hypotheses=(
            Hypothesis("theta", r"$\theta\ne0$", lambda w: Comparison(norm(w["theta"]), ">", 0)),
            Hypothesis("eps", r"$\varepsilon>0$", lambda w: Comparison(w["eps"], ">", 0)),
        ),
        conclusion=lambda w: Comparison(
            multiplier_slope(w, 1), "==", dot(w["theta"], w["v"]) / norm(w["theta"])
        ),
    )
)

ERRATA = (
    Erratum(
        id="kanai.erratum-20",
        where="Eq. (22), (43); early (39), (41)",
        printed=r"border $+\nabla_{x'}\|x'-x\|$",
        correct=r"border $-\nabla_{x'}\|x'-x\|$, because $J=\ell-\mu(\|x'-x\|-\varepsilon)$",
        claim="kanai.bordered-hessian",
    ),
    Erratum(
        id="kanai.erratum-21",
        where="Early Eq. (41)",
        printed=r"$\alpha\frac{(x'-x)(x'-x)^\top}{\|x'-x\|_2}$",
        correct=(
            r"$\alpha\frac{(x'-x)(x'-x)^\top}{\|x'-x\|_2^3}$, as in the final (43). The "
            r"determinant is the same, the singular values are not."
        ),
        claim="kanai.early.eq-41",
    ),
    Erratum(
        id="kanai.erratum-22",
        where="Proof of Lemma 5, Eq. (44); early (42)",
        printed=r"$-(\nabla_{\tilde x}^2J)^{-1}\nabla_\theta\nabla_{\tilde x}J$ with Eq. (43)",
        correct=(
            r"the rows of $x'$ are right, the row of $\mu$ has the wrong sign; with the border "
            r"$-n$ all rows are right. The bound of the lemma is not affected."
        ),
        claim="kanai.bordered-hessian.multiplier",
    ),
)
