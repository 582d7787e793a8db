"""Welch's t-test from printed means and standard deviations, in doubles and in certified balls.

t = (m_2 − m_1)/√(s_1²/n_1 + s_2²/n_2),
ν = (s_1²/n_1 + s_2²/n_2)² / (s_1⁴/(n_1²(n_1−1)) + s_2⁴/(n_2²(n_2−1))),
p = I_x(ν/2, 1/2) with x = ν/(ν + t²), two-sided.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from flint import arb, fmpq

from theory.exact import ball, rational

__all__ = [
    "Cell",
    "Sample",
    "difference_interval",
    "largest_p_value",
    "p_value",
    "tail",
    "welch",
]


@dataclass(frozen=True)
class Cell:
    """One printed entry "48.0 ± 0.2": the numbers, and how far rounding may have moved them.

    >>> cell = Cell("48.0", "0.2")
    >>> cell.mean, cell.mean_slack, cell.std_pieces(2)
    (48, 1/20, [(3/20, 1/5), (1/5, 1/4)])
    """

    printed_mean: str
    printed_std: str
    n: int = 3

    @property
    def mean(self) -> fmpq:
        return rational(self.printed_mean)

    @property
    def std(self) -> fmpq:
        return rational(self.printed_std)

    @property
    def mean_slack(self) -> fmpq:
        return _half_unit(self.printed_mean)

    @property
    def sample(self) -> Sample:
        return Sample(self.mean, self.std, self.n)

    def std_pieces(self, parts: int) -> list[tuple[fmpq, fmpq]]:
        """The interval of deviations that round to the printed one, in equal pieces."""
        half = _half_unit(self.printed_std)
        cuts = [self.std - half + 2 * half * fmpq(k, parts) for k in range(parts + 1)]
        return list(pairwise(cuts))


def _half_unit(printed: str) -> fmpq:
    """Half a unit of the last printed decimal."""
    return fmpq(1, 2 * 10 ** len(printed.partition(".")[2]))


@dataclass(frozen=True)
class Sample:
    """Mean, standard deviation (with n − 1) and number of runs, in exact numbers or balls."""

    mean: Any
    std: Any
    n: int = 3

    def __post_init__(self) -> None:
        if self.n < 2:
            raise ValueError(f"a standard deviation needs at least 2 runs; got n = {self.n}")

    @property
    def squared_error(self) -> Any:
        """s²/n."""
        return self.std**2 / self.n


def welch(first: Sample, second: Sample) -> tuple[Any, Any]:
    """t² and ν of the difference second − first. ValueError if both deviations are 0.

    >>> welch(Sample(rational(0), rational(3)), Sample(rational(4), rational(3)))
    (8/3, 4)
    """
    a, b = first.squared_error, second.squared_error
    if not isinstance(a + b, arb) and a + b == 0:
        raise ValueError("both standard deviations are 0, so the test has no scale")
    squared = (second.mean - first.mean) ** 2 / (a + b)
    freedom = (a + b) ** 2 / (a * a / (first.n - 1) + b * b / (second.n - 1))
    return squared, freedom


def p_value(first: Sample, second: Sample) -> arb:
    """The two-sided p-value, as a ball that contains it.

    >>> first = Sample(rational("48"), rational("0.2"))
    >>> second = Sample(rational("49.2"), rational("0.4"))
    >>> round(float(p_value(first, second)), 4)
    0.0196
    """
    return tail(*welch(first, second))


def tail(squared: Any, freedom: Any) -> arb:
    """P(T² ≥ squared) for Student's T with `freedom` degrees of freedom, as a ball.

    >>> round(float(tail(1, 1)), 6)
    0.5
    """
    squared, freedom = ball(squared), ball(freedom)
    if squared == 0:
        return arb(1)
    x = freedom / (freedom + squared)
    return x.beta_lower(freedom / 2, ball(rational("1/2")), regularized=True)


def largest_p_value(first: Cell, second: Cell, parts: int = 4) -> arb:
    """A bound of the p-values of all samples that round to the printed numbers, n equal.

    Uses that the tail falls in t² and, for fixed t, in ν. The intervals of the two deviations
    are cut into `parts`, because smallest t and smallest ν are taken over each piece apart.
    """
    gap = abs(second.mean - first.mean) - first.mean_slack - second.mean_slack
    largest = arb(0)
    for low_1, high_1 in first.std_pieces(parts):
        for low_2, high_2 in second.std_pieces(parts):
            squared = max(gap, fmpq(0)) ** 2 * first.n / (high_1**2 + high_2**2)
            # ν = (n−1)/(½ + 2(r−½)²) with r = s_1²/(s_1²+s_2²), smallest farthest from r = ½.
            ends = [a * a / (a * a + b * b) for a, b in ((low_1, high_2), (high_1, low_2))]
            away = max(abs(r - fmpq(1, 2)) for r in ends)
            freedom = (first.n - 1) / (fmpq(1, 2) + 2 * away**2)
            largest = largest.max(tail(squared, freedom))
    return largest


def difference_interval(first: Sample, second: Sample, level: float = 0.95) -> tuple[float, float]:
    """Welch's confidence interval of second − first, in doubles; both ends equal if both s are 0.

    >>> low, high = difference_interval(Sample(0.0, 1.0), Sample(1.0, 1.0))
    >>> round(low, 4), round(high, 4)
    (-1.267, 3.267)
    """
    from scipy.stats import t as student

    difference = float(second.mean - first.mean)
    scale = float(first.squared_error + second.squared_error) ** 0.5
    if scale == 0.0:
        return difference, difference
    freedom = float(welch(first, second)[1])
    half = float(student.ppf((1 + level) / 2, freedom)) * scale
    return difference - half, difference + half
