"""Where training with Gaussian noise ends for one sample: the Bayes classifier."""

from __future__ import annotations

from theory.claim import Claim, Hypothesis, Kind, Necessity
from theory.claims.yamada_theorem_2_second_half import gaussian_slope
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point
from theory.registry import register
from theory.run import Run
from theory.support.yamada import ours

PHASES = ours("phases of training with random noise")


def bayes_weight(point: Point) -> list[Comparison]:
    """w s² = 2x, coordinate by coordinate."""
    pairs = zip(point["w"], point["x"], strict=True)
    return [Comparison(w * point["s"] ** 2, "==", 2 * x) for w, x in pairs]


def gradient_vanishes(point: Point) -> Comparison | None:
    """F'(w) = 0 in one dimension, with the noise in units of s."""
    if len(point["w"]) != 1:
        return None
    standard = {"x": point["x"][0] / point["s"]}
    return Comparison(gaussian_slope(standard, point["w"][0] * point["s"]), "==", 0)


GAUSSIAN = register(
    Claim(
        id="jaxat.noise-gaussian-minimiser",
        kind=Kind.RESULT,
        source=PHASES,
        title="Gaussian noise, one sample: the minimiser is w = 2y x/s², the Bayes classifier",
        statement=(
            r"For one sample $x \ne 0$ with the label $y$ and $\eta \sim N(0, s^2I)$, the mean "
            r"loss $E\log(1+e^{-y\,w\cdot(x+\eta)})$ is minimal at $w^* = \frac{2y\,x}{s^2}$ and "
            r"nowhere else: it is the loss of telling $N(x, s^2I)$ from $N(-x, s^2I)$. Its norm "
            r"falls with the noise, as $1/s^2$."
        ),
        expected=Verdict.PROVED,
        depends=("jaxat.noise-phases",),
        hypotheses=(
            Hypothesis("s > 0", r"$s > 0$", lambda w: Comparison(w["s"], ">", 0)),
            Hypothesis("weight", r"$w = w^*$, $y = 1$", bayes_weight),
        ),
        conclusion=gradient_vanishes,
        necessity=(
            Necessity("s > 0", detail="Without noise the loss decreases for ever along x."),
            Necessity(
                "weight",
                witness={"w": "(1,)", "x": "(1,)", "s": "1"},
                detail="Any other weight; the minimiser is unique.",
            ),
        ),
    )
)


@GAUSSIAN.check(Method.SYMBOLIC, Verdict.PROVED)
def gradient_is_odd(run: Run) -> Evidence:
    """σ(−w*·z) times the density of z = x + η is even in z, so its mean against z vanishes."""
    import sympy

    from theory.symbolic import prove_nonnegative_by_identity, prove_zero

    # ‖z‖², ⟨x, z⟩, ‖x‖²; z → −z changes the sign of ⟨x, z⟩ alone.
    z, c, x = sympy.symbols("z2 c x2", real=True)
    s = sympy.Symbol("s", positive=True)
    density = sympy.exp(-(z - 2 * c + x) / (2 * s**2))
    weighted = density / (1 + sympy.exp(2 * c / s**2))
    m = sympy.Symbol("m", real=True)
    curvature = sympy.exp(m) / (1 + sympy.exp(m)) ** 2
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [
            prove_zero(weighted - weighted.subs(c, -c)),
            prove_nonnegative_by_identity(curvature, curvature),
        ],
        assumes=(
            "dominated convergence: two derivatives under the integral sign",
            "a convex function with a positive definite Hessian has at most one minimiser",
        ),
        witness={"w": (2,), "x": (1,), "s": 1},
        detail=(
            "Dimension-free, for y = 1; the label −1 turns z round. The gradient −E[σ(−m)z] is the "
            "integral of an odd function. The Hessian E[σ'(m)z zᵀ] is positive definite "
            "everywhere, so the minimiser is unique."
        ),
    )
