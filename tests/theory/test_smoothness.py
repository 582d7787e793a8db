"""The smoothness constants against dense autodiff, ascent, 40-digit maximisation, golden values."""

from __future__ import annotations

import doctest
import math
from typing import Literal

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

import theory.smoothness
from theory.curvature import (
    adversarial_hessian_norm,
    logistic_constants,
    smoothness_bound,
)

WHICH: tuple[Literal["true", "sharp", "printed"], ...] = ("true", "sharp", "printed")
SETTINGS = [(math.sqrt(2.0), 0.6, 0.5), (0.3, 1.0, 0.1), (2.0, 0.1, 5.0), (1.0, 0.5, 100.0)]


def clean(theta, x, y):
    return jnp.logaddexp(0.0, -y * (theta * x).sum())


def attacked(theta, x, y, eps):
    return jnp.logaddexp(0.0, eps * jnp.sqrt((theta**2).sum()) - y * (theta * x).sum())


def ball(rng, n, d, radius, inner=0.0):
    """n points with inner <= ||.|| <= radius, geometric in the norm for an annulus."""
    points = rng.standard_normal((n, d))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    size = rng.uniform(0, 1, (n, 1))
    return points * (inner * (radius / inner) ** size if inner else radius * np.sqrt(size))


def test_doctests():
    assert doctest.testmod(theory.smoothness).failed == 0


# Reference values for R = sqrt(2), eps = 0.6, theta_max = 2 sqrt(2): theta_min, the true constant,
# the sharpened theorem, Theorem 1 as printed.
@pytest.mark.parametrize(
    ("theta_min", "expected"),
    [
        (1.0, (0.9082, 1.544)),
        (0.5, (1.281, 1.893, 2.964)),
        (0.1, (3.642, 4.315, 10.763)),
        (0.01, (30.616, 31.316, 98.50)),
    ],
)
def test_golden_table(theta_min, expected):
    for which, value in zip(WHICH[: len(expected)], expected, strict=True):
        bound = smoothness_bound(math.sqrt(2.0), 0.6, theta_min, math.sqrt(8.0), which=which)
        assert bound == pytest.approx(value, rel=4e-4)


def test_thin_annulus():
    values = [smoothness_bound(math.sqrt(2.0), 0.6, 0.001, 0.00101, which=which) for which in WHICH]
    np.testing.assert_allclose(values, [300.61, 301.32, 301.62], atol=6e-3)


@pytest.mark.parametrize(("radius", "eps", "inner"), SETTINGS)
@pytest.mark.parametrize("d", [2, 4])
def test_true_constant_bounds_every_dense_hessian_and_is_reached(radius, eps, inner, d):
    rng = np.random.default_rng(d)
    true = smoothness_bound(radius, eps, inner, which="true")
    hessians = jax.jit(jax.vmap(jax.hessian(attacked), (0, 0, None, None)))
    theta, x = ball(rng, 2000, d, 30.0 * inner, inner), ball(rng, 2000, d, radius)
    values = np.abs(np.linalg.eigvalsh(hessians(theta, x, 1.0, eps))).max(-1)
    assert values.max() <= true
    # Random search in shrinking boxes around the incumbent, projected to the two balls.
    best, width = int(values.argmax()), 0.5
    theta, x, top = theta[best], x[best], values[best]
    for _ in range(150):
        thetas = theta + width * np.linalg.norm(theta) * rng.standard_normal((200, d))
        xs = x + width * radius * rng.standard_normal((200, d))
        sizes = np.linalg.norm(thetas, axis=1, keepdims=True)
        thetas = thetas * np.maximum(1.0, inner * (1 + 1e-12) / sizes)
        xs = xs / np.maximum(1.0, np.linalg.norm(xs, axis=1, keepdims=True) / radius)
        values = np.abs(np.linalg.eigvalsh(hessians(thetas, xs, 1.0, eps))).max(-1)
        if values.max() > top:
            theta, x, top = thetas[values.argmax()], xs[values.argmax()], values.max()
        else:
            width *= 0.9
    assert top <= true * (1 + 1e-11)
    assert top >= 0.99 * true


