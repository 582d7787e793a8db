"""Filter normalisation against a transcription, losses along directions against closed forms."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxat import ThreatModel, attacks, models
from jaxat.landscape import loss_along, loss_on_plane, normalised, random_direction
from jaxat.robust_loss import attacked_loss, freeze_attack, mean_over, split_batches

X64 = jnp.zeros(()).dtype == jnp.float64
DTYPE = np.float64 if X64 else np.float32
RTOL = 1e-12 if X64 else 2e-6
KEY = jax.random.key(3)
ALPHAS = [-1.0, -0.3, 0.0, 0.5, 1.0]
EPS = 0.4

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(23, 6)).astype(DTYPE), rng.integers(0, 2, 23)
W, H = (rng.normal(size=6).astype(DTYPE) for _ in range(2))


def linear(w: Any, state: Any, x: Any, *, train: str) -> tuple[jax.Array, Any]:
    assert train == "eval"
    return x @ w, state


def exact(norm: Any, **options: Any) -> attacks.Attack:
    """One long step from x: the maximiser of a linear function over the ball."""
    threat = ThreatModel(norm, EPS, bounds=None)
    return attacks.pgd(threat, steps=1, step_size=100.0, random_start=False, **options)


def closed_form(w: np.ndarray, norm: str, eps: float = EPS) -> float:
    """Mean of log(1 + exp(eps ||w||_q - y w.x)), y = -1 or 1."""
    dual = np.linalg.norm(w, {"linf": 1, "l2": 2, "l1": np.inf}[norm])
    return float(np.logaddexp(0, eps * dual - (2 * Y - 1) * (X @ w)).mean())


def torch_filter_normalised(d: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Li et al.'s public code: slices of the first axis, vectors and scalars ignored."""
    if d.ndim <= 1:
        return np.zeros_like(d)
    rows = [
        a * (np.linalg.norm(b) / (np.linalg.norm(a) + 1e-10)) for a, b in zip(d, w, strict=True)
    ]
    return np.stack(rows)


@pytest.mark.parametrize("name", ["logistic", "small-cnn"])
def test_directions_are_those_of_the_public_code(name: str) -> None:
    options = {"width": 3, "hidden": 5, "batch_norm": True} if name == "small-cnn" else {}
    params, _ = models.build(name, **options).init(KEY, (8, 8, 3))
    params = jax.tree.map(lambda w: w + 0.1, params)
    drawn = jax.tree.map(lambda w: rng.normal(size=w.shape).astype(w.dtype), params)
    found = normalised(drawn, params)
    for h, d, w in zip(*map(jax.tree.leaves, (found, drawn, params)), strict=True):
        as_torch = [np.moveaxis(np.asarray(a), -1, 0) for a in (d, w)]
        expected = np.moveaxis(torch_filter_normalised(*as_torch), 0, -1)
        np.testing.assert_allclose(h, expected, rtol=1e-5, atol=1e-7)
        assert h.dtype == w.dtype
        assert bool(jnp.any(h != 0)) == (w.ndim > 1)


def test_a_random_direction_is_gaussian_and_reproducible() -> None:
    w = {"a": jnp.ones((400, 2), DTYPE), "b": jnp.ones((400, 2), DTYPE), "bias": jnp.ones(2, DTYPE)}
    h = random_direction(KEY, w)
    again, other = random_direction(KEY, w), random_direction(jax.random.key(4), w)
    np.testing.assert_array_equal(h["a"], again["a"])
    assert not np.allclose(h["a"], other["a"])
    assert not np.allclose(h["a"], h["b"])
    np.testing.assert_allclose(np.linalg.norm(h["a"], axis=0), 20, rtol=1e-5)
    # Kurtosis of a normal law: 3, with standard deviation sqrt(24 / 1600).
    values = np.concatenate([h["a"].ravel(), h["b"].ravel()])
    assert abs(np.mean(values**4) / np.mean(values**2) ** 2 - 3) < 0.5


