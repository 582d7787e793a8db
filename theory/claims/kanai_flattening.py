"""What Kanai et al. draw from Lemmas 4 and 5: flattening the loss in the input."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point
from theory.registry import register
from theory.run import Run


def smoothness_constant(point: Point) -> Any:
    """a + b²/c: the smoothness constant of the adversarial loss of ½aθ² + bθx' − ½cx'²."""
    return point["a"] + point["b"] ** 2 / point["c"]


def flattened(point: Point) -> Point:
    """The model after flattening by t: the curvature alone, the loss, or the scale of the input."""
    t = point["t"]
    a, b, c = {
        "curvature": (1, 1, t),  # c -> t c
        "loss": (t, t, t),  # l -> t l
        "input": (1, t, t * t),  # l(x') -> l(t x')
    }[point["how"]]
    return {"a": a * point["a"], "b": b * point["b"], "c": c * point["c"]}


def constant_grows(point: Point) -> Comparison:
    """The smoothness constant after flattening exceeds the one before."""
    return Comparison(smoothness_constant(flattened(point)), ">", smoothness_constant(point))


FLATTER = Hypothesis(
    "flatter",
    r"flattening by $0<t<1$ lowers the curvature in the input, $c_{\text{after}}<c$",
    lambda w: (
        Comparison(w["t"], ">", 0),
        Comparison(w["t"], "<", 1),
        Comparison(w["c"], ">", 0),
        Comparison(flattened(w)["c"], "<", w["c"]),
    ),
)
MODEL = Hypothesis(
    "model", r"$a\ge0$, $b>0$", lambda w: (Comparison(w["a"], ">=", 0), Comparison(w["b"], ">", 0))
)

register(
    Claim(
        id="kanai.flattening",
        kind=Kind.REMARK,
        source=Source("kanai", "after Lemma 5", "both"),
        title="Flattening the loss in the input increases the smoothness constant C_θθ + C_θx²/c",
        statement=(
            r"If we flatten the loss function in the input space for robustness, the singular "
            r"values of the Hessian matrix $\nabla_x^2\ell$ become small: i.e., $c$ can be a small "
            r"value. As a result, the Lipschitz constant of gradient $(C_{\theta\theta}+"
            r"C_{\theta x}^2/c)$ increases."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.flattening.repaired",),
        hypotheses=(MODEL, FLATTER),
        conclusion=constant_grows,
    )
)

FLATTENING = register(
    Claim(
        id="kanai.flattening.repaired",
        kind=Kind.REMARK,
        source=Source("kanai", "after Lemma 5, with C_θθ and C_θx fixed", "both"),
        title="Lower input curvature with C_θθ, C_θx unchanged increases C_θθ + C_θx²/c",
        statement=(
            r"If $c$ falls while $C_{\theta\theta}$ and $C_{\theta x}>0$ stay as they are, "
            r"$C_{\theta\theta}+C_{\theta x}^2/c$ increases. Scaling the loss by $t$ scales it by "
            r"$t$, and scaling the input leaves it unchanged."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            MODEL,
            FLATTER,
            Hypothesis(
                "curvature alone",
                r"$C_{\theta\theta}$ and $C_{\theta x}$ stay as they are",
                lambda w: w["how"] == "curvature",
            ),
        ),
        conclusion=constant_grows,
        necessity=(
            Necessity(
                "curvature alone",
                witness={"a": "1", "b": "1", "c": "1", "t": "1/2", "how": "input"},
                detail="Scaling the input by 1/2 quarters c and leaves the constant at 2.",
            ),
            Necessity(
                "flatter",
                witness={"a": "1", "b": "1", "c": "1", "t": "2", "how": "curvature"},
                detail="More curvature lowers the constant.",
            ),
            Necessity(
                "model",
                witness={"a": "1", "b": "0", "c": "1", "t": "1/2", "how": "curvature"},
                detail="With C_theta_x = 0 the curvature in the input does not matter.",
            ),
        ),
        cost=0.2,
    )
)


@FLATTENING.check(Method.SYMBOLIC, Verdict.PROVED)
def three_flattenings(run: Run) -> Evidence:
    """b²/(tc) − b²/c = b²(1−t)/(tc) > 0; the other two flattenings give t·K and K exactly."""
    import sympy

    from theory.symbolic import prove_nonnegative_by_identity, prove_zero

    a, b, c, t, s = sympy.symbols("a b c t s", positive=True)
    point = {"a": a, "b": b, "c": c}
    before = smoothness_constant(point)
    # t = 1/(1+s) runs over (0, 1); the certificate is a product of positive symbols.
    curvature = smoothness_constant(flattened({**point, "t": 1 / (1 + s), "how": "curvature"}))
    grows = prove_nonnegative_by_identity(curvature - before, b**2 * s / c)
    loss = prove_zero(smoothness_constant(flattened({**point, "t": t, "how": "loss"})) - t * before)
    scale = prove_zero(smoothness_constant(flattened({**point, "t": t, "how": "input"})) - before)
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [grows, loss, scale],
        witness={"a": 1, "b": 1, "c": 1, "t": "1/2", "how": "curvature"},
        detail="The increase b²s/c is positive for b > 0, so the inequality is strict.",
    )
