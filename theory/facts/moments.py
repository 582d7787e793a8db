"""Differentiation of a log-partition function under the integral sign, by abstract moments.

SymPy is imported inside the functions, since files of claims import this one.
"""

from __future__ import annotations

from typing import Any

__all__ = ["DOMINATED", "MomentCalculus"]

DOMINATED = (
    "dominated convergence: derivatives in θ of the integral are integrals of the derivatives, "
    "since |t|ᵏ exp(−βL − βγ|t − θ|²/2) has a majorant that holds for all θ of a bounded set"
)


class MomentCalculus:
    """Differentiation under the integral sign, for a loss and a density that stay abstract.

    In two coordinates (i, j) of m: the others enter the kernel by a factor without θ_i and θ_j.
    A moment I[t_i^a t_j^b] is a function of θ of which only its derivative is known:
    ∂I[q]/∂θ_j = I[−βγ(θ_j − t_j) q], since ∂w/∂θ_j = −βγ(θ_j − t_j) w, which `kernel_rule` proves.
    """

    def __init__(self) -> None:
        import sympy

        self.gamma, self.beta = sympy.symbols("gamma beta", positive=True)
        self.theta = sympy.symbols("theta_1 theta_2", real=True)
        self.t = sympy.symbols("t_1 t_2", real=True)
        squares = sum((a - b) ** 2 for a, b in zip(self.theta, self.t, strict=True))
        loss = sympy.Function("L", real=True)(*self.t)
        self.kernel = sympy.exp(-self.beta * loss - self.beta * self.gamma / 2 * squares)

    def moment(self, a: int, b: int) -> Any:
        import sympy

        return sympy.Function(f"I{a}{b}", positive=(a, b) == (0, 0), real=True)(*self.theta)

    def mean(self, i: int) -> Any:
        return self._by_index((i,)) / self.moment(0, 0)

    def covariance(self, i: int, j: int) -> Any:
        return self._by_index((i, j)) / self.moment(0, 0) - self.mean(i) * self.mean(j)

    def _by_index(self, indices: tuple[int, ...]) -> Any:
        return self.moment(indices.count(0), indices.count(1))

    def kernel_rule(self) -> list[Any]:
        """∂w/∂θ_j = −βγ(θ_j − t_j) w for both coordinates, with L(t) undefined."""
        import sympy

        from theory.symbolic import prove_zero

        return [
            prove_zero(
                sympy.diff(self.kernel, theta) + self.beta * self.gamma * (theta - t) * self.kernel
            )
            for theta, t in zip(self.theta, self.t, strict=True)
        ]

    def derivative(self, expr: Any, j: int) -> Any:
        """∂/∂θ_j by the chain rule, with the derivatives of the moments put in."""
        import sympy

        found = sympy.diff(expr, self.theta[j])
        rules = {}
        for a in range(3):
            for b in range(3):
                raised = self.moment(a + (j == 0), b + (j == 1))
                rate = -self.beta * self.gamma * (self.theta[j] * self.moment(a, b) - raised)
                rules[sympy.Derivative(self.moment(a, b), self.theta[j])] = rate
        return found.xreplace(rules)

    def gradient(self, i: int) -> Any:
        """−∂F/∂θ_i for F = log I[1]."""
        import sympy

        return -self.derivative(sympy.log(self.moment(0, 0)), i)

    def hessian(self, i: int, j: int) -> Any:
        return self.derivative(self.gradient(i), j)
