"""Eq. (8) and Appendix B of Yamada et al.: gradient and Hessian of the robust loss."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, dot, exp, norm, scale, sigmoid, subtract
from theory.exact.logistic import directional
from theory.registry import register
from theory.run import Run
from theory.support.yamada import LABEL, NONZERO, RADIUS, reals, yamada

HYPOTHESES = (RADIUS, LABEL, NONZERO)
GENERIC: Point = {"w": (3, 4), "x": (1, 2), "y": -1, "eps": "3/5", "v": (2, -1)}
NEEDS_NONZERO = Necessity(
    "w != 0",
    detail="At w = 0 the loss has a kink (for ε > 0) and w/‖w‖ is not defined.",
)
# ε and y are free symbols in the proofs; where they occur, y comes with x as z = y x.
SETTING = (
    Necessity("eps >= 0", detail="Proved for every real ε; only ε ≥ 0 is a radius."),
    Necessity("label", detail="Proved for every real y; only y = ±1 is a label."),
)


def logit(point: Point) -> Any:
    """ε‖w‖ − y w·x, the exponent in the robust loss."""
    return point["eps"] * norm(point["w"]) - point["y"] * dot(point["w"], point["x"])


def worst_example(point: Point) -> tuple[Any, ...]:
    """u = y x − ε w/‖w‖."""
    w = point["w"]
    return subtract(scale(point["y"], point["x"]), scale(point["eps"] / norm(w), w))


def slope_and_curvature(point: Point) -> tuple[Any, Any]:
    """First and second derivative of the robust loss along v, from its power series."""
    z = (scale(point["y"], point["x"]),)
    return directional(point["w"], z, point["eps"], point["v"])[1:]


def printed_slope(point: Point) -> Any:
    """The printed (8) for one sample, in the direction v."""
    t = logit(point)
    return -dot(worst_example(point), point["v"]) * exp(t) / (1 + exp(-t))


def correct_slope(point: Point) -> Any:
    return -dot(worst_example(point), point["v"]) / (1 + exp(-logit(point)))


def correct_curvature(point: Point) -> Any:
    """The last general line of Appendix B as a quadratic form in v."""
    w, v = point["w"], point["v"]
    s, inner = sigmoid(logit(point)), dot(worst_example(point), point["v"])
    across = dot(v, v) - dot(w, v) ** 2 / dot(w, w)
    return s * point["eps"] / norm(w) * across + s * (1 - s) * inner**2


register(
    Claim(
        id="yamada.eq-8",
        kind=Kind.EQUATION,
        source=yamada("Section 3.2", "8"),
        title="(8) is the gradient of the robust loss",
        statement=(
            r"$\frac{\partial L_\eta}{\partial w_i} = \frac1N\sum_n\frac{\left(-y^nx^n_i + "
            r"\frac{w_i}{\|w\|}\|\eta^n\|\right)\exp(-y^nw\cdot x^n + \|w\|\|\eta^n\|)}"
            r"{1+\exp(y^nw\cdot x^n - \|w\|\|\eta^n\|)}$"
        ),
        expected=Verdict.REFUTED,
        repaired_by=("yamada.eq-8.repaired",),
        hypotheses=HYPOTHESES,
        conclusion=lambda w: Comparison(printed_slope(w), "==", slope_and_curvature(w)[0]),
    )
)

EQ_8 = register(
    Claim(
        id="yamada.eq-8.repaired",
        kind=Kind.EQUATION,
        source=yamada("Section 3.2", "8"),
        title="the gradient is (8) without the exp in the numerator",
        statement=(
            r"$\frac{\partial L_\eta}{\partial w_i} = \frac1N\sum_n\frac{-y^nx^n_i + "
            r"\frac{w_i}{\|w\|}\|\eta^n\|}{1+\exp(y^nw\cdot x^n - \|w\|\|\eta^n\|)} = "
            r"-\frac1N\sum_n\sigma(-m_n)\left(z_n - \varepsilon\frac{w}{\|w\|}\right)$ with "
            r"$z_n = y^nx^n$, $m_n = w\cdot z_n - \varepsilon\|w\|$. The printed terms are these "
            r"times $e^{-m_n}$: right exactly where $m_n = 0$."
        ),
        expected=Verdict.PROVED,
        hypotheses=HYPOTHESES,
        conclusion=lambda w: Comparison(correct_slope(w), "==", slope_and_curvature(w)[0]),
        necessity=(NEEDS_NONZERO, *SETTING),
        cost=1.5,
    )
)

APPENDIX_B = register(
    Claim(
        id="yamada.appendix-b",
        kind=Kind.STEP,
        source=yamada("Appendix B"),
        title="the Hessian of the robust loss, general line of Appendix B",
        statement=(
            r"$\frac{\partial^2 L_\eta}{\partial w_i\partial w_j} = \frac1N\sum_n\left("
            r"\frac{\frac{\|\eta^n\|}{\|w\|}\left(\delta_{ij}-\frac{w_iw_j}{\|w\|^2}\right)}"
            r"{1+e^{m_n}} + \frac{e^{m_n}}{(1+e^{m_n})^2}\left(y^nx^n_i-\frac{w_i}{\|w\|}\|\eta^n\|"
            r"\right)\left(y^nx^n_j-\frac{w_j}{\|w\|}\|\eta^n\|\right)\right)$ with "
            r"$m_n = y^nw\cdot x^n-\|w\|\|\eta^n\|$, and the three lines that lead to it."
        ),
        expected=Verdict.PROVED,
        depends=("yamada.eq-8.repaired",),
        hypotheses=HYPOTHESES,
        conclusion=lambda w: Comparison(correct_curvature(w), "==", slope_and_curvature(w)[1]),
        necessity=(NEEDS_NONZERO, *SETTING),
        notes=(
            "Appendix B starts from the gradient in its right form, not from the printed (8). "
            "Slips "
            "without consequence: the sums in the exponents run over i, which is also the free "
            "index; w and ω, ℓ and l are the same."
        ),
        cost=2.0,
    )
)


def _line() -> Any:
    """The logit h(s, t) at w + s v₁ + t v₂ in Gram symbols: all that the loss sees, in any d."""
    import sympy

    s, t = sympy.symbols("s t", real=True)
    a, b, c = sympy.symbols("a b c", positive=True)  # ‖w‖, ‖v₁‖, ‖v₂‖
    p, q, r = sympy.symbols("p q r", real=True)  # ⟨w, v₁⟩, ⟨w, v₂⟩, ⟨v₁, v₂⟩
    m, k, j = sympy.symbols("m k j", real=True)  # ⟨z, w⟩, ⟨z, v₁⟩, ⟨z, v₂⟩
    eps = sympy.Symbol("epsilon", real=True)
    square = a**2 + 2 * s * p + 2 * t * q + s**2 * b**2 + t**2 * c**2 + 2 * s * t * r
    h = eps * sympy.sqrt(square) - (m + s * k + t * j)
    return {"s": s, "t": t, "a": a, "p": p, "q": q, "r": r, "m": m, "k": k, "j": j}, eps, h


@EQ_8.check(Method.SYMBOLIC, Verdict.PROVED)
def derivative_along_a_line(run: Run) -> Evidence:
    """d/ds log(1 + e^h) at w in any direction v, from the loss alone, with norms as symbols."""
    import sympy

    from theory.symbolic import prove_zero

    x, eps, h = _line()
    at = {x["s"]: 0, x["t"]: 0}
    slope = sympy.diff(sympy.log(1 + sympy.exp(h)), x["s"]).subs(at)
    exponent = eps * x["a"] - x["m"]
    inner = x["k"] - eps * x["p"] / x["a"]  # ⟨z − εw/‖w‖, v⟩
    formula = -inner / (1 + sympy.exp(-exponent))
    printed = -inner * sympy.exp(exponent) / (1 + sympy.exp(-exponent))
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [prove_zero(slope - formula), prove_zero(printed - formula * sympy.exp(exponent))],
        witness=GENERIC,
        detail=(
            "Dimension-free: the loss along a line depends on norms and inner products alone. One "
            "sample is enough, since the mean is linear. The "
            "second identity is the factor exp(ε‖w‖ − y w·x) between the printed terms and the "
            "right ones."
        ),
    )


@EQ_8.check(Method.NUMERIC, Verdict.SUPPORTED)
def automatic_gradient(run: Run) -> Evidence:
    """jax.grad of the robust loss, written without closed forms, at random points."""
    from theory.weight_sharpness import robust_gradient

    return _against_autodiff(run, robust_gradient, order=1)


@APPENDIX_B.check(Method.SYMBOLIC, Verdict.PROVED)
def mixed_derivative(run: Run) -> Evidence:
    """∂²/∂s∂t log(1 + e^h) at w + s v₁ + t v₂: with v₁ = e_i, v₂ = e_j the entry (i, j), any d."""
    import sympy

    from theory.symbolic import prove_zero

    x, eps, h = _line()
    at = {x["s"]: 0, x["t"]: 0}
    mixed = sympy.diff(sympy.log(1 + sympy.exp(h)), x["s"], x["t"]).subs(at)
    a, m = x["a"], x["m"] - eps * x["a"]
    projector = eps / a * (x["r"] - x["p"] * x["q"] / a**2)
    first = x["k"] - eps * x["p"] / a
    second = x["j"] - eps * x["q"] / a
    curvature = sympy.exp(m) / (1 + sympy.exp(m)) ** 2
    formula = projector / (1 + sympy.exp(m)) + curvature * first * second
    # The lines before it differ in the second term: (−first) · (−e^m/(1+e^m)²) · second.
    earlier = projector / (1 + sympy.exp(m)) + (-first) * (-curvature) * second
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [prove_zero(mixed - formula), prove_zero(formula - earlier)],
        witness=GENERIC,
        detail="Dimension-free; ⟨e_i, e_j⟩ = δ_ij is the symbol of the inner product of v₁ and v₂.",
    )


@APPENDIX_B.check(Method.NUMERIC, Verdict.SUPPORTED)
def automatic_hessian(run: Run) -> Evidence:
    """jax.hessian of the robust loss, written without closed forms, at random points."""
    from theory.weight_sharpness import robust_hessian

    return _against_autodiff(run, robust_hessian, order=2)


def _against_autodiff(run: Run, formula: Any, order: int) -> Evidence:
    import jax
    import jax.numpy as jnp
    import numpy as np

    n, d, count = 4, 3, run.pick(50, 300)

    def loss(w: Any, z: Any, eps: Any) -> Any:
        return jnp.mean(jnp.logaddexp(0.0, eps * jnp.sqrt(w @ w) - z @ w))

    derive = jax.grad if order == 1 else jax.hessian

    @jax.jit
    @jax.vmap
    def both(w: Any, z: Any, eps: Any) -> Any:
        return derive(loss)(w, z, eps), formula(w, z, eps)

    rng = run.rng
    w, z = rng.standard_normal((count, d)), rng.standard_normal((count, n, d))
    automatic, closed = (np.asarray(part) for part in both(w, z, rng.uniform(0, 2, count)))
    axes = tuple(range(1, automatic.ndim))
    error = np.abs(automatic - closed).max(axes) / np.abs(closed).max(axes)
    return Evidence.supported(
        admissible=count,
        tried=count,
        margin=-float(error.max()),
        tolerance=1e-11,
        seed=run.seed,
    )


OPTIMAL = Hypothesis(
    "stationary",
    (
        r"$\partial\ell/\partial w = 0$: the slope along $v$ vanishes for $v = y\,x - \varepsilon "
        r"w/\|w\|$"
    ),
    lambda w: Comparison(sigmoid(logit(w)) * dot(worst_example(w), worst_example(w)), "==", 0),
)

OPTIMAL_WEIGHT = register(
    Claim(
        id="yamada.optimal-weight",
        kind=Kind.STEP,
        source=yamada("Section 3.2, after Eq. (8)"),
        title="∂ℓ/∂w = 0 for a sample exactly if w/‖w‖ = y x/‖η‖",
        statement=(
            r"“An optimal weight $w^*$ of $L_\eta$ for each point satisfies "
            r"$\frac{w^*_i}{\|w^*\|} = \frac{y^nx^n_i}{\|\eta^n\|}$.”"
        ),
        expected=Verdict.PROVED,
        depends=("yamada.eq-8.repaired",),
        hypotheses=(RADIUS, LABEL, NONZERO, OPTIMAL),
        conclusion=lambda w: [Comparison(entry, "==", 0) for entry in worst_example(w)],
        necessity=(
            Necessity(
                "stationary",
                witness={"w": "(3, 4)", "x": "(1, 0)", "y": "1", "eps": "1"},
                detail="Other weights do not have this form.",
            ),
            NEEDS_NONZERO,
            *SETTING,
        ),
        notes=(
            "The condition is necessary and sufficient, but it hardly ever holds for all samples "
            "at once: see `jaxat.yamada-hypothesis`. For ‖η‖ = 0 it reads y x = 0."
        ),
    )
)


@OPTIMAL_WEIGHT.check(Method.EXACT, Verdict.PROVED)
def positive_factor(run: Run) -> Evidence:
    """The gradient is −s u with s > 0: it vanishes exactly if u = y x − εw/‖w‖ does."""

    from theory.smt import prove

    s, u = reals("s u")
    return Evidence.from_proofs(
        Method.EXACT,
        [prove((s * u == 0) == (u == 0), given=[s > 0])],
        witness={"w": (3, 4), "x": ("3/5", "4/5"), "y": 1, "eps": 1},
        detail="Entry by entry; s = σ(ε‖w‖ − y w·x) is positive for all weights.",
    )


ERRATA = (
    Erratum(
        "yamada.erratum-7",
        "Section 3.2, Eq. (8)",
        r"numerator $(\dots)\exp(-y^nw\cdot x^n + \|w\|\|\eta^n\|)$",
        (
            r"without the exponential in the numerator (or with the opposite sign in the exponent "
            r"of the denominator); Appendix B has it right"
        ),
        claim="yamada.eq-8",
    ),
    Erratum(
        "yamada.erratum-14",
        "Appendix B",
        (
            r"sums over $i$ in the exponents beside the free index $i$; a factor $y^n$ in the "
            r"exponent of the last line but one; $\omega$ for $w$ and $l$ for $\ell$"
        ),
        r"another index; no $y^n$ (it multiplies 0, the result stands); one letter each",
        why="The exponent in question is zero with and without the factor.",
    ),
)
