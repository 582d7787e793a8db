"""Writes the oracle of ``jaxat.attacks`` for AutoAttack: tests/jaxat/fixtures/autoattack*.

    python tools/make_autoattack_fixtures.py CHECKOUT CIFAR10

CHECKOUT is a copy of the authors' code (the GitHub repository fra31/auto-attack), CIFAR10 the
folder that ``python -m jaxat data prepare cifar10`` fills. Needs torch, and nothing of this
project. Three files:

- ``autoattack_weights.npz``: a small CNN trained here against PGD on CIFAR-10; every weight is a
  float16, so exact in all precisions, and pixels are multiples of 1/256 for the same reason;
- ``autoattack_apgd.npz``: all 101 points of Auto-PGD on five images in float64, for every norm and
  loss, as four signed sums over the pixels (a difference in any pixel shows in them), and the
  losses; the starts come from NumPy's legacy generator, whose stream is frozen;
- ``autoattack_verdicts.npz``: the standard evaluation of 500 test images in float32, which attack
  broke which of them, and what it cost.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

FIXTURES = Path(__file__).parents[1] / "tests" / "jaxat" / "fixtures"
WIDTH, HIDDEN, SUMS, FEW, MANY = 8, 64, 4, 5, 500
RADII = {"Linf": 8 / 255, "L2": 0.5, "L1": 12.0}
LOSSES = ("ce", "dlr", "dlr-targeted")


class SmallCNN(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, WIDTH, 4, 2, 1)
        self.conv2 = nn.Conv2d(WIDTH, 2 * WIDTH, 4, 2, 1)
        self.linear1 = nn.Linear(2 * WIDTH * 64, HIDDEN)
        self.linear2 = nn.Linear(HIDDEN, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.relu(self.conv2(functional.relu(self.conv1(x))))
        return self.linear2(functional.relu(self.linear1(x.flatten(1))))


class Counter(nn.Module):
    """Counts the images that go forward and (gradients asked for) backward."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net, self.forwards, self.backwards = net, 0, 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.forwards += len(x)
        logits = self.net(x)
        if logits.requires_grad:
            logits.register_hook(self.back)
        return logits

    def back(self, gradient: torch.Tensor) -> None:
        self.backwards += len(gradient)


