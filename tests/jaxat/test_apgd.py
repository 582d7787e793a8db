"""Auto-PGD against the authors' implementation, point by point, and against closed forms."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.tree_util import Partial

from jaxat.attacks.apgd import apgd
from jaxat.attacks.apgd_steps import windows
from jaxat.threat import Norm, ThreatModel
from tests.jaxat.autoattack_net import (
    DTYPE,
    FLOAT64,
    RADII,
    least_distance,
    linear,
    load,
    network,
    pixels,
)

KEY = jax.random.key(0)
NORMS: dict[Norm, str] = {"linf": "Linf", "l2": "L2", "l1": "L1"}


def threat_of(norm: Norm, eps: float | None = None) -> ThreatModel:
    combine = "exact" if norm == "l1" else "ball-then-box"
    return ThreatModel(norm, RADII[norm] if eps is None else eps, combine=combine)


def start_of(norm: Norm, x: np.ndarray) -> np.ndarray:
    """As tools/make_autoattack_fixtures.py draws it; the legacy stream of NumPy is frozen."""
    x = x.astype(np.float64)
    noise = np.random.RandomState(1).uniform(-1, 1, x.shape)
    if norm == "l1":
        noise *= np.random.RandomState(2).uniform(0, 1, x.shape) < 0.01
    order = {"linf": np.inf, "l2": 2, "l1": 1}[norm]
    size = np.linalg.norm(noise.reshape(len(x), -1), order, axis=1).reshape(-1, 1, 1, 1)
    return np.clip(x + 0.999 * RADII[norm] * noise / size, 0, 1)


def signed_sums(images: Any) -> np.ndarray:
    flat = np.asarray(images, np.float64).reshape(*images.shape[:-3], -1)
    return flat @ (2 * np.random.RandomState(3).randint(0, 2, (flat.shape[-1], 4)) - 1.0)


@pytest.mark.parametrize("norm", ["linf", "l2", "l1"])
@pytest.mark.parametrize("loss", ["ce", "dlr", "dlr_targeted"])
def test_every_point_is_that_of_the_public_code(norm: Norm, loss: Any) -> None:
    stored = load("apgd")
    of = f"{NORMS[norm]}/{loss.replace('_', '-')}"
    x, y, net = pixels(stored["pixels"]), stored["labels"], network()
    target = np.argsort(-jax.jit(net)(x), axis=1)[:, 1] if loss == "dlr_targeted" else None
    attack = apgd(threat_of(norm), loss=loss, trace=True)
    result = attack(net, None, x, y, x_init=start_of(norm, x), target=target)
    assert result.trace is not None
    assert result.trace.x is not None
    assert result.trace.x.shape == (101, *x.shape)
    sums, wrong = stored[f"{of}/sums"], ~stored[f"{of}/right"]
    if FLOAT64:
        # Sums over 3072 pixels with random signs: 1e-6 in each pixel would show as 5e-5.
        np.testing.assert_allclose(signed_sums(result.trace.x), sums, atol=2e-6)
        np.testing.assert_allclose(signed_sums(result.best_x), stored[f"{of}/best"], atol=2e-6)
        last = signed_sums(result.x_adv)[wrong]
        np.testing.assert_allclose(last, stored[f"{of}/last"][wrong], atol=2e-6)
    else:
        # Single precision flips signs of small gradients; the first step is the same.
        np.testing.assert_allclose(signed_sums(result.trace.x)[:2], sums[:2], atol=0.05)
    rtol = 1e-6 if FLOAT64 else 0.1
    best = stored[f"{of}/best_loss"]
    # Where the largest logits nearly tie, DLR is large and follows from rounding.
    calm = (np.abs(best) < 1.1) & FLOAT64 if loss != "ce" else np.full(len(best), True)
    np.testing.assert_allclose(result.best_loss[calm], best[calm], rtol=rtol, atol=rtol)
    np.testing.assert_array_equal(result.success, wrong)


def test_the_sums_tell_points_apart() -> None:
    x = np.zeros((3, 3, 32, 32))
    x[1] = 1e-6 * np.random.default_rng(0).choice([-1, 1], x.shape[1:])
    x[2, 0, 5, 5] = 1e-5
    assert (np.abs(signed_sums(x)).max(1) > 9e-6).tolist() == [False, True, True]


def test_checkpoints() -> None:
    assert np.flatnonzero(windows("linf", 100)).tolist() == [22, 41, 57, 70, 80, 87, 93, 99]
    assert windows("l2", 100)[[22, 41, 57, 70, 80, 87, 93, 99]].tolist() == [
        22, 19, 16, 13, 10, 7, 6, 6,
    ]  # fmt: skip
    assert np.flatnonzero(windows("l1", 30)).tolist() == list(range(1, 31))
    assert np.flatnonzero(windows("linf", 1)).tolist() == [1]


@pytest.mark.parametrize("norm", ["linf", "l2", "l1"])
@pytest.mark.parametrize("classes", [2, 5])
def test_linear_models_are_broken_exactly_where_they_can_be(norm: Norm, classes: int) -> None:
    model, x, y, w = linear(classes)
    distance = least_distance(w, np.asarray(x, np.float64), y, norm)
    eps = float(np.median(distance[distance > 0]))
    broken = np.zeros(len(x), bool)
    if classes == 2:
        broken |= np.asarray(apgd(threat_of(norm, eps))(model, KEY, x, y).success)
    else:
        attack = apgd(threat_of(norm, eps), loss="dlr_targeted", restarts=1)
        result = attack(model, KEY, x, y)
        broken |= np.asarray(result.success)
        assert bool(threat_of(norm, eps).contains(result.x_adv, jnp.asarray(x)).all())
    # Steps along few coordinates at a time come near the vertex that is best in the L1 ball.
    slack = (0.1 if norm == "l1" else 1e-4) * eps
    assert broken[distance < eps - slack].all()
    assert not broken[distance > eps + slack].any()
    assert 5 < broken.sum() < 35


@pytest.mark.parametrize("norm", ["linf", "l2", "l1"])
def test_loop_on_the_host_and_compiled_loop_agree(norm: Norm) -> None:
    model, x, y, _ = linear(5)
    results = [
        apgd(threat_of(norm, 0.2), steps=30, trace=True, unroll=unroll)(model, KEY, x, y)
        for unroll in (True, False)
    ]
    jitted = jax.jit(apgd(threat_of(norm, 0.2), steps=30, trace=True, unroll=False))
    for other in (results[1], jitted(model, KEY, x, y)):
        for a, b in zip(jax.tree.leaves(results[0]), jax.tree.leaves(other), strict=True):
            np.testing.assert_allclose(a, b, atol=1e-9 if FLOAT64 else 1e-3)


def test_l1_may_begin_at_larger_radii() -> None:
    model, x, y, _ = linear(5)
    threat = threat_of("l1", 0.3)
    result = apgd(threat, steps=20, large_start=True, trace=True)(model, KEY, x, y)
    assert result.trace is not None
    assert result.trace.x is not None
    length = np.abs(np.asarray(result.trace.x) - x).sum(2).max(1)
    assert length.shape == (23,)
    for points, radius in ((slice(0, 7), 0.9), (slice(7, 14), 0.6), (slice(14, 23), 0.3)):
        assert length[points].max() == pytest.approx(radius, rel=1e-4)
    assert bool(threat.contains(result.x_adv, jnp.asarray(x)).all())


def test_the_result_does_not_depend_on_the_batch() -> None:
    model, x, y, _ = linear(6)
    attack = apgd(threat_of("linf", 0.1), steps=20)
    whole = attack(model, KEY, x, y)
    for few in (slice(0, 7), slice(7, 40)):
        index = np.arange(40)[few]
        part = attack(model, KEY, x[few], y[few], index=index)
        np.testing.assert_allclose(part.best_x, whole.best_x[few], atol=1e-6)


def test_restarts_keep_what_was_found() -> None:
    model, x, y, w = linear(6)
    eps = float(np.median(least_distance(w, np.asarray(x, np.float64), y, "l2")))
    one = apgd(threat_of("l2", eps), steps=3)(model, KEY, x, y)
    many = apgd(threat_of("l2", eps), steps=3, restarts=4)(model, KEY, x, y)
    assert not bool((one.success & ~many.success).any())
    assert bool((many.best_loss >= one.best_loss).all())
    np.testing.assert_array_equal(many.x_adv[one.success], one.x_adv[one.success])


@pytest.mark.parametrize("unroll", [True, False])
def test_gradients_are_averaged_over_draws(unroll: bool) -> None:
    # Logits of either sign: one gradient says nothing, the mean of many points the right way.
    _, x, y, w = linear(3)
    x, y = x[:8], y[:8]

    def noisy(w: Any, x: Any, key: Any) -> Any:
        return x @ w.T * jax.random.choice(key, jnp.array([-1.0, 2.0], x.dtype))

    fn = Partial(noisy, jnp.asarray(w, DTYPE))
    threat = ThreatModel("linf", 0.1)
    attack = apgd(threat, steps=1, eot=200, unroll=unroll, loss=away, trace=True)
    trace = attack(fn, KEY, x, y, x_init=x).trace
    assert trace is not None
    assert trace.x is not None
    want = x - 0.1 * np.sign(w[y])
    np.testing.assert_allclose(trace.x[1], want, atol=1e-6)


def away(logits: Any, y: Any) -> Any:
    """Minus the logit of the label."""
    return -logits[jnp.arange(len(y)), y]


def test_a_target_with_cross_entropy_is_hit() -> None:
    model, x, y, _ = linear(4)
    target = (y + 1) % 4
    result = apgd(threat_of("l2", 2.0), steps=40)(model, KEY, x, y, target=target)
    hit = np.argmax(np.asarray(model(result.x_adv)), 1) == target
    np.testing.assert_array_equal(result.success, hit)
    assert hit.sum() > 20


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"loss": "dlr-t"}, "loss is one of"),
        ({"steps": 0}, "steps is an integer"),
        ({"rho": 2}, "rho is a share"),
        ({"targets": 3}, "targets goes with"),
        ({"large_start": True}, "for norm='l1'"),
        ({"unroll": 3}, "unroll is True"),
    ],
)
def test_options_are_checked(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        apgd(ThreatModel("linf", 0.1), **options)


def test_calls_are_checked() -> None:
    model, x, y, _ = linear(3)
    threat = ThreatModel("linf", 0.1)
    with pytest.raises(ValueError, match="at least 4 classes"):
        apgd(threat, loss="dlr_targeted")(model, KEY, x, y)
    with pytest.raises(ValueError, match="has no target"):
        apgd(threat, loss="dlr")(model, KEY, x, y, target=y)
    with pytest.raises(ValueError, match="needs a key"):
        apgd(threat)(model, None, x, y)
    with pytest.raises(ValueError, match="targets is at most 2"):
        apgd(threat, loss="dlr_targeted", targets=5)(model, KEY, x, y)
    with pytest.raises(ValueError, match="one number an image"):
        apgd(threat, loss=lambda z, y: z.sum())(model, KEY, x, y)
