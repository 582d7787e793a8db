"""The optimum is not a point but a segment, and along it the Hessian vanishes."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.swish.satisfies-lemma-4",
    intuition=(
        "The loss depends on $x'$ only through $\\theta^\\top x'$. At $\\theta=(3/2,-3/2)$ the "
        "direction "
        "$v=(1,1)$ is orthogonal to $\\theta$: along it the loss is constant, so "
        "$v^\\top\\nabla_x^2\\ell\\,v=0$."
    ),
    catch=(
        "Lemma 4 needs an isolated maximum. Here "
        "$\\nabla_x^2\\ell=\\varphi''(u^*)\\theta\\theta^\\top$ "
        "has rank 1, and the implicit function theorem cannot be applied for $d=2$."
    ),
    witness={"theta": "(3/2, -3/2)", "v": "(1, 1)", "p": "inf"},
    disappears="$d=1$, or a model with at least $d$ units in independent directions.",
)
