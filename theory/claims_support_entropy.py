"""What the claims about EntropySGD share: exact points, moment calculus, quadrature on fixed nodes.

JAX and SymPy are imported inside the functions, since files of claims import this one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

from theory.claim import Hypothesis, Source
from theory.exact import Comparison, Point, rational
from theory.exact_entropy import (
    Moments,
    integrable,
    least_value,
    local_moments,
    loss_panels,
    partition_series,
)
from theory.run import Run
from theory.scope import Names, Scope

if TYPE_CHECKING:
    import numpy as np

__all__ = [
    "ANY_LOSS",
    "AT_EXAMPLES",
    "DATA",
    "DOMINATED",
    "EPSILON",
    "EXAMPLES",
    "INTEGRABLE",
    "NONNEGATIVE",
    "POSITIVE",
    "MomentCalculus",
    "agree",
    "at",
    "attacked_logistic",
    "attacked_slopes",
    "derivatives",
    "enclose_attacked",
    "example_points",
    "finite",
    "hinge_curvature",
    "kanai",
    "ours",
    "quadrature_samples",
]

DOMINATED = (
    "dominated convergence: derivatives in θ of the integral are integrals of the derivatives, "
    "since |t|ᵏ exp(−βL − βγ|t − θ|²/2) has a majorant that holds for all θ of a bounded set"
)
# Two exact computations of one number must meet to so many digits.
DIGITS = 20
# Two data points and the radius of the attacks in the float64 checks.
DATA = ((-1.0, 1.0), (0.5, 0.25))
EPSILON = 0.6
# Compiling takes longer than running here.
_FAST_COMPILE = {"xla_backend_optimization_level": 0}


def kanai(number: str, *equations: str) -> Source:
    return Source("kanai", number, "final", equations)


def ours(number: str) -> Source:
    return Source("jaxat", number)


def at(point: Point, theta: Any = None) -> Moments:
    """F and the moments of p_theta at the point's theta, gamma and beta (1 if not given)."""
    where = point["theta"] if theta is None else theta
    return local_moments(loss_panels(point), where, point["gamma"], point.get("beta", rational(1)))


def finite(point: Point) -> bool:
    """Is the integral finite? Where it is not, F is no number and no statement about it holds."""
    return integrable(loss_panels(point), point["gamma"])


def derivatives(point: Point) -> tuple[Any, Any]:
    """−F' and −F'' from the closed form of F itself, by power series."""
    _, slope, curvature = partition_series(
        loss_panels(point), point["theta"], point["gamma"], point.get("beta", rational(1))
    )
    return -slope, -curvature


def agree(left: Any, right: Any) -> Comparison:
    """|left − right| ≤ 10⁻²⁰: two balls of one number."""
    return Comparison(abs(left - right), "<=", rational(Fraction(1, 10**DIGITS)))


def _positive(point: Point) -> tuple[Comparison, ...]:
    beta = point.get("beta", rational(1))
    return (Comparison(point["gamma"], ">", 0), Comparison(beta, ">", 0))


POSITIVE = Hypothesis("gamma, beta > 0", r"$\gamma, \beta > 0$", _positive)
INTEGRABLE = Hypothesis(
    "finite integral",
    r"$\gamma, \beta > 0$ and the integral in (10) is finite",
    lambda w: (*_positive(w), Comparison(int(integrable(loss_panels(w), w["gamma"])), "==", 1)),
)


def _nonnegative(point: Point) -> tuple[Comparison, ...]:
    least = least_value(loss_panels(point))
    return (*_positive(point), Comparison(rational(-1) if least is None else least, ">=", 0))


NONNEGATIVE = Hypothesis("L >= 0", r"$\gamma > 0$, $L \ge 0$ measurable", _nonnegative)

ANY_LOSS = {"loss": Names("every loss that satisfies the hypotheses")}
AT_EXAMPLES = Scope("a few losses at rational points, m = 1", {"loss": Names("the examples")})

