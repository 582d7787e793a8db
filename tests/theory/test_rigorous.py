"""Certified answers against closed forms, and the traps that would make a false proof."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flint import acb, arb, ctx

from theory.balls import ball_function
from theory.rigorous import (
    Box,
    ball_interval,
    enclose_root,
    gaussian_tail,
    hull,
    integrate,
    maximise,
    positive_definite,
    precision,
    principal_minors,
    prove_at_most,
    prove_nonnegative,
    to_ball,
)
from theory.rigorous.functions import logistic, square

NAN = arb("nan")


# --- conversion -----------------------------------------------------------------------------------


def test_a_decimal_literal_is_not_the_fraction() -> None:
    with precision(120):
        assert to_ball(0.6) < to_ball(Fraction(3, 5))
        assert to_ball("3/5").overlaps(to_ball("0.6"))
        assert Box({"x": (0.6, 1)}).sides["x"][0] == Fraction(0.6) != Fraction(3, 5)


def test_an_interval_does_not_reach_beyond_dyadic_ends() -> None:
    assert ball_interval(0, 1) >= 0
    assert ball_interval(Fraction(1, 4), 2) >= Fraction(1, 4).numerator / 4
    # The trap: Arb rounds the radius up even where it fits.
    assert not arb(0.5, 0.5) >= 0
    for lo, hi in [("1/3", "2/3"), (-1e300, 1e-300), ("1/10", "1/10"), (0, 10**40)]:
        ball = ball_interval(lo, hi)
        assert ball.contains(to_ball(lo))
        assert ball.contains(to_ball(hi))
    assert hull(arb(1), arb(3)).contains(2)
    assert hull(arb(1), NAN).is_nan()


def test_precision_is_local_and_restored_after_an_error() -> None:
    before = ctx.prec
    with precision(300):
        assert ctx.prec == 300
    assert ctx.prec == before
    with pytest.raises(ValueError, match="bits"), precision(1):
        pass

    def failing(x: arb) -> arb:
        raise RuntimeError(str(x))

    with pytest.raises(RuntimeError):
        prove_nonnegative(failing, Box({"x": (0, 1)}), precision=200)
    assert ctx.prec == before


@pytest.mark.parametrize(("bad", "message"), [("one", "text"), ("1/0", "text")])
def test_conversion_errors(bad: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        to_ball(bad)
    with pytest.raises(TypeError, match="ball is made of"):
        to_ball(1j)
    with pytest.raises(ValueError, match="lo <= hi"):
        ball_interval(2, 1)


# --- boxes ----------------------------------------------------------------------------------------


def test_boxes_are_exact_and_split_where_they_are_relatively_widest() -> None:
    box = Box({"x": ("1/3", 1), "y": (0, 100)})
    left, right = box.split()
    assert left.sides == {"x": (Fraction(1, 3), Fraction(2, 3)), "y": (0, 100)}
    assert right.sides["x"][0] == left.sides["x"][1]
    assert left.split(box)[0].sides["y"] == (0, 50)
    assert len(list(box.corners())) == 4
    assert len(list(Box({"x": (1, 1), "y": (0, 1)}).corners())) == 2
    for bad, message in [
        ({}, "at least one"),
        ({"x": (1, 0)}, "lo <= hi"),
        ({"x": (0, "a")}, "3/5"),
    ]:
        with pytest.raises(ValueError, match=message):
            Box(bad)
    with pytest.raises(ValueError, match="finite"):
        Box({"x": (0, math.inf)})


# --- signs over boxes -----------------------------------------------------------------------------


def test_true_claims_are_proved_with_a_lower_bound() -> None:
    # x^4 - 2 x^2 + 2 = (x^2 - 1)^2 + 1 has its minimum 1 at +-1.
    proof = prove_nonnegative(lambda x: x**4 - 2 * x**2 + 2, Box({"x": (-2, 2)}), strict=True)
    assert proof.answer == "proved"
    assert 0 < proof.lower <= 1
    assert proof.counterexample is None
    assert proof.boxes > 1


def test_false_claims_are_refuted_at_a_rational_point() -> None:
    def f(a: Any, b: Any) -> Any:
        return (
            a * a + b * b - a * b - Fraction(1, 100)
            if isinstance(a, Fraction)
            else (square(a) + square(b) - a * b - to_ball("1/100"))
        )

    box = Box({"a": (-1, 2), "b": (-1, "7/4")})
    proof = prove_nonnegative(f, box)
    assert proof.answer == "refuted"
    assert proof.counterexample is not None
    assert f(**proof.counterexample) < 0
    for name, x in proof.counterexample.items():
        assert box.sides[name][0] <= x <= box.sides[name][1]


def test_a_needle_is_found() -> None:
    """Negative only within 1/1000 of 1/7: found because the least enclosure is split first."""
    seventh, width = to_ball("1/7"), to_ball("1/1000000")
    proof = prove_nonnegative(lambda x: square(x - seventh) - width, Box({"x": (0, 1)}))
    assert proof.answer == "refuted"
    assert proof.counterexample is not None
    assert abs(proof.counterexample["x"] - Fraction(1, 7)) < Fraction(1, 1000)
    assert proof.boxes < 200


@pytest.mark.parametrize("budget", [1, 50, 1000])
def test_an_attained_bound_is_never_refuted_and_ends_within_the_budget(budget: int) -> None:
    """sigma' <= 1/4 with equality at 0, written so that enclosures cannot close it."""

    def slope(x: arb) -> arb:
        s = logistic(x)
        return s * (1 - s)

    box = Box({"x": (-1, 2)})
    proof = prove_at_most(slope, Fraction(1, 4), box, budget=budget)
    assert proof.answer == "undecided"
    assert proof.boxes <= budget + 1
    assert prove_at_most(slope, "26/100", box).answer == "proved"
    assert prove_at_most(slope, "24/100", box).answer == "refuted"


