"""The best smoothness constants of the linear model on the data of the paper's figures."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Kind, Source
from theory.evidence import Evidence, Exactly, Method, Verdict
from theory.exact import ball, rational, sqrt
from theory.exact.linear import largest_hessian_norm
from theory.registry import register
from theory.run import Run
from theory.scope import Integers

CONSTANT = register(
    Claim(
        id="jaxat.hessian-l2.constant",
        kind=Kind.RESULT,
        source=Source("jaxat", "Best smoothness constants of the linear model"),
        title="L2, R = √2, ε = 3/5: sup ‖∇²ℓ_ε‖ for r = 1/2, 1/10, 1/100, and the two bounds",
        statement=(
            r"For $\|x\|=\sqrt2$, $\varepsilon=3/5$ (the data of the paper's figures) and $d\ge2$, "
            r"$\sup\{\|\nabla^2\ell_\varepsilon(\theta)\|:r\le\|\theta\|\le2\sqrt2\}$ is "
            r"$1.281$, $3.643$, $30.62$ for $r=1/2,\,1/10,\,1/100$ up to one unit of the last "
            r"digit; the constant of "
            r"[jaxat.theorem-1-sharp](jaxat.theorem-1-sharp.md) is $1.893$, $4.315$, $31.32$, "
            r"that of Theorem 1 $2.964$, $10.76$, $98.5$. No Lipschitz constant is below the "
            r"first; that it is one for all pairs is "
            r"[jaxat.hessian-l2.pairs](jaxat.hessian-l2.pairs.md)."
        ),
        expected=Verdict.PROVED,
        domain={"d": Integers(2)},
        depends=("jaxat.hessian-l2.inner-sphere", "kanai.theorem-1", "jaxat.theorem-1-sharp"),
        cost=3.0,
    )
)

# r, then the three constants as printed in the statement with the unit of the last digit.
_TABLE = (
    ("1/2", ("1.281", "1/1000"), ("1.893", "1/1000"), ("2.964", "1/1000")),
    ("1/10", ("3.643", "1/1000"), ("4.315", "1/1000"), ("10.76", "1/100")),
    ("1/100", ("30.62", "1/100"), ("31.32", "1/100"), ("98.5", "1/10")),
)


@CONSTANT.check(Method.RIGOROUS, Verdict.PROVED)
def branch_and_bound(run: Run) -> Evidence:
    """Certified brackets of the maximum over c at ρ = r, from the JAX code, and of both bounds."""
    from theory.balls import ball_function
    from theory.curvature import adversarial_hessian_norm
    from theory.exact.linear import mixed_constant, sharp_constant
    from theory.rigorous import Box, maximise

    eps, radius = rational("3/5"), sqrt(2)
    evaluate = ball_function(
        lambda rho, c, size, e: adversarial_hessian_norm(rho, c, size, e, 2), 1.0, 0.5, 1.5, 0.6
    )
    proofs: list[Exactly] = []
    for text, true, sharp, printed in _TABLE:
        r = rational(text)

        def on_the_sphere(k: Any, r: Any = r) -> Any:
            return evaluate(r, ball(radius) * k, ball(radius), ball(eps)).item()

        found = maximise(on_the_sphere, Box({"k": (-1, 1)}), rtol=1e-4, budget=6000)
        top = ball(found.lo).union(ball(found.hi))
        bound = (radius + eps) ** 2 / 4 + eps / r * mixed_constant((radius + eps) * sqrt(8))
        for value, (digits, unit) in (
            (top, true),
            (sharp_constant(radius, eps, r), sharp),
            (bound, printed),
        ):
            near = abs(ball(value) - ball(rational(digits))) <= ball(rational(unit))
            proofs.append(Exactly(bool(near) or None, f"r = {text}: {digits}"))
        direct = largest_hessian_norm(radius, eps, r)
        proofs.append(Exactly(bool(direct.overlaps(top)) or None, f"r = {text}: by hand"))
    return Evidence.from_proofs(
        Method.RIGOROUS,
        proofs,
        detail=(
            "The function enclosed is theory.curvature.adversarial_hessian_norm as it stands; "
            "the maximum over the whole set lies on the inner sphere."
        ),
    )
