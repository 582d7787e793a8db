"""The shortest way to a hyperplane in a box, against linear programs, KKT systems and bisection."""

from __future__ import annotations

from itertools import product
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import linprog

from jaxat.attacks._hyperplane import reach_hyperplane
from jaxat.threat import Norm

FLOAT64 = jnp.zeros(0).dtype == jnp.float64
TOLERANCE = 1e-10 if FLOAT64 else 2e-5
NORMS = ["linf", "l2", "l1"]


def reach(norm: Norm, w: Any, gap: Any, below: Any, above: Any) -> np.ndarray:
    return np.asarray(reach_hyperplane(norm, *map(jnp.asarray, (w, gap, below, above))))


def length(norm: Norm, u: np.ndarray) -> float:
    return float(np.linalg.norm(u, {"linf": np.inf, "l2": 2, "l1": 1}[norm]))


def program(norm: Norm, w: np.ndarray, gap: float, below: np.ndarray, above: np.ndarray) -> float:
    """Smallest norm as a linear program: u = p - n with p, n >= 0, and for L-infinity a bound t."""
    d = len(w)
    bounds = [(0, b) for b in above] + [(0, -b) for b in below]
    if norm == "l1":
        cost, equal = np.ones(2 * d), np.concatenate([w, -w])[None]
        return linprog(cost, A_eq=equal, b_eq=[-gap], bounds=bounds).fun
    cost = np.append(np.zeros(2 * d), 1)
    each = np.hstack([np.eye(2 * d), -np.ones((2 * d, 1))])
    equal = np.concatenate([w, -w, [0]])[None]
    limits = [*bounds, (0, None)]
    return linprog(cost, each, np.zeros(2 * d), equal, [-gap], limits).fun


def enumerated(w: np.ndarray, gap: float, below: np.ndarray, above: np.ndarray) -> np.ndarray:
    """The shortest in L2 of all points with given coordinates at their bounds, the others free."""
    best, least = np.full(len(w), np.nan), np.inf
    for kinds in product((-1, 0, 1), repeat=len(w)):
        kind = np.array(kinds)
        u = np.where(kind < 0, below, np.where(kind > 0, above, 0.0))
        free, rest = kind == 0, -gap - w @ u
        if free.any() and np.any(w[free] != 0):
            u[free] = rest * w[free] / (w[free] @ w[free])
        elif abs(rest) > 1e-12:
            continue
        if np.all(u >= below - 1e-12) and np.all(u <= above + 1e-12) and u @ u < least:
            best, least = u, u @ u
    return best


def small_case(rng: np.random.Generator) -> tuple[np.ndarray, float, np.ndarray, np.ndarray]:
    d = int(rng.integers(1, 6))
    w = rng.choice([0.0, 1.0, -1.0, 0.5, *rng.normal(size=4)], size=d)
    t = rng.choice([0.0, 1.0, *rng.uniform(size=3)], size=d)
    # Of what the box allows in either direction, a share; both ends are possible.
    share = rng.choice([0.0, 1e-3, 0.999, *rng.uniform(size=4)])
    sign = rng.choice([-1, 1])
    reachable = np.sum(np.abs(w) * np.where(sign * w > 0, t, 1 - t))
    return w, float(sign * share * reachable), -t, 1 - t


@pytest.mark.parametrize("norm", NORMS)
def test_nothing_is_shorter(norm: Norm) -> None:
    rng = np.random.default_rng(0)
    for _ in range(150):
        w, gap, below, above = small_case(rng)
        u = reach(norm, w, gap, below, above)
        assert np.all(u >= below.astype(u.dtype))
        assert np.all(u <= above.astype(u.dtype))
        np.testing.assert_allclose(w @ u, -gap, atol=TOLERANCE)
        if norm == "l2":
            np.testing.assert_allclose(u, enumerated(w, gap, below, above), atol=TOLERANCE * 10)
        else:
            least = program(norm, w, gap, below, above)
            np.testing.assert_allclose(length(norm, u), least, atol=TOLERANCE * 10)


