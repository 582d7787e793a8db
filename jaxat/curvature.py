"""The Hessian of a mean loss over batches: products with vectors, largest eigenvalues, all of it.

Means are over examples, so that eigenvalues do not grow with the number of batches. With attacks
there are two Hessians, which differ by how the adversarial examples move with the weights;
`hessian` has both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from jaxat._typing import Array, Float, Key
from jaxat.optim.awp import Select
from jaxat.robust_loss import BatchLoss, mean_over

__all__ = ["Adversarial", "Hessian", "Spectrum", "everything", "hessian", "top_eigenvalues"]

Params = Any
Adversarial = Literal["detached", "moving"]
_LARGEST_DENSE = 8192


def everything(path: str, leaf: jax.Array) -> bool:
    """All leaves; `jaxat.optim.kernels` selects those of more than one axis."""
    del path, leaf
    return True


@dataclass(frozen=True)
class Hessian:
    """The Hessian at fixed weights, as an operator on vectors of the selected coordinates.

    ``product(v)`` is H v for v of shape (size,), in the dtype of the weights. ``unravel(v)`` is the
    tree of a vector, zero on the leaves that are not selected.
    """

    size: int
    dtype: Any
    product: Callable[[Float[Array, " n"]], Float[Array, " n"]]
    unravel: Callable[[Float[Array, " n"]], Params]

    def dense(self) -> np.ndarray:
        """The symmetric matrix (size, size), by `size` products.

        Raises:
            ValueError: more than 8192 coordinates; `top_eigenvalues` needs no matrix.

        >>> H = hessian(lambda w, x: jnp.mean(jnp.cosh(x @ w)), jnp.zeros(2), [jnp.eye(2)])
        >>> H.dense().tolist()
        [[0.5, 0.0], [0.0, 0.5]]
        """
        if self.size > _LARGEST_DENSE:
            raise ValueError(
                f"a dense Hessian of {self.size} coordinates would have {self.size**2:.2g} "
                f"entries; at most {_LARGEST_DENSE} coordinates are taken. Use top_eigenvalues, "
                f"or select= fewer leaves."
            )
        rows = jnp.eye(self.size, dtype=self.dtype)
        matrix = np.stack([np.asarray(self.product(row)) for row in rows])
        return 0.5 * (matrix + matrix.T)


def hessian(
    loss: BatchLoss,
    params: Params,
    batches: Sequence[Any],
    *,
    adversarial: Adversarial = "detached",
    select: Select = everything,
    step: float | None = None,
) -> Hessian:
    """The Hessian of ``L(w) = 1/N sum_n l_n(w)`` at `params`, one pass over the data a product.

    ``adversarial="detached"`` differentiates `loss` twice as it stands, forward over reverse. An
    attack inside `loss` (`attacked_loss`) is a constant for differentiation, so this is the Hessian
    with the adversarial examples held at those of `params`. It is what a Hessian-vector product of
    a PGD loss gives, and is **not** the Hessian of the attacked loss: for a linear model under an
    L2 attack it lacks ``mean_n s_n eps/||w|| (I - w w^T/||w||^2)``, s_n the derivative of the loss
    with respect to minus the margin (Yamada et al. argue with this term alone, Eq. (9)).

    ``adversarial="moving"`` takes central differences of the gradient,
    ``(g(w + t v) - g(w - t v)) / 2t``, each with its attack made anew. By Danskin's theorem g is
    the gradient of the maximum, so this is the Hessian of the attacked loss, where it has one. It
    needs an attack that has converged, without a random start, and is best in float64.

    Args:
        loss: (params, batch) -> mean loss over the batch; compiled once for each batch size.
        params: the weights.
        batches: as in `jaxat.landscape.loss_along`.
        adversarial: see above; without an attack both are the same.
        select: (path, leaf) -> whether the leaf's coordinates count; the others stay fixed.
        step: t ||v|| of "moving", unless given ``u^(1/3) max(1, ||w||)``, u the rounding unit.

    Raises:
        ValueError: nothing selected, no batches, an unknown word, a step that is not positive.

    >>> quadratic = lambda w, a: jnp.mean(a @ w**2)
    >>> H = hessian(quadratic, jnp.ones(2), [jnp.array([[1.0, 3.0]])], adversarial="moving")
    >>> H.product(jnp.array([1.0, 1.0])).round(2).tolist()
    [2.0, 6.0]
    """
    if adversarial not in ("detached", "moving"):
        raise ValueError(f'adversarial is "detached" or "moving"; got {adversarial!r}.')
    if step is not None and not step > 0:
        raise ValueError(f"step is a length in weight space, above 0; got {step}.")
    paths, treedef = jax.tree_util.tree_flatten_with_path(params)
    leaves = [jnp.asarray(leaf) for _, leaf in paths]
    names = [jax.tree_util.keystr(path) for path, _ in paths]
    chosen = [select(name, leaf) for name, leaf in zip(names, leaves, strict=True)]
    flat, unravel_chosen = ravel_pytree([w for w, c in zip(leaves, chosen, strict=True) if c])
    if flat.size == 0:
        raise ValueError("no coordinate of the weights is selected.")
    if not batches:
        raise ValueError("there are no batches to take a mean over.")

    def embed(v: jax.Array, others: Sequence[jax.Array]) -> Params:
        parts = iter(unravel_chosen(v))
        pairs = zip(others, chosen, strict=True)
        return treedef.unflatten([next(parts) if c else other for other, c in pairs])

    # The weights are arguments and not constants, so that nothing is folded while compiling.
    def gradient(point: jax.Array, others: Any, batch: Any) -> jax.Array:
        return jax.grad(lambda v: loss(embed(v, others), batch))(point)

    @jax.jit
    def detached(v: jax.Array, point: jax.Array, others: Any, batch: Any) -> jax.Array:
        return jax.jvp(lambda at: gradient(at, others, batch), (point,), (v,))[1]

    @jax.jit
    def moving(v: jax.Array, point: jax.Array, others: Any, batch: Any) -> jax.Array:
        length = jnp.linalg.norm(v)
        t = _step(point, step) / jnp.where(length > 0, length, 1)
        ahead, behind = (gradient(point + s * t * v, others, batch) for s in (1, -1))
        return (ahead - behind) / (2 * t)

    one = detached if adversarial == "detached" else moving

    def product(v: Float[Array, " n"]) -> Float[Array, " n"]:
        v = jnp.asarray(v, flat.dtype)
        if v.shape != flat.shape:
            raise ValueError(f"a vector of {flat.size} coordinates is wanted; got {v.shape}.")
        return mean_over(batches, lambda batch: one(v, flat, leaves, batch))

    zeros = [jnp.zeros_like(leaf) for leaf in leaves]
    return Hessian(flat.size, flat.dtype, product, lambda v: embed(jnp.asarray(v), zeros))


def _step(point: jax.Array, step: float | None) -> jax.Array:
    if step is not None:
        return jnp.asarray(step, point.dtype)
    unit = float(jnp.finfo(point.dtype).eps)
    return unit ** (1 / 3) * jnp.maximum(1, jnp.linalg.norm(point))


class Spectrum(NamedTuple):
    """The k largest eigenvalues, from the largest; the rows of `vectors` are orthonormal.

    ``residuals[i]`` is ``||H v_i - lambda_i v_i||``: some eigenvalue of H (if it is symmetric) lies
    within it of ``eigenvalues[i]``. That it is the i-th largest is not certain: a start orthogonal
    to a leading eigenvector would miss it, a random one is not.
    """

    eigenvalues: np.ndarray
    vectors: np.ndarray
    residuals: np.ndarray
    products: int
    converged: bool


def top_eigenvalues(
    operator: Hessian,
    k: int = 1,
    *,
    key: Key,
    tolerance: float = 1e-4,
    max_products: int = 1000,
    basis: int | None = None,
) -> Spectrum:
    """The k largest eigenvalues, algebraically, by a block Krylov space with restarts.

    From k random vectors the space grows by the residuals of the k Ritz pairs that have not
    converged, orthogonalised twice against all of it; when it is full it restarts with the best
    Ritz vectors (thick restart, Wu and Simon 2000; for one vector this is Lanczos with full
    reorthogonalisation). The block finds eigenvalues of multiplicity up to k.

    Args:
        operator: from `hessian`, or any with `size`, `dtype` and `product`.
        k: how many, at most the number of coordinates.
        key: of the start.
        tolerance: converged when every residual is at most this times the largest ``|lambda|``
            seen. The error of an isolated eigenvalue is of the order of its square. In float32
            less than 1e-5 is not to be had.
        max_products: products with H after which it returns what it has.
        basis: vectors kept, 2 x basis x size numbers in memory; ``max(4k, 20)`` unless given.

    Raises:
        ValueError: a number out of range.

    >>> H = hessian(lambda w, a: jnp.mean(a @ w**2) / 2, jnp.ones(3), [jnp.array([[1.0, 3.0, 2]])])
    >>> top_eigenvalues(H, 2, key=jax.random.key(0)).eigenvalues.round(3).tolist()
    [3.0, 2.0]
    """
    n = operator.size
    if not 1 <= k <= n:
        raise ValueError(f"k is between 1 and the number of coordinates, {n}; got {k}.")
    if not tolerance > 0 or max_products < k:
        raise ValueError(
            f"tolerance is above 0 and max_products at least k = {k}; "
            f"got {tolerance} and {max_products}."
        )
    room = min(n, max(4 * k, 20) if basis is None else basis)
    if room < min(n, 2 * k):
        raise ValueError(f"basis is at least 2k = {2 * k}, or all {n} coordinates; got {basis}.")

    q = jnp.zeros((room, n), operator.dtype)  # an orthonormal basis in the first `used` rows
    hq = jnp.zeros_like(q)
    new = list(jax.random.normal(jax.random.fold_in(key, 0), (k, n), operator.dtype))
    used = products = draws = 0
    scale = 0.0
    while True:
        for vector in new:
            q, outside = _orthonormal_row(q, used, vector)
            # What lies in the span already is replaced by something random outside of it.
            while outside < 100 * jnp.finfo(operator.dtype).eps:
                draws += 1
                fresh = jax.random.normal(jax.random.fold_in(key, draws), (n,), operator.dtype)
                q, outside = _orthonormal_row(q, used, fresh)
            hq = hq.at[used].set(operator.product(q[used]))
            used, products = used + 1, products + 1
        small = np.asarray(_gram(q, hq), np.float64)[:used, :used]
        if not np.isfinite(small).all():
            raise ValueError("a product with the Hessian is not finite; look at the loss there.")
        values, mix = np.linalg.eigh(0.5 * (small + small.T))
        values, mix = values[::-1], mix[:, ::-1]
        scale = max(scale, float(np.abs(values).max()))
        y = np.zeros((room, room))
        y[:used, :used] = mix
        ritz, products_of_ritz = (_combine(y, block) for block in (q, hq))
        rest = products_of_ritz[:k] - jnp.asarray(values[:k], operator.dtype)[:, None] * ritz[:k]
        sizes = np.asarray(jnp.linalg.norm(rest, axis=1), np.float64)
        open_pairs = [i for i in range(k) if sizes[i] > tolerance * scale]
        done = not open_pairs or used == n
        if done or products + len(open_pairs) > max_products:
            return Spectrum(values[:k], np.asarray(ritz[:k]), sizes, products, done)
        if room == n:
            open_pairs = open_pairs[: n - used]
        elif used + len(open_pairs) > room:
            used = max(k, min(2 * k, room - len(open_pairs)))
            keep = (jnp.arange(room) < used)[:, None]
            q, hq = jnp.where(keep, ritz, 0), jnp.where(keep, products_of_ritz, 0)
        new = [rest[i] / sizes[i] for i in open_pairs]


# Sums over millions of coordinates must not go through the reduced precision of matrix units.
_HIGHEST = jax.lax.Precision.HIGHEST


@jax.jit
def _orthonormal_row(q: jax.Array, place: Any, vector: jax.Array) -> tuple[jax.Array, jax.Array]:
    """q with the normalised part of the vector outside its span, and how long that part was."""
    q = q.at[place].set(0)
    length = jnp.linalg.norm(vector)
    rest = vector / jnp.where(length > 0, length, 1)
    for _ in range(2):
        rest = rest - jnp.matmul(jnp.matmul(q, rest, precision=_HIGHEST), q, precision=_HIGHEST)
    left = jnp.linalg.norm(rest)
    rest = rest / jnp.where(left > 0, left, 1)
    return q.at[place].set(rest), left


@jax.jit
def _gram(q: jax.Array, hq: jax.Array) -> jax.Array:
    return jnp.matmul(q, hq.T, precision=_HIGHEST)


@jax.jit
def _combine(mix: Any, rows: jax.Array) -> jax.Array:
    return jnp.matmul(jnp.asarray(mix, rows.dtype).T, rows, precision=_HIGHEST)
