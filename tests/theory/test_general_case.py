"""Exact matrices and models, the Lagrangian, and the nonlinear models, against NumPy and JAX."""

from __future__ import annotations

from math import inf

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flint import fmpq, fmpq_poly

from theory.exact import parse_point, rational
from theory.exact.lagrangian import bordered_hessian, second_derivative
from theory.exact.matrix import (
    determinant,
    negative_definite,
    positive_semidefinite,
    singular_values_at_least,
    solve,
    spectral_norm_at_most,
)
from theory.exact.models import (
    adversarial_loss,
    first_order_maximum,
    global_maximum_inside,
    nonnegative_on,
    trust_region_maximum,
)
from theory.exact.sphere import bordered_curvature, tangential_curvature
from theory.general_models import (
    SoftmaxModel,
    SoftplusNetwork,
    SwishNetwork,
    TrustRegionModel,
    finite_difference,
    input_derivatives,
    lagrangian_derivatives,
)


def integers(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.integers(-5, 6, size=shape)


def exact(a: np.ndarray) -> tuple:
    return tuple(tuple(fmpq(int(x)) for x in row) for row in a)


def test_definiteness_against_eigenvalues() -> None:
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(60):
        d = int(rng.integers(1, 5))
        root = integers(rng, d, int(rng.integers(1, d + 2)))
        a = root @ root.T - int(rng.integers(0, 2)) * np.eye(d, dtype=int)
        eigenvalues = np.linalg.eigvalsh(a)
        if np.any((np.abs(eigenvalues) < 1e-9) & (eigenvalues != 0)) and eigenvalues[0] < -1e-9:
            continue
        expected = bool(eigenvalues[0] > -1e-9)
        seen.add(expected)
        assert positive_semidefinite(exact(a)) == expected
        assert negative_definite(exact(-a)) == bool(eigenvalues[0] > 1e-9)
    assert seen == {True, False}


def test_asymmetric_matrices_are_refused() -> None:
    with pytest.raises(ValueError, match="symmetric"):
        positive_semidefinite(((1, 2), (3, 4)))


def test_determinant_solution_and_singular_values_against_numpy() -> None:
    rng = np.random.default_rng(1)
    for d in (1, 2, 3, 4):
        a, b = integers(rng, d, d) + 7 * np.eye(d, dtype=int), integers(rng, d)
        assert float(determinant(exact(a))) == pytest.approx(np.linalg.det(a))
        found = [float(x) for x in solve(exact(a), [int(x) for x in b])]
        assert found == pytest.approx(np.linalg.solve(a, b))
        values = np.linalg.svd(a, compute_uv=False)
        for factor in (0.999, 1.001):
            top, low = rational(values[0] * factor), rational(values[-1] * factor)
            assert spectral_norm_at_most(exact(a), top) == (factor > 1)
            assert singular_values_at_least(exact(a), low) == (factor < 1)


@pytest.mark.parametrize(
    ("coefficients", "answer"),
    [([1, -1], True), ([1, -2], False), ([1, -4, 4], None), ([2, -4, 4], True), ([], True)],
)
def test_nonnegative_on_the_unit_interval(coefficients: list[int], answer: bool | None) -> None:
    found = nonnegative_on(fmpq_poly(coefficients), fmpq(0), fmpq(1))
    # (1 - 2t)^2 has its root where the first bisection cuts, so it may be decided.
    assert found in ({True, None} if answer is None else {answer})


def test_global_maximum_of_the_double_well() -> None:
    well = {"model": "polynomial", "a": "(-1, 0, 2, 0, -1)", "eps": "2"}
    # theta = 4 x (x^2 - 1) at x = 3/2 and at the lower maximum of the same slope's sign.
    good = {"theta_1": "(15/2,)", "delta_1": "(3/2,)", "theta_2": "(0,)", "delta_2": "(1,)"}
    assert global_maximum_inside(parse_point({**well, **good})) is True
    worse = {**good, "theta_2": "(-2001/250000,)", "delta_2": "(1,)"}
    assert global_maximum_inside(parse_point({**well, **worse})) is False


def test_trust_region_certificate_against_sampling() -> None:
    rng = np.random.default_rng(2)
    point = parse_point(
        {
            "model": "quadratic",
            "A": "((0, 0), (0, 0))",
            "B": "((1, 0), (0, 1))",
            "g": "(0, 0)",
            "H": "((1, 0), (0, -1))",
            "eps": "5",
        }
    )
    # nu = 2: (nu I - H) delta = (3, 12) for delta = (3, 4).
    theta, delta = (fmpq(3), fmpq(12)), (fmpq(3), fmpq(4))
    assert trust_region_maximum(point, theta, delta, 10)
    assert not trust_region_maximum(point, theta, delta, 11)
    z = rng.normal(size=(2000, 2))
    z = 5 * z / np.maximum(1, np.linalg.norm(z, axis=1))[:, None]
    values = z @ [3, 12] + (z[:, 0] ** 2 - z[:, 1] ** 2) / 2
    assert values.max() <= 3 * 3 + 12 * 4 + (9 - 16) / 2


def test_first_order_maximum_on_the_square() -> None:
    point = parse_point({"model": "polynomial", "a": "(0, 0, 1)", "p": "inf", "eps": "1"})
    assert point["p"] == inf
    assert first_order_maximum(point, (fmpq(1),), (fmpq(1),))
    assert not first_order_maximum(point, (fmpq(1),), (fmpq(1, 2),))


def test_adversarial_loss_of_a_quadratic_against_numpy() -> None:
    rng = np.random.default_rng(3)
    B, root = integers(rng, 2, 3), integers(rng, 3, 3)
    H = -(root @ root.T + np.eye(3, dtype=int))
    A, g, theta = np.diag([1, 2]), integers(rng, 3), integers(rng, 2)
    point = {"model": "quadratic", "A": exact(A), "B": exact(B), "H": exact(H)}
    found = adversarial_loss({**point, "g": exact(g[None])[0]}, tuple(fmpq(int(t)) for t in theta))
    force = B.T @ theta + g
    assert float(found) == pytest.approx(
        theta @ A @ theta / 2 - force @ np.linalg.solve(H, force) / 2
    )


def test_bordered_hessian_against_automatic_differentiation() -> None:
    H, delta, mu = np.array([[1.0, 2, 0], [2, -1, 3], [0, 3, 4]]), np.array([2.0, 3, 6]), 5.0

    def lagrangian(z: jax.Array) -> jax.Array:
        x = z[1:]
        return x @ jnp.asarray(H) @ x / 2 - z[0] * (jnp.linalg.norm(x) - 7.0)

    expected = jax.jit(jax.hessian(lagrangian))(jnp.array([mu, *delta]))
    rows = exact(H)
    vector = tuple(fmpq(int(x)) for x in delta)
    found = bordered_hessian(rows, vector, fmpq(5))
    assert np.array([[float(x) for x in row] for row in found]) == pytest.approx(expected)
    w = (1, 2, -1, 3)
    along = second_derivative(rows, (fmpq(0),) * 3, 7, vector, fmpq(5), w)
    assert float(along) == pytest.approx(float(np.array(w) @ np.asarray(expected) @ np.array(w)))


def test_curvature_along_a_segment_is_not_judged_by_its_ends() -> None:
    """Between weights of norm 1 at a right angle the linear loss has curvature 1/sqrt(2)."""
    linear = {
        "model": "quadratic",
        "B": "((1, 0), (0, 1))",
        "g": "(0, 0)",
        "H": "((0, 0), (0, 0))",
        "eps": "1",
        "theta_1": "(1, 0)",
        "delta_1": "(1, 0)",
        "mu_1": "1",
        "theta_2": "(0, 1)",
        "delta_2": "(0, 1)",
        "mu_2": "1",
    }
    for c, answer in (("7/10", True), ("71/100", None)):
        point = parse_point({**linear, "c": c, "c_t": c})
        assert bordered_curvature(point) is answer
        assert tangential_curvature(point) is bool(answer)


@pytest.mark.parametrize("model", [SwishNetwork(2), SoftplusNetwork(3)])
def test_interior_attacks_beat_random_inputs(model: SwishNetwork | SoftplusNetwork) -> None:
    rng = np.random.default_rng(4)
    theta = model.draw(rng)
    best = model.attack(theta)
    other = best + rng.normal(size=(500, model.d)) * np.array([[1e-2], [1.0]]).repeat(250, 0)
    loss = jax.jit(jax.vmap(lambda x: model.loss(x, jnp.asarray(theta))))
    assert float(loss(other).max()) <= float(loss(best[None])[0]) + 1e-14
    gradient, hessian, mixed = input_derivatives(model.loss, best[None], theta[None])
    assert np.abs(gradient).max() < 1e-12
    assert np.linalg.eigvalsh(hessian[0]).max() < 0
    assert mixed.shape == (1, model.d, theta.size)


@pytest.mark.parametrize("model", [SoftmaxModel(3, 0.7), TrustRegionModel(3, 0.7)])
def test_attacks_on_the_sphere_beat_their_neighbours(
    model: SoftmaxModel | TrustRegionModel,
) -> None:
    rng = np.random.default_rng(6)
    theta = model.draw(rng)
    best, mu = model.attack(theta)
    assert mu > 0
    assert np.linalg.norm(best) == pytest.approx(0.7)
    other = best + 0.05 * rng.normal(size=(500, 3))
    other *= np.minimum(1, 0.7 / np.linalg.norm(other, axis=1))[:, None]
    loss = jax.jit(jax.vmap(lambda x: model.loss(x, jnp.asarray(theta))))
    assert float(loss(other).max()) <= float(loss(best[None])[0]) + 1e-12
    gradient = lagrangian_derivatives(model.loss, 0.7, best[None], np.array([mu]), theta[None])[0]
    assert np.abs(gradient).max() < 1e-9
    restarted, again = model.attack(theta, start=best)
    assert restarted == pytest.approx(best)
    assert again == pytest.approx(mu)


def test_finite_difference_is_of_second_order() -> None:
    errors = [
        abs(finite_difference(np.exp, np.array([0.3]), h)[0, 0] - np.exp(0.3)) for h in (1e-2, 1e-3)
    ]
    assert errors[0] / errors[1] == pytest.approx(100, rel=1e-2)
