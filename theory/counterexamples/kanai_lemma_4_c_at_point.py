"""The curvature at the maximum says nothing about the curvature beside it."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.lemma-4.c-at-point",
    reading=(
        "Lemma 4 has $c$ at $x'$, and the discussion says that $x'^*$ “is expected to have” "
        "such a constant. Judged is the bound of the lemma with the $c$ of that single point."
    ),
    intuition=(
        "For $\\ell=\\theta x'-\\frac12x'^2+\\frac16x'^3$ the Hessian is $-1$ at $x'^*=0$ and "
        "$-(1-x')$ at $x'$. The branch satisfies $\\theta=x'-\\frac12x'^2$, so the ratio of the "
        "distances to $\\theta^*=0$ is $1/(1-x'/2)>1=C_{\\theta x}/c$ on every interval $(0,t)$."
    ),
    catch=(
        "The proof bounds the Jacobian at every parameter of $U$, for which $c$ must be taken over "
        "the branch and not at $x'^*$ alone."
    ),
    witness={
        "model": "polynomial",
        "a": "(0, 0, -1/2, 1/6)",
        "eps": "1",
        "p": "2",
        "C_theta_x": "1",
        "c": "1",
        "theta_1": "(19/200,)",
        "delta_1": "(1/10,)",
        "theta_2": "(0,)",
        "delta_2": "(0,)",
    },
    disappears="$c$ is a lower bound of the curvature along the branch, as in Lemma 4 itself.",
)
