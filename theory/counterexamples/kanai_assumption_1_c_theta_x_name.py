"""(7) is about ∇_θℓ; it does not see what ℓ does in x alone."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.assumption-1.c-theta-x-name",
    intuition=(
        "Adding a function of $x$ alone to $\\ell$ changes nothing in (5) to (7) and everything "
        "about "
        "the smoothness in $x$: $\\ell=\\theta x+5x^2$ has $C_{\\theta x}=1$, while "
        "$\\nabla_x\\ell$ has "
        "the Lipschitz constant 10."
    ),
    catch="Smoothness with respect to $x$ would be a statement about $\\nabla_x\\ell$.",
    witness={"a": "5", "x_1": "0", "x_2": "1", "C_thetax": "1"},
    disappears="one says “$\\nabla_\\theta\\ell$ is $C_{\\theta x}$-Lipschitz in $x$”.",
)
