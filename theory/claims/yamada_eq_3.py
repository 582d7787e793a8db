"""Eq. (3) of Yamada et al.: the step of PGD, and where it comes to rest on a linear model."""

from __future__ import annotations

from math import inf

from theory.claim import Claim, Hypothesis, Kind, Necessity
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, add, dot, norm, scale, sign
from theory.registry import register
from theory.run import Run
from theory.scope import Names, Scope
from theory.support.yamada import LABEL, NONZERO, POSITIVE_RADIUS, reals, yamada


def step_direction(point: Point) -> tuple:
    """The sign of the gradient of the loss, or for the step "normalised" gradient/‖gradient‖₂."""
    w, y = point["w"], point["y"]
    if point["step"] == "sign":
        return tuple(-y * sign(entry) for entry in w)
    return scale(-y / norm(w), w)


def project(point: Point, eta: tuple) -> tuple:
    eps = point["eps"]
    if point["p"] == inf:
        return tuple(max(-eps, min(eps, entry)) for entry in eta)
    return scale(eps / norm(eta), eta) if norm(eta) > eps else eta


def at_rest(point: Point) -> list[Comparison]:
    moved = add(point["eta"], scale(point["lambda"], step_direction(point)))
    pairs = zip(point["eta"], project(point, moved), strict=True)
    return [Comparison(a, "==", b) for a, b in pairs]


AT_REST = Hypothesis("at rest", r"$\eta = \Pi_\varepsilon(\eta + \lambda\,\mathrm{step})$", at_rest)
STEP_SIZE = Hypothesis("lambda > 0", r"$\lambda > 0$", lambda w: Comparison(w["lambda"], ">", 0))


def raises_the_logit_most(point: Point) -> Comparison:
    """−y w·η reaches its maximum over the ball, ε‖w‖_q with 1/p + 1/q = 1."""
    w, dual = point["w"], 1 if point["p"] == inf else 2
    return Comparison(point["eps"] * norm(w, dual), "<=", -point["y"] * dot(w, point["eta"]))


