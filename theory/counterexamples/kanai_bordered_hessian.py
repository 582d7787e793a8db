"""J falls with the multiplier where the constraint is exceeded, so the border is negative."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.bordered-hessian",
    intuition=(
        "$J=\\ell-\\mu(\\|x'-x\\|-\\varepsilon)$ is linear in $\\mu$ with slope "
        "$-(\\|x'-x\\|-\\varepsilon)$, whose gradient in $x'$ is $-n$. Along $\\mu$ and $n$ "
        "together the second derivative of $J$ is $-2$; the printed matrix gives $+2$."
    ),
    catch="The sign of the constraint in $J$ is lost in the border.",
    witness={
        "H": "((0, 0), (0, 0))",
        "delta": "(3/5, 4/5)",
        "mu": "1",
        "direction": "(1, 3/5, 4/5)",
    },
    disappears=("the border is $-\\nabla\\|x'-x\\|$, or the Lagrangian is written with $+\\mu$."),
)
