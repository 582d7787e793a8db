"""The process that does torch's part, played by a plain script, and the arithmetic of ratios."""

from __future__ import annotations

import doctest
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from benchmarks.on_gpu import torch_comparison, torch_worker
from benchmarks.on_gpu.torch_comparison import (
    TorchVariantError,
    TorchWorker,
    TorchWorkerError,
    compare,
)

FAKE = Path(__file__).with_name("fake_torch_worker.py")


def fake(limit: float = 20.0, fault: str = "none") -> TorchWorker:
    return TorchWorker(
        sys.executable, script=FAKE, time_limit=limit, batch=4, options=("--fault", fault)
    )


@pytest.fixture
def worker() -> Iterator[TorchWorker]:
    with fake() as started:
        yield started


def process_of(worker: TorchWorker) -> int:
    assert worker._process is not None
    return worker._process.pid


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_it_answers_what_it_is_asked(worker: TorchWorker) -> None:
    assert worker.about["batch"] == "4"
    assert worker.about["device"] == "cuda"
    answer = worker.ask("2", 3, "batch")
    assert answer["seconds"] == [2.0, 2.125, 2.25]
    assert answer["attack_bn"] == "batch"
    assert worker.ask("3", 1)["asked"] == 2


def test_closing_ends_the_process() -> None:
    with fake() as worker:
        pid = process_of(worker)
        assert not gone(pid)
    assert gone(pid)
    worker.close()
    with pytest.raises(TorchWorkerError, match="not running: call start"):
        worker.ask("2", 1)


def test_a_variant_that_cannot_be_done_leaves_the_others(worker: TorchWorker) -> None:
    with pytest.raises(TorchVariantError, match="^refuse did not start: BackendError$"):
        worker.ask("refuse", 2)
    assert worker.ask("2", 1)["asked"] == 2


@pytest.mark.parametrize("name", ["zeros", "few"])
def test_seconds_that_are_none_are_refused(worker: TorchWorker, name: str) -> None:
    with pytest.raises(TorchVariantError, match="not 2 positive numbers"):
        worker.ask(name, 2)


def test_a_crash_is_one_line(worker: TorchWorker) -> None:
    pid = process_of(worker)
    with pytest.raises(TorchWorkerError, match="ended with exit status 3") as caught:
        worker.ask("crash", 2)
    assert str(caught.value).endswith("Its last line: RuntimeError: CUDA error: out of memory")
    assert not isinstance(caught.value, TorchVariantError)
    assert "\n" not in str(caught.value)
    assert gone(pid)
    worker.start()
    assert worker.ask("2", 1)["asked"] == 1


def test_silence_ends() -> None:
    with fake() as worker:
        worker.time_limit = 0.3
        pid, begin = process_of(worker), time.monotonic()
        with pytest.raises(TorchWorkerError, match=r"silent for 0.3 s.*last line: compiling"):
            worker.ask("silent", 1)
        assert time.monotonic() - begin < 20
        assert gone(pid)


@pytest.mark.parametrize("name", ["babble", "number"])
def test_what_is_no_answer_is_quoted(worker: TorchWorker, name: str) -> None:
    with pytest.raises(TorchWorkerError, match=r"answers in JSON objects, and said '(Trace|3)"):
        worker.ask(name, 1)
    assert not worker.running


def test_a_worker_that_does_not_start() -> None:
    with pytest.raises(TorchWorkerError, match=r"exit status 1\. .*No module named 'torch'"):
        fake(fault="start").start()
    with pytest.raises(TorchWorkerError, match=r"silent for 0\.5 s"), fake(0.5, "deaf"):
        pass
    with pytest.raises(TorchWorkerError, match="no/such/python cannot be started: No such file"):
        TorchWorker("no/such/python").start()


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="time_limit is a positive number of seconds; got 0"):
        TorchWorker("python", time_limit=0)
    with pytest.raises(ValueError, match="width is a positive integer; got 0"):
        TorchWorker("python", width=0)


def steps(seconds: list[list[float]]) -> Callable[[int], list[float]]:
    rounds = iter(seconds)
    return lambda minibatches: next(rounds)[:minibatches]


def test_ratios_are_medians_of_what_was_measured(worker: TorchWorker) -> None:
    ours = [[1.0, 1.0, 7.0], [0.5, 0.5, 0.25], [1.0, 1.0, 1.0]]
    found = compare(steps(ours), ["2", "8"], 3, worker=worker, minibatches=3)
    # The medians of [2, 2.125, 2.25] three times, and of [1, 1, 7, 0.5, 0.5, 0.25, 1, 1, 1].
    assert found["2"]["seconds_per_minibatch"] == 2.125
    assert found["jaxat"]["seconds_per_minibatch"] == 1.0
    assert found["2"]["ratio"] == 2.125
    assert found["8"]["ratio"] == 8.125
    assert found["2"]["ratio_spread"] == [2.125, 4.25]
    assert found["jaxat"]["spread"] == [0.5, 1.0]
    assert found["jaxat"]["rounds"] == found["8"]["rounds"] == 3
    assert found["2"]["attack_bn"] == "eval"
    assert found["2"]["loss"] == 2.5


def test_sides_alternate(monkeypatch: pytest.MonkeyPatch, worker: TorchWorker) -> None:
    order: list[str] = []
    ask = worker.ask

    def noted(variant: str, minibatches: int, attack_bn: str) -> dict[str, object]:
        order.append(f"{variant} {minibatches} {attack_bn}")
        return ask(variant, minibatches, attack_bn)

    def ours(minibatches: int) -> list[float]:
        order.append(f"ours {minibatches}")
        return [1.0] * minibatches

    monkeypatch.setattr(worker, "ask", noted)
    compare(ours, ["2", "3"], 2, worker=worker, minibatches=4, attack_bn="batch")
    # First everything is compiled; the second round goes backwards.
    assert order[:2] == ["2 1 batch", "3 1 batch"]
    assert order[2:] == [
        *("ours 4", "2 4 batch", "3 4 batch"),
        *("3 4 batch", "2 4 batch", "ours 4"),
    ]


def test_a_failure_takes_no_other_with_it() -> None:
    with fake() as worker:
        names = ["refuse", "crash", "crash later", "2"]
        found = compare(lambda n: [1.0] * n, names, 2, worker=worker, minibatches=2)
    assert found["refuse"] == {"error": "refuse did not start: BackendError"}
    assert "out of memory" in found["crash"]["error"]
    assert "out of memory" in found["crash later"]["error"]
    assert found["2"]["ratio"] == 2.062
    assert found["2"]["rounds"] == 2


def test_a_comparison_that_cannot_be_made_is_refused(worker: TorchWorker) -> None:
    def once(minibatches: int) -> list[float]:
        return [1.0] * minibatches

    with pytest.raises(ValueError, match="rounds is a positive integer; got 0"):
        compare(once, ["2"], 0, worker=worker)
    with pytest.raises(ValueError, match="different names"):
        compare(once, ["2", "2"], 1, worker=worker)
    with pytest.raises(ValueError, match="jax_step said .* not 3 positive numbers"):
        compare(lambda n: [1.0], ["2"], 1, worker=worker, minibatches=3)


@pytest.mark.parametrize("module", [torch_comparison, torch_worker])
def test_examples(module: ModuleType) -> None:
    found = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert found.attempted > 0
    assert found.failed == 0