register(
    Claim(
        id="yamada.eq-3",
        kind=Kind.ALGORITHM,
        source=yamada("Section 2.2", "3"),
        title="PGD with the sign step comes to rest at the adversarial example, L2 and L∞",
        statement=(
            r"$x^n \leftarrow \Pi_\varepsilon\left(x^n + \lambda\,\mathrm{sign}"
            r"\left(\frac{\partial}{\partial x^n}\ell(x^n, y^n, w)\right)\right)$ “where $\lambda$ "
            r"is "
            r"step size and $\Pi_\varepsilon$ is projection to constrained space”, for (2) with "
            r"the "
            r"$L_2$ as well as the $L_\infty$ norm: where it comes to rest, the loss is maximal."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("yamada.eq-3.repaired",),
        hypotheses=(
            POSITIVE_RADIUS,
            LABEL,
            NONZERO,
            STEP_SIZE,
            Hypothesis(
                "sign step",
                r"the step is the sign of the gradient; $p \in \{2, \infty\}$",
                lambda w: w["step"] == "sign" and w["p"] in (2, inf),
            ),
            AT_REST,
        ),
        conclusion=raises_the_logit_most,
    )
)

EQ_3 = register(
    Claim(
        id="yamada.eq-3.repaired",
        kind=Kind.ALGORITHM,
        source=yamada("Section 2.2", "3"),
        title="PGD rests at the adversarial example: sign step for L∞, normalised for L2",
        statement=(
            r"On the linear model, $\eta \leftarrow \Pi_\varepsilon(\eta + \lambda g)$ with "
            r"$g = \mathrm{sign}(\nabla_x\ell)$ for $p = \infty$ and $g = "
            r"\nabla_x\ell/\|\nabla_x\ell\|_2$ "
            r"for $p = 2$, gradients at the current iterate, rests only at maximisers of (2)."
        ),
        expected=Verdict.PROVED,
        domain={"p": Names("2", "inf")},
        hypotheses=(
            POSITIVE_RADIUS,
            LABEL,
            NONZERO,
            STEP_SIZE,
            Hypothesis(
                "matching step",
                r"the sign step for $p = \infty$, the normalised step for $p = 2$",
                lambda w: (w["p"], w["step"]) in ((inf, "sign"), (2, "normalised")),
            ),
            AT_REST,
        ),
        conclusion=raises_the_logit_most,
        necessity=(
            Necessity(
                "lambda > 0",
                witness={
                    "w": "(1, 0)",
                    "y": "1",
                    "eps": "1",
                    "eta": "(0, 0)",
                    "p": "inf",
                    "step": "sign",
                    "lambda": "0",
                },
                detail="Without a step every perturbation is at rest.",
            ),
            Necessity(
                "matching step",
                witness={
                    "w": "(1, 2, 3, 4)",
                    "y": "1",
                    "eps": "1",
                    "eta": "(-1/2, -1/2, -1/2, -1/2)",
                    "p": "2",
                    "step": "sign",
                    "lambda": "1/10",
                },
                detail="With the sign step, L2-PGD rests at a worse direction.",
            ),
            Necessity(
                "at rest",
                witness={
                    "w": "(1, 0)",
                    "y": "1",
                    "eps": "1",
                    "eta": "(0, 0)",
                    "p": "inf",
                    "step": "sign",
                    "lambda": "1/10",
                },
                detail="Before it comes to rest, PGD has not reached the maximum.",
            ),
            Necessity(
                "label",
                witness={
                    "w": "(1,)",
                    "y": "1/2",
                    "eps": "1",
                    "eta": "(-1,)",
                    "p": "inf",
                    "step": "sign",
                    "lambda": "1/10",
                },
                detail="PGD rests at the right corner, but the logit gains half as much.",
            ),
            Necessity("eps > 0", detail="For ε = 0 the ball is a point, the maximiser."),
            Necessity("w != 0", detail="At w = 0 the loss does not depend on the input."),
        ),
    )
)


@EQ_3.check(Method.EXACT, Verdict.PROVED)
def sign_step(run: Run) -> Evidence:
    """p = ∞: a coordinate with w_i ≠ 0 rests only at −yε sign(w_i), its largest gain."""
    import z3

    from theory.smt import prove

    w, eta, eps, lam, y = reals("w eta eps lam y")
    step = z3.If(w > 0, -y, z3.If(w < 0, y, 0))
    moved = eta + lam * step
    clipped = z3.If(moved > eps, eps, z3.If(moved < -eps, -eps, moved))
    given = [eps > 0, lam > 0, z3.Or(y == 1, y == -1), eta == clipped]
    proof = prove(-y * w * eta == eps * z3.If(w > 0, w, -w), given=given)
    return Evidence.from_proofs(
        Method.EXACT,
        [proof],
        Scope("p = ∞", {"p": Names("inf")}),
        witness={
            "w": (2, -1, 0),
            "y": 1,
            "eps": 1,
            "eta": (-1, 1, 0),
            "p": inf,
            "step": "sign",
            "lambda": "1/10",
        },
        detail="The step and the projection act on each coordinate alone; their gains add up.",
    )


@EQ_3.check(Method.EXACT, Verdict.PROVED)
def normalised_step(run: Run) -> Evidence:
    """p = 2: at rest (k − 1)η = λg with ‖η + λg‖ = kε, k > 1, so η = εg."""
    import z3

    from theory.smt import prove

    # b = ‖η‖, p = ⟨η, g⟩, ‖g‖ = 1; the projection divides by k = max(1, ‖η + λg‖/ε).
    b, p, eps, lam, k = reals("b p eps lam k")
    given = [
        *(eps > 0, lam > 0, b >= 0, k >= 1, -b <= p, p <= b, b <= eps),
        # The vector equation kη = η + λg, tested with η and with g.
        *((k - 1) * b**2 == lam * p, (k - 1) * p == lam),
    ]
    scaled = prove(z3.And(k > 1, p == b), given=[*given, b == eps])
    reached = prove(p == eps, given=[*given, b == eps])
    return Evidence.from_proofs(
        Method.EXACT,
        [scaled, reached],
        Scope("p = 2", {"p": Names("2")}),
        detail=(
            "A projected point lies on the sphere, so ‖η‖ = ε; the gradient has the direction "
            "g = −yw/‖w‖ everywhere, hence −y⟨w, η⟩ = ‖w‖⟨g, η⟩ = ε‖w‖."
        ),
        witness={
            "w": (3, 4),
            "y": 1,
            "eps": 5,
            "eta": (-3, -4),
            "p": 2,
            "step": "normalised",
            "lambda": "1/10",
        },
    )


ERRATA = (
    Erratum(
        "yamada.erratum-4",
        "Section 2.2, Eq. (3)",
        (
            r"$x^n \leftarrow \Pi_\varepsilon(x^n + "
            r"\lambda\,\mathrm{sign}(\partial\ell(x^n)/\partial x^n))$"
        ),
        (
            r"The sign belongs to $L_\infty$; for $L_2$ the step is the normalised gradient. The "
            r"iterate and the data point need two names, "
            r"$x' \leftarrow \Pi_{\mathbb B(x^n, \varepsilon)}(x' + \dots\partial\ell(x')/\partial "
            r"x')$, "
            r"and the starting point is not given."
        ),
        claim="yamada.eq-3",
    ),
)
