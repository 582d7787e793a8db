"""Exact models of an attack in the general case, on which hypotheses are decided, not estimated.

The clean input is the origin, so that delta = x' is the attack. Two families of losses:

- ``quadratic``: l(x', theta) = 1/2 theta'A theta + theta'B x' + g'x' + 1/2 x'H x', all rational;
- ``polynomial`` (one input, one weight): l(x', theta) = theta x' + sum_k a_k x'^k, a_k rational.

A point names the parameters of a family and the parameters theta_1, theta_2 with their attacks
delta_1, delta_2. The attacks are not trusted: stationarity and optimality are decided from them.

Source: Kanai et al., Lemmas 4 and 5, whose losses are general; these are the smallest examples.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from flint import fmpq, fmpq_poly

from theory.exact import Comparison, Point, add, dot, matvec, norm, scale, subtract
from theory.exact.matrix import (
    identity,
    negative_definite,
    positive_semidefinite,
    scaled,
    solve,
    spectral_norm_at_most,
    summed,
    transpose,
)

__all__ = [
    "adversarial_loss",
    "attack_distance",
    "attacks",
    "curved_at_least",
    "first_order_maximum",
    "global_maximum_inside",
    "input_gradient",
    "input_hessian",
    "loss_value",
    "mixed_norm_at_most",
    "nonnegative_on",
    "strict_interior_maximum",
    "trust_region_maximum",
    "weight_distance",
    "weight_gradient",
]

Vector = Sequence[Any]


def attacks(point: Point) -> tuple[tuple[Vector, Vector], ...]:
    """The pairs (theta_i, delta_i) of a point, i = 1, 2."""
    return tuple((point[f"theta_{i}"], point[f"delta_{i}"]) for i in (1, 2))


def weight_distance(point: Point) -> Any:
    """||theta_1 - theta_2||_2."""
    return norm(subtract(point["theta_1"], point["theta_2"]))


def attack_distance(point: Point) -> Any:
    """||x'(theta_1) - x'(theta_2)||_2."""
    return norm(subtract(point["delta_1"], point["delta_2"]))


def _polynomial(point: Point) -> fmpq_poly:
    return fmpq_poly(list(point["a"]))


def loss_value(point: Point, theta: Vector, delta: Vector) -> Any:
    """l(delta, theta), exactly.

    >>> loss_value({"model": "polynomial", "a": (0, 0, -1)}, (3,), (2,))
    2
    """
    if point["model"] == "polynomial":
        return theta[0] * delta[0] + _polynomial(point)(fmpq(1) * delta[0])
    force = add(matvec(transpose(point["B"]), theta), point["g"])
    curvature = dot(delta, matvec(point["H"], delta)) + dot(theta, matvec(point["A"], theta))
    return dot(force, delta) + curvature / 2


def input_gradient(point: Point, theta: Vector, delta: Vector) -> tuple[Any, ...]:
    """The gradient of l in x' at (delta, theta).

    >>> input_gradient({"model": "polynomial", "a": (0, 0, -1)}, (3,), (2,))
    (-1,)
    """
    if point["model"] == "polynomial":
        return (theta[0] + _polynomial(point).derivative()(fmpq(1) * delta[0]),)
    return add(add(matvec(transpose(point["B"]), theta), point["g"]), matvec(point["H"], delta))


def input_hessian(point: Point, delta: Vector) -> tuple[tuple[Any, ...], ...]:
    """The Hessian of l in x'; neither family has one that depends on theta."""
    if point["model"] == "polynomial":
        return ((_polynomial(point).derivative().derivative()(fmpq(1) * delta[0]),),)
    return point["H"]


def weight_gradient(point: Point, theta: Vector, delta: Vector) -> tuple[Any, ...]:
    """The gradient of l in theta at (delta, theta): that of the adversarial loss, by Danskin."""
    if point["model"] == "polynomial":
        return (fmpq(1) * delta[0],)
    return add(matvec(point["A"], theta), matvec(point["B"], delta))


def mixed_norm_at_most(point: Point, bound: Any) -> bool:
    """Whether C_thetax <= bound: the mixed derivative is B, or 1 for a polynomial."""
    matrix = ((fmpq(1),),) if point["model"] == "polynomial" else point["B"]
    return spectral_norm_at_most(matrix, bound)


def strict_interior_maximum(point: Point) -> tuple[Comparison | bool, ...]:
    """Each attack is stationary, with a negative definite Hessian."""
    return tuple(
        all(e == 0 for e in input_gradient(point, theta, delta))
        and negative_definite(input_hessian(point, delta))
        for theta, delta in attacks(point)
    )


def curved_at_least(point: Point, c: Any) -> bool | None:
    """Whether the Hessian in x' is at most -c all the way between the attacks.

    Both families make the branch x'(theta) run between delta_1 and delta_2: for a polynomial it is
    the whole interval, and the Hessian of a quadratic is constant.
    """
    if point["model"] == "quadratic":
        gap = summed(scaled(-1, point["H"]), scaled(-c, identity(len(point["H"]))))
        return positive_semidefinite(gap)
    ends = sorted((fmpq(1) * point["delta_1"][0], fmpq(1) * point["delta_2"][0]))
    curvature = -_polynomial(point).derivative().derivative() - fmpq_poly([fmpq(1) * c])
    return nonnegative_on(curvature, *ends)


