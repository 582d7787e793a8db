"""EntropySGD of first order, without noise, on quadratics: exact recursions and their limit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from theory.claim import Parameter
from theory.evidence import Evidence, Method, Verdict
from theory.registry import register
from theory.run import Run
from verify.conformance.common import about, agreement, search_worst

AXES = 3
CONVENTIONS = ("reference", "paper", "printed")
STEPS = Parameter(12, 1, 60, "inner steps L", integer=True)

RECURSION = register(
    about(
        "jaxat.optim.entropy_sgd",
        "entropy-sgd-recursion",
        title="EntropySGD without noise on quadratics is the exact recursion of each convention",
        statement=(
            r"With the gradient $A\theta' + i\,b$ on minibatch $i = 0, \dots, L-1$ the outer "
            r"gradient is, in exact arithmetic on the same numbers, $\theta-\bar\theta$ after the "
            r"loop of the public code (`reference`), or $\gamma(\theta-\bar\theta)$ after lines 2 "
            r"to 14 of Algorithm 1, with the sign of line 10 corrected (`paper`) or not "
            r"(`printed`). In float64, within $10^{-12}$ of the largest entry."
        ),
        depends=("kanai.algorithm-1.line-10.repaired",),
        parameters={"steps": STEPS},
        notes=(
            "In the public code the inner momentum is Nesterov's, 0.9, and begins at zero in every "
            "outer step; α is the weight of the old mean there, and of the new iterate in the "
            "paper."
        ),
        cost=2.0,
    )
)
GRADIENT = register(
    about(
        "jaxat.optim.entropy_sgd",
        "entropy-sgd-gradient",
        title="`paper` with many inner steps: the outer gradient tends to γ(A+γI)⁻¹Aθ = −∇F",
        statement=(
            r"For the loss $\frac12\theta^\top A\theta$ with $A + \gamma I$ positive definite, "
            r"without noise and with $\eta'(\lambda_j+\gamma) \le 1.9$, the outer gradient of "
            r"`paper` after 2000 inner steps is $\gamma(A+\gamma I)^{-1}A\theta$, the gradient of "
            r"minus the local entropy. In float64, within $10^{-12}$ of the largest entry."
        ),
        depends=("jaxat.algorithm-1-fixed-point", "jaxat.conformance.entropy-sgd-recursion"),
    )
)


class Problem:
    """A symmetric A, b, θ, γ, η' and α, in any numbers: lists of entries, or of columns of them."""

    def __init__(self, A: Any, b: Any, theta: Any, gamma: Any, eta: Any, alpha: Any) -> None:
        self.A, self.b, self.theta = A, b, theta
        self.gamma, self.eta, self.alpha = gamma, eta, alpha

    def gradient(self) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
        """Aθ' + i b, where i counts the calls."""
        calls = iter(range(10**6))

        def of(theta: Sequence[Any]) -> tuple[Any, ...]:
            i = next(calls)
            rows = ((a * t for a, t in zip(row, theta, strict=True)) for row in self.A)
            return tuple(sum(row, b * i) for row, b in zip(rows, self.b, strict=True))

        return of


def reference_loop(problem: Problem, steps: int, momentum: Any) -> tuple[list[Any], list[Any]]:
    """θ̄ and ξ̄ by the public code: mw and, with the same weights, the mean of squares."""
    gradient = problem.gradient()
    wc = list(problem.theta)
    w, mw, squares = list(wc), list(wc), [t * t for t in wc]
    buffer = [0 * t for t in wc]
    for _ in range(steps):
        d = gradient(w)
        for j in range(len(w)):
            buffer[j] = momentum * buffer[j] + d[j]
            step = d[j] + momentum * buffer[j]
            step = step - problem.gamma * (wc[j] - w[j])
            w[j] = w[j] - problem.eta * step
            mw[j] = problem.alpha * mw[j] + (1 - problem.alpha) * w[j]
            squares[j] = problem.alpha * squares[j] + (1 - problem.alpha) * w[j] * w[j]
    return mw, squares


def averages(problem: Problem, convention: str, steps: int) -> tuple[Any, Any]:
    """θ̄ and ξ̄ after the inner loop of a convention."""
    from theory.algorithm_1 import inner_loop
    from theory.exact import rational

    if convention == "reference":
        exact = not hasattr(problem.gamma, "shape")
        return reference_loop(problem, steps, rational("9/10") if exact else 0.9)
    loop = inner_loop(
        tuple(problem.theta),
        problem.gradient(),
        gamma=problem.gamma,
        eta_prime=problem.eta,
        alpha=problem.alpha,
        L=steps,
        version="corrected" if convention == "paper" else "printed",
    )
    return loop.theta_bar, loop.xi_bar


def outer_gradient(problem: Problem, convention: str, steps: int) -> list[Any]:
    mean, _ = averages(problem, convention, steps)
    factor = 1 if convention == "reference" else problem.gamma
    return [factor * (t - m) for t, m in zip(problem.theta, mean, strict=True)]


