"""Hessians against dense autodiff and closed forms, eigenvalues against LAPACK."""

from __future__ import annotations

import inspect
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from jaxat import ThreatModel, attacks
from jaxat.curvature import Hessian, hessian, top_eigenvalues
from jaxat.optim import kernels
from jaxat.robust_loss import attacked_loss, split_batches

X64 = jnp.zeros(()).dtype == jnp.float64
DTYPE = np.float64 if X64 else np.float32
RTOL = 1e-11 if X64 else 2e-4
KEY = jax.random.key(0)
EPS = 0.3

rng = np.random.default_rng(1)
X, Y = rng.normal(size=(17, 4)).astype(DTYPE), rng.integers(0, 2, 17)
MLP = {
    "a": {
        "kernel": rng.normal(size=(4, 3)).astype(DTYPE),
        "bias": rng.normal(size=3).astype(DTYPE),
    },
    "b": {
        "kernel": rng.normal(size=(3, 2)).astype(DTYPE),
        "bias": rng.normal(size=2).astype(DTYPE),
    },
}
W = rng.normal(size=4).astype(DTYPE)


def mlp(params: Any, state: Any, x: Any, *, train: str) -> tuple[jax.Array, Any]:
    hidden = jnp.tanh(x @ params["a"]["kernel"] + params["a"]["bias"])
    return hidden @ params["b"]["kernel"] + params["b"]["bias"], state


def linear(w: Any, state: Any, x: Any, *, train: str) -> tuple[jax.Array, Any]:
    return x @ w, state


def dense_oracle() -> np.ndarray:
    """jax.hessian of the mean over all data at once, written without our losses."""
    flat, unravel = ravel_pytree(MLP)

    def loss(v: jax.Array) -> jax.Array:
        p = unravel(v)
        logits = jnp.tanh(X @ p["a"]["kernel"] + p["a"]["bias"]) @ p["b"]["kernel"] + p["b"]["bias"]
        return jnp.mean(jax.nn.logsumexp(logits, 1) - logits[jnp.arange(17), Y])

    return np.asarray(jax.hessian(loss)(flat))


def exact(norm: Any) -> attacks.Attack:
    threat = ThreatModel(norm, EPS, bounds=None)
    return attacks.pgd(threat, steps=1, step_size=1000.0, random_start=False)


def linear_parts(norm: str) -> tuple[np.ndarray, np.ndarray]:
    """(mean s(1-s) u u^T, mean s eps/||w|| (I - w w^T/||w||^2)) for the logistic loss."""
    length = np.linalg.norm(W)
    push = W / length if norm == "l2" else np.sign(W)
    u = (2 * Y - 1)[:, None] * X - EPS * push
    s = 1 / (1 + np.exp(u @ W))
    a = (u * (s * (1 - s))[:, None]).T @ u / len(u)
    tangential = np.eye(4) - np.outer(W, W) / length**2
    return a, (s.mean() * EPS / length) * tangential * (norm == "l2")


@pytest.mark.parametrize("batch_size", [None, 5])
@pytest.mark.parametrize("adversarial", ["detached", "moving"])
def test_without_an_attack_it_is_the_dense_hessian(batch_size: Any, adversarial: Any) -> None:
    batches = split_batches(X, Y, batch_size)
    H = hessian(attacked_loss(mlp), MLP, batches, adversarial=adversarial)
    rtol = RTOL if adversarial == "detached" else (1e-8 if X64 else 2e-2)
    np.testing.assert_allclose(H.dense(), dense_oracle(), rtol=rtol, atol=rtol)
    assert H.size == 23
    assert H.product(jnp.ones(23, DTYPE)).dtype == DTYPE


