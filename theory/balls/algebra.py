"""Arithmetic on unknown reals, each enclosed by a ball, that remembers what equals what.

Plain ball arithmetic treats every operand as unrelated, so that ``x - x`` is a ball of twice the
width and ``s * (1 - s)`` of a probability reaches far above 1/4. Within one evaluation, though,
one Python object always stands for one number. So identity of objects is equality of numbers, and
a short memory of how a ball was made undoes the commonest of these losses. Whatever is recognised
only ever narrows a ball: a missed pattern costs width, never truth.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flint import arb

from theory.rigorous.functions import absolute, log_add_exp, logistic, monotone, softplus, square

__all__ = ["BallAlgebra"]

_ONE = arb(1)
_MINUS_ONE = arb(-1)
_QUARTER = arb(0.25)
_HALF = arb(0.5)
# Longer products are not searched for pairs: the search is quadratic, and derivatives of the
# losses here are shorter.
_MOST_FACTORS = 12


def _narrowed(a: arb, b: arb) -> arb:
    """The intersection of two enclosures of one number."""
    if not b.is_finite():
        return a
    return a.intersection(b) if a.is_finite() else b


class BallAlgebra:
    """One evaluation's arithmetic. No two different unknowns may share one object.

    >>> x = arb(0, 1)
    >>> algebra = BallAlgebra()
    >>> algebra.sub(x, x)
    0
    >>> bool(algebra.mul(x, x) >= 0)
    True
    >>> s = algebra.logistic(x)
    >>> bool(algebra.mul(s, algebra.sub(arb(1), s)) <= 0.2500001)
    True
    """

    def __init__(self) -> None:
        # Keyed by identity; the ball itself is kept alive, so that no identity is used twice.
        self._origin: dict[int, tuple[arb, str, tuple[arb, ...]]] = {}
        self._complement: dict[tuple[int, int], arb] = {}
        self._done: dict[tuple[object, ...], tuple[arb, tuple[arb, ...]]] = {}

    def once(self, f: Callable[..., arb], *xs: arb) -> arb:
        """f(*xs), one object per f and arguments: derivative code computes things twice."""
        key = (f, *map(id, xs))
        found = self._done.get(key)
        if found is None:
            # The arguments are kept alive with the result, so that no identity is used twice.
            found = self._done[key] = (f(*xs), xs)
        return found[0]

    def _made(self, ball: arb, how: str, *parts: arb) -> arb:
        self._origin[id(ball)] = (ball, how, parts)
        return ball

    def _parts(self, ball: arb, how: str) -> tuple[arb, ...] | None:
        origin = self._origin.get(id(ball))
        return origin[2] if origin is not None and origin[1] == how else None

    def _factors(self, ball: arb) -> tuple[arb, ...]:
        return self._parts(ball, "product") or (ball,)

    @staticmethod
    def same(x: arb, y: arb) -> bool:
        """Whether both certainly are one number."""
        return x is y or bool(x == y)

    def neg(self, x: arb) -> arb:
        if x.is_zero():
            return x
        factors = self._factors(x)
        if factors[0] is _MINUS_ONE and len(factors) == 2:
            return factors[1]
        return self._made(-x, "product", _MINUS_ONE, *factors)

    def add(self, x: arb, y: arb) -> arb:
        if x.is_zero():
            return y
        if y.is_zero():
            return x
        for whole, part in ((x, y), (y, x)):
            rest = self._without(part, whole)
            if rest is not None:
                return self.mul(whole, self._one_with(1, rest))
        total = x + y
        return total.nonnegative_part() if x >= 0 and y >= 0 else total

    def sub(self, x: arb, y: arb) -> arb:
        if y.is_zero():
            return x
        if self.same(x, y) and x.is_finite():
            return arb(0)
        if x == 1:
            return self._one_with(-1, y)
        logs = self._parts(y, "log_add_exp")
        if logs is not None:
            # x - log(e^x + e^y) = -softplus(y - x): the log of a probability.
            for own, other in (logs, logs[::-1]):
                if self.same(x, own):
                    return -softplus(self.sub(other, own))
        rest = self._without(y, x)
        if rest is not None:
            return self.mul(x, self._one_with(-1, rest))
        rest = self._without(x, y)
        if rest is not None:
            return self.neg(self.mul(y, self._one_with(-1, rest)))
        return x - y

    def _without(self, product: arb, part: arb) -> arb | None:
        """r if `product` is ``part * r``; x + x r = x (1 + r) is tighter than the sum."""
        factors = self._parts(product, "product")
        if factors is None:
            return None
        left = list(factors)
        for factor in self._factors(part):
            for position, other in enumerate(left):
                if other is factor:
                    del left[position]
                    break
            else:
                return None
        return self._product(left)

    def _product(self, factors: Sequence[arb]) -> arb:
        if not factors:
            return arb(1)
        result = factors[0]
        for factor in factors[1:]:
            result = self.mul(result, factor)
        return result

    def _one_with(self, sign: int, x: arb) -> arb:
        """1 + x or 1 - x, one object per x, so that it is known again in a product."""
        first, *others = self._factors(x)
        if first is _MINUS_ONE:
            return self._one_with(-sign, self._product(others))
        key = (sign, id(x))
        if key not in self._complement:
            if id(x) not in self._origin:
                self._made(x, "given")
            whole = _ONE + x if sign > 0 else _ONE - x
            argument = self._parts(x, "logistic")
            if sign < 0 and argument is not None:
                whole = logistic(-argument[0])
            self._complement[key] = self._made(whole, "1+" if sign > 0 else "1-", x)
        return self._complement[key]

    def mul(self, x: arb, y: arb) -> arb:
        if x is y:
            return self.square(x)
        if x == 1:
            return y
        if y == 1:
            return x
        if x == -1:
            return self.neg(y)
        if y == -1:
            return self.neg(x)
        if (x.is_zero() and y.is_finite()) or (y.is_zero() and x.is_finite()):
            return arb(0)
        product = x * y
        if x >= 0 and y >= 0:
            product = product.nonnegative_part()
        factors = self._signed(self._factors(x) + self._factors(y))
        if len(factors) > _MOST_FACTORS:
            return product
        if not (x.is_exact() or y.is_exact()):
            paired = self._paired(factors)
            if paired is not None:
                product = _narrowed(product, paired)
        return self._made(product, "product", *factors)

    @staticmethod
    def _signed(factors: tuple[arb, ...]) -> tuple[arb, ...]:
        """The factors with the signs collected into one at the front, or none."""
        others = tuple(f for f in factors if f is not _MINUS_ONE)
        return (_MINUS_ONE, *others) if (len(factors) - len(others)) % 2 else others

    def _paired(self, factors: Sequence[arb]) -> arb | None:
        """The product with s s, s (1 - s) and (1 - s)(1 + s) taken as one factor each."""
        left = list(factors)
        result: arb | None = None
        position = 0
        while position < len(left):
            for other in range(position + 1, len(left)):
                pair = self._pair(left[position], left[other])
                if pair is not None:
                    del left[other], left[position]
                    result = pair if result is None else result * pair
                    break
            else:
                position += 1
        if result is None:
            return None
        for factor in left:
            result = result * factor
        return result

    def _pair(self, p: arb, q: arb) -> arb | None:
        if p is q:
            return square(p)
        for a, b in ((p, q), (q, p)):
            below = self._parts(b, "1-")
            if below is None:
                continue
            if below[0] is a:
                return _QUARTER - square(a - _HALF)
            above = self._parts(a, "1+")
            if above is not None and above[0] is below[0]:
                return _ONE - square(below[0])
        return None

    def square(self, x: arb) -> arb:
        return self._made(square(x), "square", x)

    def div(self, x: arb, y: arb) -> arb:
        if y == 1:
            return x
        if self.same(x, y) and (x > 0 or x < 0):
            return arb(1)
        if x.is_zero() and (y > 0 or y < 0):
            return arb(0)
        ratio = x / y
        return ratio.nonnegative_part() if x >= 0 and y > 0 else ratio

    def sqrt(self, x: arb) -> arb:
        root = self._parts(x, "square")
        return absolute(root[0]) if root else monotone(arb.sqrt, x).nonnegative_part()

    def logistic(self, x: arb) -> arb:
        return self._made(logistic(x), "logistic", x)

    def log_add_exp(self, x: arb, y: arb) -> arb:
        if y.is_zero():
            return self._made(softplus(x), "log_add_exp", x, y)
        if x.is_zero():
            return self._made(softplus(y), "log_add_exp", x, y)
        return self._made(log_add_exp(x, y), "log_add_exp", x, y)
