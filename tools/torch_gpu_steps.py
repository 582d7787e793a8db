"""Seconds of a step of adversarial training in torch, for ``benchmarks/on_gpu``.

    PYTHON tools/torch_gpu_steps.py --device cuda --batch 128

Says in a first line what it is (versions, device, options). Then it reads requests, a JSON object a
line, and answers each with one line:

    {"variant": "compiled, bfloat16", "minibatches": 20, "attack_bn": "eval"}
    {"seconds": [...], "loss": 2.31, "first_call_seconds": 41.0, ...}    or    {"error": "..."}

"reference style" is what public training code does: float32 with torch's own choice of TF32,
contiguous images, operation by operation, 35 forward passes' worth. "compiled, bfloat16" is the
fair rival: torch.compile, channels last, autocast, 23 passes' worth; "attack_bn" is "eval" or
"batch", the batch's statistics, which the attack does not move. ", CUDA graphs" replays it as
graphs. PyTorch's own output goes to the standard error. There is no augmentation.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent))
from torch_adversarial import (
    ATTACK_BN,
    PGD,
    CompactStep,
    Network,
    reference_step,
    sgd,
    uniform_start,
)

REFERENCE, COMPILED = "reference style", "compiled, bfloat16"
GRAPHS = COMPILED + ", CUDA graphs"
RATE = 1e-3
# CUDA graphs are warmed up by one call, recorded by the next, and replayed from the third on.
WARM_UP = 3
Step = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], Any]


class RefusedError(ValueError):
    """A request that cannot be answered, with the reason in one line."""


class Pool:
    """Random images and labels on the device, more than its caches hold, in fresh minibatches."""

    def __init__(self, device: str, batch: int, images: int) -> None:
        self.batch, self.images = batch, images
        self.generator = torch.Generator(device).manual_seed(2)
        drawn = {"generator": self.generator, "device": device}
        self.pixels = torch.randint(256, (images, 3, 32, 32), dtype=torch.uint8, **drawn)
        self.labels = torch.randint(10, (images,), **drawn)

    def draw(self, layout: torch.memory_format) -> tuple[torch.Tensor, torch.Tensor]:
        device = self.pixels.device
        rows = torch.randint(self.images, (self.batch,), generator=self.generator, device=device)
        x = self.pixels[rows].to(torch.float32, memory_format=layout) / 255
        return x, self.labels[rows]


class Variant:
    """A network of its own, from the same seed, and the function that does a step of it."""

    def __init__(self, name: str, attack_bn: str, pool: Pool, options: argparse.Namespace) -> None:
        self.pool, self.pgd = pool, PGD(steps=options.steps)
        self.compact = name != REFERENCE
        self.layout = torch.channels_last if self.compact else torch.contiguous_format
        torch.manual_seed(0)
        self.model = Network(options.width).to(options.device).to(memory_format=self.layout)
        self.optimiser = sgd(self.model, RATE, fused=self.compact)
        self.settings: dict[str, Any] = {
            "attack_bn": attack_bn if self.compact else "reference",
            "dtype": "bfloat16" if self.compact else "float32",
            "layout": "NHWC" if self.compact else "NCHW",
            "cudnn_benchmark": self.compact,
        }
        begin = time.perf_counter()
        if not self.compact:
            self.step: Step = partial(reference_step, self.model, self.optimiser, self.pgd)
            self.run(1)
        else:
            self.build(attack_bn, name == GRAPHS, options.backend)
        self.first_call_seconds = time.perf_counter() - begin
        self.run(WARM_UP)

    def build(self, attack_bn: str, graphs: bool, backend: str) -> None:
        mode: dict[str, Any] = {"mode": "reduce-overhead"} if graphs else {}
        # Whole or not at all: without it, what does not compile would run slowly and say nothing.
        compiler = partial(torch.compile, backend=backend, fullgraph=True, **mode)
        for joint in (True, False):
            self.step = CompactStep(
                self.model,
                self.optimiser,
                self.pgd,
                attack_bn=attack_bn,
                half=torch.bfloat16,
                compiler=compiler,
                joint=joint,
                graphs=graphs,
            )
            try:
                self.run(1)
            # One graph for a whole step of the attack is the better rival where it compiles.
            except Exception as error:
                if not joint:
                    raise
                print(f"attack step in one graph: {one_line(error)}", file=sys.stderr)
                self.optimiser.zero_grad(set_to_none=True)
            else:
                self.settings["attack_in_one_graph"] = joint
                return

    def once(self) -> Any:
        x, y = self.pool.draw(self.layout)
        return self.step(x, y, uniform_start(x, self.pgd, self.pool.generator))

    def run(self, minibatches: int) -> tuple[list[float], float]:
        """Seconds of each minibatch, with events where the device is asynchronous; the loss."""
        # Process-wide: torch's default for the one, the usual choice of speed for the other.
        torch.backends.cudnn.benchmark = self.compact
        if self.pool.pixels.device.type == "cuda":
            marks = [torch.cuda.Event(enable_timing=True) for _ in range(minibatches + 1)]
            torch.cuda.synchronize()
            marks[0].record()
            for mark in marks[1:]:
                loss = self.once()
                mark.record()
            torch.cuda.synchronize()
            pairs = itertools.pairwise(marks)
            return [begin.elapsed_time(end) / 1000 for begin, end in pairs], float(loss)
        seconds = []
        for _ in range(minibatches):
            begin = time.perf_counter()
            loss = self.once()
            seconds.append(time.perf_counter() - begin)
        return seconds, float(loss)


class Worker:
    """Answers requests; keeps what has been compiled, and what did not compile."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.pool = Pool(options.device, options.batch, options.pool)
        self.made: dict[tuple[str, str], Variant | str] = {}

    def about(self) -> dict[str, Any]:
        cuda = self.options.device == "cuda"
        return {
            "torch": torch.__version__,
            "device": torch.cuda.get_device_name() if cuda else "cpu",
            "cudnn": torch.backends.cudnn.version(),
            "cudnn_allow_tf32": torch.backends.cudnn.allow_tf32,
            "matmul_allow_tf32": torch.backends.cuda.matmul.allow_tf32,
            **{k: getattr(self.options, k) for k in ("batch", "width", "steps", "pool", "backend")},
        }

    def variant(self, name: str, attack_bn: str) -> Variant:
        key = (name, "" if name == REFERENCE else attack_bn)
        if key not in self.made:
            try:
                self.made[key] = Variant(name, attack_bn, self.pool, self.options)
            except Exception as error:
                self.made[key] = f"{name} did not start: {one_line(error)}"
        made = self.made[key]
        if isinstance(made, str):
            raise RefusedError(made)
        return made

    def answer(self, line: str) -> dict[str, Any]:
        try:
            name, minibatches, attack_bn = request(line)
            if name == GRAPHS and self.options.device != "cuda":
                raise RefusedError(f"{name} needs --device cuda; this worker runs on the CPU.")
            variant = self.variant(name, attack_bn)
            variant.run(1)
            seconds, loss = variant.run(minibatches)
        except Exception as error:
            return {"error": str(error) if isinstance(error, RefusedError) else one_line(error)}
        if not math.isfinite(loss):
            return {"error": f"the loss of {name} is {loss} after {minibatches} minibatches."}
        first = variant.first_call_seconds
        found = {"seconds": seconds, "loss": loss, "first_call_seconds": first, **variant.settings}
        return found | ({"cuda_graphs_skipped": skipped_graphs()} if name == GRAPHS else {})


