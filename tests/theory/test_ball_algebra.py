"""The algebra that remembers: never less than the truth, whatever patterns come together."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import mpmath
import pytest
from flint import arb

from theory.balls.algebra import BallAlgebra
from theory.rigorous.arithmetic import ball_interval
from theory.rigorous.functions import log_add_exp, maximum, minimum, power, square

Number = Any  # mpmath's types are made at run time
UNARY = ("neg", "square", "logistic", "sqrt")
BINARY = ("add", "sub", "mul", "div", "log_add_exp")


def exact(name: str, *xs: Number) -> Number:
    x = xs[0]
    if name == "neg":
        return -x
    if name == "square":
        return x**2
    if name == "logistic":
        return 1 / (1 + mpmath.exp(-x))
    if name == "sqrt":
        return mpmath.sqrt(x)
    y = xs[1]
    if name == "log_add_exp":
        top = max(x, y)
        return top + mpmath.log(mpmath.exp(x - top) + mpmath.exp(y - top))
    return {"add": x + y, "sub": x - y, "mul": x * y, "div": x / y if y else mpmath.nan}[name]


def contains(ball: arb, value: Number) -> bool:
    slack = mpmath.mpf(10) ** -20 * (1 + abs(value))
    low, high = (
        mpmath.mpf(str(end.mid().str(40, radius=False))) for end in (ball.lower(), ball.upper())
    )
    return low - slack <= value <= high + slack


@pytest.mark.parametrize("seed", range(40))
def test_random_programs_keep_their_values_inside(seed: int) -> None:
    """Programs that use their intermediate results again and again, at random points of a box."""
    rng = random.Random(seed)
    boxes = [sorted((rng.uniform(-2, 2), rng.uniform(-2, 2))) for _ in range(2)]
    if seed % 4 == 0:
        boxes[0] = [boxes[0][0]] * 2
    algebra = BallAlgebra()
    balls = [ball_interval(*box) for box in boxes] + [arb(0), arb(1), arb(-1), arb(0.5)]
    with mpmath.workdps(40):
        points = [
            [mpmath.mpf(rng.uniform(*box)) for box in boxes]
            + [mpmath.mpf(c) for c in (0, 1, -1, 0.5)]
            for _ in range(8)
        ]
        for _ in range(25):
            name = rng.choice(UNARY + BINARY * 3)
            # Recent results more often, so that products of products arise.
            which = [
                min(rng.randrange(len(balls) + 4), len(balls) - 1)
                for _ in range(1 if name in UNARY else 2)
            ]
            ball = getattr(algebra, name)(*(balls[k] for k in which))
            if not ball.is_finite() or ball.abs_upper() > 1e30:
                continue
            balls.append(ball)
            for point in points:
                value = exact(name, *(point[k] for k in which))
                point.append(value)
                assert contains(ball, value), (name, which)


def test_patterns_are_recognised() -> None:
    algebra, x = BallAlgebra(), ball_interval(-3, 3)
    s = algebra.logistic(x)
    one_minus = algebra.sub(arb(1), s)
    t = ball_interval(1, 2)
    # t - s t = t (1 - s), and s t (1 - s) <= t / 4.
    product = algebra.mul(s, algebra.sub(t, algebra.mul(s, t)))
    assert product <= 0.5 + 1e-6
    assert algebra.mul(s, one_minus) <= 0.25 + 1e-6
    # s - s s, as reverse mode writes it: s + (-s) s.
    assert algebra.add(s, algebra.mul(algebra.neg(s), s)) <= 0.25 + 1e-6
    # (1 - t) + (1 - t) t = 1 - t^2, as the derivative of tanh is written.
    h = arb.tanh(ball_interval(-1, 1))
    rest = algebra.sub(arb(1), h)
    assert algebra.add(rest, algebra.mul(rest, h)) <= 1 + 1e-6
    # The log of a probability is never positive.
    y = ball_interval(-1, 4)
    assert algebra.sub(x, algebra.log_add_exp(x, y)) <= 0
    assert algebra.neg(algebra.neg(x)) is x


def test_without_the_memory_the_same_balls_are_wider() -> None:
    """What the patterns are for: two unrelated balls of the same shape may differ."""
    algebra = BallAlgebra()
    s, other = ball_interval(0, 1), ball_interval(0, 1)
    assert algebra.mul(s, algebra.sub(arb(1), s)) <= 0.2500001
    assert algebra.mul(s, algebra.sub(arb(1), other)).contains(0.9)
    assert algebra.sub(s, other).contains(1)
    assert algebra.sub(s, s) == 0


def test_tight_functions_of_wide_balls() -> None:
    x, y = ball_interval(-1, 2), ball_interval(0, 1)
    assert square(x) >= 0
    assert square(x) <= 4.0001
    assert not x * x >= 0
    assert power(x, 3) <= 8.0001
    assert power(x, 3) >= -1.0001
    assert power(x, 4) >= 0
    assert power(y + 1, -2) <= 1.0001
    assert maximum(x, y) >= -1e-6
    assert minimum(x, y) <= 1.0001
    assert maximum(x, arb(3)) == 3
    assert log_add_exp(arb("-inf"), arb(2)) == 2
    assert not log_add_exp(arb("inf"), arb(2)).is_finite()


@pytest.mark.parametrize("f", [square, lambda b: maximum(b, arb(1)), lambda b: power(b, 2)])
def test_nan_stays_nan(f: Callable[[arb], arb]) -> None:
    assert not f(arb("nan")).is_finite()
