"""Eq. (1) and (4)-(6) of Yamada et al.: the loss, adversarial training, filter normalisation."""

from __future__ import annotations

from itertools import product

from theory.claim import Claim, Hypothesis, Kind, Necessity
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, add, dot, exp, norm, rational, scale, softplus
from theory.registry import register
from theory.run import Run
from theory.support.yamada import LABEL, RADIUS, loss, reals, yamada

EQ_1 = register(
    Claim(
        id="yamada.eq-1",
        kind=Kind.DEFINITION,
        source=yamada("Section 2.1", "1"),
        title="the logistic loss is the negative log-likelihood of P(y | x) = σ(y w·x)",
        statement=(
            r"$L(x, y, w) = \frac1N\sum_n \ell(x^n, y^n, w)$ with "
            r"$\ell(x^n, y^n, w) \equiv \log(1 + \exp(-y^n w\cdot x^n))$, $y \in \{-1, 1\}$. "
            r"What the definition has to do: $e^{-\ell}$ is a probability distribution over the "
            r"two labels."
        ),
        expected=Verdict.PROVED,
        conclusion=lambda w: Comparison(
            exp(-loss(w["w"], w["x"], 1)) + exp(-loss(w["w"], w["x"], -1)), "==", 1
        ),
    )
)


@EQ_1.check(Method.SYMBOLIC, Verdict.PROVED)
def probabilities(run: Run) -> Evidence:
    """exp(−ℓ) over y = ±1 sums to 1, for every value m of w·x."""
    import sympy

    from theory.symbolic import prove_zero

    m = sympy.Symbol("m", real=True)
    total = sympy.Add(*(sympy.exp(-sympy.log(1 + sympy.exp(-y * m))) for y in (-1, 1)))
    witness = {"w": (1, 2), "x": (3, -1)}
    return Evidence.from_proofs(Method.SYMBOLIC, [prove_zero(total - 1)], witness=witness)


def inner_maximum(point: Point) -> Comparison:
    """ℓ(x + η, y, w) ≤ softplus(ε‖w‖ − y w·x) for ‖η‖ ≤ ε."""
    w, y = point["w"], point["y"]
    reached = loss(w, add(point["x"], point["eta"]), y)
    return Comparison(reached, "<=", softplus(point["eps"] * norm(w) - y * dot(w, point["x"])))


EQ_4 = register(
    Claim(
        id="yamada.eq-4",
        kind=Kind.EQUATION,
        source=yamada("Section 2.3", "4"),
        title="L2: the inner maximum of (4) is softplus(ε‖w‖ − y w·x)",
        statement=(
            r"$\min_w \frac1N\sum_n \max_{\|\eta^n\|\le\varepsilon} \ell(x^n+\eta^n, y^n, w)$. In "
            r"closed form, the inner maximum for the $L_2$ norm is "
            r"$\log(1+\exp(\varepsilon\|w\| - y^n w\cdot x^n))$, so that (4) is a smooth convex "
            r"problem away from $w = 0$ and needs no attack."
        ),
        expected=Verdict.PROVED,
        depends=("yamada.eq-2.repaired",),
        hypotheses=(
            RADIUS,
            LABEL,
            Hypothesis(
                "in the ball",
                r"$\|\eta\|_2 \le \varepsilon$",
                lambda w: Comparison(norm(w["eta"]), "<=", w["eps"]),
            ),
        ),
        conclusion=inner_maximum,
        necessity=(
            Necessity(
                "in the ball",
                witness={"w": "(1, 0)", "x": "(1, 1)", "y": "1", "eps": "1", "eta": "(-2, 0)"},
                detail="A longer perturbation does more.",
            ),
            Necessity(
                "label",
                witness={"w": "(1, 0)", "x": "(1, 1)", "y": "2", "eps": "1", "eta": "(-1, 0)"},
                detail="A label of 2 doubles the effect of the perturbation.",
            ),
            Necessity("eps >= 0", detail="A ball of negative radius has no points."),
        ),
    )
)


@EQ_4.check(Method.EXACT, Verdict.PROVED)
def smt(run: Run) -> Evidence:
    """−y⟨w, η⟩ ≤ ε‖w‖ in ‖w‖, ‖η‖, ⟨w, η⟩; the softplus is increasing; equality at −yεw/‖w‖."""
    import z3

    from theory.smt import gram_pair, prove

    pair = gram_pair()
    y, eps = reals("y eps")
    given = [*pair.constraints, z3.Or(y == 1, y == -1), pair.b <= eps]
    bound = prove(-y * pair.p <= eps * pair.a, given=given)
    # At η = −yεw/‖w‖: ⟨w, η⟩ = −yεa.
    attained = prove(-y * (-y * eps * pair.a) == eps * pair.a, given=given)
    return Evidence.from_proofs(
        Method.EXACT,
        [bound, attained],
        witness={"w": (3, 4), "x": (1, 2), "y": 1, "eps": 5, "eta": (-3, -4)},
        detail=(
            "Where w = 0 or η = 0 both sides of the inequality for the inner products are trivial. "
            "The maximum is attained, so (4) is the mean of the right-hand sides."
        ),
    )


