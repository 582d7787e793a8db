"""Convolutions and operations of a network against arithmetic by hand, and XLA's own count."""

from __future__ import annotations

import jax
import pytest

from benchmarks.on_gpu.operations import Convolution, convolutions, operations
from jaxat import models

SHAPE = (32, 32, 3)


def by_hand(width: int) -> list[tuple[int, int, int, int, int]]:
    """(size, inputs, outputs, taps, stride) of PreActResNet-18, as its paper's table has them."""
    rows = [(32, 3, width, 3, 1)]
    size, inputs = 32, width
    for stage in range(4):
        outputs = width * 2**stage
        for block in range(2):
            stride = 2 if stage > 0 and block == 0 else 1
            if stride == 2:
                rows.append((size, inputs, outputs, 1, stride))
            rows.append((size, inputs, outputs, 3, stride))
            size //= stride
            rows.append((size, outputs, outputs, 3, 1))
            inputs = outputs
    return rows


def test_the_convolutions_of_preactresnet18() -> None:
    found = convolutions(models.build("preactresnet18"), SHAPE, 128)
    rows = [(c.size, c.inputs, c.outputs, c.taps, c.stride) for c in found]
    assert sorted(rows) == sorted(by_hand(64))
    assert {c.batch for c in found} == {128}
    assert all(c.padding == c.taps // 2 for c in found)


@pytest.mark.parametrize("name", ["preactresnet18", "wrn-34-10"])
def test_a_pass_is_the_sum_of_its_products(name: str) -> None:
    found = operations(models.build(name), SHAPE)
    forward = sum(
        2 * (size // stride) ** 2 * taps**2 * inputs * outputs
        for size, inputs, outputs, taps, stride in by_hand(64)
    )
    if name == "preactresnet18":
        assert found.forward == forward + 2 * 512 * 10
        assert found.to_weights == 2 * found.forward - 2 * 32**2 * 9 * 3 * 64
    # Padding is counted here and not by XLA, which makes an eighth at most; the rest is in both.
    model = models.build(name, width=8) if name == "preactresnet18" else models.build("wrn-10-1")
    variables = jax.eval_shape(lambda key: model.init(key, SHAPE), jax.random.key(0))
    x = jax.ShapeDtypeStruct((4, *SHAPE), "float32")
    lowered = jax.jit(lambda p, s, x: model.apply(p, s, x, train="eval")[0]).lower(*variables, x)
    analysis = lowered.compile().cost_analysis()
    assert analysis is not None
    ratio = analysis["flops"] / 4 / operations(model, SHAPE).forward
    assert 0.8 < ratio < 1.1


def test_methods_by_their_passes() -> None:
    found = operations(models.build("preactresnet18"), SHAPE)
    forward = found.forward
    passes = {"AT": 23, "AT-AWP": 26, "AT+EnSGD": 23, "TRADES": 27}
    for method, count in passes.items():
        # The gradient for the weights leaves out one of the convolutions, 0.3 per cent of a pass.
        assert found.update(method, 10) / forward == pytest.approx(count, abs=0.01)
    assert found.evaluation(20) / forward == pytest.approx(42)


def test_a_convolution_counts_its_outputs() -> None:
    assert Convolution(2, 8, 3, 5, 3, 2, 1).flops == 2 * 2 * 4 * 4 * 9 * 3 * 5
    assert str(Convolution(2, 8, 3, 5, 3, 2, 1)) == "2x8x8x3 to 5, 3x3, stride 2"
