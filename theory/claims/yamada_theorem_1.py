"""Theorem 1 of Yamada et al.: does a larger radius sharpen the landscape?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from theory.claim import Claim, Hypothesis, Kind
from theory.claims.yamada_eq_12 import NONZERO_WEIGHTS, OPTIMAL_A, OPTIMAL_B, coefficients
from theory.errata import Erratum, NotAClaim
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, ball
from theory.exact.logistic import largest_eigenvalue, robust_gradient, robust_hessian
from theory.registry import register
from theory.rigorous.arithmetic import ball_interval
from theory.run import Run
from theory.support.yamada import reals, yamada

THEOREM_1 = register(
    Claim(
        id="yamada.theorem-1",
        kind=Kind.THEOREM,
        source=yamada("Theorem 1"),
        title="at weights optimal for each point, the larger of two radii is sharper",
        statement=(
            r"When the loss of the linear logistic regression model converges to the minimum for "
            r"each data point ($\frac{\partial}{\partial w_i}\ell(x^n+\eta, y^n, w) = 0$), the "
            r"weight loss landscape becomes sharper for robust models trained with a large norm of "
            r"adversarial noise that is constrained in the $L_2$ norm. Compared are two radii "
            r"$\varepsilon_a > \varepsilon_b$ on one data set."
        ),
        expected=Verdict.VACUOUS,
        depends=("yamada.optimal-weight", "yamada.eq-9"),
        repaired_by=("jaxat.monotone-at-fixed-weights", "jaxat.collapse-law"),
        hypotheses=(
            Hypothesis(
                "eps_a > eps_b",
                r"$\varepsilon_a > \varepsilon_b \ge 0$",
                lambda w: (
                    Comparison(w["eps_a"], ">", w["eps_b"]),
                    Comparison(w["eps_b"], ">=", 0),
                ),
            ),
            NONZERO_WEIGHTS,
            OPTIMAL_A,
            OPTIMAL_B,
        ),
        conclusion=coefficients,
        notes=(
            "The hypothesis at radius ε says that every y x has length ε. A data set satisfies it "
            "for one radius at most, so there are never two models to compare. What happens at "
            "true minimisers instead: `yamada.theorem-1.at-minimisers`, `jaxat.yamada-phases`, "
            "`jaxat.collapse-law`; at equal weights: `jaxat.monotone-at-fixed-weights`. Read as a "
            "limit, as Theorem 2 has to be read, the hypothesis can be met at two radii, by losses "
            "that tend to 0; then both Hessians tend to 0 (`jaxat.sharpness-vanishes-with-loss`), "
            "and nothing is left to compare."
        ),
    )
)


@THEOREM_1.check(Method.EXACT, Verdict.VACUOUS)
def no_two_radii(run: Run) -> Evidence:
    """z = ε_a u_a = ε_b u_b with unit vectors u gives ε_a = ‖z‖ = ε_b, in any dimension."""
    import z3

    from theory.smt import prove

    eps_a, eps_b, length_a, length_b = reals("eps_a eps_b a b")
    # With a = ‖w_a‖: ε_a w_a = a z, so ε_a² a² = a²‖z‖²; the same for b.
    square = z3.Real("z_squared")
    given = [
        *(length_a > 0, length_b > 0, eps_a >= 0, eps_b >= 0, square >= 0),
        eps_a * eps_a * length_a * length_a == length_a * length_a * square,
        eps_b * eps_b * length_b * length_b == length_b * length_b * square,
    ]
    proof = prove(eps_a == eps_b, given=given)
    return Evidence.vacuous(
        Method.EXACT,
        [proof],
        detail=(
            "One sample is enough for the contradiction: ‖y x‖ = ε_a and ‖y x‖ = ε_b exclude "
            "ε_a > ε_b. The case ε_b = 0, standard training, is excluded in the same way."
        ),
    )


def on_the_axis(letter: str) -> Callable[[Point], Any]:
    """Whether (r, 0) with r in the given interval is certainly the minimiser at radius ε."""

    def holds(point: Point) -> Any:
        low, high = point["r_" + letter]
        eps, z, counts = point["eps_" + letter], point["z"], point["counts"]
        samples = sorted(zip(z, counts, strict=True), key=str)
        mirrored = sorted((((a, -b), c) for (a, b), c in samples), key=str)
        left, right = (robust_gradient((ball(r), ball(0)), z, eps, counts)[0] for r in (low, high))
        return (
            Comparison(low, ">", 0),
            Comparison(low, "<", high),
            # The gradient is on the axis by symmetry, and changes its sign along it.
            Comparison(int(samples == mirrored), "==", 1),
            Comparison(left, "<", 0),
            Comparison(right, ">", 0),
        )

    return holds


def sharpness(point: Point, letter: str) -> Any:
    """λ_max of the Hessian at the minimiser, enclosed by a ball."""
    w = (ball_interval(*point["r_" + letter]), ball(0))
    hessian = robust_hessian(w, point["z"], point["eps_" + letter], point["counts"])
    return largest_eigenvalue(hessian)


def normalised_sharpness(point: Point, letter: str) -> Any:
    """‖w‖²λ_max, the largest curvature along a direction as long as w: Section 3.1."""
    return ball_interval(*point["r_" + letter]) ** 2 * sharpness(point, letter)


READINGS = (sharpness, normalised_sharpness)


def sharper_in_some_reading(point: Point) -> bool | None:
    answers = [Comparison(f(point, "a"), ">=", f(point, "b")).holds() for f in READINGS]
    if True in answers:
        return True
    return None if None in answers else False


AT_MINIMISERS = register(
    Claim(
        id="yamada.theorem-1.at-minimisers",
        kind=Kind.THEOREM,
        source=yamada("Theorem 1"),
        title="at the minimisers of the robust loss, the larger of two radii is sharper",
        statement=(
            r"For $\varepsilon_a > \varepsilon_b > 0$ on one data set with minimisers "
            r"$w_a, w_b \ne 0$ of the adversarial training loss: "
            r"$\lambda_{\max}(H_{\varepsilon_a}(w_a)) \ge \lambda_{\max}(H_{\varepsilon_b}(w_b))$, "
            r"or at least $\|w_a\|^2\lambda_{\max}(H_{\varepsilon_a}(w_a)) \ge "
            r"\|w_b\|^2\lambda_{\max}(H_{\varepsilon_b}(w_b))$, as in Section 3.1 with "
            r"normalised directions."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("jaxat.monotone-at-fixed-weights", "jaxat.collapse-law"),
        depends=("yamada.appendix-b", "yamada.convexity"),
        hypotheses=(
            Hypothesis(
                "eps_a > eps_b",
                r"$\varepsilon_a > \varepsilon_b > 0$",
                lambda w: (
                    Comparison(w["eps_a"], ">", w["eps_b"]),
                    Comparison(w["eps_b"], ">", 0),
                ),
            ),
            Hypothesis(
                "w_a minimiser",
                (
                    r"$w_a = (r, 0)$ with $r$ in the given interval minimises the convex loss at "
                    r"$\varepsilon_a$: the data are symmetric in the second coordinate and the "
                    r"first partial derivative changes its sign there"
                ),
                on_the_axis("a"),
            ),
            Hypothesis(
                "w_b minimiser",
                r"$w_b = (r, 0)$ minimises the loss at $\varepsilon_b$, in the same sense",
                on_the_axis("b"),
            ),
        ),
        conclusion=sharper_in_some_reading,
        notes=(
            "The minimisers are enclosed in intervals of rational ends by a certified change of "
            "sign, and the eigenvalues are balls over the whole intervals."
        ),
    )
)


def bracket(k: int, eps: Any, digits: int = 12) -> tuple[Any, Any]:
    """Rational ends around r with k p σ(−rp) = 2ε σ(rε), p = 1 − ε, for the symmetric family."""
    from theory.exact import sigmoid
    from theory.rigorous import enclose_root

    def slope(r: Any) -> Any:
        return 2 * eps * sigmoid(r * eps) - k * (1 - eps) * sigmoid(-r * (1 - eps))

    root = enclose_root(slope, "1/1000", 1000, digits=digits)
    unit = 10 ** (digits - 4)
    low = int((root * unit).lower().floor().unique_fmpz())
    from flint import fmpq

    return fmpq(low - 1, unit), fmpq(low + 2, unit)


@AT_MINIMISERS.check(Method.EXACT, Verdict.REFUTED)
def falls_all_the_way(run: Run) -> Evidence:
    """The same family with k = 2, B = 40: falling over four radii, minimisers found anew."""
    from theory.exact import rational

    z, counts = ((1, 0), (0, 40), (0, -40)), (2, 1, 1)
    radii = [rational(text) for text in ("1/100", "1/10", "1/5", "3/10")]
    brackets = [bracket(2, eps) for eps in radii]
    points = [
        {"z": z, "counts": counts, "eps_a": a, "eps_b": b, "r_a": r, "r_b": s}
        for (a, r), (b, s) in zip(
            zip(radii[1:], brackets[1:], strict=True),
            zip(radii, brackets, strict=False),
            strict=False,
        )
    ]
    falling = [Comparison(f(p, "a"), "<", f(p, "b")).holds() for p in points for f in READINGS]
    if not all(falling):
        return Evidence.undecided(Method.EXACT, "not certainly falling at every step")
    return Evidence.refuted(
        points[0],
        "λ_max falls at every step over the radii 1/100, 1/10, 1/5, 3/10, and so does ‖w‖²λ_max, "
        "the sharpness with normalised directions.",
    )


ERRATA = (
    Erratum(
        "yamada.erratum-11",
        "Theorem 1",
        r"“when the loss … converges to the minimum for each data point”",
        (
            r"On one data set this holds for one radius at most, so the theorem compares nothing; "
            r"at "
            r"true minimisers its conclusion can fail"
        ),
        claim="yamada.theorem-1",
    ),
    Erratum(
        "yamada.erratum-12",
        "Abstract, Sections 1 and 3",
        r"“adversarial training … sharpens the weight loss landscape in the linear logistic model”",
        (
            r"True at fixed weights with nonnegative robust margins, across the weights "
            r"(`jaxat.monotone-at-fixed-weights`), and for eigenvalues near the threshold of "
            r"collapse, where with the normalisation of Section 3.1 sharpness falls to 0 instead "
            r"(`jaxat.collapse-law`); not true for the minimisers of all data sets"
        ),
        claim="yamada.theorem-1.at-minimisers",
    ),
)

NOT_CLAIMS = (
    NotAClaim(
        "Yamada et al., Section 3.1",
        "“The larger the eigenvalue becomes, the sharper the weight loss landscape becomes.”",
        (
            "A definition. It is made “with the normalized weights”, while (9) to (12) and Figure "
            "3 "
            "use eigenvalues without the normalisation; what difference that makes is "
            "`jaxat.normalised-sharpness`."
        ),
    ),
    NotAClaim(
        "Yamada et al., Section 3.2, before Theorem 1",
        "“For the simple but special case of logistic regression …”",
        "An announcement; what follows is Eq. (7).",
    ),
)
