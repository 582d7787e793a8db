"""Eq. (7), Lemma 1 and Appendix A of Yamada et al.: the loss as a function of an angle."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, add, dot, norm, scale, softplus
from theory.registry import register
from theory.run import Run
from theory.scope import Names, Scope
from theory.support.yamada import LABEL, cosine, loss, yamada

NO_ZERO_VECTORS = Hypothesis(
    "w, eta != 0",
    r"$w \ne 0$, $\eta \ne 0$",
    lambda w: any(a != 0 for a in w["w"]) and any(a != 0 for a in w["eta"]),
)


def printed_exponent(point: Point, c: Any, sign: int = 1) -> Any:
    """The exponent in the second line of (7), with c for cos θ and a minus sign for sign = −1."""
    w, y = point["w"], point["y"]
    swing = norm(w) * norm(point["eta"])
    return -y * dot(w, point["x"]) + sign * y * swing * c


def printed_loss(point: Point, c: Any, sign: int = 1) -> Any:
    return softplus(printed_exponent(point, c, sign))


register(
    Claim(
        id="yamada.eq-7",
        kind=Kind.EQUATION,
        source=yamada("Section 3.2", "7"),
        title="(7) with θ the angle of w and η: −y w·η = +y‖w‖‖η‖cos θ",
        statement=(
            r"$\log(1+\exp(-y^n w\cdot(x^n+\eta^n))) = "
            r"\log(1+\exp(-y^n w\cdot x^n + y^n\|w\|\|\eta^n\|\cos\theta^n))$ “with adversarial "
            r"noise "
            r"$\eta^n$ and angle $\theta^n$”, read as the angle between $w$ and $\eta^n$."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("yamada.eq-7.repaired",),
        hypotheses=(LABEL, NO_ZERO_VECTORS),
        conclusion=lambda w: Comparison(
            loss(w["w"], add(w["x"], w["eta"]), w["y"]),
            "==",
            printed_loss(w, cosine(w["w"], w["eta"])),
        ),
    )
)

EQ_7 = register(
    Claim(
        id="yamada.eq-7.repaired",
        kind=Kind.EQUATION,
        source=yamada("Section 3.2", "7"),
        title="(7) holds with −cos∠(w, η), or as printed with θ = ∠(w, −η)",
        statement=(
            r"$-y\,w\cdot\eta = -y\|w\|\|\eta\|\cos\angle(w, \eta) "
            r"= +y\|w\|\|\eta\|\cos\angle(w, -\eta)$."
        ),
        expected=Verdict.PROVED,
        domain={"form": Names("minus, angle of w and eta", "as printed, angle of w and -eta")},
        hypotheses=(LABEL, NO_ZERO_VECTORS),
        conclusion=lambda w: (
            Comparison(
                loss(w["w"], add(w["x"], w["eta"]), w["y"]),
                "==",
                printed_loss(w, cosine(w["w"], w["eta"]), -1),
            ),
            Comparison(
                loss(w["w"], add(w["x"], w["eta"]), w["y"]),
                "==",
                printed_loss(w, cosine(w["w"], scale(-1, w["eta"]))),
            ),
        ),
        necessity=(
            Necessity("w, eta != 0", detail="The angle is not defined; the equation is trivial."),
            Necessity("label", detail="Proved for every real y."),
        ),
    )
)


@EQ_7.check(Method.SYMBOLIC, Verdict.PROVED)
def expansion(run: Run) -> Evidence:
    """Both forms of the exponent, by bilinear expansion in ‖w‖, ‖η‖ and inner products."""
    import sympy

    from theory.gram import dot as inner
    from theory.gram import gram
    from theory.symbolic import prove_zero

    y = sympy.Symbol("y", real=True)
    a, b = sympy.symbols("a b", positive=True)
    w, x, eta = gram("w x eta", norms={"w": a, "eta": b})
    exponent = -y * inner(w, x + eta)
    cos = inner(w, eta) / (a * b)
    cos_minus = inner(w, -eta) / (a * b)
    proofs = [
        prove_zero(exponent - (-y * inner(w, x) - y * a * b * cos)),
        prove_zero(exponent - (-y * inner(w, x) + y * a * b * cos_minus)),
    ]
    return Evidence.from_proofs(
        Method.SYMBOLIC, proofs, witness={"w": (3, 4), "x": (1, 2), "y": 1, "eta": (4, 3)}
    )


def increasing_cosines(point: Point) -> tuple[Comparison, ...]:
    first, second = point["cos_1"], point["cos_2"]
    return (
        Comparison(first, ">=", -1),
        Comparison(first, "<", second),
        Comparison(second, "<=", 1),
    )


COSINES = Hypothesis("cosines", r"$-1 \le c_1 < c_2 \le 1$", increasing_cosines)


def ordered(point: Point, sign: int) -> Comparison:
    """The strict order of the loss at c₁ < c₂, increasing if sign·y = 1, read off the exponents.

    log(1 + exp(·)) is strictly increasing, and the exponents can be compared exactly.
    """
    first, second = (printed_exponent(point, point[c], sign) for c in ("cos_1", "cos_2"))
    return Comparison(first, "<" if sign * point["y"] == 1 else ">", second)


def _lemma_1(id_: str, title: str, statement: str, sign: int) -> Claim:
    return register(
        Claim(
            id=id_,
            kind=Kind.LEMMA,
            source=yamada("Lemma 1"),
            title=title,
            statement=statement,
            expected=Verdict.PROVED,
            domain={"y": Names("1", "-1")},
            hypotheses=(LABEL, NO_ZERO_VECTORS, COSINES),
            conclusion=lambda w: ordered(w, sign),
            necessity=(
                Necessity(
                    "w, eta != 0",
                    witness={
                        "w": "(0, 0)",
                        "x": "(1, 0)",
                        "eta": "(1, 0)",
                        "y": "1",
                        "cos_1": "0",
                        "cos_2": "1",
                    },
                    detail="The loss is then constant in the cosine, monotone but not strictly.",
                ),
                Necessity(
                    "label",
                    witness={
                        "w": "(1, 0)",
                        "x": "(1, 0)",
                        "eta": "(1, 0)",
                        "y": "0",
                        "cos_1": "0",
                        "cos_2": "1",
                    },
                    detail="A label of 0 switches the noise off.",
                ),
                Necessity(
                    "cosines",
                    witness={
                        "w": "(1, 0)",
                        "x": "(1, 0)",
                        "eta": "(1, 0)",
                        "y": "1",
                        "cos_1": "1/2",
                        "cos_2": "1/2",
                    },
                    detail="Equal cosines give equal losses.",
                ),
            ),
            notes=(
                "In one dimension the cosine takes the values 1 and −1 alone. The lemma says "
                "nothing "
                "about the size of η: that the worst η lies on the sphere needs the monotonicity "
                "in "
                "‖η‖ as well (`yamada.cos-theta.repaired`)."
            ),
        )
    )


LEMMA_1 = _lemma_1(
    "yamada.lemma-1",
    "as (7) is printed, the loss increases in cos θ for y = 1, decreases for y = −1",
    (
        r"$L_\eta$ is a monotonically increasing function of $\cos\theta^n$ when $y^n = 1$, while "
        r"$L_\eta$ is a monotonically decreasing function when $y^n = -1$, for $L_\eta$ the second "
        r"line of (7), so with $\theta^n$ the angle between $w$ and $-\eta^n$."
    ),
    1,
)
LEMMA_1_REPAIRED = _lemma_1(
    "yamada.lemma-1.repaired",
    "in cos∠(w, η) the loss decreases for y = 1 and increases for y = −1",
    (
        r"With $\theta^n$ the angle between $w$ and $\eta^n$ both monotonicities of Lemma 1 are "
        r"reversed."
    ),
    -1,
)


def _monotone(sign: int) -> Evidence:
    import sympy

    from theory.symbolic import prove_monotone

    c, m = sympy.symbols("c m", real=True)
    swing = sympy.Symbol("s", positive=True)  # ‖w‖‖η‖
    proofs = []
    for y in (1, -1):
        exponent = -y * m + sign * y * swing * c
        certificate = swing * sympy.exp(exponent) / (1 + sympy.exp(exponent))
        value = sympy.log(1 + sympy.exp(exponent))
        proofs.append(prove_monotone(value, c, certificate, decreasing=sign * y == -1))
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        proofs,
        Scope("both labels", {"y": Names("1", "-1")}),
        witness={
            "w": (1, 0),
            "x": (-3, 0),
            "eta": (1, 0),
            "y": 1,
            "cos_1": 0,
            "cos_2": "1/1000",
        },
        detail="The derivative has the sign of y (or −y) and no zero, so the order is strict.",
    )


@LEMMA_1.check(Method.SYMBOLIC, Verdict.PROVED)
def derivative(run: Run) -> Evidence:
    """∂L/∂cos θ = y‖w‖‖η‖σ(·), positive for y = 1 and negative for y = −1."""
    return _monotone(1)


@LEMMA_1_REPAIRED.check(Method.SYMBOLIC, Verdict.PROVED)
def reversed_derivative(run: Run) -> Evidence:
    """∂L/∂cos∠(w, η) = −y‖w‖‖η‖σ(·)."""
    return _monotone(-1)


register(
    Claim(
        id="yamada.lemma-1.ordinary-angle",
        kind=Kind.LEMMA,
        source=yamada("Lemma 1"),
        title="with θ the angle of w and η, the loss increases in cos θ for y = 1",
        statement=(
            r"Lemma 1 with $\theta^n$ the angle between $w$ and $\eta^n$: of two perturbations of "
            r"equal length, for $y = 1$ the one with the larger cosine has the larger loss."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("yamada.lemma-1.repaired",),
        hypotheses=(
            Hypothesis("y = 1", r"$y = 1$", lambda w: w["y"] == 1),
            Hypothesis(
                "two perturbations",
                r"$\|\eta_1\| = \|\eta_2\|$, $\cos\angle(w, \eta_1) < \cos\angle(w, \eta_2)$",
                lambda w: (
                    Comparison(dot(w["eta_1"], w["eta_1"]), "==", dot(w["eta_2"], w["eta_2"])),
                    Comparison(cosine(w["w"], w["eta_1"]), "<", cosine(w["w"], w["eta_2"])),
                ),
            ),
        ),
        conclusion=lambda w: Comparison(
            loss(w["w"], add(w["x"], w["eta_1"]), w["y"]),
            "<=",
            loss(w["w"], add(w["x"], w["eta_2"]), w["y"]),
        ),
    )
)


ERRATA = (
    Erratum(
        "yamada.erratum-5",
        "Section 3.2, Eq. (7), second line",
        r"$+y^n\|w\|\|\eta^n\|\cos\theta^n$",
        (
            r"$-y^n\|w\|\|\eta^n\|\cos\theta^n$ with $\theta^n$ the angle between $w$ and "
            r"$\eta^n$, or "
            r"say that $\theta^n$ is the angle between $w$ and $-\eta^n$"
        ),
        claim="yamada.eq-7",
    ),
)
