"""L2-PGD on linear models, up to rounding; in a box by its two projections."""

from __future__ import annotations

from typing import Any

from theory.evidence import Evidence, Method, Verdict
from theory.registry import register
from theory.run import Run
from verify.conformance.common import about, agreement, search_worst

AXES = 6

FREE = register(
    about(
        "jaxat.attacks.pgd",
        "pgd-l2",
        title="L2-PGD on linear models: without a box x − y min(Kλ, ε) w/‖w‖ up to rounding",
        statement=(
            r"On $z = w\cdot x + b$ without bounds, $K$ steps of size $\lambda$ from $x$ give $x - "
            r"y\min(K\lambda,\varepsilon)\,w/\|w\|$ within $10^{-14}$, in float64, for weights of "
            r"any length."
        ),
        depends=("jaxat.pgd-exact-l2",),
    )
)
BOX = register(
    about(
        "jaxat.threat.ThreatModel.project",
        "pgd-l2-box",
        title="L2-PGD in a box: the worst η for ε, or for a smaller radius if the clip comes last",
        statement=(
            r"On $z = w\cdot x + b$ with $x + \eta \in [0,1]^d$, $K$ steps of size $\lambda$ from "
            r"$x$ give $\eta = \mathrm{clip}(-y\,r\,w/\|w\|, -x, 1-x)$ with $r = K\lambda$, or "
            r"less, so that $\|\eta\|_2 = \varepsilon$: then it is the maximiser. With "
            r"``combine='ball-then-box'`` each step is projected onto the ball and then clipped, "
            r"and the last $\eta$ is the maximiser for the radius $\|\eta\|_2 \le \varepsilon$. "
            r"In float64, within $10^{-12}\varepsilon$."
        ),
        depends=("jaxat.box-attack", "jaxat.pgd-l2-radius"),
        cost=2.0,
    )
)


def attacked(combine: Any, box: bool, steps: int) -> Any:
    """``attack(w, x, eps, step_size)`` for arrays of problems, each with a model of its own."""
    import jax
    import jax.numpy as jnp

    from jaxat import ThreatModel
    from jaxat.attacks import pgd

    @jax.jit
    @jax.vmap
    def attack(w: Any, x: Any, eps: Any, step_size: Any) -> Any:
        threat = ThreatModel("l2", eps, bounds=(0, 1) if box else None, combine=combine)
        run = pgd(threat, steps=steps, step_size=step_size, random_start=False, unroll=1)
        # The label 0 of a binary model is y = −1, so that the attack goes along +w.
        return run(lambda x: x @ w + 0.25, None, x[None], jnp.zeros(1, int)).x_adv[0]

    return attack


def problem(points: Any) -> tuple[Any, Any, Any]:
    """Weights of both signs and many sizes, an image with coordinates on the box, and a radius."""
    import numpy as np

    size, sign, place = np.split(points[:, : 3 * AXES], 3, axis=1)
    w = np.where(sign < 0.5, -1, 1) * 10.0 ** (3 * size - 2)
    x = np.clip(1.6 * place - 0.3, 0, 1)
    return w, x, 10.0 ** (2.5 * points[:, -1] - 2)


def closed_form(w: Any, x: Any, eps: Any, reach: Any) -> Any:
    """clip(r w/‖w‖, −x, 1−x) with r = `reach`, or less for the length ε, by bisection."""
    import numpy as np

    w = w / np.linalg.norm(w, axis=1, keepdims=True)
    low, high = np.zeros(len(w)), reach
    for _ in range(120):
        t = (low + high) / 2
        long = np.linalg.norm(np.clip(t[:, None] * w, -x, 1 - x), axis=1) > eps
        low, high = np.where(long, low, t), np.where(long, t, high)
    return np.clip(high[:, None] * w, -x, 1 - x)


@FREE.check(Method.NUMERIC, Verdict.SUPPORTED)
def without_a_box(run: Run) -> Evidence:
    """The worst of many models, radii and steps, some of which do not reach ε."""
    import numpy as np

    steps = 7
    attack = attacked("exact", box=False, steps=steps)

    def errors(points: Any) -> Any:
        w, x, eps = problem(points)
        step_size = eps * 10 ** (points[:, -2] * 1.5 - 1) / steps
        reach = np.minimum(steps * step_size, eps)[:, None]
        expected = x + reach * w / np.linalg.norm(w, axis=1, keepdims=True)
        # Sums of numbers up to max(1, ε).
        scale = np.maximum(1, eps)
        return np.abs(np.asarray(attack(w, x, eps, step_size)) - expected).max(axis=1) / scale

    found = search_worst(errors, 3 * AXES + 2, run, count=run.pick(100, 500), rounds=4)
    return agreement(run, found, 1e-14)


@BOX.check(Method.NUMERIC, Verdict.SUPPORTED)
def onto_the_intersection(run: Run) -> Evidence:
    """The worst of many models, radii, steps and images, with the exact projection."""
    import numpy as np

    steps = 7
    attack = attacked("exact", box=True, steps=steps)

    def errors(points: Any) -> Any:
        w, x, eps = problem(points)
        step_size = eps * 10 ** (points[:, -2] * 4 - 1) / steps
        eta = np.asarray(attack(w, x, eps, step_size)) - x
        return np.abs(eta - closed_form(w, x, eps, steps * step_size)).max(axis=1) / eps

    found = search_worst(errors, 3 * AXES + 2, run, count=run.pick(100, 500), rounds=4)
    return agreement(run, found, 1e-12)


@BOX.check(Method.NUMERIC, Verdict.SUPPORTED)
def ball_then_box(run: Run) -> Evidence:
    """The worst of many models: the two projections one by one, and what they end at."""
    import numpy as np

    steps = 7
    attack = attacked("ball-then-box", box=True, steps=steps)

    def errors(points: Any) -> Any:
        w, x, eps = problem(points)
        step_size = eps * 10 ** (points[:, -2] * 4 - 1) / steps
        found = np.asarray(attack(w, x, eps, step_size)) - x
        g, eta = w / np.linalg.norm(w, axis=1, keepdims=True), np.zeros_like(x)
        for _ in range(steps):
            moved = eta + step_size[:, None] * g
            moved *= np.minimum(1, eps / np.linalg.norm(moved, axis=1))[:, None]
            eta = np.clip(moved, -x, 1 - x)
        # Its own length is the radius that it is the maximiser for.
        own = closed_form(w, x, np.linalg.norm(found, axis=1), steps * step_size)
        return np.maximum(np.abs(found - eta), np.abs(found - own)).max(axis=1) / eps

    found = search_worst(errors, 3 * AXES + 2, run, count=run.pick(100, 500), rounds=4)
    return agreement(run, found, 1e-12)