def test_equality_is_enough_for_weak_but_not_for_strict_claims() -> None:
    box = Box({"x": (-1, 1)})
    assert prove_nonnegative(square, box).answer == "proved"
    strict = prove_nonnegative(square, box, strict=True)
    assert strict.answer == "refuted"
    assert strict.counterexample == {"x": 0}


def test_regions_without_finite_enclosure_are_never_proved() -> None:
    whole = Box({"x": (-1, 1)})
    assert prove_nonnegative(lambda x: x.sqrt(), whole, budget=300).answer == "undecided"
    assert prove_nonnegative(lambda x: 1 / x**2, whole, budget=300).answer == "undecided"
    assert prove_nonnegative(lambda x: NAN, whole, budget=300).answer == "undecided"
    assert prove_nonnegative(lambda x: arb("inf"), whole, budget=300).answer == "undecided"
    assert prove_nonnegative(lambda x: 0 * x / 0, whole, budget=300).lower == -math.inf
    # But a violation elsewhere is still found, though NaN boxes never run out.
    hidden = prove_nonnegative(
        lambda x: x - to_ball("9/10") if x >= 0.5 else NAN, Box({"x": (0, "99/100")}), budget=2000
    )
    assert hidden.answer == "refuted"


def test_a_square_of_a_difference_needs_no_luck() -> None:
    """d * d of a ball may be negative, so that its root is NaN for ever; the square is not."""
    box = Box({"x": (-1, 1), "y": (-1, 1)})
    naive = prove_nonnegative(lambda x, y: ((x - y) * (x - y)).sqrt() + 1, box, budget=400)
    careful = prove_nonnegative(lambda x, y: square(x - y).sqrt() + 1, box, budget=400)
    assert (naive.answer, careful.answer) == ("undecided", "proved")


def test_functions_of_keywords_or_of_one_dict() -> None:
    box = Box({"x": (1, 2), "y": (0, 1)})
    assert prove_nonnegative(lambda x, y: x - y, box).answer == "proved"
    assert prove_nonnegative(lambda **v: v["x"] - v["y"], box).answer == "proved"
    assert prove_nonnegative(lambda v: v["x"] - v["y"], box).answer == "proved"
    with pytest.raises(ValueError, match="budget"):
        prove_nonnegative(lambda x, y: x, box, budget=0)
    with pytest.raises(ValueError, match="wrap it"):
        prove_nonnegative(arb.sqrt, box)


def test_the_gradient_saves_boxes_and_changes_no_answer() -> None:
    def f(x: arb, y: arb) -> arb:
        return x * x - x * y + y * y - x

    def slopes(x: arb, y: arb) -> list[arb]:
        return [2 * x - y - 1, 2 * y - x]

    # The minimum is -1/3 at (2/3, 1/3).
    box = Box({"x": (-2, 2), "y": (-2, 2)})
    plain = prove_at_most(lambda x, y: -f(x, y), "40/100", box)
    sharp = prove_at_most(
        lambda x, y: -f(x, y), "40/100", box, gradient=lambda x, y: [-s for s in slopes(x, y)]
    )
    assert plain.answer == sharp.answer == "proved"
    assert sharp.boxes < plain.boxes / 4
    assert (
        prove_at_most(
            lambda x, y: -f(x, y), "33/100", box, gradient=lambda x, y: [-s for s in slopes(x, y)]
        ).answer
        == "refuted"
    )
    with pytest.raises(ValueError, match="one entry per variable"):
        prove_nonnegative(lambda x, y: x - x, box, gradient=lambda x, y: [x])


