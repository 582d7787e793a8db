"""Records updates of the public training code, as the oracle of our updates.

    pip install "jaxat[oracle]"
    python tools/make_training_fixtures.py AWP ENTROPY_SGD

AWP and ENTROPY_SGD are checkouts of the public code of AWP, with that of AT and TRADES in it, and
of EntropySGD. Their own functions and classes run here, in float64 on a processor, on the weights
of torch_preactresnet18.npz. What is left out: the pass over clean images for the log, EntropySGD's
first gradient of an outer step, which it throws away, and the gradient that it takes for its first
momentum. Draws are replaced by numbers that are exact in every precision, which are recorded.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import torch
from make_torch_fixtures import FIXTURES, MEAN, STD, ResNet18, settle
from torch.nn import functional

NAME = "preactresnet18"
EPS, STEP, STEPS, BATCH, UPDATES, LANGEVIN = 8 / 255, 2 / 255, 3, 4, 3, 2
RATE, DECAY, GAMMA, BETA, SCOPE = 0.1, 5e-4, 0.01, 6.0, 0.03
IMAGES = BATCH * UPDATES * LANGEVIN


def normalize(x: torch.Tensor) -> torch.Tensor:
    mean, std = (torch.tensor(v, dtype=x.dtype).view(1, 3, 1, 1) for v in (MEAN, STD))
    return (x - mean) / std


def on_the_processor(tensor: torch.Tensor) -> torch.Tensor:
    """Instead of a move to a GPU, which the public code asks for by itself."""
    return tensor


def clamp(x: torch.Tensor, low: torch.Tensor, high: torch.Tensor) -> torch.Tensor:
    return torch.max(torch.min(x, high), low)


class Standardised(torch.nn.Module):
    """The network for images in [0, 1]."""

    def __init__(self, net: torch.nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.net(normalize(x))


def module(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem + path.parent.name, path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def function(path: Path, name: str, **names: Any) -> Callable[..., Any]:
    """One function of a script that cannot be imported without running it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name)
    names |= {"torch": torch, "F": functional, "nn": torch.nn}
    exec(compile(ast.Module([found], []), str(path), "exec"), names)
    return names[name]


@contextmanager
def drawn(owner: Any, name: str, value: torch.Tensor) -> Iterator[None]:
    """Whatever is drawn by ``name`` is ``value``."""
    before = getattr(owner, name)

    def fixed(*given: Any, **more: Any) -> torch.Tensor:
        del more
        return given[0].copy_(value) if owner is torch.Tensor else value.clone()

    setattr(owner, name, fixed)
    try:
        yield
    finally:
        setattr(owner, name, before)