@pytest.mark.parametrize(("radius", "eps", "inner"), [*SETTINGS, (1.0, 1.0, 1e-4), (1.0, 0.9, 1e5)])
def test_true_constant_equals_the_maximum_over_norm_and_angle(radius, eps, inner):
    # No use of the argument that the inner sphere suffices: ||theta|| and ||x|| vary too.
    rho = np.geomspace(inner, 1e4 * inner, 60)[:, None, None]
    h = np.concatenate([-np.geomspace(1e-3, 40, 60), [0.0], np.geomspace(1e-3, 40, 120)])
    even = np.broadcast_to(np.linspace(-radius, radius, 201), (60, 1, 201))
    c = np.concatenate([eps - h / rho, even], axis=-1)
    size = np.array([0.3, 0.9, 1.0])[None, :, None] * radius
    c = np.clip(c, -size, size)
    s = 1 / (1 + np.exp(-np.clip(rho * (eps - c), -700, 700)))
    kappa = s * (1 - s)
    trace = kappa * (size**2 - 2 * eps * c + eps**2) + s * eps / rho
    determinant = kappa * (eps - c) ** 2 * s * eps / rho
    searched = 0.5 * (trace + np.sqrt(np.maximum(trace**2 - 4 * determinant, 0.0)))
    true = smoothness_bound(radius, eps, inner, which="true")
    assert searched.max() <= true * (1 + 1e-12)
    assert searched.max() >= true * (1 - 2e-3)


def test_cells_of_the_search_are_bounded():
    rng = np.random.default_rng(9)
    for _ in range(200):
        radius, eps, rho = rng.uniform(0.1, 2, 3)
        low, high = np.sort(rng.uniform(max(eps - radius, 0.0), eps + radius, (2, 1)), axis=0)
        e = np.linspace(low[0], high[0], 50)
        inside = adversarial_hessian_norm(np.full(50, rho), eps - e, radius, eps, 2)
        (bound,) = theory.smoothness._norm_on_cells(low, high, radius, eps, rho)
        assert float(inside.max()) <= bound * (1 + 1e-13)


@pytest.mark.parametrize(("radius", "eps", "inner"), SETTINGS)
def test_sharp_bounds_pairs_across_the_hole(radius, eps, inner):
    rng = np.random.default_rng(1)
    sharp = smoothness_bound(radius, eps, inner)
    gradient = jax.jit(jax.vmap(jax.grad(attacked), (0, 0, None, None)))
    for d in (1, 2, 3):
        first = ball(rng, 3000, d, 10 * inner, inner)
        second = np.concatenate([-first[:1000], ball(rng, 2000, d, 10 * inner, inner)])
        x = ball(rng, 3000, d, radius)
        gap = gradient(first, x, 1.0, eps) - gradient(second, x, 1.0, eps)
        ratio = np.linalg.norm(gap, axis=1) / np.linalg.norm(first - second, axis=1)
        assert ratio.max() <= sharp


def test_sharp_is_attained_as_the_hole_shrinks():
    # Two weights of norm r almost opposite to the datum: the gradient turns by eps sigma(h) / r.
    x, r, ratios = np.array([1.0, 0.0]), np.array([0.1, 0.01, 0.001]), []
    for radius in r:
        pair = radius * np.array([[-math.cos(1e-3), math.sin(t)] for t in (-1e-3, 1e-3)])
        first, second = (jax.grad(attacked)(theta, x, 1.0, 0.6) for theta in pair)
        ratio = np.linalg.norm(first - second) / np.linalg.norm(pair[0] - pair[1])
        ratios.append(ratio / smoothness_bound(1.0, 0.6, radius))
    np.testing.assert_array_less(ratios, 1.0)
    np.testing.assert_array_less([0.8, 0.97, 0.997], ratios)


def test_order_of_the_three_and_limits():
    for radius, eps, inner in [*SETTINGS, (1.0, 1.0, 1e-9), (1.0, 0.0, 1.0), (0.0, 1.0, 1.0)]:
        true, sharp, printed = (
            smoothness_bound(radius, eps, inner, 3 * inner, which=which) for which in WHICH
        )
        assert true <= sharp <= printed
        # Sharp up to a quarter of (R + eps)^2, and independent of the outer radius.
        assert sharp - true <= (radius + eps) ** 2 / 4
        assert smoothness_bound(radius, eps, inner, which="true") == true
    assert smoothness_bound(1.0, 0.5, 0.1, which="printed") == math.inf
    for which in WHICH:
        assert smoothness_bound(3.0, 0.0, 0.2, which=which) == pytest.approx(2.25, rel=1e-15)
    # A strong enough weight makes the attacked loss smoother than the clean one, 0.25.
    assert smoothness_bound(1.0, 0.5, 100.0, which="true") < 0.2175
    # x = 0: the Hessian is diag(kappa eps^2, s eps/r).
    assert smoothness_bound(0.0, 1.0, 2.0, which="true") == pytest.approx(
        0.5 / (1 + math.exp(-2.0)), rel=1e-8
    )