def request(line: str) -> tuple[str, int, str]:
    """Variant, number of minibatches and the attack's batch normalisation that a line asks for."""
    try:
        asked = json.loads(line)
        name, minibatches = asked["variant"], asked["minibatches"]
        attack_bn = asked.get("attack_bn", "eval")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RefusedError(
            f'a request is {{"variant": ..., "minibatches": n}}; got {line.strip()[:80]!r}.'
        ) from error
    if name not in (REFERENCE, COMPILED, GRAPHS):
        raise RefusedError(f"variant is {REFERENCE!r}, {COMPILED!r} or {GRAPHS!r}; got {name!r}.")
    if type(minibatches) is not int or minibatches < 1:
        raise RefusedError(f"minibatches is a positive integer; got {minibatches!r}.")
    if attack_bn not in ATTACK_BN:
        raise RefusedError(f"attack_bn is one of {', '.join(ATTACK_BN)}; got {attack_bn!r}.")
    return name, minibatches, attack_bn


def one_line(error: BaseException) -> str:
    """The kind of an error and the first line that it says."""
    said = [part.strip() for part in str(error).splitlines() if part.strip()]
    return f"{type(error).__name__}: {said[0][:300] if said else 'no message'}"


def skipped_graphs() -> int | None:
    """How often the compiler declined to make a CUDA graph; None where this torch does not say."""
    counters = getattr(getattr(torch, "_dynamo", None), "utils", None)
    found = getattr(counters, "counters", None)
    return None if found is None else int(found["inductor"]["cudagraph_skips"])


def own_output() -> TextIO:
    """The standard output for answers alone: whatever else is printed goes to the error output."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--steps", type=int, default=10, help="of the attack")
    # 50,000 images are 154 MB, and an H200 has 60 MB of second-level cache.
    parser.add_argument("--pool", type=int, default=50_000, help="images to draw from")
    parser.add_argument("--backend", default="inductor", help="of torch.compile")
    answers = own_output()
    worker = Worker(parser.parse_args())
    print(json.dumps(worker.about()), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(worker.answer(line)), file=answers, flush=True)


if __name__ == "__main__":
    main()