def of_jaxat(convention: Any, steps: int, order: Any = 1) -> Any:
    """``(gradient, metrics)`` of `jaxat`, for arrays of problems with matrices (n, d, d)."""
    import jax

    from jaxat.optim import entropy_sgd

    @jax.jit
    @jax.vmap
    def update(A: Any, b: Any, theta: Any, gamma: Any, eta: Any, alpha: Any) -> Any:
        tx: Any = entropy_sgd(gamma, steps, eta, 0, alpha, order, convention)
        state = tx.init(theta)
        grads, state = tx.update(None, state, theta, grad_fn=lambda p, i: A @ p + i * b)
        return grads, state.metrics

    return update


def drawn(points: Any) -> tuple[Any, ...]:
    """(A, b, θ, γ, η', α) from points of the unit cube: eigenvalues from −1 to 10."""
    import numpy as np

    values, v, b, theta = np.split(points[:, : 4 * AXES], 4, axis=1)
    v = v - 0.5
    v = v / np.maximum(np.linalg.norm(v, axis=1, keepdims=True), 1e-9)
    reflection = np.eye(AXES) - 2 * v[:, :, None] * v[:, None, :]
    A = np.einsum("nij,nj,nkj->nik", reflection, 11 * values - 1, reflection)
    gamma, eta, alpha = points[:, 4 * AXES :].T
    return (
        A,
        b - 0.5,
        4 * theta - 2,
        5.0 * 10 ** (-3 * gamma),
        0.2 * 10 ** (-1.5 * eta),
        0.05 + 0.9 * alpha,
    )


def in_columns(A: Any, b: Any, theta: Any, *numbers: Any) -> Problem:
    """All problems at once: every entry is an array over them."""
    columns = [[A[:, i, j] for j in range(AXES)] for i in range(AXES)]
    return Problem(columns, list(b.T), list(theta.T), *numbers)


def in_rationals(arrays: Sequence[Any], k: int) -> Problem:
    """Problem k, its doubles taken exactly."""
    from theory.exact import rational

    def exact(values: Any) -> Any:
        return [exact(v) for v in values] if values.ndim else rational(float(values))

    return Problem(*(exact(array[k]) for array in arrays))


@RECURSION.check(Method.EXACT, Verdict.SUPPORTED)
def in_exact_arithmetic(run: Run) -> Evidence:
    """The recursion in rationals, from the same doubles, for random problems."""
    import numpy as np

    steps, errors = run.integer("steps"), []
    for convention in CONVENTIONS:
        arrays = drawn(run.rng.uniform(size=(run.pick(10, 30), 4 * AXES + 3)))
        found = np.asarray(of_jaxat(convention, steps)(*arrays)[0])
        for k, got in enumerate(found):
            # 0.9 in the library is the double next to 9/10, which is within the tolerance.
            expected = outer_gradient(in_rationals(arrays, k), convention, steps)
            largest = max(abs(e) for e in expected)
            far = (abs(rational_of(g) - e) for g, e in zip(got, expected, strict=True))
            errors.append(float(max(far) / largest))
    return agreement(run, errors, 1e-12, method=Method.EXACT)


def rational_of(number: Any) -> Any:
    from theory.exact import rational

    return rational(float(number))


@RECURSION.check(Method.NUMERIC, Verdict.SUPPORTED)
def worst_problem(run: Run) -> Evidence:
    """The recursion in float64, which rounds too, where it and `jaxat` differ most."""
    import numpy as np

    steps, found = run.integer("steps"), []
    for convention in CONVENTIONS:
        update = of_jaxat(convention, steps)

        def errors(points: Any, convention: str = convention, update: Any = update) -> Any:
            arrays = drawn(points)
            expected = np.array(outer_gradient(in_columns(*arrays), convention, steps)).T
            far = np.abs(np.asarray(update(*arrays)[0]) - expected).max(axis=1)
            return far / np.abs(expected).max(axis=1)

        count = run.pick(100, 1000)
        found.append(search_worst(errors, 4 * AXES + 3, run, count=count, rounds=4))
    return agreement(run, np.concatenate(found), 1e-10)


@GRADIENT.check(Method.NUMERIC, Verdict.SUPPORTED)
def many_steps(run: Run) -> Evidence:
    """2000 inner steps against a linear solve, for definite and indefinite A."""
    import numpy as np

    update = of_jaxat("paper", 2000)
    points = run.rng.uniform(size=(run.pick(30, 300), 4 * AXES + 3))
    A, b, theta, gamma, _, alpha = drawn(points)
    eigenvalues = np.linalg.eigvalsh(A)
    # The smallest eigenvalue of A + γI becomes 0.3 or more, so that the loop forgets its start.
    gamma = gamma + np.maximum(0.3 - eigenvalues[:, 0] - gamma, 0)
    eta = run.rng.uniform(0.5, 1.9, len(A)) / (eigenvalues[:, -1] + gamma)
    found = np.asarray(update(A, 0 * b, theta, gamma, eta, alpha)[0])
    shifted = A + gamma[:, None, None] * np.eye(AXES)
    right = np.einsum("nij,nj->ni", A, theta)[..., None]
    expected = gamma[:, None] * np.linalg.solve(shifted, right)[..., 0]
    error = np.abs(found - expected).max(axis=1) / np.abs(expected).max(axis=1)
    return agreement(run, error, 1e-12)