EXAMPLES: tuple[dict[str, str], ...] = (
    {"loss": "quadratic", "rho": "3", "theta": "2/3"},
    {"loss": "absolute", "slope": "2", "theta": "0"},
    {"loss": "absolute", "slope": "7/2", "theta": "-5/4"},
    {"loss": "tent", "slope": "5", "half_width": "3", "theta": "1/7"},
    {"loss": "cap", "rho": "4/5", "half_width": "2", "theta": "2"},
    {"loss": "huber", "rho": "2", "half_width": "1/2", "theta": "1/2"},
    {"loss": "double well", "rho": "1/2", "theta": "-1"},
    {"loss": "hinges", "kinks": "(-1, 0, 1/3)", "weights": "(2, -1, 1/2)", "theta": "1/3"},
)


def example_points(
    keep: Callable[[Point], Any] = lambda point: True, **more: str
) -> list[dict[str, Any]]:
    """Smooth and non-smooth losses, convex and not, at rational points on and off the kinks."""
    from theory.exact import parse_point

    points = [parse_point({**example, **more}) for example in EXAMPLES]
    return [point for point in points if keep(point)]


def attacked_slopes(point: Point) -> tuple[list[Any], list[Any]]:
    """h_n = c_n t left and right of 0: −y x t + ε|t|, the attacked logit of one weight."""
    products = [a * b for a, b in zip(point["x"], point["y"], strict=True)]
    eps = point["eps"]
    return [-p - eps for p in products], [-p + eps for p in products]


def enclose_attacked(point: Point, theta: Any) -> Any:
    """Balls for F and its moments, L the mean of softplus(−y x t + ε|t|), split at the kink 0."""
    from flint import acb, ctx

    from theory.local_entropy_balls import enclose_local_entropy, log_one_plus_exp

    sides = attacked_slopes(point)

    def loss(z: Any, panel: int, analytic: bool) -> Any:
        values = [log_one_plus_exp(z * acb(c), analytic) for c in sides[panel]]
        return sum(values[1:], values[0]) / len(values)

    return enclose_local_entropy(loss, theta, point["gamma"], 1, [0], precision=max(ctx.prec, 64))


def attacked_logistic() -> list[dict[str, Any]]:
    """Attacked logistic losses of one weight, with θ on the kink and beside it."""
    from theory.exact import parse_point

    data = {"x": "(1, -1/2)", "y": "(1, 1)", "eps": "3/5", "gamma": "3/4"}
    return [parse_point({**data, "theta": theta}) for theta in ("0", "1/3")]


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


def quadrature_samples(
    run: Run, beta: float | None = None, gammas: tuple[float, float] = (0.6, 3.0)
) -> dict[str, Any]:
    """jax.grad and jax.hessian of a quadrature of −F, and the moments from the same nodes in NumPy.

    Clean (ε = 0), L2 and L∞ adversarial losses of the logistic and of the swish model, m = 1 and 2,
    θ on the kinks and off them. The result has gamma, beta (n,) and, per m: theta, gradient,
    mean (n, m), hessian, covariance (n, m, m).
    """
    import numpy as np

    from theory.quadrature import graded_breakpoints, panel_rule

    rng = run.rng
    n = 16
    gamma = rng.uniform(*gammas, n)
    scale = np.full(n, 1.0 if beta is None else beta)
    if beta is None:
        scale = rng.uniform(0.5, 3.0, n)
    samples: dict[str, Any] = {"gamma": gamma, "beta": scale}

    both = _gradient_and_hessian()
    for m, panels, order in ((1, 40, 12), (2, 10, 8)):
        line, weights = panel_rule(graded_breakpoints(-12.0, 12.0, panels, [0.0], 2), order)
        nodes = np.stack(np.meshgrid(*[line] * m, indexing="ij"), -1).reshape(-1, m)
        log_weights = np.log(np.stack(np.meshgrid(*[weights] * m, indexing="ij"), -1))
        log_weights = log_weights.reshape(-1, m).sum(-1)
        losses = _adversarial_losses(m, nodes.tobytes())
        energy = log_weights - scale[:, None] * losses[np.arange(n) % len(losses)]
        theta = rng.uniform(-1.5, 1.5, (n, m))
        theta[::4] = 0.0
        theta[1::4, -1] = 0.0
        gradient, hessian = map(np.asarray, both(theta, gamma * scale, energy, nodes))
        means, covariances = _numpy_moments(theta, gamma * scale, energy, nodes)
        found = (theta, gradient, hessian, means, covariances)
        names = ("theta", "gradient", "hessian", "mean", "covariance")
        samples.update({f"{name}_{m}": value for name, value in zip(names, found, strict=True)})
    return samples


