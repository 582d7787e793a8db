"""BatchNorm during the attack: which statistics the attack sees, and whether they move."""

from __future__ import annotations

from typing import Any

from theory.evidence import Evidence, Method, Verdict
from theory.registry import register
from theory.run import Run
from verify.conformance.common import about, agreement

AXES, UNITS, BATCH, STEPS = 4, 3, 6, 4
EPS, STEP_SIZE, MOMENTUM, TINY = 0.4, 0.15, 0.1, 1e-5

CLAIM = register(
    about(
        "jaxat.attacks.pgd",
        "batch-norm",
        title="BatchNorm in the attack: `eval` and `local` move no statistics, `reference` all",
        statement=(
            r"With ``bn='eval'`` PGD ascends the loss under the running statistics, with "
            r"`local` and `reference` under those of the batch at each point, the gradient through "
            r"them included. `eval` and `local` return the statistics that they were given, bit "
            r"for bit; `reference` returns them after one update at each of the $K+1$ points, the "
            r"start and $x_{adv}$ included, in that order. Against PGD with the gradient by hand, "
            r"in float64, within $10^{-9}$."
        ),
        cost=2.0,
    )
)


def statistics(h: Any) -> tuple[Any, Any]:
    return h.mean(axis=0), ((h - h.mean(axis=0)) ** 2).mean(axis=0)


def moved(state: dict[str, Any], mean: Any, variance: Any) -> dict[str, Any]:
    """Running statistics after one batch, with the unbiased variance that they are known for."""
    unbiased = variance * BATCH / (BATCH - 1)
    return {
        "mean": (1 - MOMENTUM) * state["mean"] + MOMENTUM * mean,
        "variance": (1 - MOMENTUM) * state["variance"] + MOMENTUM * unbiased,
    }


def model(weights: Any, state: Any, x: Any, *, train: str) -> tuple[Any, Any]:
    """One logit a·BatchNorm(V x), with the contract of the library's models."""
    V, a = weights
    h = x @ V
    mean, variance = statistics(h)
    used = (state["mean"], state["variance"]) if train == "eval" else (mean, variance)
    logits = ((h - used[0]) / (used[1] + TINY) ** 0.5) @ a
    return logits, moved(state, mean, variance) if train == "update" else state


def input_gradient(weights: Any, state: Any, x: Any, sign: Any, *, batch: bool) -> Any:
    """∇_x Σ_n log(1 + exp(−s_n z_n)) by hand, through the batch's statistics if `batch`."""
    import numpy as np

    V, a = weights
    h = x @ V
    mean, variance = statistics(h) if batch else (state["mean"], state["variance"])
    root = np.sqrt(variance + TINY)
    unit = (h - mean) / root
    back = (-sign / (1 + np.exp(sign * (unit @ a))))[:, None] * a
    if batch:
        back = back - back.mean(axis=0) - unit * (back * unit).mean(axis=0)
    return (back / root) @ V.T


def naive_attack(weights: Any, state: Any, x: Any, y: Any, mode: str) -> tuple[Any, Any]:
    """PGD in the L2 ball without bounds, and what it does to the statistics."""
    import numpy as np

    delta, sign = np.zeros_like(x), np.where(y > 0, 1.0, -1.0)
    for _ in range(STEPS):
        gradient = input_gradient(weights, state, x + delta, sign, batch=mode != "eval")
        if mode == "reference":
            state = moved(state, *statistics((x + delta) @ weights[0]))
        delta = delta + STEP_SIZE * gradient / np.linalg.norm(gradient, axis=1, keepdims=True)
        delta *= np.minimum(1, EPS / np.linalg.norm(delta, axis=1, keepdims=True))
    if mode == "reference":
        state = moved(state, *statistics((x + delta) @ weights[0]))
    return x + delta, state


@CLAIM.check(Method.NUMERIC, Verdict.SUPPORTED)
def by_hand(run: Run) -> Evidence:
    """Random one-layer networks with BatchNorm: adversarial examples and statistics."""
    import jax
    import numpy as np
    from jax.tree_util import Partial

    from jaxat import ThreatModel
    from jaxat.attacks import pgd

    rng, count, errors = run.rng, run.pick(10, 100), []
    V, a = rng.normal(size=(count, AXES, UNITS)), rng.normal(size=(count, UNITS))
    x, y = rng.normal(size=(count, BATCH, AXES)), rng.integers(0, 2, (count, BATCH))
    mean, variance = rng.normal(size=(count, UNITS)), rng.uniform(0.5, 2, (count, UNITS))
    threat = ThreatModel("l2", EPS, bounds=None)
    for mode in ("eval", "local", "reference"):
        attack = pgd(
            threat, steps=STEPS, step_size=STEP_SIZE, random_start=False, bn=mode, unroll=1
        )

        @jax.jit
        @jax.vmap
        def ours(V: Any, a: Any, state: Any, x: Any, y: Any, attack: Any = attack) -> Any:
            result = attack(Partial(model, (V, a)), None, x, y, state=state)
            return result.x_adv, result.state

        given = {"mean": mean, "variance": variance}
        found, after = jax.tree.map(np.asarray, ours(V, a, given, x, y))
        for k in range(count):
            state = {name: value[k] for name, value in given.items()}
            x_adv, expected = naive_attack((V[k], a[k]), state, x[k], y[k], mode)
            far = [np.abs(found[k] - x_adv).max()]
            far += [np.abs(after[name][k] - expected[name]).max() for name in state]
            still = all(np.array_equal(after[name][k], state[name]) for name in state)
            errors.append(max(far) + (still is not (mode != "reference")))
    return agreement(run, errors, 1e-9)
