"""A flat minimum with a vanishing Hessian has a positive sharpness all the same."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.eq-74",
    reading=(
        "“Can be approximated” names no error. In the sense of Taylor's formula, up to terms "
        r"smaller than $\varepsilon^2$, it is right at every minimum where $L$ is twice "
        "differentiable. Judged is the error relative to (73)."
    ),
    intuition=(
        "At the minimum of $L=t^4$ the Hessian is 0, and so is (74); (73) is $\\varepsilon^4>0$. "
        "The approximation is wrong by all of the sharpness, however small $\\varepsilon$ is."
    ),
    catch=(
        "Taylor's expansion to second order says that the difference of (73) and (74) is of "
        "smaller order than $\\varepsilon^2$. It is small compared with (74) only if (74) is not "
        "zero."
    ),
    witness={
        "slope": "0",
        "curvature": "0",
        "third": "0",
        "fourth": "1",
        "level": "0",
        "eps": "1/1000",
    },
    disappears=(
        "the Hessian at the minimum is not zero: then the relative error is at most "
        "$M\\varepsilon/(3\\|\\nabla^2L\\|_2)$."
    ),
)