@cache
def _gradient_and_hessian() -> Callable[..., tuple[Any, Any]]:
    """Of −F by quadrature on fixed nodes, over a batch; compiled once a process and dimension."""
    import jax
    import jax.numpy as jnp

    def minus_F(theta: Any, precision: Any, energy: Any, nodes: Any) -> Any:
        square = jnp.sum((nodes - theta) ** 2, axis=-1)
        return -jax.scipy.special.logsumexp(energy - precision / 2 * square)

    def both(*args: Any) -> tuple[Any, Any]:
        return jax.grad(minus_F)(*args), jax.hessian(minus_F)(*args)

    return jax.jit(jax.vmap(both, in_axes=(0, 0, 0, None)), compiler_options=_FAST_COMPILE)


@cache
def _adversarial_losses(m: int, raw: bytes) -> np.ndarray:
    """Logistic and swish losses over two data points, (clean, L2, L∞) each, at every node."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    from theory.adversarial import adversarial_loss, swish_adversarial_loss

    nodes = np.frombuffer(raw).reshape(-1, m)
    x, y = np.array(DATA)[:, :m], np.array([1.0, -1.0])

    def six(t: Any) -> Any:
        attacks = ((0.0, 2.0), (EPSILON, 2.0), (EPSILON, np.inf))
        losses = (adversarial_loss, swish_adversarial_loss)
        return jnp.stack([loss(t, x, y, eps, p).mean() for loss in losses for eps, p in attacks])

    return np.asarray(jax.jit(jax.vmap(six), compiler_options=_FAST_COMPILE)(nodes)).T


def _numpy_moments(
    theta: np.ndarray, precision: np.ndarray, energy: np.ndarray, nodes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    import numpy as np

    means, covariances = [], []
    for centre, scale, row in zip(theta, precision, energy, strict=True):
        exponent = row - scale / 2 * ((nodes - centre) ** 2).sum(-1)
        weights = np.exp(exponent - exponent.max())
        weights /= weights.sum()
        mean = weights @ nodes
        means.append(mean)
        covariances.append((nodes - mean).T @ (weights[:, None] * (nodes - mean)))
    return np.array(means), np.array(covariances)


def hinge_curvature(
    theta: Any, kinks: Sequence[Any], weights: Any, rho: Any, gamma: Any, half: float = 14.0
) -> Any:
    """−F''(θ) for L = Σ weights_i |t − kinks_i| + ρt²/2 by the trapezoidal rule, for JAX searches.

    The nodes are centred at the middle of the mass of a Gaussian of the same quadratic part.
    """
    import jax.numpy as jnp

    nodes = jnp.linspace(-half, half, 1401)
    energy = jnp.abs(nodes[:, None] - jnp.asarray(kinks)[None, :]) @ jnp.asarray(weights)
    exponent = -energy - rho / 2 * nodes**2 - gamma / 2 * (nodes - theta) ** 2
    probability = jnp.exp(exponent - jnp.max(exponent))
    probability = probability / jnp.sum(probability)
    mean = probability @ nodes
    return gamma - gamma**2 * (probability @ (nodes - mean) ** 2)
