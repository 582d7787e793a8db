"""Nonlinear models whose inner maximum is known or solved, for Lemmas 4 and 5 in the general case.

A model is a loss l(x', theta) of one input and a flat vector of parameters, the clean input being
the origin, together with its maximiser:

- `SwishNetwork`: l = softplus(-sum_k v_k swish(w_k.x' + b_k)), v > 0, W invertible. Every unit sits
  at its own minimum u* for x' = W^(-1)(u* 1 - b), the only global maximiser over all of R^d.
- `SoftplusNetwork`: l = a.x' - sum_k v_k (softplus(w_k.x') + softplus(-w_k.x')), v > 0: strictly
  concave in x' if the rows of W span R^d; its maximum is found by Newton's method.
- `SoftmaxModel`: cross-entropy of a linear three-class model, over ||x'||_2 <= eps. It is convex in
  x', so every local maximum is on the sphere.
- `TrustRegionModel`: l = 1/2 x''H x' + g.x' over ||x'||_2 <= eps, with H and g as parameters.

Losses are JAX functions, to be differentiated; maximisers are NumPy and differentiate nothing, so
that they can check what automatic differentiation and the implicit function theorem say.

Source: Kanai et al., Lemmas 4 and 5, which are about such models and evaluate none that satisfies
their hypotheses; the swish example of the paper is singular (kanai.swish.satisfies-lemma-4).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from theory.precision import require_x64
from theory.swish import SWISH_ARGMAX
from theory.trust_region import trust_region_maximiser

__all__ = [
    "InteriorModel",
    "SoftmaxModel",
    "SoftplusNetwork",
    "SphereModel",
    "SwishNetwork",
    "TrustRegionModel",
    "finite_difference",
    "implicit_jacobian",
    "input_derivatives",
    "lagrangian_derivatives",
]

Vector = Float[np.ndarray, " _"]
Loss = Callable[[Array, Array], Array]


@dataclass(frozen=True)
class SwishNetwork:
    """A swish network with d units on d inputs; theta = (W, b, v), d^2 + 2 d numbers."""

    d: int

    def draw(self, rng: np.random.Generator) -> Vector:
        """Parameters with W well conditioned and v > 0."""
        W = rng.normal(size=(self.d, self.d)) + 2.5 * np.eye(self.d)
        v = np.exp(0.5 * rng.normal(size=self.d))
        return np.concatenate([W.ravel(), rng.normal(size=self.d), v])

    def loss(self, x: Array, theta: Array) -> Array:
        W, b, v = self._split(theta)
        u = W @ x + b
        return jax.nn.softplus(-jnp.sum(v * u * jax.nn.sigmoid(u)))

    def attack(self, theta: Vector) -> Vector:
        W, b, _ = self._split(theta)
        return np.linalg.solve(W, SWISH_ARGMAX - b)

    def _split(self, theta: Any) -> Any:
        d = self.d
        return theta[: d * d].reshape(d, d), theta[d * d : d * d + d], theta[d * d + d :]


@dataclass(frozen=True)
class SoftplusNetwork:
    """A concave network of d + 1 softplus pairs on d inputs; theta = (a, W, v)."""

    d: int

    def draw(self, rng: np.random.Generator) -> Vector:
        """Parameters with a inside the range of the gradient of the concave part."""
        k = self.d + 1
        W = rng.normal(size=(k, self.d)) + np.vstack([np.eye(self.d), np.zeros(self.d)])
        v = np.exp(0.5 * rng.normal(size=k))
        a = W.T @ (v * rng.uniform(-0.8, 0.8, size=k))
        return np.concatenate([a, W.ravel(), v])

    def loss(self, x: Array, theta: Array) -> Array:
        a, W, v = self._split(theta)
        u = W @ x
        return jnp.dot(a, x) - jnp.sum(v * (jax.nn.softplus(u) + jax.nn.softplus(-u)))

    def attack(self, theta: Vector) -> Vector:
        """Newton's method with halving; the derivative of the pair is tanh(u / 2)."""
        a, W, v = self._split(theta)

        def value(x: Vector) -> float:
            u = W @ x
            return float(a @ x - v @ np.logaddexp(0, u) - v @ np.logaddexp(0, -u))

        x = np.zeros(self.d)
        for _ in range(80):
            t = np.tanh(W @ x / 2)
            gradient = a - W.T @ (v * t)
            step = np.linalg.solve(W.T @ ((v * (1 - t**2) / 2)[:, None] * W), gradient)
            size = 1.0
            while value(x + size * step) < value(x) - 1e-12 and size > 1e-6:
                size /= 2
            x = x + size * step
            if np.linalg.norm(step) <= 1e-15 * (1 + np.linalg.norm(x)):
                break
        return x

    def _split(self, theta: Any) -> Any:
        d, k = self.d, self.d + 1
        return theta[:d], theta[d : d + k * d].reshape(k, d), theta[d + k * d :]