@pytest.mark.parametrize("norm", ["linf", "l2"])
@pytest.mark.parametrize("spread", [0.0, 1.0, 4.0])
def test_images_against_bisection(norm: Norm, spread: float) -> None:
    # Rows of many kinks, gradients of many scales, from far inside to almost out of reach.
    rng = np.random.default_rng(1)
    d, shares = 3072, np.array([1e-6, 1e-3, 0.1, 0.5, 0.9, 0.9999])
    t = rng.uniform(size=(len(shares), d))
    w = rng.normal(size=t.shape) * np.exp(spread * rng.normal(size=t.shape))
    w, t = w.astype(np.float32).astype(float), t.astype(np.float32).astype(float)
    room = np.where(w > 0, t, 1 - t)
    gap = shares * np.sum(np.abs(w) * room, axis=1)
    power = np.abs(w) if norm == "l2" else np.ones_like(w)

    def move(root: np.ndarray) -> np.ndarray:
        return -np.sign(w) * np.minimum(root[:, None] * power, room)

    low, high = np.zeros(len(gap)), np.max(room / power, axis=1)
    for _ in range(200):
        middle = (low + high) / 2
        short = -np.sum(w * move(middle), axis=1) < gap
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    each = jax.vmap(lambda *row: reach_hyperplane(norm, *row))
    found = each(*map(jnp.asarray, (w, gap, -t, 1 - t)))
    np.testing.assert_allclose(found, move(high), atol=1e-12 if FLOAT64 else 1e-3)


@pytest.mark.parametrize("norm", NORMS)
def test_without_a_box_the_length_is_the_gap_over_the_dual_norm(norm: Norm) -> None:
    w, free = np.array([3.0, -4.0, 0.0]), np.full(3, np.inf)
    dual = {"linf": 7.0, "l2": 5.0, "l1": 4.0}[norm]
    for scale in (1.0, 1e-30, 1e30):
        u = reach(norm, scale * w, -2.0 * scale, -free, free)
        np.testing.assert_allclose(length(norm, u), 2 / dual, rtol=1e-6)
        np.testing.assert_allclose(w @ u, 2, rtol=1e-6)


@pytest.mark.parametrize("norm", NORMS)
def test_where_the_hyperplane_is_out_of_reach_everything_goes_to_its_bound(norm: Norm) -> None:
    w, t = np.array([2.0, -1.0, 0.0, 0.5]), np.array([0.25, 0.5, 0.5, 0.0])
    np.testing.assert_array_equal(reach(norm, w, 100.0, -t, 1 - t), [-0.25, 0.5, 0, 0])
    np.testing.assert_array_equal(reach(norm, w, -100.0, -t, 1 - t), [0.75, -0.5, 0, 1])
    np.testing.assert_array_equal(reach(norm, 0 * w, 1.0, -t, 1 - t), np.zeros(4))
    np.testing.assert_array_equal(reach(norm, 0 * w, 0.0, -t, 1 - t), np.zeros(4))
    np.testing.assert_array_equal(reach(norm, w, 0.0, -t, 1 - t), np.zeros(4))
    free = np.full(4, np.inf)
    np.testing.assert_array_equal(reach(norm, 0 * w, 1.0, -free, free), np.zeros(4))


@pytest.mark.parametrize("norm", NORMS)
def test_a_nan_ends_and_is_seen(norm: Norm) -> None:
    t = np.array([0.25, 0.5])
    assert np.isnan(reach(norm, np.array([1.0, 2.0]), np.nan, -t, 1 - t)).any()


def test_nothing_is_sorted_but_for_l1() -> None:
    def primitives(norm: Norm) -> str:
        arguments = (jnp.ones(8), jnp.ones(()), jnp.zeros(8), jnp.ones(8))
        return str(jax.make_jaxpr(lambda *a: reach_hyperplane(norm, *a))(*arguments))

    assert " sort[" in primitives("l1")
    for norm in ("linf", "l2"):
        assert " sort[" not in primitives(norm)
        assert "cumsum" not in primitives(norm)
