"""The standard evaluation: verdicts of the public code, closed forms, resumption, refusals."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.tree_util import Partial

from jaxat.attacks.autoattack import autoattack, run_autoattack
from jaxat.attacks.autoattack_checks import EvaluationWarning
from jaxat.attacks.autoattack_loop import batches, tail_of
from jaxat.attacks.autoattack_passes import Options, passes
from jaxat.attacks.autoattack_report import Progress
from jaxat.threat import Norm, ThreatModel
from tests.jaxat.autoattack_net import (
    DTYPE,
    least_distance,
    linear,
    load,
    network,
    pixels,
)

FEW = Options(steps=10, queries=20)


@pytest.mark.parametrize(("norm", "eps"), [("linf", 8 / 255), ("l2", 0.5)])
def test_verdicts_are_those_of_the_public_code(norm: Norm, eps: float) -> None:
    # Square and FAB broke none of these images there: APGD decides, in full length.
    stored = load("verdicts")
    broken = stored[f"{norm.capitalize()}/broken"][:16]
    x, y = pixels(stored["pixels"])[:16], stored["labels"][:16].astype(int)
    options = Options(queries=5, targets=1, layout="NCHW")
    report = run_autoattack(network(), x, y, norm=norm, eps=eps, options=options)
    np.testing.assert_array_equal(report.correct, broken != 0)
    np.testing.assert_array_equal(report.robust, broken < 0)
    assert 0 < report.robust.sum() < report.correct.sum()
    assert report.upper_bound == report.robust_accuracy


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_linear_models_have_their_exact_robust_accuracy(norm: Norm) -> None:
    model, x, y, w = linear(5)
    distance = least_distance(w, np.asarray(x, np.float64), y, norm)
    eps = float(np.median(distance[distance > 0]))
    assert np.min(np.abs(distance - eps)[distance != eps]) > 1e-4 * eps
    eps *= 1.0001
    options = Options(steps=60, queries=20)
    evaluate = autoattack(ThreatModel(norm, eps), individual=True, keep=True, options=options)
    if norm == "linf":
        report = evaluate(model, x, y)
        assert [line.name for line in report.attacks] == ["apgd-ce", "apgd-t", "fab-t", "square"]
    else:
        with pytest.warns(EvaluationWarning, match="Square needs five rows"):
            report = evaluate(model, x, y)
    exact = (distance > eps).mean()
    assert report.robust_accuracy == pytest.approx(exact)
    lines = {line.name: line for line in report.attacks}
    assert lines["apgd-t"].robust_accuracy == pytest.approx(exact)
    assert lines["fab-t"].robust_accuracy == pytest.approx(exact)
    assert lines["apgd-ce"].robust_accuracy >= exact
    assert report.x_adv is not None
    wrong = np.argmax(report.x_adv @ w.T, 1) != y
    np.testing.assert_array_equal(wrong, ~report.robust)


def test_the_result_does_not_depend_on_the_batch() -> None:
    model, x, y, _ = linear(5)
    seen: list[Progress] = []
    threat = ThreatModel("linf", 0.155)
    common: Any = {"options": FEW, "keep": True}
    report = autoattack(threat, batch=40, **common)(model, x, y)
    other = autoattack(threat, batch=14, progress=seen.append, **common)(model, x, y)
    np.testing.assert_array_equal(report.ledger, other.ledger)
    np.testing.assert_allclose(report.x_adv, other.x_adv, atol=1e-5)  # pyright: ignore
    assert 10 < report.ledger.any(0).sum() < 30
    assert seen[-1].robust == report.robust_accuracy
    assert seen[-1].seconds_left == 0
    assert seen[0].bound is None
    assert seen[-1].bound == report.upper_bound
    assert "after APGD" in str(seen[-1])


class KilledError(Exception):
    pass


def test_an_evaluation_that_is_killed_goes_on(tmp_path: Path) -> None:
    model, x, y, _ = linear(5)
    threat = ThreatModel("linf", 0.155)
    common: Any = {"options": FEW, "batch": 16, "keep": True}
    whole = autoattack(threat, **common)(model, x, y)
    calls: list[str] = []

    def stop(progress: Progress) -> None:
        calls.append(progress.attack)
        if len(calls) in (1, 4, 12):
            raise KilledError

    evaluate = autoattack(threat, resume=tmp_path, progress=stop, **common)
    for _ in range(3):
        with pytest.raises(KilledError):
            evaluate(model, x, y)
        # Files that a crash leaves half-written are not looked at.
        (tmp_path / ".progress.npz.1").write_bytes(b"half")
    again = evaluate(model, x, y)
    np.testing.assert_array_equal(again.ledger, whole.ledger)
    np.testing.assert_allclose(again.x_adv, whole.x_adv, atol=1e-6)  # pyright: ignore
    assert [a.attacked for a in again.attacks] == [a.attacked for a in whole.attacks]
    assert calls[0] == "apgd-ce"
    assert calls[-1] == "square"
    before = len(calls)
    np.testing.assert_array_equal(evaluate(model, x, y).ledger, whole.ledger)
    assert len(calls) == before
    with pytest.raises(ValueError, match="another evaluation: its eps"):
        autoattack(ThreatModel("linf", 0.06), resume=tmp_path, **common)(model, x, y)
    with pytest.raises(ValueError, match="its predictions of the model"):
        evaluate(linear(5, seed=1)[0], x, y)


def test_batches_meet_every_image_once_in_two_shapes() -> None:
    for n in range(0, 70, 3):
        found = list(batches(np.arange(n), 16, 2))
        assert np.array_equal(np.concatenate([i for i, _ in found] or [[]]), np.arange(n))
        assert {size for _, size in found} <= {16, 2}
        assert all(0 < len(index) <= size for index, size in found)
        assert sum(size for _, size in found) <= n + 2
    assert (tail_of(64, 1), tail_of(63, 1), tail_of(80, 4), tail_of(64, 16)) == (8, 63, 8, 64)


def test_versions() -> None:
    threat = ThreatModel("linf", 0.1)
    names: Any = {}
    for version in ("standard", "plus", "rand"):
        plan, notes = passes(threat, version, 10, Options())
        names[version] = [part.attack for part in plan]
        assert not notes
    assert names["standard"] == ["apgd-ce"] + ["apgd-t"] * 9 + ["fab-t"] * 9 + ["square"]
    assert names["plus"][:12] == ["apgd-ce"] * 5 + ["apgd-dlr"] * 5 + ["fab", "square"]
    assert names["rand"] == ["apgd-ce", "apgd-dlr"]
    plan, _ = passes(ThreatModel("l1", 12), "standard", 10, Options())
    assert [part.attack for part in plan] == ["apgd-ce"] * 5 + ["apgd-t"] * 5 + ["fab-t"] * 9 + [
        "square"
    ]


def test_few_classes_say_what_is_used_instead() -> None:
    for classes in (2, 3):
        model, x, y, w = linear(classes)
        distance = least_distance(w, np.asarray(x, np.float64), y, "linf")
        eps = float(np.median(distance[distance > 0])) * 1.0001
        with pytest.warns(EvaluationWarning, match="margin max z_j - z_y is run instead"):
            report = run_autoattack(model, x, y, eps=eps, options=FEW)
        assert report.robust_accuracy == pytest.approx((distance > eps).mean())
        assert report.flags[0].code == "few-classes"


def test_one_logit_is_two_classes() -> None:
    _, x, _, w = linear(2)
    z = x @ (w[1] - w[0])
    y = np.where(z > 0, 1, -1)
    y[0] = -y[0]
    model = Partial(lambda w, x: x @ w, jnp.asarray(w[1] - w[0], DTYPE))
    with pytest.warns(EvaluationWarning):
        report = run_autoattack(model, x, y, eps=0.155, options=FEW)
    exact = np.abs(z) / np.abs(w[1] - w[0]).sum() > 0.155
    exact[0] = False
    np.testing.assert_array_equal(report.robust, exact)


def noisy(w: Any, x: Any, key: Any) -> Any:
    return x @ w.T + 0.2 * jax.random.normal(key, (x.shape[0], w.shape[0]), x.dtype)


def test_randomised_models() -> None:
    _, x, y, w = linear(5)
    model = Partial(noisy, jnp.asarray(5 * w, DTYPE))
    with pytest.raises(ValueError, match="use version='rand'"):
        run_autoattack(model, x, y, eps=0.155, options=FEW)
    report = run_autoattack(model, x, y, eps=0.155, version="rand", options=Options(10, 20, 3))
    assert [line.name for line in report.attacks] == ["apgd-ce", "apgd-dlr"]
    assert report.robust_accuracy < report.clean_accuracy
    draws = np.random.default_rng(0)

    def impure(x: Any) -> Any:
        shape = jax.ShapeDtypeStruct((x.shape[0], 5), x.dtype)
        draw = jax.pure_callback(lambda _: draws.normal(size=shape.shape).astype(DTYPE), shape, 0)
        return x @ jnp.asarray(5 * w.T, x.dtype) + jax.lax.stop_gradient(draw)

    assert "randomised" in _flags(impure, x[:8], y[:8], eps=0.155)


def _flags(model: Any, x: Any, y: Any, **options: Any) -> set[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        report = run_autoattack(model, x, y, options=Options(2, 5, targets=1), **options)
    codes = {flag.code for flag in report.flags}
    said = {str(w.message).split(":")[0] for w in caught if w.category is EvaluationWarning}
    assert said == codes
    assert json.loads(report.to_json())["unreliable"] == bool(codes)
    return codes


def test_models_that_mislead_are_flagged() -> None:
    model, x, y, w = linear(5)
    assert _flags(model, x, y) == set()
    assert _flags(lambda x: jax.nn.softmax(model(x)), x, y) == {"softmax"}
    steps = jax.jit(lambda x: model(jnp.round(x * 255) / 255))
    assert "zero-gradient" in _flags(steps, x, y)
    assert _flags(model, x, (y + 1) % 5) == {"chance"}
    assert _flags(model, x, y, eps=1e-4) == {"eps"}
    assert _flags(model, x, y, norm="l2", eps=128.0) == {"eps", "no-square"}
    image = Partial(lambda w, x: x.reshape(len(x), -1) @ w.T, jnp.asarray(w, DTYPE))
    assert _flags(image, x.reshape(-1, 2, 1, 6), y) == {"layout"}


def test_what_is_refused() -> None:
    model, x, y, _ = linear(5)
    with pytest.raises(ValueError, match="Divide grey levels by 255"):
        run_autoattack(model, 255 * x, y)
    with pytest.raises(ValueError, match="got uint8"):
        run_autoattack(model, (255 * x).astype(np.uint8), y)
    with pytest.raises(ValueError, match="8/255"):
        run_autoattack(model, x, y, eps=8)
    with pytest.raises(ValueError, match="NaN on 40 of 40 clean images"):
        run_autoattack(lambda x: model(x) * jnp.nan, x, y)
    with pytest.raises(ValueError, match="0 to 4 for this model"):
        run_autoattack(model, x, y + 3)
    with pytest.raises(ValueError, match="one label an image"):
        run_autoattack(model, x, y[:3])
    with pytest.raises(ValueError, match="version is one of"):
        run_autoattack(model, x, y, version="custom")  # pyright: ignore[reportArgumentType]

    def broken_nearby(x: Any) -> Any:
        far = jnp.any(jnp.abs(x - jnp.asarray(CLEAN)[: x.shape[0]]) > 1e-3, axis=1)
        return jnp.where(far[:, None], jnp.nan, model(x))

    CLEAN = x
    with pytest.raises(ValueError, match="attacked images"):
        run_autoattack(broken_nearby, x, y, batch=40, options=FEW)


def test_the_report_as_json() -> None:
    model, x, y, _ = linear(5)
    evaluate = autoattack(ThreatModel("linf", 8 / 255), options=FEW)
    report = evaluate(model, x, y)
    entry = json.loads(report.to_json(name="linear", dataset="none"))
    assert entry["eps"] == "8/255"
    assert entry["name"] == "linear"
    assert float(entry["autoattack_acc"]) == pytest.approx(100 * report.robust_accuracy, abs=0.01)
    assert float(entry["clean_acc"]) == 90.0
    detail = entry["evaluation"]
    by = detail["broken_by"]
    assert by.count("clean") == 4
    assert by.count("") == report.robust.sum()
    assert [a["broken"] for a in detail["attacks"]] == [by.count(a.name) for a in report.attacks]
    assert detail["versions"]["jax"] == jax.__version__
    assert f"robust   {report.robust_accuracy:>9.2%}" in str(report)
    assert json.loads(evaluate(model, x, y, eps_text="0.0314").to_json())["eps"] == "0.0314"


def test_gradients_in_half_precision_are_verified_in_full() -> None:
    model, x, y, w = linear(5)
    distance = least_distance(w, np.asarray(x, np.float64), y, "linf")
    eps = float(np.median(distance[distance > 0])) * 1.0001
    threat = ThreatModel("linf", eps)
    evaluate = autoattack(threat, gradient_dtype=jnp.bfloat16, options=FEW, keep=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EvaluationWarning)
        report = evaluate(model, x, y)
    assert not report.ledger[:, distance > eps].any()
    assert report.robust_accuracy <= (distance > eps).mean() + 0.1
    wrong = np.argmax(np.asarray(report.x_adv, np.float64) @ w.T, 1) != y
    np.testing.assert_array_equal(wrong, ~report.robust)


def test_several_devices_give_the_same() -> None:
    code = (
        "import os, numpy as np, jax;"
        "from jaxat.attacks.autoattack import run_autoattack;"
        "from jaxat.attacks.autoattack_passes import Options;"
        "from tests.jaxat.autoattack_net import linear;"
        "model, x, y, _ = linear(5);"
        "devices = jax.local_devices();"
        "assert len(devices) == 3;"
        "o = Options(10, 20);"
        "many = run_autoattack(model, x, y, eps=.155, options=o);"
        "one = run_autoattack(model, x, y, eps=.155, options=o, devices=devices[:1]);"
        "np.testing.assert_array_equal(many.ledger, one.ledger);"
        "print(many.batch, int(many.robust.sum()))"
    )
    flags = f"{os.environ['XLA_FLAGS']} --xla_force_host_platform_device_count=3"
    environment = {**os.environ, "XLA_FLAGS": flags}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout.split()[0]) % 3 == 0
