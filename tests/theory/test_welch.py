"""Welch's test in balls against SciPy, and the largest p-value against a grid of roundings."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import ttest_ind, ttest_ind_from_stats

from theory.exact import rational
from theory.tables.kanai import TABLE_1, TABLE_2, TABLE_3
from theory.tables.welch import (
    Cell,
    Sample,
    difference_interval,
    largest_p_value,
    p_value,
    tail,
    welch,
)

PAIRS = [
    (table[row][a], table[row][b])
    for table in (TABLE_1, TABLE_2, TABLE_3)
    for row in table
    for a, b in itertools.combinations(table[row], 2)
]


def scipy_p(first: Cell, second: Cell, n: int = 3) -> float:
    numbers = [float(v) for cell in (first, second) for v in (cell.mean, cell.std)]
    result = ttest_ind_from_stats(numbers[0], numbers[1], n, numbers[2], numbers[3], n, False)
    return float(result.pvalue)  # pyright: ignore[reportAttributeAccessIssue]


def test_every_pair_of_printed_entries() -> None:
    for first, second in PAIRS:
        p = p_value(first.sample, second.sample)
        assert float(p.rad()) < 1e-10
        assert float(p) == pytest.approx(scipy_p(first, second), rel=1e-7, abs=1e-14)


def test_two_runs_instead_of_three_change_the_answer() -> None:
    row = TABLE_1["cifar10-rn18"]
    first, second = (Sample(row[c].mean, row[c].std, 2) for c in ("at", "at-ensgd"))
    wrong = float(p_value(first, second))
    assert wrong == pytest.approx(scipy_p(row["at"], row["at-ensgd"], 2), rel=1e-8)
    assert wrong > 0.05 > scipy_p(row["at"], row["at-ensgd"])


def test_different_numbers_of_runs() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(0, 1, 4), rng.normal(1, 2, 7)
    samples = [Sample(rational(v.mean()), rational(v.std(ddof=1)), len(v)) for v in (x, y)]
    expected = ttest_ind(x, y, equal_var=False)
    assert float(p_value(samples[0], samples[1])) == pytest.approx(expected.pvalue, rel=1e-9)  # pyright: ignore
    low, high = difference_interval(samples[0], samples[1])
    interval = ttest_ind(y, x, equal_var=False).confidence_interval()  # pyright: ignore
    assert (low, high) == pytest.approx((interval.low, interval.high), rel=1e-9)


def test_largest_p_value_is_above_all_roundings() -> None:
    for first, second in PAIRS[:12]:
        bound = largest_p_value(first, second)
        worst = 0.0
        for shifts in itertools.product((-1, -0.5, 0, 0.5, 1), repeat=4):
            means = [
                float(c.mean) + s * float(c.mean_slack)
                for c, s in zip((first, second), shifts[:2], strict=True)
            ]
            stds = []
            for cell, s in zip((first, second), shifts[2:], strict=True):
                low, high = cell.std_pieces(1)[0]
                stds.append(float(low) + (s + 1) / 2 * float(high - low))
            result = ttest_ind_from_stats(means[0], stds[0], 3, means[1], stds[1], 3, False)
            worst = max(worst, float(result.pvalue))  # pyright: ignore
        assert worst <= float(bound) + 1e-12


def test_tails_and_refusals() -> None:
    assert float(tail(0, 3)) == 1.0
    with pytest.raises(ValueError, match="at least 2 runs"):
        Sample(1.0, 0.1, 1)
    with pytest.raises(ValueError, match="no scale"):
        welch(Sample(rational(0), rational(0)), Sample(rational(1), rational(0)))
