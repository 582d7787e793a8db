"""Eq. (2) of Yamada et al.: the adversarial example, and in which direction it lies."""

from __future__ import annotations

from theory.claim import Claim, Hypothesis, Kind, Necessity, Parameter
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, add, dot, norm, rational, scale, subtract
from theory.registry import register
from theory.run import Run
from theory.support.yamada import (
    LABEL,
    NONZERO,
    POSITIVE_RADIUS,
    RADIUS,
    cosine,
    loss,
    reals,
    worst_shift,
    yamada,
)

IN_BALL = Hypothesis(
    "in the closed ball",
    r"$\|\eta\|_2 \le \varepsilon$",
    lambda w: Comparison(norm(w["eta"]), "<=", w["eps"]),
)

register(
    Claim(
        id="yamada.eq-2",
        kind=Kind.DEFINITION,
        source=yamada("Section 2.2", "2"),
        title="as printed, η ∈ B(x, ε): the example x + η lies within ε of x",
        statement=(
            r"$\eta^n = \mathrm{argmax}_{\eta^n \in \mathbb B_p(x^n, \varepsilon)} "
            r"\ell(x^n+\eta^n, y^n, w)$ “where $\mathbb B_p(x^n, \varepsilon)$ is the region "
            r"around "
            r"$x^n$ where the $L_p$ norm is less than $\varepsilon$”. The example $x^n + \eta^n$ "
            r"is "
            r"meant to be within $\varepsilon$ of $x^n$."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("yamada.eq-2.repaired",),
        hypotheses=(
            POSITIVE_RADIUS,
            Hypothesis(
                "as printed",
                r"$\eta \in \mathbb B_2(x, \varepsilon)$, that is $\|\eta - x\|_2 \le \varepsilon$",
                lambda w: Comparison(norm(subtract(w["eta"], w["x"])), "<=", w["eps"]),
            ),
        ),
        conclusion=lambda w: Comparison(norm(w["eta"]), "<=", w["eps"]),
    )
)


def halfway(point: Point) -> tuple:
    """The middle of η and the maximiser over the closed ball: inside the open ball if η is."""
    return scale(rational("1/2"), add(point["eta"], worst_shift(point)))


register(
    Claim(
        id="yamada.eq-2.open-ball",
        kind=Kind.DEFINITION,
        source=yamada("Section 2.2", "2"),
        title="the argmax exists where the norm is “less than ε”",
        statement=(
            r"The argmax of (2) exists over “the region … where the $L_p$ norm is less than "
            r"$\varepsilon$”: some $\eta$ with $\|\eta\|_2 < \varepsilon$ is at least as bad as "
            r"every other."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("yamada.eq-2.repaired",),
        hypotheses=(
            POSITIVE_RADIUS,
            LABEL,
            NONZERO,
            Hypothesis(
                "candidate",
                r"any candidate $\eta$ with $\|\eta\|_2 < \varepsilon$",
                lambda w: Comparison(norm(w["eta"]), "<", w["eps"]),
            ),
        ),
        conclusion=lambda w: Comparison(
            loss(w["w"], add(w["x"], halfway(w)), w["y"]),
            "<=",
            loss(w["w"], add(w["x"], w["eta"]), w["y"]),
        ),
        notes=(
            "A witness rejects one candidate. That every other candidate fails in the same way is "
            "part of the proof of `yamada.eq-2.repaired`."
        ),
    )
)

EQ_2 = register(
    Claim(
        id="yamada.eq-2.repaired",
        kind=Kind.DEFINITION,
        source=yamada("Section 2.2", "2"),
        title="L2: over ‖η‖ ≤ ε the worst perturbation is η = −yεw/‖w‖",
        statement=(
            r"For $w \ne 0$ the maximum of $\ell(x+\eta, y, w)$ over the *closed* ball "
            r"$\|\eta\|_2 \le \varepsilon$ is attained at $\eta = -y\varepsilon w/\|w\|$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(RADIUS, LABEL, NONZERO, IN_BALL),
        conclusion=lambda w: Comparison(
            loss(w["w"], add(w["x"], w["eta"]), w["y"]),
            "<=",
            loss(w["w"], add(w["x"], worst_shift(w)), w["y"]),
        ),
        parameters={"eps": Parameter(0.6, 1e-3, 100.0, "radius of the attack")},
        necessity=(
            Necessity(
                "in the closed ball",
                witness={"w": "(1, 0)", "x": "(0, 0)", "y": "1", "eps": "1", "eta": "(-2, 0)"},
                detail="A longer perturbation does more.",
            ),
            Necessity(
                "label",
                witness={"w": "(1, 0)", "x": "(0, 0)", "y": "1/2", "eps": "1", "eta": "(-1, 0)"},
                detail="With a label of 1/2 the formula stops halfway to the sphere.",
            ),
            Necessity("w != 0", detail="For w = 0 every point of the ball is a maximiser."),
            Necessity("eps >= 0", detail="A ball of negative radius has no points."),
        ),
        cost=1.0,
    )
)


@EQ_2.check(Method.EXACT, Verdict.PROVED)
def smt(run: Run) -> Evidence:
    """−y⟨w, η⟩ ≤ ε‖w‖ = −y⟨w, −yεw/‖w‖⟩, and strictly less in the open ball."""
    import z3

    from theory.smt import gram_pair, prove

    pair = gram_pair()
    y, eps = reals("y eps")
    given = [*pair.constraints, z3.Or(y == 1, y == -1), pair.b <= eps]
    # a⟨w, −yεw/a⟩ = −yεa², so a times the worst value of −y⟨w, η⟩ is y²εa².
    worst = -y * (-y * eps * pair.a**2)
    closed = prove(-y * pair.p * pair.a <= worst, given=given)
    # The open ball has no maximiser: the middle of η and the boundary point is strictly worse.
    open_ball = prove(
        (-y * pair.p * pair.a + worst) / 2 > -y * pair.p * pair.a, given=[*given, pair.b < eps]
    )
    return Evidence.from_proofs(
        Method.EXACT,
        [closed, open_ball],
        witness={"w": (3, 4), "x": (1, 2), "y": -1, "eps": 5, "eta": (3, 4)},
        detail=(
            "Dimension-free, by the Cauchy-Schwarz inequality. The second proof shows that no η of "
            "the open ball is a maximiser: the point halfway to −yεw/‖w‖ is inside and worse."
        ),
    )


@EQ_2.check(Method.NUMERIC, Verdict.SUPPORTED)
def search(run: Run) -> Evidence:
    """Ascent over w and η in the ball for a perturbation worse than the closed form."""
    import jax
    import jax.numpy as jnp

    from theory.adversarial import adversarial_loss
    from theory.numeric import in_ball, maximise_ratio, starting_points

    eps = run["eps"]
    x, y = jnp.asarray([0.7, -0.4, 1.1]), -1.0

    def ratio(z: jax.Array) -> jax.Array:
        w, eta = z[:3], in_ball(z[3:], eps)
        reached = jnp.logaddexp(0.0, -y * jnp.dot(w, x + eta))
        return reached / adversarial_loss(w, x, y, eps, 2.0)

    starts = starting_points(run.rng, run.pick(30, 60), 6, (0.3, 1.0, 2.0))
    result = maximise_ratio(ratio, starts, steps=run.pick(60, 120))
    point = {
        "w": result.point[:3],
        "x": x,
        "y": -1,
        "eps": eps,
        "eta": in_ball(result.point[3:], eps),
    }
    return Evidence.supported(
        admissible=result.admissible,
        tried=result.tried,
        margin=1.0 - result.best,
        tolerance=1e-9,
        tightness=result.best,
        worst=point,
        seed=run.seed,
    )


MAXIMISER = Hypothesis(
    "maximiser",
    (
        r"$\eta$ maximises the loss over $\|\eta\|_2 \le \varepsilon$: $-y\,w\cdot\eta$ reaches "
        r"$\varepsilon\|w\|$"
    ),
    lambda w: (
        Comparison(norm(w["eta"]), "<=", w["eps"]),
        Comparison(-w["y"] * dot(w["w"], w["eta"]), ">=", w["eps"] * norm(w["w"])),
    ),
)

register(
    Claim(
        id="yamada.cos-theta",
        kind=Kind.STEP,
        source=yamada("Section 3.2, after Eq. (7)"),
        title="the adversarial example has y cos θ = 1, θ the angle of w and η",
        statement=(
            r"“Since an adversarial example must increase the loss, Lemma 1 shows "
            r"$y^n\cos\theta^n = 1$”, read with $\theta$ the angle between $w$ and $\eta$."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("yamada.cos-theta.repaired",),
        hypotheses=(POSITIVE_RADIUS, LABEL, NONZERO, MAXIMISER),
        conclusion=lambda w: Comparison(w["y"] * cosine(w["w"], w["eta"]), "==", 1),
    )
)

COS_THETA = register(
    Claim(
        id="yamada.cos-theta.repaired",
        kind=Kind.STEP,
        source=yamada("Section 3.2, after Eq. (7)"),
        title="the maximiser is unique: y cos∠(w, η) = −1 and ‖η‖ = ε",
        statement=(
            r"For $w \ne 0$, $\varepsilon > 0$ the maximiser is unique; $y\cos\angle(w, \eta) = "
            r"-1$ "
            r"and $\|\eta\| = \varepsilon$. In the convention of the printed Eq. (7), "
            r"$\theta = \angle(w, -\eta)$ and $y\cos\theta = 1$."
        ),
        expected=Verdict.PROVED,
        depends=("yamada.eq-2.repaired",),
        hypotheses=(POSITIVE_RADIUS, LABEL, NONZERO, MAXIMISER),
        conclusion=lambda w: (
            Comparison(w["y"] * cosine(w["w"], w["eta"]), "<=", -1),
            Comparison(norm(w["eta"]), ">=", w["eps"]),
            *(Comparison(a, "==", b) for a, b in zip(w["eta"], worst_shift(w), strict=True)),
        ),
        necessity=(
            Necessity(
                "label",
                witness={"w": "(1, 0)", "eps": "1", "y": "2", "eta": "(-1/2, 0)"},
                detail="With a label of 2 half the radius is enough.",
            ),
            Necessity(
                "maximiser",
                witness={"w": "(1, 0)", "eps": "1", "y": "1", "eta": "(0, -1)"},
                detail="Other perturbations have other angles.",
            ),
            Necessity("eps > 0", detail="For ε = 0 the perturbation is 0 and has no direction."),
            Necessity("w != 0", detail="For w = 0 every point of the ball is a maximiser."),
        ),
    )
)


@COS_THETA.check(Method.EXACT, Verdict.PROVED)
def equality_case(run: Run) -> Evidence:
    """−y⟨w, η⟩ = ε‖w‖ and ‖η‖ ≤ ε force ‖η‖ = ε, y cos = −1 and ‖η + yεw/‖w‖‖ = 0."""
    import z3

    from theory.smt import gram_pair, prove

    pair = gram_pair()
    y, eps = reals("y eps")
    best = -y * pair.p == eps * pair.a
    given = [*pair.constraints, z3.Or(y == 1, y == -1), eps > 0, pair.b <= eps, best]
    distance = pair.b**2 * pair.a + 2 * y * eps * pair.p + eps**2 * pair.a  # times ‖w‖
    return Evidence.from_proofs(
        Method.EXACT,
        [
            prove(pair.b == eps, given=given),
            prove(y * pair.p == -pair.a * pair.b, given=given),
            prove(distance == 0, given=given),
        ],
        witness={"w": (3, 4), "eps": 5, "y": -1, "eta": (3, 4)},
        detail="Dimension-free. For a vanishing η the loss is below the maximum, as ε‖w‖ > 0.",
    )


ERRATA = (
    Erratum(
        "yamada.erratum-1",
        "Eq. (2), (4), (5)",
        r"$\eta^n \in \mathbb B_p(x^n, \varepsilon)$",
        (
            r"$\eta^n \in \mathbb B_p(0, \varepsilon)$, or $x^n + \eta^n \in \mathbb B_p(x^n, "
            r"\varepsilon)$"
        ),
        claim="yamada.eq-2",
    ),
    Erratum(
        "yamada.erratum-2",
        "Section 2.2, below Eq. (2)",
        r"“the $L_p$ norm is less than $\varepsilon$”",
        r"“at most $\varepsilon$”: over the open ball the argmax does not exist",
        claim="yamada.eq-2.open-ball",
    ),
    Erratum(
        "yamada.erratum-6",
        "Section 3.2, after Eq. (7)",
        r"“Lemma 1 shows $y^n\cos\theta^n = 1$”",
        (
            r"$y^n\cos\angle(w, \eta^n) = -1$, and in addition $\|\eta^n\| = \varepsilon$, which "
            r"Lemma 1 does not give: it needs that the loss also increases in $\|\eta^n\|$"
        ),
        claim="yamada.cos-theta",
    ),
)