def read(folder: Path, split: str, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    images = np.array(np.load(folder / f"{split}_images.npy", mmap_mode="r")[:count])
    labels = np.load(folder / f"{split}_labels.npy")[:count].astype(np.int64)
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 256
    return pixels.contiguous(), torch.from_numpy(labels)


def train(folder: Path, epochs: int, count: int = 50_000, batch: int = 128) -> SmallCNN:
    torch.manual_seed(0)
    net, (x, y) = SmallCNN(), read(folder, "train", count)
    total = epochs * (count // batch)
    optimiser = torch.optim.Adam(net.parameters(), 2e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total)
    for epoch in range(epochs):
        # Small networks that meet the whole radius at once end up with constant logits.
        eps = RADII["Linf"] * min(1, (epoch + 1) / 3)
        alpha = eps / 2
        for chosen in torch.randperm(count).split(batch)[: count // batch]:
            clean, labels = x[chosen], y[chosen]
            if torch.rand(()) < 0.5:
                clean = clean.flip(3)
            delta = torch.empty_like(clean).uniform_(-eps, eps)
            for _ in range(3):
                delta = (clean + delta).clamp(0, 1) - clean
                delta.requires_grad_()
                loss = functional.cross_entropy(net(clean + delta), labels)
                (gradient,) = torch.autograd.grad(loss, delta)
                delta = (delta.detach() + alpha * gradient.sign()).clamp(-eps, eps)
            optimiser.zero_grad()
            adversarial = (clean + delta).clamp(0, 1).detach()
            functional.cross_entropy(net(adversarial), labels).backward()
            optimiser.step()
            schedule.step()
    for weight in net.parameters():
        weight.data = weight.data.half().float()
    return net.eval()


def starts(norm: str, x: np.ndarray) -> np.ndarray:
    """Starts on the ball, in the order of channels first."""
    eps = RADII[norm]
    if norm == "L1":
        # A few pixels each: the sum of their changes is less than eps.
        noise = np.random.RandomState(1).uniform(-1, 1, x.shape)
        noise *= np.random.RandomState(2).uniform(0, 1, x.shape) < 0.01
        size = np.abs(noise).sum((1, 2, 3), keepdims=True)
    else:
        noise = np.random.RandomState(1).uniform(-1, 1, x.shape)
        size = np.abs(noise).max((1, 2, 3), keepdims=True)
        if norm == "L2":
            size = np.sqrt((noise**2).sum((1, 2, 3), keepdims=True))
    return np.clip(x + 0.999 * eps * noise / size, 0, 1)


def points(net: nn.Module, x: torch.Tensor, y: torch.Tensor, norm: str, loss: str) -> dict:
    from autoattack.autopgd_base import APGDAttack, APGDAttack_targeted

    seen: list[torch.Tensor] = []

    def watched(z: torch.Tensor) -> torch.Tensor:
        seen.append(z.detach().clone())
        return net(z)

    kind = APGDAttack_targeted if loss == "dlr-targeted" else APGDAttack
    attack = kind(watched, norm=norm, eps=RADII[norm], device="cpu")
    attack.loss = loss
    attack.init_hyperparam(x)
    if loss == "dlr-targeted":
        attack.y_target = net(x).sort(dim=1)[1][:, -2]
    start = torch.from_numpy(starts(norm, x.numpy()))
    single = torch.Tensor.float
    if norm == "L1":
        # Its projection rounds to float32 on purpose; here everything is to be in float64.
        torch.Tensor.float = torch.Tensor.double  # type: ignore[method-assign]
    best, kept, best_loss, last = attack.attack_single_run(x, y, x_init=start)
    torch.Tensor.float = single  # type: ignore[method-assign]
    logits = torch.stack([net(z) for z in seen])
    return {
        "points": torch.stack(seen).numpy(),
        "logits": logits.numpy(),
        "best": best.detach().numpy(),
        "best_loss": best_loss.numpy(),
        "kept": kept.numpy(),
        "last": last.detach().numpy(),
    }


def signed_sums(images: np.ndarray) -> np.ndarray:
    """Sums over the pixels of (..., 3, 32, 32) with signs from a frozen stream."""
    flat = images.reshape(*images.shape[:-3], -1)
    return flat @ (2 * np.random.RandomState(3).randint(0, 2, (flat.shape[-1], SUMS)) - 1.0)


def verdicts(net: nn.Module, x: torch.Tensor, y: torch.Tensor, norm: str) -> dict:
    from autoattack import AutoAttack

    counted = Counter(net)
    whole = AutoAttack(counted, norm=norm, eps=RADII[norm], seed=0, verbose=False, device="cpu")
    alive = net(x).argmax(1) == y
    broken = np.where(alive.numpy(), -1, 0).astype(np.int8)
    adversarial, costs = x.clone(), []
    names = list(whole.attacks_to_run)
    for number, name in enumerate(names, 1):
        whole.attacks_to_run = [name]
        counted.forwards = counted.backwards = 0
        before = resource.getrusage(resource.RUSAGE_SELF)
        left = np.flatnonzero(broken < 0)
        found = whole.run_standard_evaluation(x[left], y[left], bs=250)
        after = resource.getrusage(resource.RUSAGE_SELF)
        wrong = (net(found).argmax(1) != y[left]).numpy()
        broken[left[wrong]] = number
        adversarial[left[wrong]] = found[wrong]
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        costs.append([round(seconds, 1), counted.forwards, counted.backwards])
        print(norm, name, int((broken < 0).sum()), costs[-1], flush=True)
    return {"broken": broken, "costs": np.array(costs), "names": np.array(names)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("cifar10", type=Path)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--full", type=Path, help="also write every point in full to this folder")
    parser.add_argument("--only", choices=("weights", "points", "verdicts"))
    given = parser.parse_args()
    sys.path.insert(0, str(given.checkout))
    torch.set_num_threads(1)
    path = FIXTURES / "autoattack_weights.npz"
    if given.only in (None, "weights"):
        net = train(given.cifar10, given.epochs)
        weights = {k: v.numpy().astype(np.float16) for k, v in net.state_dict().items()}
        np.savez_compressed(path, **weights)  # type: ignore[arg-type]
    net = SmallCNN().eval()
    with np.load(path) as stored:
        net.load_state_dict({k: torch.from_numpy(stored[k]).float() for k in stored.files})
    for weight in net.parameters():
        weight.requires_grad_(False)
    x, y = read(given.cifar10, "test", MANY)
    right = (net(x).argmax(1) == y).numpy()
    print("clean", right.mean(), flush=True)
    raw = np.load(given.cifar10 / "test_images.npy", mmap_mode="r")[:MANY]
    if given.only in (None, "points"):
        chosen = np.flatnonzero(right)[:FEW]
        kept: dict[str, np.ndarray] = {"pixels": raw[chosen], "labels": y[chosen].numpy()}
        double = SmallCNN().eval().double()
        double.load_state_dict({k: v.double() for k, v in net.state_dict().items()})
        for weight in double.parameters():
            weight.requires_grad_(False)
        for norm in RADII:
            for loss in LOSSES:
                full = points(double, x[chosen].double(), y[chosen], norm, loss)
                if given.full is not None:
                    given.full.mkdir(exist_ok=True)
                    np.savez(given.full / f"{norm}_{loss}.npz", **full)
                name = f"{norm}/{loss}"
                kept[f"{name}/sums"] = signed_sums(full["points"])
                kept[f"{name}/best"] = signed_sums(full["best"])
                kept[f"{name}/last"] = signed_sums(full["last"])
                kept[f"{name}/best_loss"] = full["best_loss"]
                kept[f"{name}/right"] = full["kept"].astype(bool)
                print(name, full["best_loss"].round(3), full["kept"], flush=True)
        np.savez_compressed(FIXTURES / "autoattack_apgd.npz", **kept)  # type: ignore[arg-type]
    if given.only in (None, "verdicts"):
        kept = {"pixels": raw[:48], "labels": y.numpy().astype(np.int8)}
        for norm in ("Linf", "L2"):
            for key, value in verdicts(net, x, y, norm).items():
                kept[f"{norm}/{key}"] = value
        kept["made_with"] = np.array(json.dumps({"torch": torch.__version__, "batch": 250}))
        np.savez_compressed(FIXTURES / "autoattack_verdicts.npz", **kept)  # type: ignore[arg-type]
    for path in sorted(FIXTURES.glob("autoattack_*")):
        print(f"{path.name}: {math.ceil(path.stat().st_size / 1000)} kB")


if __name__ == "__main__":
    main()
