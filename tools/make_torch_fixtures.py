"""Records what torch computes, as the oracle of ``jaxat.models``: tests/jaxat/fixtures/torch_*.

    pip install "jaxat[oracle]"
    python tools/make_torch_fixtures.py

The networks are written here from the published descriptions, with the names of the public
checkpoints, at small widths; everything is computed in float64. Weights are multiples of a power
of two that fit one byte and pixels are multiples of 1/256, so both are exact in every precision.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

FIXTURES = Path(__file__).parents[1] / "tests" / "jaxat" / "fixtures"
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2471, 0.2435, 0.2616)


def conv(inputs: int, outputs: int, taps: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, taps, stride, taps // 2, bias=False)


class PreActBlock(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(inputs), conv(inputs, outputs, 3, stride)
        self.bn2, self.conv2 = nn.BatchNorm2d(outputs), conv(outputs, outputs, 3)
        self.shortcut = None
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(conv(inputs, outputs, 1, stride))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = functional.relu(self.bn1(x))
        x = x if self.shortcut is None else self.shortcut(y)
        return self.conv2(functional.relu(self.bn2(self.conv1(y)))) + x


class BasicBlock(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int):
        super().__init__()
        self.conv1, self.bn1 = conv(inputs, outputs, 3, stride), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = conv(outputs, outputs, 3), nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)))))
        return functional.relu(y + self.shortcut(x))


class WideBlock(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(inputs), conv(inputs, outputs, 3, stride)
        self.bn2, self.conv2 = nn.BatchNorm2d(outputs), conv(outputs, outputs, 3)
        self.convShortcut = None if inputs == outputs else conv(inputs, outputs, 1, stride)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = functional.relu(self.bn1(x))
        x = x if self.convShortcut is None else self.convShortcut(y)
        return self.conv2(functional.relu(self.bn2(self.conv1(y)))) + x


def blocks(kind: type[nn.Module], inputs: int, outputs: int, stride: int, n: int) -> nn.Sequential:
    return nn.Sequential(
        *[kind(outputs if k else inputs, outputs, 1 if k else stride) for k in range(n)]
    )


class ResNet18(nn.Module):
    def __init__(self, width: int, preact: bool):
        super().__init__()
        kind = PreActBlock if preact else BasicBlock
        self.conv1 = conv(3, width, 3)
        if preact:
            self.bn = nn.BatchNorm2d(8 * width)
        else:
            self.bn1 = nn.BatchNorm2d(width)
        self.layer1 = blocks(kind, width, width, 1, 2)
        self.layer2 = blocks(kind, width, 2 * width, 2, 2)
        self.layer3 = blocks(kind, 2 * width, 4 * width, 2, 2)
        self.layer4 = blocks(kind, 4 * width, 8 * width, 2, 2)
        self.linear = nn.Linear(8 * width, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv1(x)
        x = functional.relu(self.bn1(x)) if hasattr(self, "bn1") else x
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        x = functional.relu(self.bn(x)) if hasattr(self, "bn") else x
        return self.linear(x.mean((2, 3)))


class WideStage(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int, n: int):
        super().__init__()
        self.layer = blocks(WideBlock, inputs, outputs, stride, n)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x)


class WideResNet(nn.Module):
    def __init__(self, depth: int, width: int, base: int = 16):
        super().__init__()
        n, features = (depth - 4) // 6, [base * width * 2**k for k in range(3)]
        self.conv1 = conv(3, base, 3)
        self.block1 = WideStage(base, features[0], 1, n)
        self.block2 = WideStage(features[0], features[1], 2, n)
        self.block3 = WideStage(features[1], features[2], 2, n)
        self.bn1, self.fc = nn.BatchNorm2d(features[2]), nn.Linear(features[2], 10)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                fan_out = module.kernel_size[0] * module.kernel_size[1] * module.out_channels
                module.weight.data.normal_(0, math.sqrt(2.0 / fan_out))
        self.fc.bias.data.zero_()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.block3(self.block2(self.block1(self.conv1(x))))
        return self.fc(functional.relu(self.bn1(x)).mean((2, 3)))


class SmallCNN(nn.Module):
    def __init__(self, width: int, hidden: int, height: int, breadth: int):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 4, 2, 1, bias=False)
        self.bn1, self.bn2 = nn.BatchNorm2d(width), nn.BatchNorm2d(2 * width)
        self.conv2 = nn.Conv2d(width, 2 * width, 4, 2, 1, bias=False)
        self.linear1 = nn.Linear(2 * width * (height // 4) * (breadth // 4), hidden)
        self.linear2 = nn.Linear(hidden, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.relu(self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x))))))
        return self.linear2(functional.relu(self.linear1(x.flatten(1))))


def one_byte(values: torch.Tensor) -> tuple[np.ndarray, int]:
    """Integers q and exponent e such that q 2^e is near ``values``."""
    exponent = math.ceil(math.log2(float(values.abs().max()) / 127))
    return np.round(values.double().numpy() / 2.0**exponent).astype(np.int8), exponent


def settle(net: nn.Module, seed: int) -> dict[str, np.ndarray]:
    """Gives ``net`` weights that are exact in one byte, and returns what records them.

    One array for all: an archive spends 250 bytes on every entry.
    """
    generator = torch.Generator().manual_seed(seed)
    table, numbers = [], []
    for key, value in net.state_dict().items():
        if "num_batches_tracked" in key:
            continue
        noise = torch.rand(value.shape, generator=generator, dtype=torch.float64)
        if "running_var" in key or (value.ndim == 1 and key.endswith("weight")):
            drawn = 0.5 + noise
        elif "running_mean" in key or value.ndim == 1:
            drawn = 0.4 * noise - 0.2
        else:
            drawn = (2 * noise - 1) * math.sqrt(6 / value[0].numel())
        q, exponent = one_byte(drawn)
        table.append([key, list(value.shape), exponent])
        numbers.append(q.ravel())
        value.copy_(torch.from_numpy(q.astype(np.float64) * 2.0**exponent))
    return {"table": np.array(json.dumps(table)), "weights": np.concatenate(numbers)}


def record(name: str, net: nn.Module, height: int = 16, breadth: int = 12) -> None:
    seed = sum(map(ord, name))
    net = net.double()
    with torch.no_grad():
        kept = settle(net, seed)
    generator = torch.Generator().manual_seed(seed + 1)
    pixels = torch.randint(0, 256, (4, 3, height, breadth), generator=generator)
    labels = torch.randint(0, 10, (4,), generator=generator)
    kept |= {"pixels": pixels.numpy().astype(np.uint8), "labels": labels.numpy().astype(np.int8)}
    mean, std = (torch.tensor(v, dtype=torch.float64).view(1, 3, 1, 1) for v in (MEAN, STD))
    for mode in ("eval", "train"):
        net.train(mode == "train")
        net.zero_grad()
        x = (pixels.double() / 256).requires_grad_()
        logits = net((x - mean) / std)
        functional.cross_entropy(logits, labels).backward()
        assert x.grad is not None
        kept[f"{mode}/logits"] = logits.detach().numpy()
        kept[f"{mode}/input_gradient"] = x.grad.numpy().astype(np.float32)
        # Of every parameter: the inner product of gradient and weights, and the gradient's norm.
        both = []
        for weight in net.parameters():
            assert weight.grad is not None
            w = weight.detach()
            both.append([float((weight.grad * w).sum()), float(weight.grad.norm())])
        kept[f"{mode}/weight_gradients"] = np.array(both)
    kept["weight_gradient_names"] = np.array(json.dumps([key for key, _ in net.named_parameters()]))
    running = [value.numpy() for key, value in net.state_dict().items() if "running" in key]
    kept["moved"] = np.concatenate(running)
    np.savez_compressed(FIXTURES / f"torch_{name}.npz", **kept)  # type: ignore[arg-type]


def full_size(net: nn.Module) -> dict[str, object]:
    shapes = {key: list(value.shape) for key, value in net.state_dict().items()}
    spread = {
        key: [float(value.std()), float(value.abs().max())]
        for key, value in net.named_parameters()
        if value.numel() >= 1500
    }
    return {
        "parameters": sum(value.numel() for value in net.parameters()),
        "shapes": shapes,
        "spread": spread,
    }


def main() -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    FIXTURES.mkdir(parents=True, exist_ok=True)
    with torch.no_grad():
        full = {
            "preactresnet18": full_size(ResNet18(64, preact=True)),
            "resnet18": full_size(ResNet18(64, preact=False)),
            "wrn-34-10": full_size(WideResNet(34, 10)),
        }
    record("preactresnet18", ResNet18(4, preact=True))
    record("resnet18", ResNet18(4, preact=False))
    record("wrn", WideResNet(16, 2, base=4))
    record("small-cnn", SmallCNN(4, 8, 16, 12))
    text = json.dumps({"torch": torch.__version__, **full}, separators=(",", ":"))
    (FIXTURES / "torch_full_size.json").write_text(text + "\n", encoding="utf-8")
    for path in sorted(FIXTURES.glob("torch_*")):
        print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
