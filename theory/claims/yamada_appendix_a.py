"""Appendix A of Yamada et al.: the derivative that proves Lemma 1."""

from __future__ import annotations

from theory.claim import Claim, Kind
from theory.claims.yamada_lemma_1 import printed_exponent
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, ball, norm
from theory.registry import register
from theory.run import Run
from theory.support.yamada import yamada


def slope_in_cosine(point: Point) -> Comparison:
    """The derivative of the printed (7) in cos θ, from its power series, and as printed."""
    from flint import arb_series

    c, swing = point["cos"], point["y"] * norm(point["w"]) * norm(point["eta"])
    exponent = ball(printed_exponent(point, c))
    series = (1 + arb_series([exponent, ball(swing)], 2).exp()).log()
    return Comparison(series[1], "==", swing * exponent.exp() / (1 + exponent.exp()))


APPENDIX_A = register(
    Claim(
        id="yamada.appendix-a",
        kind=Kind.STEP,
        source=yamada("Appendix A"),
        title="the derivative of the printed (7) in cos θ is y‖w‖‖η‖ e^h/(1 + e^h)",
        statement=(
            r"$\frac{\partial}{\partial(\cos\theta)}\log(1+e^{h}) = \frac{y\|w\|\|\eta\|\,e^{h}}"
            r"{1+e^{h}}$ with $h = -y\,w\cdot x + y\|w\|\|\eta\|\cos\theta$; “since the "
            r"exponential "
            r"function always has a positive value, Lemma 1 is proved”."
        ),
        expected=Verdict.PROVED,
        conclusion=slope_in_cosine,
        notes="The proof is right in the convention of the printed (7), θ = ∠(w, −η).",
    )
)


@APPENDIX_A.check(Method.SYMBOLIC, Verdict.PROVED)
def chain_rule(run: Run) -> Evidence:
    """Both printed lines against the derivative, with m, s, y and cos θ as free symbols."""
    import sympy

    from theory.symbolic import prove_zero

    c, m, y = sympy.symbols("c m y", real=True)
    swing = sympy.Symbol("s", nonnegative=True)
    exponential = sympy.exp(-y * m + y * swing * c)
    slope = sympy.diff(sympy.log(1 + exponential), c)
    first = sympy.diff(exponential, c) / (1 + exponential)
    last = y * swing * exponential / (1 + exponential)
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [prove_zero(slope - first), prove_zero(slope - last)],
        witness={"w": (3, 4), "x": (1, 0), "eta": (0, 2), "y": -1, "cos": "1/3"},
    )
