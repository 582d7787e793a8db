"""Threat models: projections against solvers and optimality, starts against their laws."""

from __future__ import annotations

import functools
import subprocess
import sys
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import optimize, stats

from jaxat.threat import Combination, Norm, ThreatModel

FLOAT64 = jnp.zeros(0).dtype == jnp.float64
TOLERANCE = 1e-12 if FLOAT64 else 2e-6
NORMS: tuple[Norm, ...] = ("linf", "l2", "l1")
ORDER: dict[str, Any] = {"linf": np.inf, "l2": 2, "l1": 1}


def images(rng: np.random.Generator, batch: int, d: int) -> np.ndarray:
    """Images with a third of their pixels on the bounds, as real ones have."""
    x = rng.uniform(size=(batch, d))
    x[rng.uniform(size=x.shape) < 0.17] = 0.0
    x[rng.uniform(size=x.shape) < 0.17] = 1.0
    return x


def project(threat: ThreatModel, v: Any, x: Any) -> np.ndarray:
    return np.asarray(compiled(threat)(jnp.asarray(v), jnp.asarray(x)), float)


@functools.cache
def compiled(threat: ThreatModel) -> Any:
    return jax.jit(threat.project)


def nearest(v: np.ndarray, x: np.ndarray, norm: str, eps: float) -> np.ndarray:
    """The projection by a general solver: a smooth problem over positive and negative parts."""
    d = len(v)

    def distance(z: np.ndarray) -> tuple[float, np.ndarray]:
        r = z[:d] - z[d:] - v
        return 0.5 * float(r @ r), np.concatenate([r, -r])

    if norm == "l1":
        ball = {"type": "ineq", "fun": lambda z: eps - z.sum(), "jac": lambda z: -np.ones(2 * d)}
    else:
        ball = {
            "type": "ineq",
            "fun": lambda z: eps**2 - ((z[:d] - z[d:]) ** 2).sum(),
            "jac": lambda z: -2 * np.concatenate([z[:d] - z[d:], z[d:] - z[:d]]),
        }
    bounds = [(0, 1 - a) for a in x] + [(0, a) for a in x]
    start = np.full(2 * d, 1e-3)
    start = np.clip(start, *np.array(bounds).T)
    options = {"maxiter": 500, "ftol": 1e-15}
    found = optimize.minimize(
        distance,
        start,
        jac=True,
        bounds=bounds,
        constraints=[ball],
        method="SLSQP",
        options=options,
    )
    return found.x[:d] - found.x[d:]


@pytest.mark.parametrize("norm", ["l2", "l1"])
def test_exact_projection_is_what_a_solver_finds(norm: Norm) -> None:
    rng = np.random.default_rng(0)
    x, v = images(rng, 12, 5), rng.normal(size=(12, 5))
    for eps in (0.3, 1.1):
        found = project(ThreatModel(norm, eps), v, x)
        for row, (one, image) in enumerate(zip(v, x, strict=True)):
            expected = nearest(one, image, norm, eps)
            # Distances are compared as well: the solver stops at a relative accuracy of its own.
            assert np.linalg.norm(found[row] - one) <= np.linalg.norm(expected - one) + 1e-5
            np.testing.assert_allclose(found[row], expected, atol=1e-4)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("d", [1, 3, 500])
def test_projection_satisfies_the_variational_inequality(norm: Norm, d: int) -> None:
    # P is the projection of v onto a convex set C iff P in C and <v - P, u - P> <= 0 for u in C.
    rng = np.random.default_rng(d)
    x = images(rng, 16, d)
    eps = {"linf": 0.1, "l2": 0.1 * d**0.5, "l1": 0.1 * d}[norm]
    threat = ThreatModel(norm, eps)
    v = rng.normal(size=(16, d)) * np.geomspace(1e-2, 1e2, 16)[:, None]
    p = project(threat, v, x)
    assert np.linalg.norm(p, ORDER[norm], axis=1).max() <= eps * (1 + 10 * TOLERANCE)
    assert (x + p).min() >= -TOLERANCE
    assert (x + p).max() <= 1 + TOLERANCE
    # The maximiser of a linear function on ball and box is hard for L2, so random points stand in;
    # scaled projections of points near v are the sharp ones.
    for _ in range(20):
        u = project(threat, v + rng.normal(size=v.shape), x)
        slope = ((v - p) * (u - p)).sum(1) / (1 + np.linalg.norm(v - p, axis=1))
        assert slope.max() <= 200 * TOLERANCE * d**0.5


@pytest.mark.parametrize("norm", NORMS)
def test_a_point_inside_stays_where_it_is(norm: Norm) -> None:
    rng = np.random.default_rng(3)
    x, delta = rng.uniform(0.4, 0.6, size=(12, 5)), rng.uniform(-0.01, 0.01, size=(12, 5))
    for combine in ("exact", "ball-then-box"):
        moved = project(ThreatModel(norm, 0.1, combine=combine), delta, x)
        np.testing.assert_allclose(moved, delta, rtol=10 * TOLERANCE)


