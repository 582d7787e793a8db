"""The six tables of Yamada et al. as printed, and the exact arithmetic of accuracies.

Accuracies are percentages with two decimals: with n samples only the numbers 100 k / n, rounded,
can occur. Everything is done in integers: a percentage is a whole number of hundredths.
"""

from __future__ import annotations

from fractions import Fraction
from math import comb
from typing import NamedTuple

__all__ = [
    "TABLES",
    "Row",
    "Table",
    "counts",
    "fisher_p_value",
    "gap_attainable",
    "hundredths",
    "rounds_to",
]


class Row(NamedTuple):
    """One radius: training and test accuracy and their difference, in hundredths of a percent."""

    eps: Fraction
    train: int
    test: int
    gap: int


class Table(NamedTuple):
    """Data set, attack, sizes of the two sets, and the rows."""

    data: str
    attack: str
    n_train: int
    n_test: int
    rows: tuple[Row, ...]


def hundredths(text: str) -> int:
    """A printed percentage as a whole number of hundredths.

    >>> hundredths("99.89"), hundredths("-0.06")
    (9989, -6)
    """
    value = Fraction(text) * 100
    if value.denominator != 1:
        raise ValueError(f"percentages are printed with two decimals; got {text!r}")
    return int(value)


def _table(data: str, attack: str, sizes: tuple[int, int], unit: int, printed: str) -> Table:
    rows = []
    for line in printed.split(","):
        eps, train, test, gap = line.split()
        radius = Fraction(eps) / unit
        rows.append(Row(radius, hundredths(train), hundredths(test), hundredths(gap)))
    return Table(data, attack, *sizes, tuple(rows))


# MNIST restricted to the digits 0 and 1; the standard sizes of CIFAR10 and of SVHN without "extra".
_MNIST2, _CIFAR10, _SVHN = (12665, 2115), (50000, 10000), (73257, 26032)

TABLES: dict[int, Table] = {
    1: _table(
        "MNIST2",
        "L2 PGD",
        _MNIST2,
        1,
        "0.00 99.89 99.95 -0.06, 0.20 99.79 99.95 -0.16, 0.40 99.75 99.86 -0.11, "
        "0.60 99.76 99.76 -0.00, 0.80 99.64 99.76 -0.12, 1.00 99.49 99.62 -0.13",
    ),
    2: _table(
        "MNIST2",
        "L2 random",
        _MNIST2,
        1,
        "0.00 99.89 99.95 -0.06, 0.20 99.89 99.95 -0.06, 0.40 99.89 99.95 -0.06, "
        "0.60 99.89 99.95 -0.06, 0.80 99.89 99.95 -0.06, 1.00 99.88 99.95 -0.07",
    ),
    3: _table(
        "MNIST2",
        "Linf PGD",
        _MNIST2,
        255,
        "0 99.89 99.91 -0.02, 4 99.79 99.95 -0.16, 8 99.74 99.86 -0.12, 12 99.79 99.76 0.02, "
        "16 99.72 99.76 -0.05, 25.5 99.46 99.67 -0.21, 51 97.84 98.53 -0.70, "
        "76.5 95.40 96.64 -1.24",
    ),
    4: _table(
        "MNIST2",
        "Linf random",
        _MNIST2,
        255,
        "0 99.89 99.91 -0.02, 4 99.89 99.91 -0.02, 8 99.89 99.91 -0.02, 12 99.89 99.91 -0.02, "
        "16 99.89 99.91 -0.02",
    ),
    5: _table(
        "CIFAR10",
        "Linf PGD",
        _CIFAR10,
        255,
        "0 99.00 93.89 5.11, 4 81.90 69.73 12.17, 8 63.81 50.98 12.83, 12 50.83 36.69 14.14, "
        "16 47.56 25.61 21.95",
    ),
    6: _table(
        "SVHN",
        "Linf PGD",
        _SVHN,
        255,
        "0 100.00 96.13 3.87, 4 83.53 73.51 10.01, 8 70.96 51.82 19.14, 12 64.58 36.93 27.65, "
        "16 60.93 29.59 31.34",
    ),
}


def rounds_to(value: Fraction, printed: int) -> bool:
    """Whether a value in hundredths rounds to the printed whole number; ties may go either way."""
    return abs(value - printed) <= Fraction(1, 2)


def counts(printed: int, n: int) -> tuple[int, ...]:
    """The numbers k of correct answers among n for which 100 k / n is printed so; maybe none.

    >>> counts(hundredths("99.95"), 2115), counts(hundredths("99.93"), 2115)
    ((2114,), ())
    """
    first = max(0, (printed - 1) * n // 10_000)
    last = min(n, (printed + 1) * n // 10_000 + 1)
    return tuple(k for k in range(first, last + 1) if rounds_to(Fraction(10_000 * k, n), printed))


def gap_attainable(row: Row, n_train: int, n_test: int) -> bool:
    """Whether some counts give all three printed numbers, the gap being rounded after subtraction.

    >>> gap_attainable(TABLES[3].rows[3], 12665, 2115)  # 99.79 - 99.76 is printed as 0.02
    True
    """
    return any(
        rounds_to(Fraction(10_000 * k, n_train) - Fraction(10_000 * j, n_test), row.gap)
        for k in counts(row.train, n_train)
        for j in counts(row.test, n_test)
    )


def fisher_p_value(wrong: tuple[int, int], sizes: tuple[int, int]) -> Fraction:
    """Fisher's exact test, two-sided, that two error rates are equal: an exact rational.

    The sum of the probabilities, given the total number of errors, of all outcomes that are at most
    as probable as the one seen. ValueError for counts that are impossible.

    >>> fisher_p_value((3, 0), (4, 4))
    Fraction(1, 7)
    """
    (a, b), (n, m) = wrong, sizes
    if not (0 <= a <= n and 0 <= b <= m):
        raise ValueError(f"errors must lie between 0 and the sizes {sizes}; got {wrong}")
    total = a + b
    low, high = max(0, total - m), min(total, n)
    # Weights of neighbouring outcomes differ by a ratio of small integers.
    weight = comb(n, low) * comb(m, total - low)
    weights = [weight]
    for k in range(low, high):
        weight = weight * (n - k) * (total - k) // ((k + 1) * (m - total + k + 1))
        weights.append(weight)
    seen = weights[a - low]
    return Fraction(sum(w for w in weights if w <= seen), sum(weights))
