"""At the moment when the constraint lets go, the bordered Hessian looks the wrong way."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.lemma-5",
    intuition=(
        "Take $\\ell=-\\frac{1}{200}(x'_1-1)^2-\\frac12x_2'^2+\\theta^\\top x'$ on the unit "
        "disc. At $\\theta=0$ the maximum $(1,0)$ lies on the circle with $\\mu^*=0$; the bordered "
        "Hessian has determinant 1 and smallest singular value above $c=0.995$, so the lemma "
        "promises the constant $200/199$. For $\\theta=(-t,0)$ the maximum is $(1-100t,0)$: it "
        "moves "
        "100 times as fast, for every small $t$, and for $\\theta=(t,0)$ it does not move."
    ),
    catch=(
        "The implicit function theorem continues the stationary point of the Lagrangian, which "
        "stays on the circle. With $\\mu^*=0$ that is not the maximum over the disc on one side of "
        "$\\theta$, since the multiplier turns negative there."
    ),
    witness={
        "model": "quadratic",
        "A": "((0, 0), (0, 0))",
        "B": "((1, 0), (0, 1))",
        "g": "(1/100, 0)",
        "H": "((-1/100, 0), (0, -1))",
        "eps": "1",
        "C_theta_theta": "0",
        "C_theta_x": "1",
        "c": "199/200",
        "theta_1": "(-1/1000000, 0)",
        "delta_1": "(9999/10000, 0)",
        "mu_1": "0",
        "theta_2": "(0, 0)",
        "delta_2": "(1, 0)",
        "mu_2": "0",
    },
    disappears=(
        r"$\mu^*>0$ (strict complementarity) and $H_t\prec0$ are assumed; or, for even $d$, where "
        r"a local maximum with $\det>0$ has $H_t\prec0$, if the example is sought on the sphere "
        r"alone, with the constraint as an equation. The adversarial loss is a maximum over the "
        r"ball."
    ),
)