def test_options_of_a_direction() -> None:
    w = {"kernel": jnp.asarray(rng.normal(size=(4, 3))), "bias": jnp.ones(3)}
    whole = random_direction(KEY, w, norm="tensor")
    np.testing.assert_allclose(
        jnp.linalg.norm(whole["kernel"]), jnp.linalg.norm(w["kernel"]), rtol=1e-5
    )
    every = random_direction(KEY, w, select=lambda path, leaf: True)
    np.testing.assert_allclose(jnp.linalg.norm(every["bias"]), np.sqrt(3), rtol=1e-5)
    zero = normalised(jax.tree.map(jnp.zeros_like, w), w)
    assert all(not leaf.any() for leaf in jax.tree.leaves(zero))


@pytest.mark.parametrize("norm", ["linf", "l2", "l1"])
@pytest.mark.parametrize("batch_size", [None, 8])
def test_attack_made_anew_is_the_closed_form(norm: str, batch_size: int | None) -> None:
    loss = attacked_loss(linear, attack=exact(norm))
    found = loss_along(loss, W, H, ALPHAS, split_batches(X, Y, batch_size))
    expected = [closed_form(W + alpha * H, norm) for alpha in ALPHAS]
    np.testing.assert_allclose(found, expected, rtol=10 * RTOL)
    assert found.dtype == np.float64


def test_frozen_attack_is_a_lower_bound_that_touches_at_zero() -> None:
    batches = split_batches(X, Y, 10)
    frozen = freeze_attack(linear, W, None, exact("l2"), batches)
    found = loss_along(attacked_loss(linear), W, H, ALPHAS, frozen)
    sign = (2 * Y - 1)[:, None]
    moved = X - EPS * sign * W / np.linalg.norm(W)
    expected = [np.logaddexp(0, -sign[:, 0] * (moved @ (W + alpha * H))).mean() for alpha in ALPHAS]
    np.testing.assert_allclose(found, expected, rtol=10 * RTOL)
    anew = np.array([closed_form(W + alpha * H, "l2") for alpha in ALPHAS])
    assert np.isclose(found[2], anew[2], rtol=10 * RTOL)
    assert (found < anew - 1e-4)[[0, 1, 3, 4]].all()


def test_random_noise_does_not_depend_on_batches_nor_on_alpha() -> None:
    noise = attacks.pgd(ThreatModel("linf", EPS, bounds=None), steps=0)
    loss = attacked_loss(linear, attack=noise, key=KEY)
    one, many = (loss_along(loss, W, H, ALPHAS, split_batches(X, Y, n)) for n in (None, 4))
    np.testing.assert_allclose(one, many, rtol=10 * RTOL)
    seen = freeze_attack(linear, W, None, noise, split_batches(X, Y), key=KEY)[0].x
    assert 0.8 * EPS < np.abs(seen - X).max() <= EPS * (1 + 1e-6)
    expected = [np.logaddexp(0, -(2 * Y - 1) * (seen @ (W + alpha * H))).mean() for alpha in ALPHAS]
    np.testing.assert_allclose(one, expected, rtol=10 * RTOL)


def test_running_statistics_and_no_other() -> None:
    model = models.build("small-cnn", width=2, hidden=3, batch_norm=True)
    params, state = model.init(KEY, (8, 8, 1))
    state = jax.tree.map(lambda leaf: leaf + 0.5, state)
    x = rng.random((6, 8, 8, 1)).astype(np.float32)
    attack = attacks.pgd(ThreatModel("linf", 0.1), steps=2)
    loss = attacked_loss(model.apply, state, attack, key=KEY)
    h = random_direction(KEY, params)
    one, many = (
        loss_along(loss, params, h, [0.0, 0.5], split_batches(x, np.arange(6), n)) for n in (6, 2)
    )
    np.testing.assert_allclose(one, many, rtol=1e-5)
    moves = attacked_loss(model.apply, state, attacks.pgd(ThreatModel("linf", 0.1), bn="local"))
    with pytest.raises(ValueError, match='bn="local" needs state'):
        loss_along(moves, params, h, [0.0], split_batches(x, np.arange(6)))


