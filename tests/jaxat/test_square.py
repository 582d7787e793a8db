"""Square against the authors' numbers, draw by draw, and against exact bounds on linear models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.tree_util import Partial

from jaxat.attacks.losses import margin
from jaxat.attacks.square import square
from jaxat.attacks.square_steps import Draw, StartDraw, bump, bumps, proposal, sides, start
from jaxat.threat import Norm, ThreatModel

FLOAT64 = jnp.zeros(0).dtype == jnp.float64
TOLERANCE = 1e-10 if FLOAT64 else 2e-5
KEY = jax.random.key(0)
NORMS = ["linf", "l2", "l1"]
REFERENCE = np.load(Path(__file__).parent / "fixtures" / "square_reference.npz")
# Radii that the fixture was made with; queries of it.
EPS, QUERIES = {"linf": 0.005, "l2": 0.05, "l1": 0.3}, 60


def two_layer(params: Any, x: Any) -> Any:
    a, b = params
    return jnp.tanh((x.reshape(x.shape[0], -1) - 0.5) @ a) @ b


def recorded() -> tuple[Any, Any, Any]:
    """Images as the public code has them, channels first."""
    params = [jnp.asarray(REFERENCE[name]) for name in "ab"]
    return Partial(two_layer, params), jnp.asarray(REFERENCE["x"]), jnp.asarray(REFERENCE["y"])


def test_sides_are_those_of_the_public_code() -> None:
    for rescale in (0, 1):
        for queries in (1000, 10000):
            areas, first = REFERENCE[f"areas/{rescale}/{queries}"]
            found = sides("linf", queries, (32, 32), 0.8, bool(rescale))
            each = np.repeat(areas, np.diff(np.append(first, queries)).astype(int))
            np.testing.assert_array_equal(found, np.rint(np.sqrt(each * 1024)))
    chosen = sides("linf", 5000, (32, 32), 0.8, rescale=False)
    assert [int(s) for s in dict.fromkeys(chosen)] == [29, 20, 14, 10, 7, 5, 4, 3]
    assert np.flatnonzero(np.diff(chosen)).tolist() == [10, 50, 200, 500, 1000, 2000, 4000]
    odd = sides("l2", 5000, (32, 32), 0.8, rescale=False)
    assert [int(s) for s in dict.fromkeys(odd)] == [29, 21, 15, 11, 7, 5, 3]
    assert sides("linf", 1, (4, 100), 0.8, rescale=False).tolist() == [4]


@pytest.mark.parametrize("norm", ["l2", "l1"])
@pytest.mark.parametrize("side", [1, 2, 3, 6, 9])
def test_bumps_are_those_of_the_public_code(norm: Norm, side: int) -> None:
    np.testing.assert_allclose(bump(norm, side), REFERENCE[f"{norm}/bump/{side}"], atol=1e-15)


class Numbers:
    """Hands out recorded random numbers in the order in which they were drawn."""

    def __init__(self, drawn: np.ndarray):
        self.drawn, self.used = drawn, 0

    def take(self, *shape: int) -> np.ndarray:
        count = int(np.prod(shape))
        self.used += count
        return self.drawn[self.used - count : self.used].reshape(shape)


def replay_start(norm: Norm, numbers: Numbers, n: int) -> StartDraw:
    if norm == "linf":
        signs = numbers.take(n, 3, 1, 10)[:, :, 0].transpose(0, 2, 1)
        return StartDraw(jnp.zeros((n, 10)), jnp.asarray(signs))
    turns, signs = zip(*[(numbers.take(), numbers.take(n, 3)) for _ in range(25)], strict=True)
    same = jnp.broadcast_to(jnp.asarray(turns)[None], (n, 25))
    return StartDraw(same, jnp.asarray(np.stack(signs, axis=1)))


def replay(norm: Norm, numbers: Numbers, n: int) -> Draw:
    places = np.zeros(4)
    places[: 2 if norm == "linf" else 4] = numbers.take(2 if norm == "linf" else 4)
    if norm == "linf":
        turn, signs = 0.0, np.broadcast_to(numbers.take(1, 3), (n, 3))
    else:
        turn, signs = numbers.take(), numbers.take(n, 3)
    many = jnp.broadcast_to(jnp.asarray(places)[None], (n, 4))
    return Draw(many, jnp.full(n, jnp.asarray(turn)), jnp.asarray(signs))


@pytest.mark.parametrize("norm", NORMS)
def test_equals_the_public_code_with_its_random_numbers(norm: Norm) -> None:
    model, x, y = recorded()
    threat, images = ThreatModel(norm, EPS[norm]), jnp.moveaxis(x, 1, 3)
    numbers, n = Numbers(REFERENCE[f"{norm}/drawn"]), len(x)
    each = sides(norm, QUERIES, (10, 10), 0.8, rescale=False)
    table, which = bumps(norm, each)
    tables = jnp.asarray(table, x.dtype)
    propose = jax.jit(lambda *arguments: proposal(threat, *arguments))
    look = jax.jit(lambda image: margin(model(jnp.moveaxis(image, 3, 1)), y))

    best = jax.jit(lambda draw: start(threat, images, draw))(replay_start(norm, numbers, n))
    least, points, losses = look(best), [best], [look(best)]
    for query in range(QUERIES):
        draw = replay(norm, numbers, n)
        point = propose(images, best, each[query], tables[which[query]], draw)
        loss = look(point)
        points.append(point)
        losses.append(loss)
        better = np.asarray(loss > least)
        best = jnp.asarray(np.where(better[:, None, None, None], point, best))
        least = jnp.maximum(loss, least)
    assert numbers.used == len(numbers.drawn)
    tolerance = 1e-9 if FLOAT64 else 5e-4
    np.testing.assert_allclose(losses, REFERENCE[f"{norm}/loss"], atol=tolerance)
    kept = [0, *REFERENCE["kept"]]
    shown = np.moveaxis(np.stack([points[k] for k in kept]), 4, 2)
    np.testing.assert_allclose(shown, REFERENCE[f"{norm}/points"], atol=tolerance)
    np.testing.assert_allclose(jnp.moveaxis(best, 3, 1), REFERENCE[f"{norm}/best"], atol=tolerance)


@pytest.mark.parametrize(
    ("norm", "windows"), [("linf", "image"), ("l2", "image"), ("l1", "image"), ("l2", "reference")]
)
def test_stays_inside_and_does_not_depend_on_the_batch(norm: Norm, windows: Any) -> None:
    model, x, y = recorded()
    threat = ThreatModel(norm, {"linf": 0.1, "l2": 1.0, "l1": 12.0}[norm])
    attack = square(threat, queries=24, windows=windows, layout="NCHW", chunk=16)
    whole = attack(model, KEY, x, y)
    assert bool(threat.contains(whole.x_adv, x).all())
    np.testing.assert_allclose(margin(model(whole.x_adv), y), whole.best_loss, atol=50 * TOLERANCE)
    np.testing.assert_array_equal(whole.success, np.argmax(model(whole.x_adv), 1) != y)
    assert np.all(whole.best_loss > margin(model(x), y))
    if norm != "l1":
        some = np.array([2, 0])
        part = attack(model, KEY, x[some], y[some], index=some)
        np.testing.assert_allclose(part.x_adv, whole.x_adv[some], atol=TOLERANCE)


@pytest.mark.parametrize("windows", ["image", "reference"])
def test_who_shares_windows(windows: Any) -> None:
    # A model that likes every change, started at x: what has changed is the first window.
    x, y = jnp.full((5, 8, 8, 2), 0.5), jnp.zeros(5, int)

    def restless(weight: Any, x: Any) -> Any:
        moved = weight * jnp.sum((x - 0.5) ** 2, axis=(1, 2, 3))
        return jnp.stack([jnp.ones_like(moved), moved], axis=1)

    attack = square(ThreatModel("linf", 0.25), queries=1, p_init=0.2, windows=windows)
    result = attack(Partial(restless, jnp.asarray(1e-3)), KEY, x, y, x_init=x)
    moved = np.asarray(result.x_adv - x)
    # Four by four pixels, plus or minus eps, one sign a channel.
    np.testing.assert_array_equal(np.sum(moved != 0, axis=(1, 2)), np.full((5, 2), 16))
    np.testing.assert_array_equal(np.abs(moved).max((1, 2)), np.full((5, 2), 0.25))
    np.testing.assert_array_equal(np.abs(moved.sum((1, 2))), np.full((5, 2), 4.0))
    assert len({image.tobytes() for image in moved}) == (1 if windows == "reference" else 5)


def exact_margins(w: np.ndarray, x: np.ndarray, gap: np.ndarray, norm: str, eps: float) -> Any:
    """Largest fall of a linear margin in ball and box, by bisection in the multiplier."""
    room = np.where(w > 0, x, 1 - x)
    if norm == "linf":
        return gap - np.sum(np.abs(w) * np.minimum(room, eps), axis=1)
    low, high = np.zeros(len(x)), np.full(len(x), 1e4)
    for _ in range(200):
        middle = (low + high) / 2
        step = np.minimum(middle[:, None] * np.abs(w), room)
        short = np.linalg.norm(step, axis=1) < eps
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return gap - np.sum(np.abs(w) * np.minimum(high[:, None] * np.abs(w), room), axis=1)


@pytest.mark.parametrize(("norm", "eps", "share"), [("linf", 0.05, 0.6), ("l2", 0.4, 0.3)])
def test_linear_models_never_beyond_the_exact_bound(norm: Norm, eps: float, share: float) -> None:
    rng = np.random.default_rng(0)
    # Smooth weights, which windows can follow.
    w = np.repeat(np.repeat(rng.normal(size=(2, 2, 3)), 4, 0), 4, 1)
    x = rng.integers(0, 257, (30, 8, 8, 3)) / 256
    z = np.sum(w * x, axis=(1, 2, 3))
    bias = float(np.median(z))
    y = (z > bias).astype(int)
    sign = 2 * y - 1
    flat = (sign[:, None] * w.ravel()[None], x.reshape(30, -1))
    least = exact_margins(*flat, sign * (z - bias), norm, eps)
    attack = square(ThreatModel(norm, eps), queries=200, p_init=0.3, chunk=200)
    model = Partial(lambda w, x: jnp.sum(w[None] * x, axis=(1, 2, 3)) - bias, jnp.asarray(w))
    result = attack(model, KEY, x, y)
    assert np.all(-np.asarray(result.best_loss) >= least - 1e-4)
    success = np.asarray(result.success)
    assert not np.any(success & (least > 1e-4))
    # And it comes near: of what can be broken this share is, in few queries.
    assert success.sum() > share * np.sum(least < 0)
    assert 0 < success.sum() < 30


def test_targets_starts_and_what_is_wrong_already() -> None:
    model, x, y = recorded()
    attack = square(ThreatModel("linf", 0.3), queries=150, layout="NCHW", chunk=150)
    target = (y + 1) % 5
    result = attack(model, KEY, x, y, target=target)
    hit = np.argmax(model(result.x_adv), 1) == target
    np.testing.assert_array_equal(result.success, hit)
    assert hit.any()
    np.testing.assert_allclose(-margin(model(result.x_adv), target), result.best_loss, atol=1e-3)
    wrong = attack(model, KEY, x, target)
    np.testing.assert_array_equal(wrong.x_adv, x)
    assert bool(wrong.success.all())
    none = square(ThreatModel("linf", 0.1), queries=0, layout="NCHW")
    given = none(model, KEY, x, y, x_init=x + 0.3)
    np.testing.assert_allclose(given.x_adv, jnp.clip(x + 0.1, 0, 1), atol=1e-6)
    stripes = np.asarray(none(model, KEY, x, y).x_adv - jnp.asarray(x))
    inner = np.asarray((x > 0.1) & (x < 0.9))
    np.testing.assert_allclose(np.abs(stripes)[inner], 0.1, atol=1e-6)
    both = np.any(inner & (stripes > 0), axis=2) & np.any(inner & (stripes < 0), axis=2)
    assert not both.any()
    assert 0.2 < np.mean(stripes[inner] > 0) < 0.8


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda t: square(t, queries=-1), "queries is an integer, at least 0; got -1"),
        (lambda t: square(t, chunk=0), "chunk is an integer, at least 1"),
        (lambda t: square(t, p_init=0), r"p_init is a share of the image, in \(0, 1\]; got 0"),
        (
            lambda t: square(t, windows="batch"),  # pyright: ignore[reportArgumentType]
            "windows is one of image, reference; got 'batch'",
        ),
        (
            lambda t: square(t, layout="HWC"),  # pyright: ignore[reportArgumentType]
            "layout is one of NHWC, NCHW; got 'HWC'",
        ),
        (lambda t: square(t)(len, None, jnp.zeros((1, 4, 4, 1)), jnp.zeros(1)), "needs a key"),
        (
            lambda t: square(t)(len, KEY, jnp.zeros((1, 1, 4, 4, 1)), jnp.zeros(1)),
            "at most three axes",
        ),
        (
            lambda _: square(ThreatModel("l2", 1.0))(
                len, KEY, jnp.zeros((1, 4, 4, 1)), jnp.zeros(1)
            ),
            "five rows",
        ),
    ],
)
def test_refusals(act: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        act(ThreatModel("linf", 0.1))
