"""Attacks that follow the model in another precision: what they find is verified on the model."""

from __future__ import annotations

import warnings
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from jaxat import data, models
from jaxat.attacks.autoattack import autoattack
from jaxat.attacks.autoattack_checks import EvaluationWarning
from jaxat.attacks.autoattack_passes import Options
from jaxat.commands import autoattack as command
from jaxat.config import Config
from jaxat.restore import Restored
from jaxat.threat import ThreatModel
from jaxat.trainer import Weights

FEW = Options(steps=3, queries=3, targets=1)
W = np.random.default_rng(0).normal(size=(4, 4))
X = np.random.default_rng(1).random((12, 4))
Y = np.argmax(X @ W.T, 1)


def model(x: Any) -> Any:
    return x @ W.T


def mirrored(x: Any) -> Any:
    """Wrong wherever the model is right, and with gradients that point away from its mistakes."""
    return -(x @ W.T)


def test_what_the_followed_model_loses_counts_only_if_the_model_loses_it() -> None:
    evaluate = autoattack(ThreatModel("linf", 0.2), options=FEW, keep=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EvaluationWarning)  # no Square here; nothing confirmed
        plain = evaluate(model, X, Y)
        misled = evaluate(model, X, Y, attacked=mirrored)
        same = evaluate(model, X, Y, attacked=lambda x: model(x))
    assert plain.clean_accuracy == misled.clean_accuracy == 1
    assert plain.robust_accuracy < misled.robust_accuracy
    assert "unconfirmed" in [flag.code for flag in misled.flags]
    np.testing.assert_array_equal(plain.ledger, same.ledger)
    for report in (plain, misled):
        assert report.x_adv is not None
        np.testing.assert_array_equal(np.argmax(model(report.x_adv), 1) == Y, report.robust)


def test_one_of_two_ways_to_say_it() -> None:
    evaluate = autoattack(ThreatModel("linf", 0.2), options=FEW, gradient_dtype="bfloat16")
    with pytest.raises(ValueError, match="both say what attacks follow"):
        evaluate(model, X, Y, attacked=model)


@pytest.mark.parametrize(("asked", "computed"), [(None, "bfloat16"), ("float32", "float32")])
def test_a_network_trained_in_bfloat16_is_judged_in_full_precision(
    asked: str | None, computed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = data.load("synthetic-rgb").test.take(np.arange(6))
    options: Any = {"width": 2, "hidden": 4}
    low = models.build("small-cnn", dtype="bfloat16", **options)
    config = Config(dataset="synthetic-rgb", model="small-cnn", model_options=low.options)
    weights = Weights(*low.init(jax.random.key(0), (32, 32, 3)))
    x = data.to_unit(test.images)
    exact = np.asarray(models.build("small-cnn", **options).apply(*weights, x, train="eval")[0])
    test = data.Split(test.images, np.argmax(exact, 1).astype(np.int32))  # all are attacked
    found = Restored(low, weights, config, 0, 1, ())
    seen: list[Any] = []

    def watched(*given: Any, **more: Any) -> Any:
        assert more["batch"] == 3
        evaluate = autoattack(*given, **more, options=FEW)

        def watch(logits_fn: Any, x: Any, y: Any, *, attacked: Any, **rest: Any) -> Any:
            state = rest["state"]
            seen.extend(np.asarray(fn(state, x, train="eval")[0]) for fn in (logits_fn, attacked))
            return evaluate(logits_fn, x, y, attacked=attacked, **rest)

        return watch

    monkeypatch.setattr(command, "autoattack", watched)
    told: list[Any] = []
    evaluate = partial(command.with_autoattack, found, config, test, tmp_path)
    report = evaluate(batch=3, dtype=asked, progress=told.append)
    assert report["attacks_compute_in"] == computed
    assert told
    assert report["clean_accuracy"] == 100
    full, followed = seen
    np.testing.assert_allclose(full, exact, rtol=1e-5, atol=1e-6)
    error = np.linalg.norm(followed - exact) / np.linalg.norm(exact)
    assert (1e-4 < error < 2e-2) if computed == "bfloat16" else error < 1e-5
