"""At a local maximum of the loss every weight perturbation of fixed size helps."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.eq-76.sphere",
    reading=(
        "The paper prints the sphere as the set of perturbations and asserts no bound. Judged "
        "is what AWP is meant to do, to guard against all perturbations up to a size."
    ),
    intuition=(
        "$L(\\theta)=1/(1+(\\theta-1)^2)$ at $\\theta=1$: all perturbations of size "
        "$\\gamma_A\\|\\theta\\|$ lower the loss, so the maximum over the sphere is below "
        "$L(\\theta)$ and bounds nothing."
    ),
    catch=(
        "With “$=$” the set $\\mathcal V_l$ is a sphere and does not contain $v=0$. The loss of a "
        "network is not convex in its weights, so its maximum may be inside."
    ),
    witness={
        "loss": "bump",
        "a": "1",
        "centre": "1",
        "theta": "1",
        "gamma_A": "1/100",
        "v": "0",
    },
    disappears=(
        "the loss is convex in the weights, as it is for linear models, or $\\mathcal V_l$ is the "
        "ball $\\|v_l\\|\\le\\gamma_A\\|\\theta_l\\|$."
    ),
)
