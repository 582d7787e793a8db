"""Checks the steps that are timed in torch: prints errors and counts as JSON.

    PYTHON tools/check_torch_steps.py [--backend aot_eager] [--bfloat16]

Errors of the loss, of the change of the weights and of the running statistics are relative, against
a transcription of adversarial training that shares with the timed code the network alone. Counts
are forward passes, gradients to the input and gradients to the weights of one step with ten attack
steps: of the operations that run, and of the graphs that are compiled.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch._dynamo.backends.common import aot_autograd
from torch.nn.functional import cross_entropy
from torch.utils._python_dispatch import TorchDispatchMode

sys.path.insert(0, str(Path(__file__).resolve().parent))
from torch_adversarial import PGD, CompactStep, Network, reference_step, sgd

RATE, BATCH, WIDTH, TEN = 0.1, 4, 4, 10
State = dict[str, torch.Tensor]


def setting(dtype: torch.dtype) -> tuple[Network, torch.Tensor, torch.Tensor, torch.Tensor]:
    """A network with statistics that have moved, images, labels and a start."""
    torch.manual_seed(3)
    model = Network(WIDTH).to(dtype)
    x = torch.rand(BATCH, 3, 32, 32, dtype=dtype)
    with torch.no_grad():
        model(3 * x)
    start = torch.empty_like(x).uniform_(-8 / 255, 8 / 255).clamp(-x, 1 - x)
    return model, x, torch.randint(10, (BATCH,)), start


def transcription(
    model: Network, x: torch.Tensor, y: torch.Tensor, start: torch.Tensor, bn: str
) -> float:
    """One minibatch of AT with one attack step of 2/255, equation by equation, all passes kept."""
    mean, std = model.mean, model.std

    def loss_at(z: torch.Tensor) -> torch.Tensor:
        return cross_entropy(model.net((z - mean) / std), y)

    model.train(bn != "eval")
    kept = {name: value.clone() for name, value in model.named_buffers()}
    z = (x + start).requires_grad_(True)
    (slope,) = torch.autograd.grad(loss_at(z), z)
    delta = torch.clamp(start + 2 / 255 * torch.sign(slope), -8 / 255, 8 / 255)
    x_adv = torch.clamp(x + delta, 0, 1)
    if bn == "reference":
        loss_at(x_adv)
    else:
        for name, value in model.named_buffers():
            value.copy_(kept[name])
    model.train()
    loss = loss_at(x_adv)
    slopes = torch.autograd.grad(loss, list(model.parameters()))
    with torch.no_grad():
        for weight, slope in zip(model.parameters(), slopes, strict=True):
            # The first step of momentum is the gradient itself.
            weight -= RATE * (slope + 5e-4 * weight)
    if bn == "reference":
        loss_at(x)
    return loss.item()


def distance(found: State, wanted: State, before: State, names: list[str]) -> float:
    """``‖found - wanted‖ / ‖wanted - before‖`` over everything in ``names``."""
    off = sum(float(((found[n] - wanted[n]) ** 2).sum()) for n in names)
    moved = sum(float(((wanted[n] - before[n]) ** 2).sum()) for n in names)
    return (off / moved) ** 0.5


def errors(bn: str, dtype: torch.dtype, made: Callable[..., Any]) -> dict[str, float]:
    """How far the step that ``made(model, optimiser, pgd)`` returns is from the transcription."""
    # What is compiled for one function is limited, and every case compiles the same one.
    torch.compiler.reset()
    model, x, y, start = setting(dtype)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    wanted_loss = transcription(model, x, y, start, bn)
    wanted = {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(before)
    loss = float(made(model, sgd(model, RATE), PGD(steps=1))(x, y, start))
    found = model.state_dict()
    weights = [name for name, _ in model.named_parameters()]
    running = [name for name in found if "running" in name]
    tracked = [name for name in found if "num_batches" in name]
    return {
        "loss": abs(loss - wanted_loss) / wanted_loss,
        "weights": distance(found, wanted, before, weights),
        "statistics": distance(found, wanted, before, running),
        "passes_that_moved_them": float(sum((found[n] != wanted[n]).sum() for n in tracked)),
    }


Tally = dict[str, int]
ATEN = torch.ops.aten
# In blocks and in shortcuts; without the first, whose input gradient training leaves out.
CONVOLUTIONS = 16 + 3


def counted(target: Any, args: Any, shape: Callable[[Any], Any], tally: Tally) -> None:
    """Counts a convolution, and which gradients its backward pass computes; the first is not."""
    if target is ATEN.convolution.default and shape(args[1])[1] != 3:
        tally["forward"] += 1
    if target is ATEN.convolution_backward.default and shape(args[2])[1] != 3:
        tally["to_input"] += args[10][0]
        tally["to_weights"] += args[10][1]


class Counting(TorchDispatchMode):
    """Counts convolutions as they run."""

    def __init__(self, tally: Tally) -> None:
        super().__init__()
        self.tally = tally

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        counted(func, args, lambda tensor: tensor.shape, self.tally)
        return func(*args, **(kwargs or {}))


def counting_backend(tally: Tally) -> Callable[..., Any]:
    """A backend of torch.compile that counts the convolutions of a graph whenever it is run."""
    from functorch.compile import make_boxed_func

    def compiler(graph: Any, inputs: Any) -> Any:
        def run(*args: Any) -> Any:
            for node in graph.graph.nodes:
                counted(node.target, node.args, lambda n: n.meta["val"].shape, tally)
            return graph.forward(*args)

        return make_boxed_func(run)

    return aot_autograd(fw_compiler=compiler)


def passes(made: Callable[..., Any], tally: Tally, eager: bool) -> dict[str, float]:
    """What one step with ten attack steps runs, in passes through the network."""
    torch.compiler.reset()
    model, x, y, start = setting(torch.float32)
    step = made(model, sgd(model, RATE), PGD(steps=TEN))
    if eager:
        with Counting(tally):
            step(x, y, start)
    else:
        step(x, y, start)
    found = {name: count / CONVOLUTIONS for name, count in tally.items()}
    return found | {"all": sum(found.values())}


def cases(backend: str) -> Iterator[tuple[str, str, Callable[..., Any]]]:
    """Name, batch normalisation in the attack, and how the step is made."""
    yield "reference", "reference", lambda *parts: partial(reference_step, *parts)
    compiler = partial(torch.compile, backend=backend, fullgraph=True)
    for bn in ("eval", "batch"):
        yield f"eager, {bn}", bn, partial(CompactStep, attack_bn=bn)
        for joint in (True, False):
            name = f"compiled {'whole' if joint else 'split'}, {bn}"
            yield name, bn, partial(CompactStep, attack_bn=bn, compiler=compiler, joint=joint)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backend", default="aot_eager")
    parser.add_argument("--bfloat16", action="store_true", help="the errors of it too")
    options = parser.parse_args()
    torch.set_num_threads(1)
    found: dict[str, Any] = {"errors": {}, "passes": {}}
    types = {"float64": torch.float64, "float32": torch.float32}
    for name, bn, made in cases(options.backend):
        found["errors"][name] = {k: errors(bn, dtype, made) for k, dtype in types.items()}
        if options.bfloat16 and name != "reference":
            half = partial(made, half=torch.bfloat16)
            found["errors"][name]["bfloat16"] = errors(bn, torch.float32, half)
    # What the comparison says of a step that is wrong.
    mistaken = partial(CompactStep, attack_bn="eval")
    found["mistaken"] = errors("batch", torch.float64, mistaken)
    for name, _, made in cases("eager"):
        tally = {"forward": 0, "to_input": 0, "to_weights": 0}
        if not name.startswith("compiled"):
            found["passes"][name] = passes(made, tally, eager=True)
            continue
        counting = partial(torch.compile, backend=counting_backend(tally), fullgraph=True)
        found["passes"][name] = passes(partial(made, compiler=counting), tally, eager=False)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