# --- suprema --------------------------------------------------------------------------------------


@pytest.mark.parametrize("with_gradient", [False, True])
def test_suprema_are_bracketed(with_gradient: bool) -> None:
    # The slope of x + 2 sin x vanishes at 2 pi / 3, and the value at the right end is less.
    top = maximise(
        lambda x: x + 2 * x.sin(),
        Box({"x": (0, 5)}),
        rtol=1e-5,
        gradient=(lambda x: [1 + 2 * x.cos()]) if with_gradient else None,
    )
    truth = 2 * math.pi / 3 + math.sqrt(3)
    assert top.lo <= truth * (1 + 1e-15)
    assert top.hi >= truth * (1 - 1e-15)
    assert top.hi - top.lo <= 1e-5 * top.hi
    assert abs(float(top.argmax_point["x"]) - 2 * math.pi / 3) < 1e-2
    lo, hi = top.argmax_box.sides["x"]
    assert abs(float(lo + hi) / 2 - 2 * math.pi / 3) < 1e-2


def test_a_supremum_at_a_corner_and_one_that_is_not_enclosed() -> None:
    corner = maximise(lambda x, y: x - y, Box({"x": (0, "1/3"), "y": (0, 1)}), rtol=1e-4)
    assert corner.argmax_point == {"x": Fraction(1, 3), "y": 0}
    assert corner.lo <= Fraction(1, 3) <= corner.hi
    pole = maximise(lambda x: 1 / x, Box({"x": (-1, 2)}), budget=100)
    assert pole.hi == math.inf
    assert pole.lo > 0.5
    with pytest.raises(ValueError, match="no certified value"):
        maximise(lambda x: NAN, Box({"x": (0, 1)}), budget=20)


# --- definiteness ---------------------------------------------------------------------------------


def test_definiteness_agrees_with_eigenvalues() -> None:
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(60):
        size = int(rng.integers(1, 5))
        root = rng.normal(size=(size, size))
        matrix = root @ root.T - rng.uniform(0, 1) * np.eye(size)
        matrix = (matrix + matrix.T) / 2
        least = float(np.linalg.eigvalsh(matrix)[0])
        if abs(least) > 1e-9:
            seen.add(least > 0)
            assert positive_definite(matrix) is (least > 0)
            assert bool(principal_minors(matrix) > 0) is (least > 0)
    assert seen == {True, False}


def test_definiteness_of_families_is_three_valued() -> None:
    diagonal, off = ball_interval(2, 3), ball_interval(-1, 1)
    assert positive_definite([[diagonal, off], [off, diagonal]]) is True
    assert positive_definite([[diagonal, 4], [4, diagonal]]) is False
    assert positive_definite([[diagonal, 2 * off], [2 * off, diagonal]]) is None
    assert positive_definite([[NAN]]) is None
    # Both triangles enclose the same numbers: the narrower entries count.
    assert positive_definite([[1, arb(0, 9)], [arb(0, 0.5), 1]]) is True
    with pytest.raises(ValueError, match="symmetric"):
        positive_definite([[1, 2], [3, 1]])
    with pytest.raises(ValueError, match="square"):
        positive_definite([[1, 2]])


def test_the_hessian_of_the_jax_loss_itself_is_bounded_over_a_box() -> None:
    """L2-adversarial logistic loss, x = (1, -1), eps = 0.6 as a double, theta in [1/4, 2]^2."""
    x = jnp.array([1.0, -1.0])

    def loss(t: Any) -> Any:
        return jax.nn.softplus(-(t @ x) + 0.6 * jnp.linalg.norm(t))

    hessian = ball_function(jax.hessian(loss), np.ones(2))

    def slack(bound: Fraction) -> Any:
        def f(a: arb, b: arb) -> arb:
            h, c = hessian([a, b]), to_ball(bound)
            return principal_minors([[c - h[0, 0], -h[0, 1]], [-h[1, 0], c - h[1, 1]]])

        return f

    box = Box({"a": ("1/4", 2), "b": ("1/4", 2)})
    proof = prove_nonnegative(slack(Fraction(3)), box, strict=True, budget=500)
    assert proof.answer == "proved"
    assert proof.boxes < 150
    # The largest eigenvalue, 1.46459..., is at a corner.
    low = prove_nonnegative(slack(Fraction(146, 100)), box, strict=True, budget=500)
    assert low.answer == "refuted"
    assert low.counterexample is not None
    point = jnp.array([float(low.counterexample[name]) for name in "ab"])
    assert np.linalg.eigvalsh(np.asarray(jax.hessian(loss)(point)))[-1] > 1.46