@dataclass(frozen=True)
class SoftmaxModel:
    """-log softmax(W x')_0 for three classes, ||x'||_2 <= eps; theta = W, 3 d numbers."""

    d: int
    eps: float = 1.0

    def draw(self, rng: np.random.Generator) -> Vector:
        return rng.normal(size=3 * self.d)

    def loss(self, x: Array, theta: Array) -> Array:
        z = theta.reshape(3, self.d) @ x
        return jax.nn.logsumexp(z) - z[0]

    def attack(self, theta: Vector, start: Vector | None = None) -> tuple[Vector, float]:
        """A maximum on the sphere: monotone ascent from the clean input, or Newton from `start`."""
        W = theta.reshape(3, self.d)

        def slopes(x: Vector) -> tuple[Vector, Float[np.ndarray, "_ _"]]:
            z = W @ x
            p = np.exp(z - z.max())
            p = p / p.sum()
            return W.T @ (p - np.eye(3)[0]), W.T @ (np.diag(p) - np.outer(p, p)) @ W

        x = np.zeros(self.d) if start is None else start
        for _ in range(300 if start is None else 0):
            gradient = slopes(x)[0]
            x = self.eps * gradient / np.linalg.norm(gradient)
        mu = float(np.linalg.norm(slopes(x)[0]))
        for _ in range(4):
            gradient, hessian = slopes(x)
            # Newton's method on grad = mu x / eps and |x|^2 = eps^2, in the unknowns (mu, x).
            top = np.concatenate([[0.0], x])
            rest = np.column_stack([-x / self.eps, hessian - mu / self.eps * np.eye(self.d)])
            residual = np.concatenate([[(self.eps**2 - x @ x) / 2], mu / self.eps * x - gradient])
            step = np.linalg.solve(np.vstack([top, rest]), residual)
            mu, x = mu + float(step[0]), x + step[1:]
        return x, mu


@dataclass(frozen=True)
class TrustRegionModel:
    """1/2 x''H x' + g.x' over ||x'||_2 <= eps; theta = (g, H), d + d^2 numbers (H symmetrised)."""

    d: int
    eps: float = 1.0

    def draw(self, rng: np.random.Generator) -> Vector:
        return rng.normal(size=self.d + self.d**2)

    def loss(self, x: Array, theta: Array) -> Array:
        H = theta[self.d :].reshape(self.d, self.d)
        return jnp.dot(theta[: self.d], x) + 0.5 * jnp.dot(x, H @ x)

    def attack(self, theta: Vector, start: Vector | None = None) -> tuple[Vector, float]:
        """The global maximum; `start` is ignored."""
        H = theta[self.d :].reshape(self.d, self.d)
        return trust_region_maximiser((H + H.T) / 2, theta[: self.d], self.eps)


InteriorModel = SwishNetwork | SoftplusNetwork
SphereModel = SoftmaxModel | TrustRegionModel


def input_derivatives(loss: Loss, x: np.ndarray, theta: np.ndarray) -> tuple[np.ndarray, ...]:
    """Gradient (n, d) and Hessian (n, d, d) in x' and mixed derivative (n, d, m), by `jax`.

    x has shape (n, d), theta (n, m).

    >>> model = SwishNetwork(2)
    >>> theta = model.draw(np.random.default_rng(0))
    >>> gradient, hessian, mixed = input_derivatives(
    ...     model.loss, model.attack(theta)[None], theta[None]
    ... )
    >>> bool(abs(gradient).max() < 1e-12), bool(np.linalg.eigvalsh(hessian[0]).max() < 0)
    (True, True)
    """

    def one(x: Array, theta: Array) -> tuple[Array, Array, Array]:
        gradient = jax.grad(loss)
        hessian, mixed = jax.jacfwd(gradient, argnums=(0, 1))(x, theta)
        return gradient(x, theta), hessian, mixed

    return _batched(one, x, theta)


def lagrangian_derivatives(
    loss: Loss, eps: float, x: np.ndarray, mu: np.ndarray, theta: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Gradient, Hessian K and mixed derivative of J = l - mu (||x'|| - eps) in (mu, x'), by `jax`.

    x has shape (n, d), mu (n,), theta (n, m); K has shape (n, 1 + d, 1 + d). This is the true
    bordered Hessian, whatever is printed.

    >>> K = lagrangian_derivatives(
    ...     lambda x, t: t @ x, 1.0, np.array([[1.0, 0.0]]), np.array([2.0]), np.array([[2.0, 0.0]])
    ... )[1]
    >>> (K[0] + 0.0).tolist()
    [[0.0, -1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, -2.0]]
    """

    def lagrangian(z: Array, theta: Array) -> Array:
        radius = jnp.sqrt(jnp.sum(z[1:] ** 2))
        return loss(z[1:], theta) - z[0] * (radius - eps)

    return input_derivatives(lagrangian, np.concatenate([mu[:, None], x], axis=1), theta)


def finite_difference(
    f: Callable[[Vector], np.ndarray], theta: Vector, h: float = 1e-5
) -> np.ndarray:
    """The Jacobian (k, m) of f at theta by central differences of step h, error O(h^2).

    >>> finite_difference(lambda t: t**2, np.array([1.0, 2.0])).round(6).tolist()
    [[2.0, 0.0], [0.0, 4.0]]
    """
    steps = h * np.eye(theta.size)
    return np.stack([(f(theta + s) - f(theta - s)) / (2 * h) for s in steps], axis=1)


def implicit_jacobian(hessian: np.ndarray, mixed: np.ndarray) -> np.ndarray:
    """-hessian^(-1) mixed, batched: what the implicit function theorem says of the maximiser.

    With K and the mixed derivative of the Lagrangian it is the derivative of (mu, x').

    Source: Kanai et al., early (36), (42), final (39), (44).

    >>> implicit_jacobian(np.array([[[-2.0]]]), np.array([[[1.0, 4.0]]])).tolist()
    [[[0.5, 2.0]]]
    """
    return -np.linalg.solve(hessian, mixed)


def _batched(one: Callable[..., tuple[Array, ...]], *args: np.ndarray) -> tuple[np.ndarray, ...]:
    require_x64()
    # Compiling takes far longer than running: the optimiser of machine code stays off.
    options = {"xla_backend_optimization_level": 0}
    compiled = jax.jit(jax.vmap(one), compiler_options=options)
    return tuple(np.asarray(found) for found in compiled(*args))
