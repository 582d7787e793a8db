"""CPU-seconds of one step of adversarial training in torch, for ``benchmarks/train_speed.py``.

Reads names from the standard input, a line each, and answers with the CPU-seconds of one step of
PreActResNet-18, batch 16, PGD-10, with one thread. "reference style" is what public training code
does: parameter gradients in every step of the attack, batch statistics, one more pass at its end
and one on clean images. "input gradients only" is the fair second: no gradient that is not used.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import torch
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parent))
from make_torch_fixtures import ResNet18

EPS, STEP, STEPS, BATCH = 8 / 255, 2 / 255, 10, 16


def attack(
    model: torch.nn.Module, x: torch.Tensor, y: torch.Tensor, wasteful: bool
) -> torch.Tensor:
    delta = torch.empty_like(x).uniform_(-EPS, EPS)
    for _ in range(STEPS):
        delta.requires_grad_(True)
        loss = functional.cross_entropy(model((x + delta).clamp(0, 1)), y)
        if wasteful:
            loss.backward()
            gradient = delta.grad
        else:
            (gradient,) = torch.autograd.grad(loss, delta)
        delta = (delta + STEP * gradient.sign()).clamp(-EPS, EPS).detach()
    if wasteful:
        functional.cross_entropy(model((x + delta).clamp(0, 1)), y, reduction="none")
    return (x + delta).clamp(0, 1)


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    torch.use_deterministic_algorithms(False)
    x, y = torch.rand(BATCH, 3, 32, 32), torch.randint(10, (BATCH,))
    model = ResNet18(64, preact=True)
    optimiser = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9, weight_decay=5e-4)

    def step(wasteful: bool) -> None:
        model.train(wasteful)
        x_adv = attack(model, x, y, wasteful)
        model.train()
        optimiser.zero_grad()
        functional.cross_entropy(model(x_adv), y).backward()
        optimiser.step()
        if wasteful:
            model(x)

    step(True)
    for line in sys.stdin:
        begin = time.process_time()
        step(line.strip() == "reference style")
        print(time.process_time() - begin, flush=True)


if __name__ == "__main__":
    main()