class Public:
    """The network, the data and the public code's pieces."""

    def __init__(self, awp: Path, entropy: Path) -> None:
        torch.Tensor.cuda = on_the_processor
        self.attack = function(
            awp / "AT_AWP" / "train_cifar10.py",
            "attack_pgd",
            normalize=normalize,
            clamp=clamp,
            lower_limit=torch.tensor(0.0),
            upper_limit=torch.tensor(1.0),
        )
        trades = awp / "trades_AWP"
        self.perturb = function(trades / "train_trades_cifar.py", "perturb_input", device="cpu")
        self.at_awp = module(awp / "AT_AWP" / "utils_awp.py").AdvWeightPerturb
        self.trades_awp = module(trades / "utils_awp.py").TradesAWP
        self.entropy = module(entropy / "python" / "optim.py").EntropySGD
        rng = np.random.default_rng(5)
        # Far enough from 0 and 255 that no start leaves the box.
        self.pixels = rng.integers(10, 246, (IMAGES, 3, 16, 12)).astype(np.uint8)
        self.labels = rng.integers(0, 10, IMAGES).astype(np.int8)
        self.starts = rng.integers(-127, 128, self.pixels.shape).astype(np.int8)

    def network(self) -> torch.nn.Module:
        net = ResNet18(4, preact=True).double()
        with torch.no_grad():
            settle(net, sum(map(ord, NAME)))
        return net

    def minibatch(self, k: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        some = slice(k * BATCH, (k + 1) * BATCH)
        x = torch.from_numpy(self.pixels[some].astype(np.float64) / 255)
        start = torch.from_numpy(self.starts[some].astype(np.float64) / 127)
        return x, torch.from_numpy(self.labels[some].astype(np.int64)), start

    def adversarial(self, net: torch.nn.Module, k: int) -> tuple[torch.Tensor, torch.Tensor]:
        x, y, start = self.minibatch(k)
        net.train()
        with drawn(torch.Tensor, "uniform_", EPS * start):
            delta = self.attack(net, x, y, EPS, STEP, STEPS, 1, "l_inf").detach()
        return normalize(torch.clamp(x + delta, 0, 1)), y


def sgd(net: torch.nn.Module) -> torch.optim.SGD:
    return torch.optim.SGD(net.parameters(), RATE, momentum=0.9, weight_decay=DECAY)


def at(public: Public, gamma: float) -> tuple[torch.nn.Module, list[float]]:
    net, proxy, losses = public.network(), public.network(), []
    optimiser = sgd(net)
    adversary = public.at_awp(net, proxy, torch.optim.SGD(proxy.parameters(), 0.01), gamma)
    for k in range(UPDATES):
        x_adv, y = public.adversarial(net, k)
        net.train()
        diff = adversary.calc_awp(inputs_adv=x_adv, targets=y) if gamma else {}
        adversary.perturb(diff)
        loss = functional.cross_entropy(net(x_adv), y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        adversary.restore(diff)
        losses.append(loss.item())
    return net, losses


def trades(public: Public, gamma: float) -> tuple[torch.nn.Module, list[float]]:
    """One update: its attack uses running statistics, which move once more in the public code."""
    net, proxy = Standardised(public.network()), Standardised(public.network())
    optimiser = sgd(net)
    x, y, start = public.minibatch(0)
    with drawn(torch, "randn", start):
        x_adv = public.perturb(net, x, step_size=STEP, epsilon=EPS, perturb_steps=STEPS).detach()
    net.train()
    adversary = public.trades_awp(net, proxy, torch.optim.SGD(proxy.parameters(), 0.1), gamma)
    diff = adversary.calc_awp(x_adv, x, y, BETA) if gamma else {}
    adversary.perturb(diff)
    logits, clean = functional.log_softmax(net(x_adv), 1), functional.softmax(net(x), 1)
    divergence = functional.kl_div(logits, clean, reduction="batchmean")
    loss = functional.cross_entropy(net(x), y) + BETA * divergence
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    adversary.restore(diff)
    return net.net, [loss.item()]


def entropy(public: Public) -> tuple[torch.nn.Module, list[float]]:
    net, losses, asked = public.network(), [], [0]
    optimiser = public.entropy(
        net.parameters(),
        {"lr": RATE, "momentum": 0.9, "weight_decay": DECAY, "L": LANGEVIN, "eps": 0, "g0": SCOPE},
    )
    weights = [w.data for w in net.parameters()]
    none = [torch.zeros_like(w) for w in weights]
    optimiser.state |= {"t": 0, "wc": deepcopy(weights), "mdw": deepcopy(none)}
    optimiser.state["langevin"] = {
        "mw": deepcopy(weights), "mdw": deepcopy(none), "eta": deepcopy(none),
        "lr": 0.1, "beta1": 0.75,
    }  # fmt: skip

    def closure() -> tuple[float, float]:
        first = asked[0] % (LANGEVIN + 1) == 0
        asked[0] += 1
        optimiser.zero_grad(set_to_none=False)
        if first:
            for weight, zero in zip(net.parameters(), none, strict=True):
                weight.grad = zero.clone()
            return 0.0, 0.0
        x_adv, y = public.adversarial(net, len(losses))
        optimiser.zero_grad(set_to_none=False)  # of the attack
        loss = functional.cross_entropy(net(x_adv), y)
        loss.backward()
        losses.append(loss.item())
        return loss.item(), 0.0

    for _ in range(UPDATES):
        optimiser.step(closure, net, True)
    return net, losses


def described(before: torch.nn.Module, after: torch.nn.Module) -> np.ndarray:
    """Of the move of every parameter: two inner products with random vectors, and the length."""
    rng, rows = np.random.RandomState(7), []
    for old, new in zip(before.parameters(), after.parameters(), strict=True):
        move = (new - old).detach().numpy().ravel()
        rows.append([*(rng.standard_normal((2, move.size)) @ move), np.linalg.norm(move)])
    return np.array(rows)


def main() -> None:
    awp, entropy_sgd = (Path(word) for word in sys.argv[1:3])
    torch.set_num_threads(1)
    public = Public(awp, entropy_sgd)
    kept: dict[str, Any] = {
        "pixels": public.pixels, "labels": public.labels, "starts": public.starts,
        "parameters": np.array(json.dumps([k for k, _ in public.network().named_parameters()])),
        "commits": np.array(json.dumps([
            subprocess.run(["git", "rev-parse", "HEAD"], cwd=p, capture_output=True, text=True,
                           check=True).stdout.strip() for p in (awp, entropy_sgd)
        ])),
        "torch": np.array(torch.__version__),
    }  # fmt: skip
    runs = {
        "at": at(public, 0),
        "awp": at(public, GAMMA),
        "trades": trades(public, 0),
        "trades-awp": trades(public, GAMMA),
        "at-ensgd": entropy(public),
    }
    for name, (net, losses) in runs.items():
        kept[f"{name}/losses"] = np.array(losses)
        kept[f"{name}/moves"] = described(public.network(), net)
        if name in ("at", "awp"):
            running = [v.numpy().ravel() for k, v in net.state_dict().items() if "running" in k]
            kept[f"{name}/running"] = np.concatenate(running)
        print(name, losses, np.linalg.norm(kept[f"{name}/moves"][:, 2]))
    path = FIXTURES / "torch_training.npz"
    np.savez_compressed(path, **kept)
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
