"""Counts and losses whatever the batch, and BatchNorm's statistics at weights of one's choice."""

from __future__ import annotations

from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.tree_util import Partial

from jaxat import data, models, objectives
from jaxat.attacks import gaussian_start, pgd
from jaxat.attacks.result import AttackResult
from jaxat.data import Augmentation, Split
from jaxat.evaluate import make_evaluate, make_recalibrate
from jaxat.threat import ThreatModel
from jaxat.update import TrainingSet

X64 = jnp.zeros(()).dtype == jnp.float64
TOLERANCE = 1e-10 if X64 else 1e-4
KEY = jax.random.key(3)
THREAT = ThreatModel("linf", 0.15)


@cache
def parts() -> tuple[models.Model, Any, Any, Split]:
    """A network whose running statistics are none that its data have, and 23 images."""
    model = models.build(
        "small-cnn",
        width=2,
        hidden=4,
        batch_norm=True,
        num_classes=2,
        bn_momentum=0.2,
        activation="swish",
        param_dtype="float64" if X64 else "float32",
    )
    two = data.load("synthetic-two")
    params, state = model.init(jax.random.key(0), two.info.shape)
    # Out of NumPy, so that both precisions test the same weights.
    rng = np.random.default_rng(9)

    def random(leaf: Any) -> Any:
        return jnp.asarray(rng.normal(size=leaf.shape), leaf.dtype)

    params, state = jax.tree.map(random, params), jax.tree.map(lambda v: v + random(v) ** 2, state)
    return model, params, state, two.test.take(np.arange(23))


def noisy_attack() -> Any:
    """Its random start decides much, so that images must keep their own draws."""
    return pgd(THREAT, steps=1, step_size=0.03)


def test_counts_are_those_of_the_logits_and_do_not_depend_on_the_batch() -> None:
    model, params, state, split = parts()
    x = jnp.asarray(split.images / 255, params["linear1"]["kernel"].dtype)
    found = noisy_attack()(
        Partial(model.apply, params), KEY, x, jnp.asarray(split.labels), state=state
    )
    right, losses = [], []
    for images in (x, found.x_adv):
        logits = np.asarray(model.apply(params, state, images, train="eval")[0], np.float64)
        log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        right.append(logits.argmax(axis=1) == split.labels)
        losses.append(-log_p[np.arange(23), split.labels].mean())
    evaluations = [
        make_evaluate(model, noisy_attack(), batch=batch)(params, state, split, KEY)
        for batch in (23, 7)
    ]
    for judged in evaluations:
        assert judged.n == 23
        assert judged.correct == right[0].sum()
        assert judged.robust == (right[0] & right[1]).sum()
        assert judged.loss == pytest.approx(losses[0], rel=TOLERANCE)
        assert judged.robust_loss == pytest.approx(losses[1], rel=TOLERANCE)
        assert judged.accuracy == 100 * judged.correct / 23
    assert 0 < evaluations[0].robust < evaluations[0].correct <= 23


def test_an_image_that_the_attack_makes_right_is_wrong_all_the_same() -> None:
    model = models.build("logistic")
    params, state = model.init(jax.random.key(0), (8, 8, 1))
    params = jax.tree.map(jnp.ones_like, params)
    params["linear"]["bias"] -= 33  # bright images are of class 1
    _, _, _, split = parts()
    wrong = Split(split.images, np.where(np.arange(23) < 5, 1 - split.labels, split.labels))

    def negative(logits_fn: Any, key: Any, x: Any, y: Any, **given: Any) -> AttackResult:
        return AttackResult(1 - x, y < 0, x, y)

    judged = make_evaluate(model, negative)(params, state, wrong, KEY)
    assert (judged.correct, judged.robust) == (18, 0)


def test_progress_and_other_keys() -> None:
    model, params, state, split = parts()
    told: list[tuple[int, int]] = []
    evaluate = make_evaluate(model, noisy_attack(), batch=10)
    one = evaluate(params, state, split, KEY, progress=lambda *given: told.append(given))
    assert told == [(10, 23), (20, 23), (23, 23)]
    other = evaluate(params, state, split, jax.random.key(4))
    assert one.loss == other.loss
    assert one.robust_loss != other.robust_loss


def test_without_an_attack_robust_is_correct() -> None:
    model, params, state, split = parts()
    judged = make_evaluate(model, None, batch=100)(params, state, split, None)
    assert (judged.robust, judged.robust_loss) == (judged.correct, judged.loss)