def test_selected_leaves_give_the_block() -> None:
    H = hessian(attacked_loss(mlp), MLP, split_batches(X, Y), select=kernels)
    chosen, _ = ravel_pytree(
        jax.tree.map(lambda leaf: np.full(leaf.shape, float(leaf.ndim > 1)), MLP)
    )
    keep = np.flatnonzero(chosen)
    assert H.size == len(keep) == 18
    np.testing.assert_allclose(H.dense(), dense_oracle()[np.ix_(keep, keep)], rtol=RTOL, atol=RTOL)
    tree = H.unravel(jnp.arange(1.0, 19.0, dtype=DTYPE))
    assert not tree["a"]["bias"].any()
    np.testing.assert_array_equal(tree["b"]["kernel"].ravel(), np.arange(13.0, 19.0))


@pytest.mark.parametrize("norm", ["l2", "linf"])
def test_the_two_hessians_of_the_attacked_linear_model(norm: Any) -> None:
    loss = attacked_loss(linear, attack=exact(norm))
    batches = split_batches(X, Y, 6)
    held, projector = linear_parts(norm)
    detached = hessian(loss, W, batches).dense()
    np.testing.assert_allclose(detached, held, rtol=10 * RTOL, atol=10 * RTOL)
    moving = hessian(loss, W, batches, adversarial="moving").dense()
    tolerance = 1e-8 if X64 else 5e-3
    np.testing.assert_allclose(moving, held + projector, rtol=tolerance, atol=tolerance)
    if norm == "l2":
        assert np.abs(projector).max() > 0.02, "the two must differ for the test to see it"


def test_where_the_attack_moves_every_image_to_zero() -> None:
    """Theorem 1's point: H = eps/(2||w||) (I - w w^T/||w||^2), three eigenvalues alike of four."""
    w = np.array([3.0, 4.0, 0.0, 0.0], DTYPE)
    eps = 0.5
    images = np.tile(eps * w / 5, (6, 1))
    threat = ThreatModel("l2", eps, bounds=None)
    attack = attacks.pgd(threat, steps=1, step_size=100.0, random_start=False)
    loss = attacked_loss(linear, attack=attack)
    batches = split_batches(images, np.ones(6, int))
    found = top_eigenvalues(hessian(loss, w, batches, adversarial="moving"), 4, key=KEY)
    c = eps / 10
    tolerance = 1e-8 if X64 else 1e-3
    np.testing.assert_allclose(found.eigenvalues, [c, c, c, 0], atol=tolerance)
    assert np.abs(hessian(loss, w, batches).dense()).max() < tolerance


def operator(matrix: np.ndarray) -> Hessian:
    m = jnp.asarray(matrix, DTYPE)
    return Hessian(len(m), m.dtype, jax.jit(lambda v: m @ v), lambda v: v)


def symmetric(values: np.ndarray) -> np.ndarray:
    q, _ = np.linalg.qr(rng.normal(size=(len(values), len(values))))
    return (q * values) @ q.T


SPECTRA = {
    "spread": np.linspace(0.01, 2, 60) ** 3,
    "more negative than positive": np.concatenate([-np.linspace(1, 9, 30), np.linspace(0, 1, 30)]),
    "threefold": np.concatenate([[5.0, 5.0, 5.0, 4.0], np.linspace(0, 1, 40)]),
    "rank one": np.concatenate([[2.0], np.zeros(39)]),
    "all alike": np.full(12, 3.0),
    "zero": np.zeros(7),
}


@pytest.mark.parametrize("name", SPECTRA)
def test_top_eigenvalues_are_lapacks(name: str) -> None:
    matrix = symmetric(SPECTRA[name])
    tolerance = 1e-7 if X64 else 2e-5
    found = top_eigenvalues(operator(matrix), 4, key=KEY, tolerance=tolerance)
    scale = max(np.abs(matrix).max(), 1e-30) * len(matrix)
    expected = np.linalg.eigvalsh(matrix)[::-1][:4]
    assert found.converged
    np.testing.assert_allclose(found.eigenvalues, expected, atol=tolerance * scale)
    v = found.vectors
    np.testing.assert_allclose(v @ v.T, np.eye(4), atol=1e-12 if X64 else 1e-5)
    true_residuals = np.linalg.norm(v @ matrix - found.eigenvalues[:, None] * v, axis=1)
    np.testing.assert_allclose(
        true_residuals, found.residuals, atol=(1e-12 if X64 else 1e-5) * scale
    )
    assert true_residuals.max() <= 2 * tolerance * scale


