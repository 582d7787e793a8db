"""The loss depends on one number u, is unimodal in it, and the attack moves u over an interval."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.swish.no-closed-form",
    intuition=(
        "The loss is $\\varphi(u)=\\log(1+e^{-u\\sigma(u)})$ with $u=\\theta^\\top(x+\\delta)$, "
        "and $\\varphi$ rises up to $u^*=-(1+W(1/e))$ and falls after it. The attack can move $u$ "
        "anywhere in $[u_0-\\varepsilon\\|\\theta\\|_q,u_0+\\varepsilon\\|\\theta\\|_q]$, so the "
        "best $u$ is the point of this interval nearest to $u^*$. The certified maximum agrees."
    ),
    catch="A nonlinear model need not lack a closed form; here the attack is one-dimensional.",
    witness={"theta": "(2, -2)", "p": "inf"},
    disappears="the model has more than one unit, so that the attack is no longer one-dimensional.",
)
