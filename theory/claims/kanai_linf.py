"""L∞ attacks in the general case: a counterpart of Lemma 5 that Kanai et al. call difficult."""

from __future__ import annotations

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.claims.kanai_lemma_4 import implicit_function
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point
from theory.exact.matrix import (
    identity,
    positive_semidefinite,
    scaled,
    spectral_norm_at_most,
    summed,
)
from theory.exact.models import attack_distance, attacks, input_gradient, weight_distance
from theory.registry import register
from theory.run import Run


def free(point: Point) -> tuple[int, ...]:
    """The coordinates that are not at ±ε."""
    return tuple(i for i, side in enumerate(point["active"]) if side == 0)


def complementary(point: Point) -> bool:
    """Active coordinates are at ±ε with a slope strictly outwards, free ones inside, slope 0."""
    eps = point["eps"]
    return all(
        (e == side * eps and g * side > 0) if side else (abs(e) < eps and g == 0)
        for theta, delta in attacks(point)
        for side, e, g in zip(
            point["active"], delta, input_gradient(point, theta, delta), strict=True
        )
    )


def free_curvature(point: Point) -> tuple[Comparison, bool]:
    """H_FF ⪯ −c with c > 0, F the free coordinates."""
    rows = free(point)
    block = tuple(tuple(-point["H"][i][j] for j in rows) for i in rows)
    gap = summed(block, scaled(-point["c"], identity(len(rows)))) if rows else ()
    return Comparison(point["c"], ">", 0), positive_semidefinite(gap)


def free_mixed(point: Point) -> bool:
    """‖B_F‖ ≤ C_F: the mixed derivative in the free coordinates."""
    rows = free(point)
    block = tuple(tuple(row[i] for i in rows) for row in point["B"])
    return spectral_norm_at_most(block, point["C_F"]) if rows else point["C_F"] >= 0


COMPLEMENTARY = Hypothesis(
    "strict complementarity",
    r"the active coordinates, $|x'_i-x_i|=\varepsilon$, have $\partial_i\ell\cdot\mathrm{sign}"
    r"(x'_i-x_i)>0$; the free ones are inside with $\partial_i\ell=0$",
    complementary,
)
CURVED = Hypothesis(
    "c",
    r"$\nabla_x^2\ell$ restricted to the free coordinates is $\preceq-c$, $c>0$",
    free_curvature,
)
MIXED = Hypothesis("C_F", r"$\|\nabla_\theta\nabla_{x_F}\ell\|\le C_F$", free_mixed)

register(
    Claim(
        id="kanai.linf-difficult",
        kind=Kind.REMARK,
        source=Source("kanai", "after Lemma 5", "both"),
        title="With the L∞ constraint a Lipschitz bound like Lemma 5 cannot be shown",
        statement=(
            r"On the other hand, if we use the $L_\infty$ constraint, we cannot show the same "
            r"results because $\|x'-x\|_\infty$ is not twice differentiable. Thus, it is difficult "
            r"to show the Lipschitz continuity of attacks with the $L_\infty$ norm constraint. "
            r"(Read: under the analogous hypotheses no bound $C/c$ holds.)"
        ),
        expected=Verdict.REFUTED,
        repaired_by=("jaxat.lemma-5-linf", "jaxat.lemma-4-convex-set"),
        hypotheses=(COMPLEMENTARY, CURVED, MIXED),
        conclusion=lambda w: Comparison(
            attack_distance(w), ">", w["C_F"] / w["c"] * weight_distance(w)
        ),
    )
)

