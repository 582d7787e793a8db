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

sys.path.insert(0, str(Path(__file__).resolve().parent))
from torch_adversarial import PGD, CompactStep, Network, reference_step, sgd, uniform_start

BATCH = 16


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    torch.use_deterministic_algorithms(False)
    x, y = torch.rand(BATCH, 3, 32, 32), torch.randint(10, (BATCH,))
    model, pgd, generator = Network(), PGD(), torch.Generator().manual_seed(1)
    optimiser = sgd(model, 0.01)
    compact = CompactStep(model, optimiser, pgd, attack_bn="eval")

    def step(wasteful: bool) -> None:
        start = uniform_start(x, pgd, generator)
        if wasteful:
            reference_step(model, optimiser, pgd, x, y, start)
        else:
            compact(x, y, start)

    step(True)
    for line in sys.stdin:
        begin = time.process_time()
        step(line.strip() == "reference style")
        print(time.process_time() - begin, flush=True)


if __name__ == "__main__":
    main()
