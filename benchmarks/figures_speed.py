"""How fast the figures' grids are computed, against the loops that one would write first.

    python -m benchmarks.figures_speed

−F on a grid: `theory.local_entropy.local_entropy_surface` against SciPy's `dblquad` on random grid
points, scaled to all of them. Its integrand uses plain Python floats for one datum and NumPy over
the data for many. "plain": one box θ ± 9/√γ. "split": up to four boxes that end where θ_i = 0, for
one who knows where the folds are; the difference from us is measured against this one.
Hessians: one jitted call under two `vmap`s against a Python loop of the jitted function. PGD: the
same, either with the 200 steps scanned inside the jitted function of one point, or with a jitted
step that Python calls 200 times a point. Compilation is counted on neither side.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from math import inf
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy.integrate import dblquad

from figures.gallery.pgd_swish import STEP, STEPS, pgd_losses
from figures.paper_data import EPS, GAMMA, X, Y, axis, dataset, linear_loss
from jaxat.environment import environment
from theory.local_entropy import local_entropy_surface
from theory.swish import swish_loss

RESULT = Path(__file__).parent / "results" / "figures_speed.json"
SEED = 0
KINKS = ([0.0], [0.0])
# What `dblquad` is asked for, relative to the integral. The error of −F is about this.
TOLERANCE = 1e-9


def best_of(run: Callable[[], Any], at_least: int = 5) -> float:
    """The shortest of some runs, in seconds: for two seconds, or at least so many times."""
    seconds: list[float] = []
    while len(seconds) < at_least or sum(seconds) < 2.0:
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def scipy_minus_f(
    theta: tuple[float, float], x: np.ndarray, y: np.ndarray, p: float, *, split: bool
) -> float:
    """−F at one point by `dblquad`, on one box or on the up to four boxes between the folds."""
    a, b = theta
    z = y[:, None] * x
    first, second = (float(value) for value in z[0])

    def size(u: float, v: float) -> float:
        return EPS * (math.sqrt(u * u + v * v) if p == 2 else abs(u) + abs(v))

    def one(v: float, u: float) -> float:
        h = size(u, v) - first * u - second * v
        loss = max(h, 0.0) + math.log1p(math.exp(-abs(h)))
        return math.exp(-loss - GAMMA / 2 * ((u - a) ** 2 + (v - b) ** 2))

    def many(v: float, u: float) -> float:
        h = size(u, v) - z @ (u, v)
        loss = float(np.logaddexp(0.0, h).mean())
        return math.exp(-loss - GAMMA / 2 * ((u - a) ** 2 + (v - b) ** 2))

    reach = 9 / math.sqrt(GAMMA)

    def parts(centre: float) -> list[tuple[float, float]]:
        folds = {0.0} if split else set()
        return list(pairwise(sorted({centre - reach, centre + reach} | folds)))

    mass = 0.0
    for u in parts(a):
        for v in parts(b):
            mass += dblquad(one if len(x) == 1 else many, *u, *v, epsabs=TOLERANCE / 10,
                            epsrel=TOLERANCE)[0]  # fmt: skip
    return -math.log(mass)


def entropy(count: int, p: float, side: int, points: int) -> dict[str, Any]:
    """The surface and SciPy's points for `count` data in the norm p."""
    x, y = dataset(count) if count > 1 else (X[None], np.array([Y]))
    loss = linear_loss(p, x, y)
    t = axis(side)

    def surface() -> Any:
        return local_entropy_surface(loss, t, t, GAMMA, kinks=KINKS)

    start = time.perf_counter()
    found = surface()
    first = time.perf_counter() - start
    ours = best_of(surface)
    chosen = np.random.default_rng(SEED).choice(side * side, points, replace=False)
    at = list(zip(*np.unravel_index(chosen, (side, side)), strict=True))
    loop, worst = {}, {}
    for way in ("plain", "split"):
        start = time.perf_counter()
        values = [
            scipy_minus_f((float(t[i]), float(t[j])), x, y, p, split=way == "split") for i, j in at
        ]
        loop[way] = (time.perf_counter() - start) / points * side * side
        worst[way] = max(abs(v + float(found.F[k])) for v, k in zip(values, at, strict=True))
    return {
        "name": f"-F, N={count}, {'L2' if p == 2 else 'Linf'}, {side}x{side}",
        "seconds": ours,
        "seconds_first_call": first,
        "loop_seconds": loop["plain"],
        "loop_seconds_split": loop["split"],
        "loop_scaled_from_points": points,
        "ratio": loop["plain"] / ours,
        "ratio_split": loop["split"] / ours,
        "ratio_first_call": loop["plain"] / first,
        "target_ratio": 10_000 if count == 1 else 1_500,
        "largest_difference": worst["split"],
        "largest_difference_plain": worst["plain"],
        "largest_own_error_estimate": float(found.error.max()),
        "target_error": 1e-9,
    }