LINF = register(
    Claim(
        id="jaxat.lemma-5-linf",
        kind=Kind.RESULT,
        source=Source("jaxat", "Lemma 5 for the L∞ constraint"),
        title="L∞: with strict complementarity x'(θ) is (C_F/c)-Lipschitz, constant at a vertex",
        statement=(
            r"Let $x'^*$ be a local maximum over $\|x'-x\|_\infty\le\varepsilon$ with strict "
            r"complementarity, $F$ the free coordinates and $\nabla_{x_F}^2\ell\preceq-c$ along "
            r"the branch. Then near $\theta$ the active coordinates are constant, $D_\theta "
            r"x'_F=-(\nabla_{x_F}^2\ell)^{-1}\nabla_\theta\nabla_{x_F}\ell$, and $x'$ is "
            r"$(C_F/c)$-Lipschitz with $C_F=\|\nabla_\theta\nabla_{x_F}\ell\|\le C_{\theta x}$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(COMPLEMENTARY, CURVED, MIXED),
        conclusion=lambda w: Comparison(
            attack_distance(w), "<=", w["C_F"] / w["c"] * weight_distance(w)
        ),
        necessity=(
            Necessity(
                "strict complementarity",
                witness={
                    "model": "quadratic",
                    "A": "((0,),)",
                    "B": "((1,),)",
                    "g": "(0,)",
                    "H": "((1,),)",
                    "eps": "1",
                    "active": "(1,)",
                    "C_F": "0",
                    "c": "1",
                    "theta_1": "(1/10,)",
                    "delta_1": "(1,)",
                    "theta_2": "(-1/10,)",
                    "delta_2": "(-1,)",
                },
                detail="The attack changes its vertex where the slope in a coordinate turns.",
            ),
            Necessity(
                "c",
                witness={
                    "model": "quadratic",
                    "A": "((0,),)",
                    "B": "((1,),)",
                    "g": "(0,)",
                    "H": "((-1/100,),)",
                    "eps": "1",
                    "active": "(0,)",
                    "C_F": "1",
                    "c": "1",
                    "theta_1": "(1/200,)",
                    "delta_1": "(1/2,)",
                    "theta_2": "(0,)",
                    "delta_2": "(0,)",
                },
                detail="With little curvature the free coordinates move fast.",
            ),
            Necessity(
                "C_F",
                witness={
                    "model": "quadratic",
                    "A": "((0,),)",
                    "B": "((1,),)",
                    "g": "(0,)",
                    "H": "((-1,),)",
                    "eps": "1",
                    "active": "(0,)",
                    "C_F": "1/2",
                    "c": "1",
                    "theta_1": "(1/2,)",
                    "delta_1": "(1/2,)",
                    "theta_2": "(0,)",
                    "delta_2": "(0,)",
                },
                detail="The mixed derivative is 1, and x' = theta.",
            ),
        ),
        notes=(
            "At a vertex of the box no coordinate is free, $D_\\theta x'=0$, and the loss is "
            "locally $C_{\\theta\\theta}$-smooth: away from changes of vertex an $L_\\infty$ "
            "attack is *more* regular than an $L_2$ attack. What breaks smoothness is a multiplier "
            "that changes sign."
        ),
        cost=0.6,
    )
)


@LINF.check(Method.EXACT, Verdict.PROVED)
def face(run: Run) -> Evidence:
    """On the face of the active coordinates the attack is an interior maximum: Lemma 4 in x_F."""
    return Evidence.from_proofs(
        Method.EXACT,
        implicit_function(run).proofs,
        assumes=(
            "implicit function theorem",
            "strict signs of finitely many continuous slopes persist near θ",
            "mean value inequality on the ball U",
        ),
        witness={
            "model": "quadratic",
            "A": ((0, 0), (0, 0)),
            "B": ((1, 0), (0, 2)),
            "g": (5, 0),
            "H": ((1, 0), (0, -2)),
            "eps": 1,
            "active": (1, 0),
            "C_F": 2,
            "c": 2,
            "theta_1": (0, "1/4"),
            "delta_1": (1, "1/4"),
            "theta_2": (0, "-1/4"),
            "delta_2": (1, "-1/4"),
        },
        detail="The Hessian may be indefinite in the active coordinates, as in this witness.",
    )


@LINF.check(Method.NUMERIC, Verdict.SUPPORTED)
def box_quadratics(run: Run) -> Evidence:
    """Random quadratics over boxes in 1 to 4 dimensions: Dx' against maxima over all faces."""
    import itertools

    import numpy as np

    rng, tried, admissible = run.rng, 0, 0
    worst = 0.0

    def best(H: np.ndarray, g: np.ndarray) -> tuple[np.ndarray, tuple[int, ...]]:
        """The global maximum over the box, by trying every face."""
        found, value, where = np.zeros(len(g)), -np.inf, (0,) * len(g)
        for sides in itertools.product((-1, 0, 1), repeat=len(g)):
            side = np.array(sides, float)
            rows = side == 0
            if rows.any():
                block = H[np.ix_(rows, rows)]
                if np.linalg.eigvalsh(block)[-1] >= 0:
                    continue
                side[rows] = -np.linalg.solve(block, (g + H @ side)[rows])
                if np.abs(side).max() > 1:
                    continue
            reached = g @ side + side @ H @ side / 2
            if reached > value:
                found, value, where = side, reached, sides
        return found, where

    for d in (1, 2, 3, 4):
        for _ in range(run.pick(3, 6)):
            tried += 1
            shape = rng.normal(size=(d, d))
            H, g = (shape + shape.T) / 2 - 0.7 * np.eye(d), 0.7 * rng.normal(size=d)
            attack, sides = best(H, g)
            side = np.array(sides)
            rows = side == 0
            slope = (g + H @ attack) * side
            if np.any(slope[~rows] < 1e-2) or np.any(np.abs(attack[rows]) > 0.99):
                continue
            implicit = np.zeros((d, d))
            implicit[np.ix_(rows, np.ones(d, bool))] = (
                -np.linalg.solve(H[np.ix_(rows, rows)], np.eye(d)[rows]) if rows.any() else 0
            )
            h = 1e-6
            moved = [(best(H, g + h * e), best(H, g - h * e)) for e in np.eye(d)]
            if any(s != sides for pair in moved for _, s in pair):
                continue  # another local maximum took over: not one branch
            admissible += 1
            measured = np.stack([(a[0] - b[0]) / (2 * h) for a, b in moved], axis=1)
            error = np.abs(implicit - measured).max() / max(1.0, np.abs(implicit).max())
            worst = max(worst, float(error))
    return Evidence.supported(
        admissible=admissible, tried=tried, margin=-worst, tolerance=1e-7, seed=run.seed
    )
