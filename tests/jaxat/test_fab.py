"""FAB against the authors' numbers, closed forms on linear models, and what it costs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.tree_util import Partial
from scipy.optimize import linprog

from jaxat import models
from jaxat.attacks.fab import fab
from jaxat.attacks.result import AttackResult
from jaxat.threat import Norm, ThreatModel

FLOAT64 = jnp.zeros(0).dtype == jnp.float64
TOLERANCE = 1e-10 if FLOAT64 else 2e-5
KEY = jax.random.key(0)
NORMS = ["linf", "l2", "l1"]
DUAL = {"linf": 1, "l2": 2, "l1": np.inf}
REFERENCE = np.load(Path(__file__).parent / "fixtures" / "fab_reference.npz")


def two_layer(params: Any, x: Any) -> Any:
    a, b = params
    return jnp.tanh((x.reshape(x.shape[0], -1) - 0.5) @ a) @ b


def linear(params: Any, x: Any) -> Any:
    w, b = params
    return x.reshape(x.shape[0], -1) @ w + b[None]


def recorded() -> tuple[Any, Any, Any]:
    params = [jnp.asarray(REFERENCE[name]) for name in "ab"]
    return Partial(two_layer, params), REFERENCE["x"], REFERENCE["y"]


def course_of(result: AttackResult) -> Any:
    assert result.trace is not None
    return result.trace


@pytest.mark.parametrize("rank", [0, 2, 3])
@pytest.mark.parametrize("norm", NORMS)
def test_equals_the_public_code(norm: Norm, rank: int) -> None:
    # The fixture says minus the norm of every misclassified point that FAB visits, for targets of
    # two ranks, and (rank 0) without one from the noise of a restart; 100 steps in float64.
    model, x, y = recorded()
    case = f"{norm}/{rank}"
    target = REFERENCE[f"{case}/target"] if rank else None
    attack = fab(ThreatModel(norm, 0.05), stop="reference", trace=True)
    start = jnp.asarray(REFERENCE[f"{case}/start"])
    result = attack(model, None, x, y, x_init=start, target=target)
    expected, kept = REFERENCE[f"{case}/loss"], REFERENCE["kept"]
    course = course_of(result)
    if FLOAT64:
        np.testing.assert_allclose(course.loss[1:], expected, atol=1e-9)
        np.testing.assert_allclose(course.x[kept], REFERENCE[f"{case}/points"], atol=1e-9)
    else:
        # Rounding takes the two apart after some steps; they find the same norm.
        np.testing.assert_allclose(course.loss[1], expected[0], atol=1e-5)
    np.testing.assert_allclose(result.best_loss, expected.max(0), atol=1e-9 if FLOAT64 else 2e-3)
    assert result.success.tolist() == (expected.max(0) >= -0.05).tolist()


def shortest_linf(w: np.ndarray, gap: float, x: np.ndarray) -> float:
    """By a linear program over (delta, t): minimal t, |delta| <= t, 0 <= x + delta <= 1."""
    d = len(w)
    cost = np.append(np.zeros(d), 1)
    ones = -np.ones((d, 1))
    each = np.vstack([np.hstack([np.eye(d), ones]), np.hstack([-np.eye(d), ones])])
    bounds = [*zip(-x, 1 - x, strict=True), (0, None)]
    equal = np.append(w, 0)[None]
    return linprog(cost, each, np.zeros(2 * d), equal, [-gap], bounds).fun


def test_linear_models_the_norm_is_minimal_also_at_the_bounds() -> None:
    rng = np.random.default_rng(0)
    w, x = rng.normal(size=12), rng.uniform(size=(10, 12))
    x[rng.uniform(size=x.shape) < 0.3] = 1.0
    y = (x @ w - 0.2 > 0).astype(int)
    least = np.array([shortest_linf(w, image @ w - 0.2, image) for image in x])
    model = Partial(lambda w, x: x @ w - 0.2, jnp.asarray(w))
    eta = 1.0001
    eps = float(np.median(least))
    threat = ThreatModel("linf", eps)
    result = fab(threat, steps=20, eta=eta, stop="reference")(model, None, x, y)
    ratio = -np.asarray(result.best_loss) / least
    assert ratio.min() > 1 - 1e-5
    assert ratio.max() <= eta + 1e-5
    # The exact robust accuracy, apart from images within a ten thousandth of the radius.
    clear = np.abs(least / eps - 1) > 2e-4
    np.testing.assert_array_equal(result.success[clear], least[clear] < eps)


@pytest.mark.parametrize("norm", NORMS)
def test_linear_models_of_several_classes(norm: Norm) -> None:
    # Without bounds the distance to the nearest boundary is min_j |z_j - z_y| / ||w_j - w_y||*.
    rng = np.random.default_rng(1)
    w, b, x = rng.normal(size=(6, 20)), rng.normal(size=20), rng.uniform(size=(7, 6))
    z = x @ w + b
    y = z.argmax(1)
    normals = w.T[None] - w.T[y][:, None]
    dual = np.linalg.norm(normals, DUAL[norm], axis=2)
    distance = (z.max(1, keepdims=True) - z) / np.where(dual > 0, dual, np.nan)
    threat, model = (
        ThreatModel(norm, 0.1, bounds=None),
        Partial(linear, list(map(jnp.asarray, (w, b)))),
    )
    attack = fab(threat, steps=10, eta=1.001, stop="reference")
    result = attack(model, None, x, y)
    np.testing.assert_allclose(-result.best_loss, np.nanmin(distance, 1), rtol=1.1e-3)
    if norm == "linf":
        # The boundary of a class is reached where no other class is in between.
        target = np.nanargmin(distance, 1)
        aimed = attack(model, None, x, y, target=target)
        np.testing.assert_allclose(aimed.best_loss, result.best_loss, rtol=1e-3)
        other = (target + 1 + (target + 1 == y)) % 20
        away = attack(model, None, x, y, target=np.where(other == y, target, other))
        assert np.all(away.best_loss <= aimed.best_loss + 1e-6)


@pytest.mark.parametrize(("norm", "targeted"), [("linf", True), ("l2", False), ("l1", True)])
def test_verdicts_do_not_depend_on_when_it_stops(norm: Norm, targeted: bool) -> None:
    model, x, y = recorded()
    y = y.copy()
    y[0] = (y[0] + 1) % 5
    eps = {"linf": 0.04, "l2": 0.22, "l1": 0.8}[norm]
    threat = ThreatModel(norm, eps)
    target = (y + 1) % 5 if targeted else None
    both = [
        fab(threat, steps=25, restarts=2, stop=stop, trace=True)(model, KEY, x, y, target=target)
        for stop in ("norm", "reference")
    ]
    np.testing.assert_array_equal(both[0].success, both[1].success)
    assert bool(both[0].success[0])
    assert 1 < both[0].success.sum() < len(y)
    for result in both:
        assert bool(threat.contains(result.x_adv, jnp.asarray(x)).all())
        wrong = np.argmax(model(result.best_x), 1) != y
        np.testing.assert_array_equal(wrong, np.isfinite(result.best_loss))
        np.testing.assert_allclose(
            threat.length(result.best_x - x)[wrong], -result.best_loss[wrong], atol=1e-6
        )
        # What fails comes back as it was, what is wrong already too.
        same = np.all(np.asarray(result.x_adv) == jnp.asarray(x), axis=(1, 2, 3))
        np.testing.assert_array_equal(same, [True, *~np.asarray(result.success)[1:]])
        points = course_of(result)
        assert points.loss.shape == (51, len(y))
        np.testing.assert_array_equal(points.loss.max(0), result.best_loss)
        assert float(points.x.min()) >= 0
        assert float(points.x.max()) <= 1
    assert np.all(both[0].best_loss <= both[1].best_loss)
    # The search for an image is over once its norm suffices: later points are that point.
    course, done = course_of(both[0]), int(np.argmax(np.asarray(both[0].success)[1:])) + 1
    first = int(jnp.argmax(course.success[:, done]))
    np.testing.assert_array_equal(course.loss[first:, done], both[0].best_loss[done])


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_restarts_start_from_noise_of_half_the_radius(norm: Norm) -> None:
    _, x, y = recorded()
    attack = fab(
        ThreatModel(norm, 0.02, bounds=None), steps=1, restarts=3, eta=1, alpha_max=0, trace=True
    )
    flat = Partial(lambda w, x: w * x.reshape(len(x), -1)[:, :5], jnp.zeros(()))
    # Zero gradients: nothing moves, so that the points are the starts.
    points = np.asarray(course_of(attack(flat, KEY, x, np.zeros(len(y), int))).x)
    size = np.linalg.norm((points - x).reshape(4, 4, -1), {"linf": np.inf, "l2": 2}[norm], 2)
    np.testing.assert_allclose(size, [[0] * 4, [0] * 4, [0.01] * 4, [0.01] * 4], atol=1e-6)
    assert np.abs(points[2] - points[3]).max(axis=(1, 2, 3)).min() > 1e-4


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_results_do_not_depend_on_the_batch(norm: Norm) -> None:
    model, x, y = recorded()
    attack = fab(ThreatModel(norm, 0.03), steps=6, restarts=2)
    whole = attack(model, KEY, x, y)
    some = np.array([3, 1])
    part = attack(model, KEY, x[some], y[some], index=some)
    np.testing.assert_allclose(part.best_x, whole.best_x[some], atol=TOLERANCE)
    np.testing.assert_array_equal(part.success, whole.success[some])


def test_binary_logits_are_two_logits_of_which_one_is_zero() -> None:
    model, x, _ = recorded()

    def one(params: Any, x: Any) -> Any:
        return two_layer(params, x)[:, 0]

    def both(params: Any, x: Any) -> Any:
        z = one(params, x)
        return jnp.stack([0 * z, z], axis=1)

    params = model.args[0]
    y = np.asarray(one(params, x) > 0).astype(int)
    attack = fab(ThreatModel("l2", 0.2), steps=8, stop="reference")
    results = [
        attack(Partial(one, params), None, x, y),
        attack(Partial(one, params), None, x, 2 * y - 1),
        attack(Partial(both, params), None, x, y),
    ]
    for result in results[1:]:
        np.testing.assert_allclose(result.best_x, results[0].best_x, atol=1e-6)
    assert np.isfinite(results[0].best_loss).all()


def test_the_models_of_the_library_fit() -> None:
    model = models.build("small-cnn", width=4, hidden=16, batch_norm=True)
    params, state = model.init(KEY, (8, 8, 3))
    x = jax.random.uniform(KEY, (3, 8, 8, 3), jnp.float32)
    y = jnp.argmax(model.apply(params, state, x, train="eval")[0], axis=1)
    attack = fab(ThreatModel("linf", 1.0), steps=10)
    result = attack(Partial(model.apply, params), None, x, y, state=state)
    logits, _ = model.apply(params, state, result.x_adv, train="eval")
    np.testing.assert_array_equal(result.success, jnp.argmax(logits, 1) != y)
    assert bool(result.success.any())
    assert result.x_adv.dtype == jnp.float32
    assert jax.tree.structure(result.state) == jax.tree.structure(state)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "steps is an integer, at least 1; got 0"),
        ({"restarts": 0}, "restarts is an integer"),
        ({"alpha_max": 2}, r"alpha_max is a number in \[0, 1\]; got 2"),
        ({"eta": 0.5}, "eta is a number"),
        ({"eta": float("inf")}, "eta is a number"),
        ({"beta": -0.1}, "beta is a number"),
        ({"stop": "eps"}, "stop is one of norm, reference; got 'eps'"),
        ({"unroll": 2}, "unroll is True, False or None; got 2"),
    ],
)
def test_refusals(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fab(ThreatModel("linf", 0.1), **options)


def test_restarts_need_a_key() -> None:
    model, x, y = recorded()
    with pytest.raises(ValueError, match=r"restarts need a key, for example jax.random.key\(0\)"):
        fab(ThreatModel("linf", 0.1), restarts=2)(model, None, x, y)
    with pytest.raises(ValueError, match="Divide grey levels by 255"):
        fab(ThreatModel("linf", 0.1))(model, None, 255 * x, y)