def statistics(model: models.Model, params: Any, x: Any) -> Any:
    """Of one batch, out of how far it moves running statistics of zero."""
    _, state = model.apply(params, parts()[2], x, train="batch")
    zero = jax.tree.map(jnp.zeros_like, state)
    moved = model.apply(params, zero, x, train="update")[1]
    return jax.tree.map(lambda leaf: leaf / 0.2, moved)


@pytest.mark.parametrize("kind", ["adversarial", "trades"])
def test_recalibration_is_the_mean_of_the_statistics_of_attacked_minibatches(kind: str) -> None:
    model, params, state, split = parts()
    images = TrainingSet(jnp.asarray(split.images), jnp.asarray(split.labels))
    if kind == "adversarial":
        attack = pgd(THREAT, steps=1, step_size=0.03, bn="local")
        objective = objectives.adversarial(model.apply, attack)
    else:
        start = gaussian_start(0.01)
        attack = pgd(THREAT, steps=1, step_size=0.03, loss="kl", random_start=start)
        objective = objectives.trades(model.apply, attack)
    rows = np.arange(20, dtype=np.int32).reshape(4, 5)[:, ::-1]
    recalibrate = make_recalibrate(model, objective, Augmentation())
    found = recalibrate(params, state, images, rows, KEY)
    expected = []
    for i, index in enumerate(rows):
        attack_key = jax.random.split(jax.random.fold_in(KEY, i), 3)[1]
        x = jnp.asarray(split.images[index] / 255, params["linear1"]["kernel"].dtype)
        x_adv = attack(
            *(Partial(model.apply, params), attack_key, x, jnp.asarray(split.labels[index])),
            state=state,
            index=jnp.asarray(index),
        ).x_adv
        adversarial = statistics(model, params, x_adv)
        if kind == "adversarial":
            expected.append(adversarial)
            continue
        # Both passes move them, and the second one, on clean images, weighs more.
        clean = statistics(model, params, x)
        expected.append(jax.tree.map(lambda a, c: (0.8 * a + c) / 1.8, adversarial, clean))
    mean = jax.tree.map(lambda *leaves: np.mean(leaves, axis=0), *expected)
    assert jax.tree.structure(found) == jax.tree.structure(state)
    for got, leaf, old in zip(*map(jax.tree.leaves, (found, mean, state)), strict=True):
        np.testing.assert_allclose(got, leaf, rtol=10 * TOLERANCE, atol=TOLERANCE)
        assert got.dtype == old.dtype
        assert np.abs(np.asarray(got) - np.asarray(old)).max() > 0.01
    # What the old statistics are does not enter where the attack uses those of the batch.
    if kind == "adversarial":
        shifted = jax.tree.map(lambda leaf: leaf + 1, state)
        again = recalibrate(params, shifted, images, rows, KEY)
        for a, b in zip(*map(jax.tree.leaves, (found, again)), strict=True):
            np.testing.assert_array_equal(a, b)


def test_the_first_layer_by_hand() -> None:
    model, params, state, split = parts()
    images = TrainingSet(jnp.asarray(split.images), jnp.asarray(split.labels))
    recalibrate = make_recalibrate(model, objectives.standard(model.apply), Augmentation())
    rows = np.arange(12, dtype=np.int32).reshape(2, 6)
    found = recalibrate(params, state, images, rows, KEY)["bn1"]
    kernel = np.asarray(params["conv1"]["kernel"], np.float64)
    means, variances = [], []
    for index in rows:
        x = np.pad(split.images[index] / 255, ((0, 0), (1, 1), (1, 1), (0, 0)))
        out = np.zeros((6, 4, 4, 2))
        for row, column in np.ndindex(4, 4):
            window = x[:, 2 * row : 2 * row + 4, 2 * column : 2 * column + 4]
            out[:, row, column] = np.einsum("nijk,ijkc->nc", window, kernel)
        flat = out.reshape(-1, 2)
        means.append(flat.mean(axis=0))
        variances.append(flat.var(axis=0, ddof=1))
    np.testing.assert_allclose(found["mean"], np.mean(means, axis=0), rtol=100 * TOLERANCE)
    np.testing.assert_allclose(found["var"], np.mean(variances, axis=0), rtol=100 * TOLERANCE)


def test_a_model_without_statistics_is_left_alone() -> None:
    model = models.build("logistic")
    params, state = model.init(jax.random.key(0), (8, 8, 1))
    recalibrate = make_recalibrate(model, objectives.standard(model.apply), Augmentation())
    assert recalibrate(params, state, None, [], KEY) is state