# P = ||x|| ||theta|| and C_thetax, to the digits of the reference run.
def test_mixed_constant_golden_values():
    reaches = (0, 0.1, 1, 10, 100, 1000)
    values = [logistic_constants(1.0, reach).C_thetax for reach in reaches]
    golden = [0.5, 0.549917, 0.927671, 2.604934, 25.010005, 250.001]
    np.testing.assert_allclose(values, golden, atol=1e-6, rtol=0)


@pytest.mark.parametrize("reach", ["0.1", "1", "4.03", "37", "1e6"])
def test_mixed_constant_to_twelve_digits(reach):
    with mpmath.workdps(40):
        P = mpmath.mpf(reach)

        def norm(m):
            s = 1 / (1 + mpmath.exp(m))
            kappa = s * (1 - s)
            return (kappa * P + mpmath.sqrt((kappa * P) ** 2 + 4 * s * (s - kappa * m))) / 2

        grid = [P * k / 400 for k in range(-400, 401)]
        if P > 50:
            grid = [mpmath.mpf(k) / 20 for k in range(-400, 401)]
        k = max(range(len(grid)), key=lambda k: norm(grid[k]))
        best = norm(grid[k])
        if 0 < k < len(grid) - 1:
            low, high = grid[k - 1], grid[k + 1]
            for _ in range(120):  # ternary search: unimodal between neighbours of the best point
                a, b = low + (high - low) / 3, high - (high - low) / 3
                low, high = (a, high) if norm(a) < norm(b) else (low, b)
            best = norm((low + high) / 2)
        value = logistic_constants(1.0, float(reach)).C_thetax
        assert abs(value - best) <= 1e-12 * best


@pytest.mark.parametrize(("radius", "reach"), [(2.0, 0.7), (0.5, 9.0), (1.0, 0.0)])
def test_constants_are_suprema_of_dense_derivatives(radius, reach):
    rng = np.random.default_rng(3)
    constants = logistic_constants(radius, reach)
    theta, x = ball(rng, 4000, 2, reach), ball(rng, 4000, 2, radius)
    theta[::2] *= reach / np.maximum(np.linalg.norm(theta[::2], axis=1, keepdims=True), 1e-300)
    x[::2] *= radius / np.linalg.norm(x[::2], axis=1, keepdims=True)
    derivatives = [jax.grad(clean), jax.hessian(clean), jax.jacobian(jax.grad(clean), argnums=1)]
    for derivative, constant in zip(derivatives, constants, strict=True):
        values = np.asarray(jax.vmap(derivative, (0, 0, None))(theta, x, -1.0))
        norms = (
            np.linalg.norm(values, axis=1)
            if values.ndim == 2
            else np.linalg.norm(values, 2, (1, 2))
        )
        assert norms.max() <= constant * (1 + 1e-12)
        assert norms.max() >= 0.99 * constant


def test_gradient_constant_and_unbounded_weights():
    attacked_radius = math.sqrt(2.0) + 0.6
    assert logistic_constants(attacked_radius, 2.0).C_theta == pytest.approx(1.978983094, abs=1e-9)
    assert logistic_constants(3.0, math.inf) == (3.0, 2.25, math.inf)
    assert logistic_constants(0.0, math.inf) == (0.0, 0.0, 0.5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: smoothness_bound(1.0, 0.1, 0.0), "theta_min must be .* jumps .*theta_min=0"),
        (lambda: smoothness_bound(1.0, 0.1, 1.0, 0.5), r"theta_max must be >= theta_min=1\.0"),
        (lambda: smoothness_bound(-1.0, 0.1, 1.0), r"radius_x=-1\.0"),
        (lambda: smoothness_bound(math.inf, 0.1, 1.0), "radius_x=inf"),
        (lambda: smoothness_bound(1.0, math.nan, 1.0), "eps=nan"),
        (lambda: smoothness_bound(1.0, 0.1, math.inf), "theta_min=inf"),
        (lambda: smoothness_bound(1.0, 0.1, 1.0, math.nan), "theta_max=nan"),
        (lambda: logistic_constants(-1.0, 1.0), r"radius_x=-1\.0"),
        (lambda: logistic_constants(math.inf, 1.0), "radius_x=inf"),
        (lambda: logistic_constants(1.0, -2.0), r"radius_theta=-2\.0"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_unknown_constant_is_refused():
    # The test run checks annotations, which refuses it first; plain Python gets the ValueError.
    with pytest.raises((ValueError, TypeError), match="exact"):
        smoothness_bound(1.0, 0.1, 1.0, which="exact")  # pyright: ignore[reportArgumentType]