# --- roots ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("newton", [False, True])
def test_roots_to_thirty_digits(newton: bool) -> None:
    derivative = (lambda x: 1 + x.sin()) if newton else None
    root = enclose_root(lambda x: x - x.cos(), 0, 1, df=derivative)
    # The Dottie number.
    with precision(150):
        digits = to_ball("0.739085133215160641655312087673873404013411758900757464965680636")
        assert root.contains(digits)
    assert root.rad() < 1e-29


def test_roots_at_ends_flat_roots_and_failures() -> None:
    assert enclose_root(lambda x: x - 1, 1, 2) == 1
    with precision(150):
        assert enclose_root(lambda x: 2 - x * x, 1, 2).overlaps(arb(2).sqrt())
    # Where no sign can be told any more, the bracket stays as it is, and stays true.
    blurred = enclose_root(lambda x: x - to_ball("1/3") + arb(0, 0.01), 0, 1)
    assert blurred.contains(to_ball("1/3"))
    assert blurred.rad() < 0.05
    flat = enclose_root(lambda x: x**3, -1, 2, df=lambda x: 3 * x**2, digits=10)
    assert flat.contains(0)
    far = enclose_root(lambda x: x - to_ball("1e12"), 0, "1e13", digits=20)
    assert far.overlaps(to_ball("1e12"))
    with pytest.raises(ValueError, match="opposite signs"):
        enclose_root(lambda x: x * x + 1, -1, 1)
    with pytest.raises(ValueError, match="opposite signs"):
        enclose_root(lambda x: x + arb(0, 3), -1, 1)
    with pytest.raises(ValueError, match="lo < hi"):
        enclose_root(lambda x: x, 1, 0)


# --- integrals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "truth"),
    [
        (lambda t, _: (t - acb(1) / 3).real_abs(), "5/18"),
        (lambda t, _: (t - acb(1) / 3).real_sgn(), "1/3"),
    ],
)
def test_a_kink_inside_a_panel_is_an_error_and_not_a_confident_number(
    wrong: Any, truth: str
) -> None:
    """Arb alone returns a small ball without the true value here."""
    naive = acb.integral(wrong, acb(0), acb(1)).real
    assert naive.rad() < 1e-6
    assert not naive.overlaps(to_ball(truth))
    with pytest.raises(ArithmeticError, match="kink"):
        integrate(wrong, [0, 1])
    assert integrate(wrong, [0, "1/3", 1]).overlaps(to_ball(truth))


def test_split_at_the_kink_and_the_flag_agree() -> None:
    third = to_ball("1/3")
    split = integrate(lambda t, _: third - t, [0, "1/3"]) + integrate(
        lambda t, _: t - third, ["1/3", 1]
    )
    flagged = integrate(lambda t, a: (t - third).real_abs(analytic=a), [0, 1])
    for value in (split, flagged):
        assert value.contains(to_ball("5/18")) or value.overlaps(to_ball("5/18"))
        assert value.rad() < 1e-9


def test_gaussian_integral_with_both_tails() -> None:
    body = integrate(lambda t, _: (-t * t / 2).exp(), [-6, 0, 6])
    with_tails = body + 2 * gaussian_tail(1, 6)
    root = (2 * arb.pi()).sqrt()
    assert with_tails.contains(root)
    assert not body.contains(root)
    assert with_tails.rad() < 1e-8


@pytest.mark.parametrize(("gamma", "distance"), [(1.0, 0.0), (0.25, 3.0), (30.0, 0.5)])
def test_gaussian_tails_are_complementary_error_functions(gamma: float, distance: float) -> None:
    tail = gaussian_tail(gamma, distance)
    truth = math.sqrt(math.pi / (2 * gamma)) * math.erfc(distance * math.sqrt(gamma / 2))
    assert tail >= 0
    assert float(tail.upper()) == pytest.approx(truth, rel=1e-8)


def test_integral_errors() -> None:
    with pytest.raises(ValueError, match="increasing"):
        integrate(lambda t, _: t, [1, 0])
    with pytest.raises(ValueError, match="increasing"):
        integrate(lambda t, _: t, [0])
    with pytest.raises(ArithmeticError, match="finite"):
        integrate(lambda t, _: 1 / t, [-1, 1])
    with pytest.raises(ValueError, match="gamma"):
        gaussian_tail(0, 1)
    with pytest.raises(ValueError, match="distance"):
        gaussian_tail(1, -1)
    loose = integrate(lambda t, _: t.exp(), [0, 1], tol=1e-3)
    assert loose.overlaps(arb(1).exp() - 1)
