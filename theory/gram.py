"""Vector algebra in every dimension at once: vectors as names, inner products as symbols.

An identity between inner products of linear combinations of u, v, ... holds in every real inner
product space as soon as it holds between the polynomials in the Gram symbols |u|, <u,v>, ...; no
coordinates, no dimension. So Cauchy-Schwarz follows from 0 <= || |v|^2 u - <u,v> v ||^2, and the
identity behind Lemma 2 of Kanai et al. is one line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import sympy
from sympy import Expr

__all__ = ["V", "dot", "evaluate", "gram", "gram_matrix", "norm_squared"]


@dataclass(frozen=True)
class _Frame:
    """Named vectors with a symbol for every norm and for every inner product of two of them."""

    names: tuple[str, ...]
    norms: tuple[Expr, ...]

    def product(self, i: int, j: int) -> Expr:
        if i == j:
            return self.norms[i] ** 2
        first, second = self.names[min(i, j)], self.names[max(i, j)]
        return sympy.Symbol(f"<{first},{second}>", real=True)


@dataclass(frozen=True)
class V:
    """A linear combination of named vectors with SymPy coefficients; made by `gram`.

    Supports ``u + v``, ``u - v``, ``-u``, ``c * u``, ``u * c``, ``u / c`` for scalars c.
    """

    frame: _Frame
    coefficients: tuple[Expr, ...]

    def __add__(self, other: V) -> V:
        _same_frame(self, other)
        pairs = zip(self.coefficients, other.coefficients, strict=True)
        return V(self.frame, tuple(a + b for a, b in pairs))

    def __neg__(self) -> V:
        return self * -1

    def __sub__(self, other: V) -> V:
        return self + (-other)

    def __mul__(self, scalar: Expr | int) -> V:
        if isinstance(scalar, V):
            raise TypeError("the product of two vectors is dot(u, v)")
        c = sympy.sympify(scalar)
        return V(self.frame, tuple(c * a for a in self.coefficients))

    __rmul__ = __mul__

    def __truediv__(self, scalar: Expr | int) -> V:
        return self * (1 / sympy.sympify(scalar))

    def __str__(self) -> str:
        terms = zip(self.coefficients, self.frame.names, strict=True)
        return " + ".join(f"({a}) {name}" for a, name in terms if a != 0) or "0"


def _same_frame(u: V, v: V) -> None:
    if u.frame != v.frame:
        raise ValueError(
            f"vectors of different frames, {u.frame.names} and {v.frame.names}; make all the "
            "vectors of one argument by a single call of gram"
        )


def gram(names: str | Sequence[str], *, norms: Mapping[str, Expr] | None = None) -> tuple[V, ...]:
    """Return one abstract vector for every name ("u v w" or a sequence).

    The norm of u is the symbol ``|u|``, nonnegative, unless ``norms`` gives another expression:
    a positive symbol where one divides by the norm, or 1 for a unit vector. The inner product of u
    and v is the real symbol ``<u,v>``, the name that comes first standing first.

    >>> u, v = gram("u v")
    >>> dot(u + v, u - v)
    |u|**2 - |v|**2
    """
    listed = tuple(names.split()) if isinstance(names, str) else tuple(names)
    if not listed or len(set(listed)) != len(listed):
        raise ValueError(f"gram needs names, each once; got {listed}")
    given = dict(norms or {})
    if unknown := set(given) - set(listed):
        raise ValueError(f"norms are given for {sorted(unknown)}, which are not among {listed}")
    for name, value in given.items():
        if sympy.sympify(value).is_nonnegative is not True:
            raise ValueError(f"the norm of {name} must be known to be nonnegative; got {value}")
    lengths = tuple(
        sympy.sympify(given.get(name, sympy.Symbol(f"|{name}|", nonnegative=True)))
        for name in listed
    )
    frame = _Frame(listed, lengths)
    unit = sympy.eye(len(listed))
    return tuple(V(frame, tuple(unit.row(i))) for i in range(len(listed)))


def dot(u: V, v: V) -> Expr:
    """Return <u, v>, expanded bilinearly into Gram symbols."""
    _same_frame(u, v)
    terms = [
        a * b * u.frame.product(i, j)
        for i, a in enumerate(u.coefficients)
        for j, b in enumerate(v.coefficients)
    ]
    return sympy.expand(sympy.Add(*terms))


def norm_squared(u: V) -> Expr:
    """Return ||u||^2 = <u, u>.

    >>> a, b = sympy.symbols("a b", positive=True)
    >>> u, v = gram("u v", norms={"u": a, "v": b})
    >>> distance = norm_squared(u - v)
    >>> sympy.expand(norm_squared(u / a - v / b) - (distance - (a - b) ** 2) / (a * b))
    0
    """
    return dot(u, u)


def gram_matrix(*vectors: V) -> sympy.Matrix:
    """Return the matrix of inner products; it is positive semidefinite for true vectors."""
    return sympy.Matrix([[dot(u, v) for v in vectors] for u in vectors])


def evaluate(expr: Expr, vectors: Sequence[V], coordinates: Sequence[Sequence[Expr | int]]) -> Expr:
    """Put concrete vectors into an expression in Gram symbols.

    ``vectors`` are the named vectors as `gram` returned them, ``coordinates`` their coordinates,
    all of one dimension. A norm that was given as a symbol is replaced too.

    >>> u, v = gram("u v")
    >>> evaluate(dot(u, u + v), [u, v], [[3, 4], [1, 0]])
    28
    """
    if len(vectors) != len(coordinates) or len({len(x) for x in coordinates}) != 1:
        raise ValueError(
            f"evaluate needs {len(vectors)} lists of coordinates of one length; "
            f"got lengths {[len(x) for x in coordinates]}"
        )
    columns = [sympy.Matrix(list(x)) for x in coordinates]
    values: dict[Expr, Expr] = {}
    for i, u in enumerate(vectors):
        for j, v in enumerate(vectors[: i + 1]):
            value = sympy.sympify(columns[i].dot(columns[j]))
            if i != j:
                values[dot(u, v)] = value
            elif not dot(u, u).is_number:
                values[sympy.sqrt(dot(u, u))] = sympy.sqrt(value)
    return cast(Expr, expr.xreplace(values))