def exchanged(point: Point) -> Comparison:
    """The largest mean over all choices against the mean of the maxima, for finitely many η."""
    losses = point["losses"]  # the values of ℓ that the perturbations of each sample give
    count = len(losses)
    together = max(sum(choice, rational(0)) / count for choice in product(*losses))
    return Comparison(together, "==", sum(map(max, losses), rational(0)) / count)


EQ_5 = register(
    Claim(
        id="yamada.eq-5",
        kind=Kind.EQUATION,
        source=yamada("Section 2.4", "5"),
        title="the maximum over all perturbations of the mean is the mean of the maxima",
        statement=(
            r"$g(\alpha) = \max_{\eta^n\in\mathbb B} \frac1N\sum_n \ell(x^n+\eta^n, y^n, w+\alpha "
            r"h)$: "
            r"the maximum stands outside the sum, in (4) inside. Both are the same number, because "
            r"$\eta^n$ occurs in the $n$-th term alone. The perturbations have to be found anew "
            r"for "
            r"every $\alpha$."
        ),
        expected=Verdict.PROVED,
        conclusion=exchanged,
    )
)


@EQ_5.check(Method.EXACT, Verdict.PROVED)
def exchange(run: Run) -> Evidence:
    """One step of the induction: if S ≤ M and f ≤ m are attained, then so is S + f ≤ M + m."""

    from theory.smt import prove

    total, f, best_total, best, s0, f0 = reals("S f M m S0 f0")
    bounds = [total <= best_total, f <= best]
    attained = [s0 == best_total, f0 == best]
    return Evidence.from_proofs(
        Method.EXACT,
        [
            prove(total + f <= best_total + best, given=bounds),
            prove(s0 + f0 == best_total + best, given=attained),
        ],
        assumes=("induction over the number of samples",),
        witness={"losses": ((1, 3), (5, 2, 0), (1, 4))},
    )


def norm_and_direction(point: Point) -> tuple[Comparison, Comparison]:
    """‖h'‖ = ‖w‖ and ⟨h', h⟩ = ‖h'‖‖h‖ for the normalised direction h'."""
    length, h = norm(point["w"]), point["h"]
    result = scale(length / norm(h), h)
    return (
        Comparison(norm(result), "==", length),
        Comparison(dot(result, h), "==", length * norm(h)),
    )


EQ_6 = register(
    Claim(
        id="yamada.eq-6",
        kind=Kind.DEFINITION,
        source=yamada("Section 2.4", "6"),
        title="filter normalisation gives h the norm of w and keeps its direction",
        statement=(
            r"$h \leftarrow \frac{h}{\|h\|_F}\|w\|_F$; in logistic regression there is one filter, "
            r"and $\|\cdot\|_F$ is the $L_2$ norm."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            Hypothesis("h != 0", r"$h \ne 0$", lambda w: any(entry != 0 for entry in w["h"])),
        ),
        conclusion=norm_and_direction,
        necessity=(
            Necessity(
                "h != 0", detail="For h = 0 the quotient is not defined; Gauss never gives 0."
            ),
        ),
        notes=(
            "The normalisation rescales the *direction* h and leaves w alone. It does not make "
            "the norms of two different weights equal, see `yamada.eq-12`. For w = 0, which is the "
            "minimiser from a finite radius on (`jaxat.yamada-phases`), the normalised direction "
            "is 0 and g is constant. Whether h also moves the bias is not said."
        ),
    )
)


@EQ_6.check(Method.SYMBOLIC, Verdict.PROVED)
def norm_of_the_result(run: Run) -> Evidence:
    """‖(‖w‖/‖h‖) h‖² = ‖w‖² and ⟨h', h⟩ = ‖w‖‖h‖, by bilinearity."""
    import sympy

    from theory.gram import dot as inner
    from theory.gram import gram, norm_squared
    from theory.symbolic import prove_zero

    a = sympy.Symbol("a", nonnegative=True)
    b = sympy.Symbol("b", positive=True)
    (h,) = gram("h", norms={"h": b})
    result = h * (a / b)
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [prove_zero(norm_squared(result) - a**2), prove_zero(inner(result, h) - a * b)],
        witness={"w": (3, 4), "h": (5, 12)},
    )


ERRATA = (
    Erratum(
        "yamada.erratum-3",
        "Section 2.4, Eq. (6)",
        r"“The filter normalization absorbs the scaling freedom of the weights.”",
        (
            r"Logistic regression has no scaling freedom: $L(cw) \ne L(w)$. What (6) rescales is "
            r"the "
            r"direction $h$, so that $g''(0) = h^\top H h$ is measured in units of $\|w\|^2$; it "
            r"is "
            r"undefined at the collapsed minimiser $w = 0$."
        ),
        claim="yamada.eq-6",
    ),
)