def test_without_a_box_l2_is_a_rescaling_and_l1_a_soft_threshold() -> None:
    rng = np.random.default_rng(4)
    v, x = rng.normal(size=(5, 7)), np.zeros((5, 7))
    l2 = project(ThreatModel("l2", 0.5, bounds=None), v, x)
    np.testing.assert_allclose(
        l2, 0.5 * v / np.linalg.norm(v, axis=1)[:, None], rtol=20 * TOLERANCE
    )
    l1 = project(ThreatModel("l1", 0.5, bounds=None), v, x)
    for row, one in zip(l1, v, strict=True):
        tau = optimize.brentq(lambda t, v=one: np.maximum(abs(v) - t, 0).sum() - 0.5, 0, 9)
        np.testing.assert_allclose(row, np.sign(one) * np.maximum(abs(one) - tau, 0), atol=1e-5)


def test_ball_then_box_loses_length_which_exact_keeps() -> None:
    # On a corner of the box half of the coordinates cannot move at all.
    x = np.repeat([[0.0, 0.5]], 50, axis=1)
    exact = project(ThreatModel("l2", 1.0), -np.ones((1, 100)), x)
    ordered = project(ThreatModel("l2", 1.0, combine="ball-then-box"), -np.ones((1, 100)), x)
    assert np.linalg.norm(exact) == pytest.approx(1.0, rel=1e-5)
    assert np.linalg.norm(ordered) == pytest.approx(0.5**0.5, rel=1e-5)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("combine", ["exact", "ball-then-box"])
def test_radius_zero_and_zero_vectors(norm: Norm, combine: Combination) -> None:
    x = jnp.asarray(images(np.random.default_rng(5), 3, 8))
    none = ThreatModel(norm, 0.0, combine=combine)
    some = ThreatModel(norm, 0.1, combine=combine)

    @jax.jit
    def all_zero(x: jax.Array) -> tuple[jax.Array, ...]:
        zero, key = jnp.zeros_like(x), jax.random.key(0)
        still = none.perturb(x, zero) - x
        start, direction = none.random_start(key, x), some.steepest(zero)
        return none.project(zero + 1, x), some.project(zero, x), start, direction, still

    assert not any(np.any(array) for array in all_zero(x))


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e25])
@pytest.mark.parametrize("norm", NORMS)
def test_steepest_direction_has_norm_one_and_reaches_the_dual_norm(
    norm: Norm, scale: float
) -> None:
    g = scale * np.random.default_rng(6).normal(size=(9, 4, 3))
    v = np.asarray(jax.jit(ThreatModel(norm, 0.1).steepest)(jnp.asarray(g)), float)
    v, g = v.reshape(9, -1), g.reshape(9, -1)
    np.testing.assert_allclose(np.linalg.norm(v, ORDER[norm], axis=1), 1, rtol=1e-6)
    dual = np.linalg.norm(g, {"linf": 1, "l2": 2, "l1": np.inf}[norm], axis=1)
    np.testing.assert_allclose((g * v).sum(1), dual, rtol=1e-6)


def test_l1_passes_over_coordinates_that_cannot_move() -> None:
    threat = ThreatModel("l1", 0.5)
    x = jnp.array([[1.0, 0.5, 0.0]])
    g = jnp.array([[9.0, 1.0, -5.0]])
    assert threat.steepest(g).tolist() == [[1.0, 0.0, 0.0]]
    assert threat.steepest(g, jnp.zeros_like(x), x).tolist() == [[0.0, 1.0, 0.0]]


@pytest.mark.parametrize("norm", NORMS)
def test_uniform_law_on_the_ball(norm: Norm) -> None:
    n, d, eps = 4000, 3, 0.7
    threat = ThreatModel(norm, eps, bounds=None)
    delta = np.asarray(jax.jit(threat.uniform)(jax.random.key(1), jnp.zeros((n, d))), float)
    radius = np.linalg.norm(delta, ORDER[norm], axis=1) / eps
    assert radius.max() <= 1
    # The mass of the ball of radius r is r^d. Both tests fail by chance once in 10^4 seeds.
    assert stats.kstest(radius**d, "uniform").pvalue > 1e-4
    # The law of one coordinate: the fraction of the ball's volume left of it.
    marginal = {
        "linf": stats.uniform(-1, 2).cdf,
        # The area of a slice is (1 - t^2) up to a factor for L2, and (1 - |t|)^2 for L1.
        "l2": lambda t: (2 + 3 * t - t**3) / 4,
        "l1": lambda t: 0.5 * (1 + np.sign(t) * (1 - (1 - abs(t)) ** 3)),
    }[norm]
    for axis in range(d):
        assert stats.kstest(delta[:, axis] / eps, marginal).pvalue > 1e-4
    # Coordinates have mean 0 and no correlation, within four standard errors.
    products = delta[:, 0] * delta[:, 1]
    for sample in (*delta.T, products):
        assert abs(sample.mean()) < 4 * sample.std() / n**0.5


