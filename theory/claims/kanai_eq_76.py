"""Eq. (76) of Kanai et al.: adversarial weight perturbation, over a sphere or over a ball."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point
from theory.registry import register
from theory.run import Run
from theory.scope import Integers


def loss(point: Point, theta: Any) -> Any:
    """One weight: "square" a(θ−c)² with a ≥ 0, convex, or "bump" a/(1+(θ−c)²), which is not."""
    distance = theta - point["centre"]
    if point["loss"] == "square":
        return point["a"] * distance * distance
    return point["a"] / (1 + distance * distance)


def on_the_sphere(point: Point) -> Any:
    """The largest loss over V = {‖v‖ = γ_A‖θ‖}: with one weight, two points."""
    radius = point["gamma_A"] * abs(point["theta"])
    return max(loss(point, point["theta"] + v) for v in (radius, -radius))


SCALE = Hypothesis("a >= 0", r"$L\ge0$", lambda w: Comparison(w["a"], ">=", 0))
IN_BALL = Hypothesis(
    "in the ball",
    r"$\|v\|\le\gamma_A\|\theta\|$ in every layer",
    lambda w: Comparison(abs(w["v"]), "<=", w["gamma_A"] * abs(w["theta"])),
)


def bounded_by_the_sphere(point: Point) -> Comparison:
    """L(θ+v) ≤ max_{v ∈ V} L(θ+v)."""
    return Comparison(loss(point, point["theta"] + point["v"]), "<=", on_the_sphere(point))


register(
    Claim(
        id="kanai.eq-76.sphere",
        kind=Kind.EQUATION,
        source=Source("kanai", "Appendix B", "final", ("76",)),
        title="AWP: the maximum over the sphere V bounds the loss of all smaller perturbations",
        statement=(
            r"$\max_{v\in\mathcal V}L(\theta+v)$ with $\mathcal V_l=\{v_l\mid\|v_l\|=\gamma_A"
            r"\|\theta_l\|\}$, printed with equality, as the worst case that AWP minimises: it "
            r"bounds $L(\theta+v)$ for every $\|v_l\|\le\gamma_A\|\theta_l\|$, and $L(\theta)$ "
            r"itself, whatever $L$ is."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.eq-76",),
        hypotheses=(SCALE, IN_BALL),
        conclusion=bounded_by_the_sphere,
        notes=(
            "The paper prints the sphere and asserts no bound. The claim is here because AWP is "
            "meant to guard against all perturbations up to a size: over the sphere it does so "
            "for convex losses only."
        ),
    )
)

EQ_76 = register(
    Claim(
        id="kanai.eq-76",
        kind=Kind.EQUATION,
        source=Source("kanai", "Eq. (76) for convex losses", "final", ("76",)),
        title="AWP: for convex L the maxima over the sphere and over the ball are the same",
        statement=(
            r"$\max_{v\in\mathcal V}L(\theta+v)$ with $\mathcal V_l=\{v_l\mid\|v_l\|=\gamma_A"
            r"\|\theta_l\|\}$. If $L$ is convex in the weights of each layer, the maximum over "
            r"$\|v_l\|=\gamma_A\|\theta_l\|$ equals that over $\|v_l\|\le\gamma_A\|\theta_l\|$; in "
            r"particular $L(\theta)\le\max_{v\in\mathcal V}L(\theta+v)$. For other $L$ read "
            r"“$\le$” in $\mathcal V_l$; then both hold by definition."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            SCALE,
            IN_BALL,
            Hypothesis(
                "convex",
                "$L$ is convex in each layer's weights (judged for one weight and a square)",
                lambda w: w["loss"] == "square",
            ),
        ),
        conclusion=bounded_by_the_sphere,
        domain={"layers": Integers(1)},
        necessity=(
            Necessity(
                "convex",
                witness={
                    "loss": "bump",
                    "a": "1",
                    "centre": "1",
                    "theta": "1",
                    "gamma_A": "1/100",
                    "v": "0",
                },
                detail="At a maximum every perturbation on the sphere lowers the loss.",
            ),
            Necessity(
                "in the ball",
                witness={
                    "loss": "square",
                    "a": "1",
                    "centre": "0",
                    "theta": "1",
                    "gamma_A": "1/100",
                    "v": "1",
                },
                detail="Outside the ball nothing is said.",
            ),
            Necessity(
                "a >= 0",
                witness={
                    "loss": "square",
                    "a": "-1",
                    "centre": "1",
                    "theta": "1",
                    "gamma_A": "1/100",
                    "v": "0",
                },
                detail="For the square it is the convexity.",
            ),
        ),
    )
)


@EQ_76.check(Method.EXACT, Verdict.PROVED)
def ends_of_a_chord(run: Run) -> Evidence:
    """v is between two points of the sphere on its line, and a convex L is largest at an end."""
    import z3

    from theory.smt import prove, reals

    share, first, second, inside, size, radius = reals("share first second inside size radius")
    # v = share·u + (1 − share)(−u) with u = radius·v/‖v‖ has ‖v‖ = (2·share − 1)·radius.
    given = [size >= 0, radius > 0, size <= radius, size == (2 * share - 1) * radius]
    proper = prove(z3.And(share >= 0, share <= 1), given=given)
    convex = inside <= share * first + (1 - share) * second
    chord = prove(z3.Or(inside <= first, inside <= second), given=[share >= 0, share <= 1, convex])
    return Evidence.from_proofs(
        Method.EXACT,
        [proper, chord],
        witness={
            "loss": "square",
            "a": 1,
            "centre": 0,
            "theta": 1,
            "gamma_A": "1/100",
            "v": "1/100",
        },
        detail=(
            "One layer after the other: moving v_l to the sphere does not lower the maximum and "
            "leaves the other layers alone. With γ_A‖θ_l‖ = 0 there is only v_l = 0."
        ),
    )
