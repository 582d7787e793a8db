"""The comparison with the processor finds faults of the device: here they are planted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from benchmarks.on_gpu import correctness
from benchmarks.on_gpu.correctness import TOLERANCES
from benchmarks.on_gpu.ledger import Clock
from benchmarks.on_gpu.operations import Convolution
from benchmarks.on_gpu.sizes import FULL, METHODS, SMOKE

SHAPE = Convolution(2, 6, 3, 4, 3, 2, 1)


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Plant a fault in whatever is not the reference: what a case gives is changed on the way."""
    real = correctness._judge
    faults: list[Callable[..., Any]] = []

    def judge(case: Any) -> Any:
        def run(dtype: str) -> Any:
            right = case.run(dtype)
            calls.append(dtype)
            if len(calls) == 1:
                return right
            return lambda *given: {k: faults[0](v) for k, v in right(*given).items()}

        calls: list[str] = []
        # One thread after the other, so that the first call is the reference's.
        monkeypatch.setattr(correctness, "ThreadPoolExecutor", lambda n: _InOrder())
        return real(case._replace(run=run))

    def plant(fault: Callable[..., Any]) -> None:
        faults.append(fault)
        monkeypatch.setattr(correctness, "_judge", judge)

    return plant


class _InOrder:
    def submit(self, fn: Callable[..., Any], *given: Any) -> Any:
        found = fn(*given)
        return type("Done", (), {"result": lambda self: found})()

    def __enter__(self) -> _InOrder:
        return self

    def __exit__(self, *exception: object) -> None: ...


def judged() -> dict[str, Any]:
    return correctness._judge(correctness._convolution(SHAPE))


def test_a_processor_agrees_with_itself_and_bfloat16_is_seen() -> None:
    found = judged()
    errors = found["errors"]["convolutions"]
    assert found["met"]
    assert errors["float32"] < 1e-6
    assert 1e-4 < errors["bfloat16"] < TOLERANCES["convolutions"]["bfloat16"]


@pytest.mark.parametrize(
    "fault",
    [
        lambda tree: jax.tree.map(lambda a: 1.02 * a, tree),
        lambda tree: (*tree[:2], tree[2].at[0, 0, 0, 0].set(jnp.nan)),
        lambda tree: (tree[0], jnp.roll(tree[1], 1, axis=1), tree[2]),
        lambda tree: (tree[0], tree[1], tree[2].swapaxes(0, 1)),
        lambda tree: (tree[0].at[0, 0, 0, 0].add(3), *tree[1:]),
    ],
    ids=["scaled", "NaN", "images' gradient shifted", "kernel's transposed", "one wrong number"],
)
def test_a_fault_is_found(fault: Callable[..., Any], device: Callable[..., None]) -> None:
    device(fault)
    found = judged()
    assert not found["met"]
    errors, allowed = (found[key]["convolutions"] for key in ("errors", "allowed"))
    assert any(errors[name] > allowed[name] for name in errors)


def test_low_precision_is_no_float32(device: Callable[..., None]) -> None:
    """What TF32 leaves of a number is too little where all bits were asked for."""
    device(lambda tree: jax.tree.map(lambda a: jax.lax.reduce_precision(a, 8, 10), tree))
    found = judged()
    errors = found["errors"]["convolutions"]
    assert not found["met"]
    assert errors["float32"] > TOLERANCES["convolutions"]["float32"]
    assert errors["default"] < TOLERANCES["convolutions"]["default"]


def test_every_shape_of_both_networks_is_compared() -> None:
    names = [item.name for item in correctness.items(FULL)]
    assert {f"convolutions of {network}" for network in FULL.networks} <= set(names)
    assert {f"an update of {method}" for method in METHODS} <= set(names)
    item = next(i for i in correctness.items(SMOKE) if i.name == "convolutions of WRN-34-10")
    found = item.run(Clock(600))
    assert found["met"]
    # The stem, both convolutions of a block, those that halve the size, and their shortcuts.
    shapes = [row["shape"] for row in found["shapes"]]
    assert any("1x1, stride 2" in shape for shape in shapes)
    assert any("3x3, stride 2" in shape for shape in shapes)
    for name, worst in found["errors"]["convolutions"].items():
        assert worst == max(row[name] for row in found["shapes"])


def test_the_error_is_relative_and_of_the_worst_tensor() -> None:
    one, other = (np.ones(4), 10 * np.ones(4)), (np.ones(4), 11 * np.ones(4))
    assert correctness.relative_error(one, other) == pytest.approx(1 / 11)
    assert correctness.relative_error(np.array([np.nan]), np.ones(1)) == float("inf")