def test_restarts_reach_the_same_with_little_memory() -> None:
    matrix = symmetric(SPECTRA["spread"])
    expected = np.linalg.eigvalsh(matrix)[::-1][:3]
    counts = []
    for basis in (6, 60):
        found = top_eigenvalues(operator(matrix), 3, key=KEY, basis=basis, tolerance=1e-4)
        np.testing.assert_allclose(found.eigenvalues, expected, rtol=1e-5)
        assert found.converged
        counts.append(found.products)
    assert counts[1] < counts[0] < 1000


def test_the_whole_spectrum() -> None:
    matrix = symmetric(np.arange(5.0))
    found = top_eigenvalues(operator(matrix), 5, key=KEY, tolerance=1e-12)
    np.testing.assert_allclose(found.eigenvalues, [4, 3, 2, 1, 0], atol=1e-10 if X64 else 1e-4)
    assert found.converged
    assert found.products == 5


def test_fewer_coordinates_than_two_blocks() -> None:
    found = top_eigenvalues(operator(symmetric(np.arange(3.0))), 2, key=KEY, tolerance=1e-5)
    np.testing.assert_allclose(found.eigenvalues, [2, 1], atol=1e-5)
    assert found.products <= 3


def test_a_limit_of_products_is_kept_and_said() -> None:
    values = 1 + 1e-3 * np.linspace(0, 1, 200)
    found = top_eigenvalues(operator(symmetric(values)), 2, key=KEY, tolerance=1e-6, max_products=9)
    assert not found.converged
    assert found.products <= 9
    assert found.residuals.max() > 1e-6
    assert found.eigenvalues[0] <= values.max() * (1 + 1e-6), "Ritz values are from below"


def test_means_do_not_grow_with_the_number_of_batches() -> None:
    loss = attacked_loss(mlp)
    twice = [*split_batches(X, Y), *split_batches(X, Y)]
    found = [top_eigenvalues(hessian(loss, MLP, b), 2, key=KEY) for b in (twice[:1], twice)]
    np.testing.assert_allclose(found[0].eigenvalues, found[1].eigenvalues, rtol=RTOL)


def test_mistakes_are_named() -> None:
    loss, batches = attacked_loss(mlp), split_batches(X, Y)
    H = hessian(loss, MLP, batches)
    with pytest.raises(ValueError, match='"detached" or "moving"; got \'frozen\''):
        # Users have no checker of types at run time.
        inspect.unwrap(hessian)(loss, MLP, batches, adversarial="frozen")
    with pytest.raises(ValueError, match="above 0; got 0"):
        hessian(loss, MLP, batches, adversarial="moving", step=0)
    with pytest.raises(ValueError, match="no coordinate of the weights is selected"):
        hessian(loss, MLP, batches, select=lambda path, leaf: False)
    with pytest.raises(ValueError, match="no batches"):
        hessian(loss, MLP, [])
    with pytest.raises(ValueError, match=r"23 coordinates is wanted; got \(4,\)"):
        H.product(jnp.ones(4))
    for k in (0, 24):
        with pytest.raises(ValueError, match=f"coordinates, 23; got {k}"):
            top_eigenvalues(H, k, key=KEY)
    with pytest.raises(ValueError, match="max_products at least k = 2"):
        top_eigenvalues(H, 2, key=KEY, max_products=1)
    with pytest.raises(ValueError, match="basis is at least 2k = 6"):
        top_eigenvalues(H, 3, key=KEY, basis=5)
    with pytest.raises(ValueError, match="not finite"):
        top_eigenvalues(operator(np.full((4, 4), np.nan)), 1, key=KEY)
    large = Hessian(10_000, DTYPE, lambda v: v, lambda v: v)
    with pytest.raises(ValueError, match="Use top_eigenvalues"):
        large.dense()