def grid_against_loop(
    name: str, function: Callable[[jax.Array], jax.Array], side: int, points: int, target: float
) -> dict[str, Any]:
    """One jitted call over the grid against a Python loop of the jitted function."""
    t = jnp.asarray(axis(side))
    over = jax.jit(
        jax.vmap(jax.vmap(lambda a, b: function(jnp.stack([a, b])), (None, 0)), (0, None))
    )
    single = jax.jit(function)
    start = time.perf_counter()
    expected = np.asarray(over(t, t))
    first = time.perf_counter() - start
    ours = best_of(lambda: over(t, t).block_until_ready())
    grid = np.stack(np.meshgrid(t, t, indexing="ij"), axis=-1)
    chosen = np.random.default_rng(SEED).choice(side * side, points, replace=False)
    at = [np.unravel_index(k, (side, side)) for k in chosen]
    np.asarray(single(grid[0, 0]))
    values = [np.asarray(single(grid[i, j])) for i, j in at]
    per_point = best_of(lambda: [np.asarray(single(grid[i, j])) for i, j in at], 3) / points
    worst = max(np.abs(v - expected[i, j]).max() for v, (i, j) in zip(values, at, strict=True))
    return {
        "name": f"{name}, {side}x{side}",
        "seconds": ours,
        "seconds_first_call": first,
        "loop_seconds": per_point * side * side,
        "loop_scaled_from_points": points,
        "ratio": per_point * side * side / ours,
        "target_ratio": target,
        "largest_difference": float(worst),
    }


def pgd_step_by_step(side: int, points: int) -> dict[str, Any]:
    """The grid of one attack, L∞, against Python's loop over points and steps of a jitted step."""

    @jax.jit
    def step(theta: jax.Array, delta: jax.Array) -> jax.Array:
        slope = jax.grad(lambda d: swish_loss(theta, X + d, Y))(delta)
        return jnp.clip(delta + STEP * jnp.sign(slope), -EPS, EPS)

    def scanned(theta: jax.Array) -> jax.Array:
        def body(delta: jax.Array, _: None) -> tuple[jax.Array, None]:
            return step(theta, delta), None

        return swish_loss(theta, X + jax.lax.scan(body, jnp.zeros(2), length=STEPS)[0], Y)

    row = grid_against_loop("PGD, Linf, point scanned", scanned, side, side * side, 15)
    print_row(row, side)
    t = axis(side)
    chosen = np.random.default_rng(SEED).choice(side * side, points, replace=False)
    at = list(zip(*np.unravel_index(chosen, (side, side)), strict=True))
    step(jnp.zeros(2), jnp.zeros(2)).block_until_ready()
    deltas = []
    start = time.perf_counter()
    for i, j in at:
        theta, delta = jnp.array([t[i], t[j]]), jnp.zeros(2)
        for _ in range(STEPS):
            delta = step(theta, delta)
        deltas.append(np.asarray(delta))
    loop = (time.perf_counter() - start) / points * side * side
    check = jax.jit(scanned)
    worst = 0.0
    for (i, j), delta in zip(at, deltas, strict=True):
        theta = jnp.array([t[i], t[j]])
        worst = max(worst, abs(float(swish_loss(theta, X + delta, Y) - check(theta))))
    changed = {
        "name": f"PGD, Linf, step by step, {side}x{side}",
        "loop_seconds": loop,
        "loop_scaled_from_points": points,
        "ratio": loop / row["seconds"],
        "largest_difference": worst,
    }
    return row | changed | {"scanned_point": row}


def print_row(row: dict[str, Any], side: int) -> None:
    met = "met" if row["ratio"] >= row["target_ratio"] else "MISSED"
    scaled = "*" if row["loop_scaled_from_points"] < side * side else " "
    print(
        f"{row['name']:34} {row['seconds']:8.4f}s {row['loop_seconds']:9.1f}s{scaled} "
        f"{row['ratio']:9.0f} {row['target_ratio']:8.0f} {met:6} {row['largest_difference']:10.1e}",
        flush=True,
    )
    if "ratio_split" in row:
        print(f"{'    against split dblquad':34} {'':9} {row['loop_seconds_split']:9.1f}s{scaled} "
              f"{row['ratio_split']:9.0f}", flush=True)  # fmt: skip


def measure(side: int, points: int) -> list[dict[str, Any]]:
    """All rows, printed as they come."""
    hessian = jax.hessian(linear_loss(2.0, *dataset()))
    runs: list[Callable[[], dict[str, Any]]] = [
        lambda: grid_against_loop("Hessians, N=100, L2", hessian, side, side * side, 10),
        lambda: grid_against_loop("PGD, point scanned", pgd_losses, side, side * side, 15),
        lambda: pgd_step_by_step(side, points),
        *(
            lambda n=count, q=p: entropy(n, q, side, points)
            for count in (1, 100)
            for p in (2.0, inf)
        ),
    ]
    print(f"{'':34} {'here':>9} {'loop':>10}  {'ratio':>9} {'target':>8} {'':6} {'difference':>10}")
    rows = []
    for run in runs:
        rows.append(run())
        print_row(rows[-1], side)
    print(f"* scaled from {points} random grid points")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--side", type=int, default=41, help="grid points along an axis")
    parser.add_argument("--points", type=int, default=20, help="points that dblquad integrates")
    options = parser.parse_args()
    jax.config.update("jax_enable_x64", True)
    rows = measure(options.side, options.points)
    record = {
        "config": {"side": options.side, "points": options.points, "gamma": GAMMA, "eps": EPS,
                   "dblquad_tolerance": TOLERANCE, "range": [-2, 2]},
        "environment": environment(),
        "seed": SEED,
        "load_average": os.getloadavg()[0],
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "note": "the loop's seconds of -F are scaled from the points to the whole grid; each "
                "time is the best of 2 seconds after the first call, whose time stands beside it",
        "results": rows,
    }  # fmt: skip
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
