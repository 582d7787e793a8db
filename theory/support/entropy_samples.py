"""Local entropy by quadrature on fixed nodes, for derivatives by JAX and for searches.

The rule does not depend on theta, so that jax.grad and jax.hessian differentiate the sum itself.
JAX is imported inside the functions, since files of claims import this one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from theory.run import Run

if TYPE_CHECKING:
    import numpy as np

__all__ = ["DATA", "EPSILON", "hinge_curvature", "quadrature_samples"]

# Two data points and the radius of the attacks in the float64 checks.
DATA = ((-1.0, 1.0), (0.5, 0.25))
EPSILON = 0.6
# Compiling takes longer than running here.
_FAST_COMPILE = {"xla_backend_optimization_level": 0}


def quadrature_samples(
    run: Run, beta: float | None = None, gammas: tuple[float, float] = (0.6, 3.0)
) -> dict[str, Any]:
    """jax.grad and jax.hessian of a quadrature of −F, and the moments from the same nodes in NumPy.

    Clean (ε = 0), L2 and L∞ adversarial losses of the logistic and of the swish model, m = 1 and 2,
    θ on the kinks and off them. The result has gamma, beta (n,) and, per m: theta, gradient,
    mean (n, m), hessian, covariance (n, m, m).
    """
    import numpy as np

    from theory.local_entropy.quadrature import graded_breakpoints, panel_rule

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