def global_maximum_inside(point: Point) -> bool | None:
    """Whether each attack maximises the loss over |x'| <= eps (polynomials only).

    l(delta_i) - l(x') has a double root at the stationary point delta_i; it is divided out.
    """
    answers = []
    eps = fmpq(1) * point["eps"]
    for theta, delta in attacks(point):
        x = fmpq(1) * delta[0]
        line = fmpq_poly([0, fmpq(1) * theta[0]]) + _polynomial(point)
        quotient, rest = divmod(line(x) - line, fmpq_poly([x * x, -2 * x, 1]))
        stationary = rest == fmpq_poly([0])
        answers.append(stationary and nonnegative_on(quotient, -eps, eps))
    if any(a is False for a in answers):
        return False
    return None if any(a is None for a in answers) else True


def first_order_maximum(point: Point, theta: Vector, delta: Vector) -> bool:
    """Whether no feasible direction of ||x'||_p <= eps ascends at delta, for p = 2 or inf.

    The variational inequality <grad, z - delta> <= 0 for all feasible z, in closed form: for p = 2
    grad = nu delta with nu >= 0, zero inside; for p = inf the sign of each coordinate.

    >>> box = {"model": "polynomial", "a": (0,), "p": float("inf"), "eps": 1}
    >>> first_order_maximum(box, (1,), (1,)), first_order_maximum(box, (1,), (-1,))
    (True, False)
    """
    eps, slope = point["eps"], input_gradient(point, theta, delta)
    if point["p"] != 2:
        signs = (
            g == 0 or (g > 0 and e == eps) or (g < 0 and e == -eps)
            for g, e in zip(slope, delta, strict=True)
        )
        return all(signs) and norm(delta, point["p"]) <= eps
    length_squared = dot(delta, delta)
    if length_squared < eps * eps:
        return all(g == 0 for g in slope)
    nu = fmpq(1) * dot(slope, delta) / (eps * eps)
    return length_squared == eps * eps and nu >= 0 and slope == scale(nu, delta)


def adversarial_loss(point: Point, theta: Vector) -> Any:
    """max over x' of a quadratic loss with H negative definite, unconstrained.

    >>> one = ((1,),)
    >>> adversarial_loss(
    ...     {"model": "quadratic", "A": one, "B": one, "g": (0,), "H": ((-1,),)}, (1,)
    ... )
    1
    """
    force = add(matvec(transpose(point["B"]), theta), point["g"])
    return loss_value(point, theta, solve(scaled(-1, point["H"]), force))


def trust_region_maximum(point: Point, theta: Vector, delta: Vector, mu: Any) -> bool:
    """Whether delta maximises a quadratic loss over ||x'||_2 <= eps, with multiplier mu.

    Necessary and sufficient, for any H (theory.trust_region): with nu = mu/eps >= 0,
    grad = nu delta, nu I - H positive semidefinite and nu (eps - ||delta||) = 0, ||delta|| <= eps.
    """
    eps = point["eps"]
    nu = fmpq(1) * mu / eps
    length_squared = dot(delta, delta)
    stationary = input_gradient(point, theta, delta) == scale(nu, delta)
    complementary = nu == 0 or length_squared == eps * eps
    above = summed(scaled(nu, identity(len(delta))), scaled(-1, point["H"]))
    feasible = length_squared <= eps * eps
    return nu >= 0 and stationary and complementary and feasible and positive_semidefinite(above)


def nonnegative_on(polynomial: fmpq_poly, low: fmpq, high: fmpq, depth: int = 40) -> bool | None:
    """Whether a polynomial is >= 0 on [low, high], by Bernstein coefficients and bisection.

    None if undecided after `depth` bisections (a double root inside that bisection never hits).

    >>> nonnegative_on(fmpq_poly([1, -1]), fmpq(0), fmpq(1))
    True
    >>> nonnegative_on(fmpq_poly([1, -2]), fmpq(0), fmpq(1))
    False
    """
    unit = polynomial(fmpq_poly([low, high - low]))
    return _bernstein_nonnegative(_bernstein([unit[i] for i in range(len(unit))]), depth)


def _bernstein(power: list[fmpq]) -> list[fmpq]:
    """Bernstein coefficients on [0, 1] of sum_k power[k] t^k."""
    n = len(power) - 1
    found = []
    for i in range(n + 1):
        total, ratio = fmpq(0), fmpq(1)
        for k in range(i + 1):
            total += ratio * power[k]  # ratio = binom(i, k) / binom(n, k)
            ratio = ratio * (i - k) / (n - k) if k < n else ratio
        found.append(total)
    return found


def _bernstein_nonnegative(coefficients: list[fmpq], depth: int) -> bool | None:
    if not coefficients or min(coefficients) >= 0:
        return True
    if coefficients[0] < 0 or coefficients[-1] < 0:
        return False
    if depth == 0:
        return None
    left, right, row = [], [], list(coefficients)
    while row:
        left.append(row[0])
        right.append(row[-1])
        row = [(a + b) / 2 for a, b in itertools.pairwise(row)]
    halves = [_bernstein_nonnegative(half, depth - 1) for half in (left, right[::-1])]
    if False in halves:
        return False
    return None if None in halves else True