@pytest.mark.parametrize("norm", NORMS)
def test_starts_do_not_depend_on_the_batch(norm: Norm) -> None:
    threat, key = ThreatModel(norm, 0.1), jax.random.key(2)
    x = jnp.asarray(images(np.random.default_rng(7), 6, 4))
    start = jax.jit(threat.random_start)
    whole, some = start(key, x), jnp.array([4, 1])
    np.testing.assert_array_equal(start(key, x[some], index=some), whole[some])
    assert bool(jax.jit(threat.contains)(threat.perturb(x, whole), x).all())
    assert len(np.unique(np.asarray(jax.jit(threat.uniform)(key, x))[:, 0])) == 6


def test_bounds_are_reached_exactly() -> None:
    x = jnp.asarray(np.random.default_rng(8).uniform(size=(1, 2000)))
    threat = ThreatModel("linf", 1.0)
    assert bool((threat.perturb(x, threat.project(jnp.ones_like(x), x)) == 1).all())
    assert bool((threat.perturb(x, threat.project(-jnp.ones_like(x), x)) == 0).all())


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16])
@pytest.mark.parametrize("norm", NORMS)
def test_dtype_is_that_of_the_images(norm: Norm, dtype: Any) -> None:
    threat, x = ThreatModel(norm, 0.1), jnp.full((2, 3, 3), 0.5, dtype)

    def outcomes(key: jax.Array) -> tuple[jax.Array, ...]:
        start = threat.random_start(key, x)
        moved = threat.project(start, x)
        return start, moved, threat.steepest(start), threat.perturb(x, start), threat.length(start)

    shapes = jax.eval_shape(outcomes, jax.random.key(0))
    assert {shape.dtype for shape in shapes} == {jnp.dtype(dtype)}


def test_radius_may_be_traced() -> None:
    x, v = jnp.full((1, 2), 0.5), jnp.array([[3.0, 4.0]])

    @jax.jit
    def length(eps: jax.Array) -> jax.Array:
        threat = ThreatModel("l2", eps)
        return threat.length(threat.project(v, x))[0]

    np.testing.assert_allclose(jax.vmap(length)(jnp.array([0.1, 0.2])), [0.1, 0.2], rtol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("linf", 8.0), "8/255"),
        (("linf", 1.5), "input units"),
        (("l2", -0.1), "at least 0; got -0.1"),
        (("l2", float("nan")), "got nan"),
        (("l2", float("inf")), "got inf"),
        (("linf", 0.1, (1.0, 0.0)), "lo < hi"),
    ],
)
def test_errors(arguments: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ThreatModel(*arguments)


ALONE = """
import sys
for name in ("jaxtyping", "beartype", "flax", "scipy"):
    sys.modules[name] = None
import jax, jax.numpy as jnp
from jaxat.attacks import apgd, autoattack, fab, pgd, square
from jaxat.threat import ThreatModel
for arguments in (
    ("l3", 0.1),
    ("linf", 0.1, (0.0, 1.0), "box-then-ball"),
    ("linf", "8/255"),
    ("linf", "0.03"),
    ("linf", None),
    ("linf", 0.1, "01"),
    ("linf", 0.1, 1),
    ("linf", 0.1, (0, 1, 2)),
):
    try:
        ThreatModel(*arguments)
    except ValueError as error:
        print(error)
try:
    pgd(ThreatModel("linf", 0.25), step_size="2/255")
except ValueError as error:
    print(error)
for build in (pgd, apgd, fab, square, autoattack):
    try:
        build("linf")
    except ValueError as error:
        print(error)
x = jnp.full((1, 2), 0.5)
attack = pgd(ThreatModel("linf", 0.25), steps=1, step_size=0.25, random_start=False)
print(attack(lambda x: 4 * x, None, x, jnp.array([1])).x_adv)
"""


def test_without_the_packages_of_the_tests() -> None:
    command = [sys.executable, "-W", "error", "-c", ALONE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "norm is one of linf, l2, l1; got 'l3'.",
        "combine is one of exact, ball-then-box; got 'box-then-ball'.",
        "eps is one finite number, at least 0; got '8/255'.",
        "eps is one finite number, at least 0; got '0.03'.",
        "eps is one finite number, at least 0; got None.",
        "bounds are two numbers lo < hi, or None; got '01'.",
        "bounds are two numbers lo < hi, or None; got 1.",
        "bounds are two numbers lo < hi, or None; got (0, 1, 2).",
        "step_size is a finite number, at least 0; got '2/255'.",
        *["threat is a ThreatModel, such as ThreatModel(\"linf\", 8 / 255); got 'linf'."] * 5,
        "[[0.75 0.25]]",
    ]


def test_large_radii_where_they_mean_something() -> None:
    assert ThreatModel("linf", 8.0, bounds=(0.0, 255.0)).eps == 8
    assert ThreatModel("linf", 1.5, bounds=(-1.0, 1.0)).eps == 1.5
    assert ThreatModel("linf", 8.0, bounds=None).eps == 8
    assert ThreatModel("l2", 1.5).eps == 1.5