def test_a_plane_has_alpha_first() -> None:
    def quadratic(w: Any, batch: Any) -> jax.Array:
        return jnp.mean(batch @ w**2)

    a = rng.random((5, 2)).astype(DTYPE)
    w, first, second = (rng.normal(size=2).astype(DTYPE) for _ in range(3))
    batches = [a[:3], a[3:]]
    found = loss_on_plane(quadratic, w, first, second, [0, 1, 2], [-1, 3], batches)
    expected = [
        [float(a.mean(0) @ (w + s * first + t * second) ** 2) for t in (-1, 3)] for s in range(3)
    ]
    np.testing.assert_allclose(found, expected, rtol=100 * RTOL)
    line = loss_along(quadratic, w, first, [0, 1, 2], batches)
    middle = loss_on_plane(quadratic, w, first, second, [0, 1, 2], [0], batches)
    np.testing.assert_array_equal(line, middle[:, 0])


def test_the_loss_is_compiled_once() -> None:
    traces = []

    def loss(w: Any, batch: Any) -> jax.Array:
        traces.append(1)
        return attacked_loss(linear, attack=exact("linf"))(w, batch)

    loss_along(loss, W, H, np.linspace(-1, 1, 9).tolist(), split_batches(X[:20], Y[:20], 5))
    assert len(traces) == 1


def test_the_adversarial_examples_are_constants_for_the_gradient() -> None:
    """Danskin: the gradient of the maximum, mean of -s (y x - eps w / ||w||)."""
    (batch,) = split_batches(X, Y)
    found = jax.grad(attacked_loss(linear, attack=exact("l2")))(jnp.asarray(W), batch)
    u = (2 * Y - 1)[:, None] * X - EPS * W / np.linalg.norm(W)
    s = 1 / (1 + np.exp(u @ W))
    np.testing.assert_allclose(found, -(s[:, None] * u).mean(0), rtol=100 * RTOL, atol=RTOL)


def test_logits_alone_are_not_taken_for_logits_and_state() -> None:
    """As many classes as images: the first row would pass for one logit an image."""
    w, batch = jnp.asarray(rng.normal(size=(6, 4))), split_batches(X[:4], Y[:4])[0]

    def alone(w: Any, state: Any, x: Any, *, train: str) -> Any:
        return x @ w

    with pytest.raises(ValueError, match=r"returns \(logits, state\); got .*\(4, 4\)"):
        attacked_loss(alone)(w, batch)
    with pytest.raises(ValueError, match=r"returns \(logits, state\); got .*\(4, 4\)"):
        freeze_attack(alone, w, None, exact("linf"), [batch])


def test_mistakes_are_named() -> None:
    loss = attacked_loss(linear)
    batches = split_batches(X, Y)
    with pytest.raises(ValueError, match=r"at the root has the shape of the weights, \(6,\)"):
        loss_along(loss, W, H[:3], [0.0], batches)
    with pytest.raises(ValueError, match="a direction is a tree like the weights"):
        loss_along(loss, W, {"w": H}, [0.0], batches)
    with pytest.raises(ValueError, match="no batches"):
        loss_along(loss, W, H, [0.0], [])
    with pytest.raises(ValueError, match="got 23 and 22"):
        split_batches(X, Y[1:])
    with pytest.raises(ValueError, match="batch_size is at least 1; got 0"):
        split_batches(X, Y, 0)
    noise = attacks.pgd(ThreatModel("l2", EPS, bounds=None), steps=0)
    with pytest.raises(ValueError, match="a random start needs a key"):
        loss_along(attacked_loss(linear, attack=noise), W, H, [0.0], batches)
    assert mean_over([np.ones(2), np.zeros(6)], lambda b: b[0]) == 0.25
