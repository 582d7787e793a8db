"""The table of the small experiments: means, and which differences three seeds resolve."""

from __future__ import annotations

import math
from collections.abc import Mapping

from jax.scipy.special import betainc

from jaxat import presets
from jaxat.commands.arguments import UsageError
from jaxat.commands.columns import columns
from jaxat.commands.recorded import Recorded

__all__ = ["NAME", "print_small", "welch_interval"]

NAME = "cifar10-small"
METRICS = ("robust_accuracy", "clean_accuracy", "train_robust_accuracy")
Sample = tuple[float, float, int]


def print_small(records: Mapping[str, list[Recorded]]) -> None:
    """Every preset ``cifar10-small-*``, and its difference from adversarial training."""
    names = [name for name in presets.names() if name.startswith(NAME)]
    base = f"{NAME}-at"
    rows: list[tuple[str, ...]] = [
        ("preset", "robust", "clean", "train robust", "n", f"robust − {base}", "")
    ]
    first = _samples(base, records)
    for name in names:
        found = _samples(name, records)
        if found is None:
            command = f"python -m jaxat train {name} --seeds 0,1,2"
            rows.append((name, "-", "-", "-", "", "", command))
            continue
        cells = [f"{mean:.2f}±{std:.2f}" for mean, std, _ in found]
        difference, verdict = "", ""
        if first is not None and name != base:
            low, high = welch_interval(first[0], found[0])
            difference = f"[{low:+.2f}, {high:+.2f}]"
            verdict = "not resolved" if low <= 0 <= high else "resolved"
        rows.append((name, *cells, str(found[0][2]), difference, verdict))
    print("CIFAR-10, a part, small network: per cent, mean ± standard deviation over n seeds\n")
    print(columns(rows, right=range(1, 6)))
    print("\nRobust is against PGD-20. Intervals are Welch's, 95 %; resolved: without 0.")


def _samples(name: str, records: Mapping[str, list[Recorded]]) -> list[Sample] | None:
    for record in records.get(name, []):
        try:
            found = [record.values["result"][metric] for metric in METRICS]
            return [(float(f["mean"]), float(f["std"]), int(f["n"])) for f in found]
        except (KeyError, TypeError, ValueError):
            raise UsageError(f"{record.path} has no means over at least two seeds") from None
    return None


def welch_interval(first: Sample, second: Sample, level: float = 0.95) -> tuple[float, float]:
    """Welch's confidence interval of second − first, from means, standard deviations and sizes.

    With s²/n of both the degrees of freedom are (a + b)²/(a²/(n₁−1) + b²/(n₂−1)).

    >>> low, high = welch_interval((0.0, 1.0, 3), (4.0, 1.0, 3))
    >>> round(low, 2), round(high, 2)
    (1.73, 6.27)
    """
    (m1, s1, n1), (m2, s2, n2) = first, second
    a, b = s1**2 / n1, s2**2 / n2
    if a + b == 0:
        return m2 - m1, m2 - m1
    freedom = (a + b) ** 2 / (a**2 / (n1 - 1) + b**2 / (n2 - 1))
    half = _student(level, freedom) * math.sqrt(a + b)
    return m2 - m1 - half, m2 - m1 + half


def _student(level: float, freedom: float) -> float:
    """The t with P(|T| <= t) = level, by bisection of I_x(ν/2, 1/2), x = ν/(ν + t²)."""
    low, high = 0.0, 1.0
    for _ in range(60):
        x = (low + high) / 2
        outside = float(betainc(freedom / 2, 0.5, x))
        low, high = (x, high) if outside < 1 - level else (low, x)
    return math.sqrt(freedom * (1 - high) / high)
