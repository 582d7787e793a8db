"""The kink detector on functions whose kinks are known, of every strength."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from theory.kinks import gradient_jump, is_kink, two_sided_gradients


def huber(t: Array) -> Array:
    size = jnp.abs(t[0])
    return jnp.where(size < 1.0, 0.5 * t[0] ** 2, size - 0.5)


SMOOTH: dict[str, tuple[Callable[[Array], Array], list[float]]] = {
    "parabola": (lambda t: 50.0 * jnp.sum(t**2), [0.0, 0.0]),
    "steep parabola": (lambda t: 1e4 * jnp.sum(t**2), [1.0, -1.0]),
    "softplus, sharp": (lambda t: jnp.logaddexp(0.0, 1e3 * t[0]) / 1e3, [0.0, 1.0]),
    "huber joint": (huber, [1.0, 0.0]),
    "|t|^3": (lambda t: jnp.abs(t[0]) ** 3, [0.0, 2.0]),
    "linear": (lambda t: 3.0 * t[0] - t[1], [0.3, 0.4]),
    "constant": (lambda t: 0.0 * t[0], [0.3, 0.4]),
    "norm away from 0": (lambda t: jnp.sqrt(jnp.sum(t**2)), [0.5, 0.0]),
    "|t| away from 0": (lambda t: jnp.abs(t[0]), [1e-3, 0.0]),
    # C^1, but the gradient is not Lipschitz: no kink, though not smooth either.
    "|t|^1.5": (lambda t: jnp.sum(jnp.abs(t) ** 1.5), [0.0, 1.0]),
}

KINKS: dict[str, tuple[Callable[[Array], Array], list[float], float]] = {
    # The size of the largest jump of the gradient along a coordinate axis.
    "|t|": (lambda t: jnp.abs(t[0]), [0.0, 1.0], 2.0),
    "weak": (lambda t: 1e-4 * jnp.abs(t[0]) + t[0] ** 2, [0.0, 1.0], 2e-4),
    "weak beside a steep parabola": (
        lambda t: 0.01 * jnp.abs(t[0]) + 1e3 * t[0] ** 2,
        [0.0, 0.0],
        0.02,
    ),
    "relu": (lambda t: jax.nn.relu(t[0] + t[1]) ** 1, [1.0, -1.0], 2**0.5),
    "norm at 0": (lambda t: jnp.sqrt(jnp.sum(t**2)), [0.0, 0.0], 2.0),
    "L-infinity adversarial loss": (
        lambda t: jax.nn.softplus(-(2.0 * t[0] + t[1]) + 0.5 * jnp.sum(jnp.abs(t))),
        [0.0, 0.0],
        0.5,
    ),
    "max": (lambda t: jnp.maximum(t[0], t[1]), [0.7, 0.7], 2**0.5),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_smooth_points_are_no_kinks(name: str) -> None:
    loss, theta = SMOOTH[name]
    assert not is_kink(loss, theta)


@pytest.mark.parametrize("name", KINKS)
def test_kinks_are_found_and_measured(name: str) -> None:
    loss, theta, size = KINKS[name]
    assert is_kink(loss, theta)
    jumps = [gradient_jump(loss, theta, axis) for axis in np.eye(2)]
    assert max(float(np.linalg.norm(jump.limit)) for jump in jumps) == pytest.approx(size, rel=1e-4)


def test_automatic_differentiation_is_silent() -> None:
    # The reason of this file: a finite gradient is returned where there is none.
    for loss, theta, _ in (KINKS["|t|"], KINKS["max"], KINKS["L-infinity adversarial loss"]):
        assert np.isfinite(np.asarray(jax.grad(loss)(jnp.asarray(theta)))).all()


def test_the_order_of_the_jump() -> None:
    orders = {
        1.0: gradient_jump(SMOOTH["parabola"][0], [0.0, 0.0], [1.0, 0.0]).order,
        0.5: gradient_jump(SMOOTH["|t|^1.5"][0], [0.0, 1.0], [1.0, 0.0]).order,
        0.0: gradient_jump(KINKS["|t|"][0], [0.0, 1.0], [1.0, 0.0]).order,
    }
    for expected, measured in orders.items():
        assert measured == pytest.approx(expected, abs=1e-3)


def test_a_direction_along_the_kink_sees_nothing() -> None:
    loss, theta, _ = KINKS["max"]
    assert not is_kink(loss, theta, [1.0, 1.0])
    assert is_kink(loss, theta, [[1.0, 1.0], [1.0, -1.0]])


def test_the_default_directions_see_slanted_kinks() -> None:
    # Both axes are parallel to a kink elsewhere; this one is slanted by 1 in 1000.
    assert is_kink(lambda t: jnp.abs(t[0] - 1e-3 * t[1]), [1e-3, 1.0])


def test_two_sides_are_two_sides() -> None:
    left, right = two_sided_gradients(lambda t: t[0] ** 2, [1.0], [-3.0], h=0.25)
    assert left == pytest.approx([2.5])
    assert right == pytest.approx([1.5])


def test_jumps_at_each_distance() -> None:
    jump = gradient_jump(lambda t: jnp.abs(t[0]) + 3.0 * t[0] ** 2, [0.0], [2.0], (0.1, 0.01))
    assert jump.jumps == pytest.approx([2.0 + 1.2, 2.0 + 0.12])
    assert jump.limit == pytest.approx([2.0])
    assert jump.hs == (0.1, 0.01)


def test_errors() -> None:
    def loss(t: Array) -> Array:
        return jnp.sum(t**2)

    with pytest.raises(ValueError, match="one shape"):
        gradient_jump(loss, [0.0, 1.0], [1.0])
    with pytest.raises(ValueError, match="not zero"):
        gradient_jump(loss, [0.0], [0.0])
    with pytest.raises(ValueError, match="falling"):
        gradient_jump(loss, [0.0], [1.0], (1e-6, 1e-4))
    with pytest.raises(ValueError, match="rounding"):
        gradient_jump(loss, [1e9], [1.0])
    with pytest.raises(ValueError, match="not finite"):
        gradient_jump(lambda t: jnp.sqrt(t[0]), [0.0], [1.0])
    with pytest.raises(ValueError, match="positive"):
        two_sided_gradients(loss, [0.0], [1.0], h=0.0)
