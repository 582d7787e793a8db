"""One step of adversarial training in torch: as public code does it, and without waste.

What the comparisons of speed run: ``torch_at_step.py`` on one thread, ``torch_gpu_steps.py`` on a
GPU. Images are float tensors (batch, 3, height, width) in [0, 1], labels (batch,) are integers, a
start is a perturbation inside the threat model. Every step function takes ``(x, y, start)``,
updates the network in place and returns the loss of the training pass.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import torch
from make_torch_fixtures import MEAN, STD, ResNet18
from torch import nn
from torch.nn import functional

__all__ = ["ATTACK_BN", "PGD", "CompactStep", "Network", "reference_step", "sgd", "uniform_start"]

ATTACK_BN = ("eval", "batch")
Compiler = Callable[[Callable[..., torch.Tensor]], Callable[..., torch.Tensor]]


@dataclass(frozen=True)
class PGD:
    """L-infinity attack: radius and step size in input units, and the number of steps."""

    eps: float = 8 / 255
    step: float = 2 / 255
    steps: int = 10

    def ascend(self, delta: torch.Tensor, gradient: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        """``P(delta + step sign(gradient))`` with P onto the ball, then x + delta onto [0, 1]."""
        moved = (delta + self.step * gradient.sign()).clamp(-self.eps, self.eps)
        return torch.minimum(torch.maximum(moved, -x), 1 - x)


class Network(nn.Module):
    """PreActResNet-18 for images in [0, 1], standardised inside the differentiated path."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.net = ResNet18(width, preact=True)
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(STD).view(1, 3, 1, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.net((x - self.mean) / self.std)


def sgd(model: nn.Module, rate: float, fused: bool = False) -> torch.optim.SGD:
    """SGD with the momentum and weight decay of the papers."""
    # fused=False would also switch off the implementation that torch prefers.
    return torch.optim.SGD(
        model.parameters(), rate, momentum=0.9, weight_decay=5e-4, fused=fused or None
    )


def uniform_start(x: torch.Tensor, pgd: PGD, generator: torch.Generator) -> torch.Tensor:
    """Uniform in the ball, then x + delta clipped to [0, 1]."""
    delta = torch.empty_like(x).uniform_(-pgd.eps, pgd.eps, generator=generator)
    return torch.minimum(torch.maximum(delta, -x), 1 - x)


def reference_step(
    model: nn.Module,
    optimiser: torch.optim.Optimizer,
    pgd: PGD,
    x: torch.Tensor,
    y: torch.Tensor,
    start: torch.Tensor,
) -> float:
    """What public training code does in a step: 35 forward passes' worth with ten attack steps.

    Batch statistics everywhere, and every pass moves the running ones; ``loss.backward()`` in the
    attack computes the gradients of the weights too; one more pass selects the worst restart (of
    one), and one on clean images is made for the log. Four numbers are fetched for that log.
    """
    model.train()
    delta = start.clone().requires_grad_(True)
    for _ in range(pgd.steps):
        functional.cross_entropy(model(x + delta), y).backward()
        assert delta.grad is not None
        delta.data = pgd.ascend(delta.detach(), delta.grad, x)
        delta.grad.zero_()
    each = functional.cross_entropy(model(x + delta), y, reduction="none")
    worst, largest = torch.zeros_like(x), torch.zeros_like(each)
    worst[each >= largest] = delta.detach()[each >= largest]
    logits = model((x + worst).clamp(0, 1))
    loss = functional.cross_entropy(logits, y)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    clean_logits = model(x)
    clean_loss = functional.cross_entropy(clean_logits, y)
    log = [loss.item(), (logits.argmax(1) == y).sum().item()]
    log += [clean_loss.item(), (clean_logits.argmax(1) == y).sum().item()]
    return log[0]


def attacked(model: nn.Module, bn: str) -> nn.Module:
    """The same network as the attack sees it: it shares weights and statistics, and moves neither.

    ``bn="eval"`` uses the running statistics, ``"batch"`` those of the batch that is attacked. Its
    weights ask for no gradient: a compiled backward pass computes every gradient that is asked for,
    wanted or not.
    """
    if bn not in ATTACK_BN:
        raise ValueError(f"attack_bn is one of {', '.join(ATTACK_BN)}; got {bn!r}.")
    shared: dict[int, object] = {
        id(p): nn.Parameter(p.detach(), requires_grad=False) for p in model.parameters()
    }
    seen = copy.deepcopy(model, shared | {id(b): b for b in model.buffers()}).eval()
    for module in seen.modules():
        if bn == "batch" and isinstance(module, nn.BatchNorm2d):
            module.track_running_stats = False
            module.running_mean = module.running_var = module.num_batches_tracked = None
    return seen


class CompactStep:
    """AT without waste: 23 forward passes' worth with ten attack steps.

    Gradients with respect to the input alone in the attack, no pass that is not used, nothing
    fetched.

    Args:
        attack_bn: ``"eval"`` or ``"batch"``, see `attacked`. Training uses batch statistics.
        half: the type in which the passes compute (autocast; weights keep theirs), or None.
        compiler: for instance ``torch.compile``; the identity runs operation by operation.
        joint: an attack step is one function with its gradient inside, for the compiler to see
            whole; otherwise only the loss is compiled, as is usual.
        graphs: results lie in the memory of CUDA graphs, which the next replay overwrites.
    """

    def __init__(
        self,
        model: nn.Module,
        optimiser: torch.optim.Optimizer,
        pgd: PGD,
        *,
        attack_bn: str = "eval",
        half: torch.dtype | None = None,
        compiler: Compiler = lambda function: function,
        joint: bool = False,
        graphs: bool = False,
    ) -> None:
        self.optimiser, self.pgd, self.graphs = optimiser, pgd, graphs
        seen = attacked(model, attack_bn)
        model.train()

        def loss_of(network: nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            with torch.autocast(x.device.type, half, enabled=half is not None):
                return functional.cross_entropy(network(x), y)

        def attack_loss(delta: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            return loss_of(seen, x + delta, y)

        def whole(delta: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            return pgd.ascend(delta, torch.func.grad(attack_loss)(delta, x, y), x)

        compiled_loss = attack_loss if joint else compiler(attack_loss)

        def split(delta: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            delta = delta.detach().requires_grad_(True)
            with torch.enable_grad():
                (gradient,) = torch.autograd.grad(compiled_loss(delta, x, y), delta)
            return pgd.ascend(delta.detach(), gradient, x)

        self._ascend = compiler(whole) if joint else split
        self._loss = compiler(lambda x, y: loss_of(model, x, y))

    def attack(self, x: torch.Tensor, y: torch.Tensor, start: torch.Tensor) -> torch.Tensor:
        """The perturbation after all steps."""
        delta = start
        with torch.no_grad():
            for _ in range(self.pgd.steps):
                self._next()
                delta = self._ascend(delta, x, y)
                delta = delta.clone() if self.graphs else delta
        return delta

    def __call__(self, x: torch.Tensor, y: torch.Tensor, start: torch.Tensor) -> torch.Tensor:
        x_adv = x + self.attack(x, y, start)
        self._next()
        loss = self._loss(x_adv, y)
        loss.backward()
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        return loss.detach().clone()

    def _next(self) -> None:
        if self.graphs:
            torch.compiler.cudagraph_mark_step_begin()
