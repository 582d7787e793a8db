"""Eq. (13) and (14) of Yamada et al.: gradient and Hessian of the loss with given noise."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity
from theory.errata import Erratum
from theory.evidence import Evidence, Exactly, Method, Verdict
from theory.exact import Comparison, Point, add, dot, exp, parse_point
from theory.exact.logistic import weighted_mean
from theory.registry import register
from theory.run import Run
from theory.support.yamada import yamada

LABELS = Hypothesis("labels", r"$y^n \in \{-1, 1\}$", lambda w: all(abs(y) == 1 for y in w["y"]))
UNIT_LABELS = Necessity(
    "labels",
    witness={"w": "(1, 0)", "x": "((1, 0),)", "eta": "((0, 0),)", "y": "(2,)", "v": "(1, 0)"},
    detail="(yⁿ)² = 1 is used.",
)


def noisy(point: Point) -> list[tuple[Any, ...]]:
    return [add(x, eta) for x, eta in zip(point["x"], point["eta"], strict=True)]


def odds(point: Point) -> list[Any]:
    """κⁿ = gⁿ − 1 = exp(−yⁿ w·(xⁿ + ηⁿ))."""
    pairs = zip(point["y"], noisy(point), strict=True)
    return [exp(-y * dot(point["w"], row)) for y, row in pairs]


def slope_and_curvature(point: Point) -> tuple[Any, Any]:
    """Derivatives of the loss at w + t v in t, from its power series and not from a formula."""
    from flint import arb_series

    from theory.exact import ball

    total = arb_series([0], 3)
    for y, row in zip(point["y"], noisy(point), strict=True):
        line = arb_series([ball(-y * dot(point["w"], row)), ball(-y * dot(point["v"], row))], 3)
        total += (1 + line.exp()).log()
    count = len(point["y"])
    return total[1] / count, 2 * total[2] / count


def slope(point: Point, *, sign: int, noise: bool) -> Any:
    """(13) in the direction v: sign · mean of y(g − 1)/g times x·v, or (x + η)·v with the noise."""
    rows = noisy(point) if noise else point["x"]
    terms = [
        sign * y * kappa / (1 + kappa) * dot(row, point["v"])
        for y, kappa, row in zip(point["y"], odds(point), rows, strict=True)
    ]
    return weighted_mean(terms)


def printed(point: Point) -> Comparison:
    return Comparison(slope(point, sign=1, noise=False), "==", slope_and_curvature(point)[0])


def repaired(point: Point) -> Comparison:
    return Comparison(slope(point, sign=-1, noise=True), "==", slope_and_curvature(point)[0])


def curvature(point: Point) -> Comparison:
    """(14) as a quadratic form in v."""
    terms = [
        kappa / (1 + kappa) ** 2 * dot(row, point["v"]) ** 2
        for kappa, row in zip(odds(point), noisy(point), strict=True)
    ]
    return Comparison(weighted_mean(terms), "==", slope_and_curvature(point)[1])


register(
    Claim(
        id="yamada.eq-13",
        kind=Kind.EQUATION,
        source=yamada("Section 3.2, proof of Theorem 2", "13"),
        title="(13) is the gradient of the loss with noise",
        statement=(
            r"$\frac{\partial L_\eta}{\partial w_i} = -\frac1N\sum_n\frac{-y^n(g^n-1)x^n_i}{g^n}$, "
            r"$g^n \equiv 1 + \exp(-y^n w\cdot(x^n+\eta^n))$."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("yamada.eq-13.repaired",),
        hypotheses=(LABELS,),
        conclusion=printed,
    )
)

EQ_13 = register(
    Claim(
        id="yamada.eq-13.repaired",
        kind=Kind.EQUATION,
        source=yamada("Section 3.2, proof of Theorem 2", "13"),
        title="(13) with one minus sign and with x + η in place of x",
        statement=(
            r"$\frac{\partial L_\eta}{\partial w_i} = "
            r"-\frac1N\sum_n\frac{y^n(g^n-1)(x^n_i+\eta^n_i)}{g^n}$. Both changes are needed: "
            r"neither alone gives the gradient."
        ),
        expected=Verdict.PROVED,
        conclusion=repaired,
        notes="True for every real label: yⁿ = ±1 is not used.",
    )
)

EQ_14 = register(
    Claim(
        id="yamada.eq-14",
        kind=Kind.EQUATION,
        source=yamada("Section 3.2, proof of Theorem 2", "14"),
        title="(14) is the Hessian of the loss with noise",
        statement=(
            r"$\frac{\partial^2 L_\eta}{\partial w_i\partial w_j} = "
            r"\frac1N\sum_n\frac{g^n-1}{(g^n)^2}(x^n_i+\eta^n_i)(x^n_j+\eta^n_j)$. “We used "
            r"$(y^n)^2 = 1$.”"
        ),
        expected=Verdict.PROVED,
        depends=("yamada.eq-13.repaired",),
        hypotheses=(LABELS,),
        conclusion=curvature,
        necessity=(UNIT_LABELS,),
    )
)


def _loss() -> Any:
    """log(1 + exp(−y (w + s v₁ + t v₂)·u)), u = x + η, by the inner products alone."""
    import sympy

    s, t, y, m, k, j = sympy.symbols("s t y m k j", real=True)  # ⟨u, w⟩, ⟨u, v₁⟩, ⟨u, v₂⟩
    value = sympy.log(1 + sympy.exp(-y * (m + s * k + t * j)))
    kappa = sympy.exp(-y * m)
    return value, kappa, (s, t, y, k, j)


GENERIC = {"w": "(1, 2)", "x": "((1, -1), (2, 1/2))", "eta": "((1/3, 0), (0, 1/4))"}
GENERIC |= {"y": "(1, -1)", "v": "(1, 1)"}


def neither_change_alone() -> list[Exactly]:
    """One sign without the noise, and the noise with the printed sign, both miss the gradient."""
    point = parse_point(GENERIC)
    found = slope_and_curvature(point)[0]
    return [
        Exactly(Comparison(slope(point, sign=sign, noise=noise), "!=", found).holds(), text)
        for sign, noise, text in ((-1, False, "sign alone"), (1, True, "noise alone"))
    ]


@EQ_13.check(Method.SYMBOLIC, Verdict.PROVED)
def derivative_along_a_line(run: Run) -> Evidence:
    """d/ds of the loss at s = 0, for every direction v₁."""
    import sympy

    from theory.symbolic import prove_zero

    value, kappa, (s, t, y, k, _) = _loss()
    slope_ = sympy.diff(value, s).subs({s: 0, t: 0})
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [prove_zero(slope_ + y * kappa / (1 + kappa) * k), *neither_change_alone()],
        witness=parse_point(GENERIC),
        detail="Dimension-free: for one sample and any direction, hence for the mean.",
    )


@EQ_14.check(Method.SYMBOLIC, Verdict.PROVED)
def second_derivative(run: Run) -> Evidence:
    """d²/ds dt of the loss at 0 is y² κ/(1 + κ)² ⟨u, v₁⟩⟨u, v₂⟩, and y² = 1."""
    import sympy

    from theory.symbolic import prove_zero

    value, kappa, (s, t, y, k, j) = _loss()
    mixed = sympy.diff(value, s, t).subs({s: 0, t: 0})
    general = prove_zero(mixed - y**2 * kappa / (1 + kappa) ** 2 * k * j)
    labels = [
        prove_zero((mixed - kappa / (1 + kappa) ** 2 * k * j).subs(y, label)) for label in (1, -1)
    ]
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [general, *labels],
        witness=parse_point(GENERIC),
        detail="Dimension-free, entry by entry.",
    )


@EQ_13.check(Method.NUMERIC, Verdict.SUPPORTED)
def automatic_differentiation(run: Run) -> Evidence:
    """jax.grad of the loss with noise against the repaired (13)."""
    return _autodiff(run, hessian=False)


@EQ_14.check(Method.NUMERIC, Verdict.SUPPORTED)
def automatic_hessian(run: Run) -> Evidence:
    """jax.hessian of the loss with noise against (14)."""
    return _autodiff(run, hessian=True)


def _autodiff(run: Run, *, hessian: bool) -> Evidence:
    import jax
    import jax.numpy as jnp
    import numpy as np

    n, d, count = 4, 3, run.pick(50, 300)

    def loss(w: Any, z: Any) -> Any:
        return jnp.mean(jax.nn.softplus(-z @ w))

    rng = run.rng
    w, eta = rng.standard_normal((count, d)), rng.uniform(-1, 1, (count, n, d))
    y, x = rng.choice([-1.0, 1.0], (count, n)), rng.standard_normal((count, n, d))
    u = x + eta
    found = jax.jit(jax.vmap((jax.hessian if hessian else jax.grad)(loss)))(w, y[..., None] * u)
    g = 1 + np.exp(-y * np.einsum("cnd,cd->cn", u, w))
    if hessian:
        closed = np.einsum("cn,cni,cnj->cij", (g - 1) / g**2, u, u) / n
    else:
        closed = -np.einsum("cn,cni->ci", y * (g - 1) / g, u) / n
    axes = tuple(range(1, closed.ndim))
    error = np.abs(np.asarray(found) - closed).max(axes) / np.abs(closed).max(axes)
    return Evidence.supported(
        admissible=count,
        tried=count,
        margin=-float(error.max()),
        tolerance=1e-12,
        seed=run.seed,
    )


ERRATA = (
    Erratum(
        "yamada.erratum-20",
        "Section 3.2, Eq. (13)",
        r"$-\frac1N\sum_n\frac{-y^n(g^n-1)x^n_i}{g^n}$",
        (
            r"$-\frac1N\sum_n\frac{y^n(g^n-1)(x^n_i+\eta^n_i)}{g^n}$: one minus sign too many, and "
            r"the noise is missing from $x^n_i$. Eq. (14) follows from the right form."
        ),
        claim="yamada.eq-13",
    ),
)
