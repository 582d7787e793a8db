"""FAB, the fast adaptive boundary attack: it looks for the nearest point that is misclassified."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, get_args

import jax
import jax.numpy as jnp
from jax import Array
from jax.core import Tracer
from jax.tree_util import Partial

from jaxat._sampling import require_key
from jaxat.attacks.fab_steps import Course, Problem, Search, begin, fab_step, restart_start
from jaxat.attacks.inputs import checked_inputs, require_classes, require_integer, require_threat
from jaxat.attacks.result import Attack, AttackResult, Trace
from jaxat.threat import ThreatModel

__all__ = ["Stop", "fab"]

Stop = Literal["norm", "reference"]


def fab(
    threat: ThreatModel,
    *,
    steps: int = 100,
    restarts: int = 1,
    alpha_max: float = 0.1,
    eta: float = 1.05,
    beta: float = 0.9,
    stop: Stop = "norm",
    unroll: bool | None = None,
    trace: bool = False,
) -> Attack:
    """Build ``attack(logits_fn, key, x, y, *, x_init, target, state, index) -> AttackResult``.

    FAB (Croce and Hein, "Minimally distorted Adversarial Examples with a Fast Adaptive Boundary
    Attack", 2020) minimises the norm. Each step replaces the decision boundary by its tangent
    hyperplane at the point x_k, and finds the shortest moves d_k of x_k and d_0 of the image x onto
    it within the bounds; then, with ``a = min(||d_k|| / (||d_k|| + ||d_0||), alpha_max)``,

        ``x_{k+1} = clip((1 - a) (x_k + eta d_k) + a (x + eta d_0))``.

    If that is misclassified and nearer than every point before, it is kept, and the search goes on
    from ``x + beta (x_{k+1} - x)``. A step takes one forward and backward pass and one forward
    pass; without a target a backward pass for every other class.

    Args:
        threat: norm, bounds, and the radius that decides about success. (It does not bound the
            search; for the restarts it gives the size of the noise.)
        steps: number of steps of each run, at least 1.
        restarts: number of runs, the first one from x, others from x and noise of length eps / 2.
            Only images without success take part in them.
        alpha_max: largest weight of the move from x, in [0, 1].
        eta: how far beyond the hyperplane a step goes, at least 1.
        beta: share of the perturbation that is left after a success, in (0, 1).
        stop: ``"norm"`` ends the search for an image as soon as the norm is at most eps, and for a
            batch once that holds for all of it; ``"reference"`` goes on to the last step, as the
            public code does, for points that are nearer still. Verdicts are the same.
        unroll: True for a loop on the host over a compiled step (unrolled under ``jax.jit``), False
            for a compiled loop. Unless given, True on the CPU, where gradients of convolutions are
            several times slower inside a compiled loop, and False elsewhere.
        trace: also return loss, success and point after every step; nothing ends early then.

    The attack:
        Is called as that of `jaxat.attacks.pgd`. ``target`` are classes t: the only boundary looked
        at is that between t and the label, ``z_t = z_y`` (FAB-T in AutoAttack); without it the
        nearest of all boundaries, as the tangents say. Either way an image counts as misclassified
        if its class is not the label. With ``state=``, ``logits_fn(state, x, train="eval")`` gives
        ``(logits, state)``. ``x_init`` replaces the start of the first run, clipped to the bounds.
        Images that are misclassified as they are come back as they are. ``key`` may be None
        without restarts.

        ``x_adv`` is the nearest misclassified point where its norm is at most eps (``success``),
        and x elsewhere; ``best_x`` is the nearest one whatever its norm, and ``best_loss`` is
        *minus* its norm (minus infinity, with x, where there was none). So robust accuracy at every
        other radius r can be read off: ``-best_loss > r``, with ``stop="reference"``.

    Raises:
        ValueError: a value out of range, inputs outside the bounds or labels that are no classes
            (seen in eager use only), shapes that do not fit, restarts without a key.

    >>> weights = jnp.array([[3.0, -1.0], [0.0, 0.0]])
    >>> attack = fab(ThreatModel("linf", 0.3), stop="reference", eta=1.0001)
    >>> result = attack(lambda x: x @ weights.T, None, jnp.array([[0.5, 0.5]]), jnp.array([0]))
    >>> print(result.success, result.best_loss.round(3))
    [ True] [-0.25]
    """
    require_threat(threat)
    require_integer("steps", steps, 1)
    require_integer("restarts", restarts, 1)
    for name, value, least, most in (
        ("alpha_max", alpha_max, 0, 1),
        ("eta", eta, 1, math.inf),
        ("beta", beta, 0, 1),
    ):
        if not least <= value <= most or not math.isfinite(value):
            raise ValueError(f"{name} is a number in [{least}, {most}]; got {value!r}.")
    if stop not in get_args(Stop):
        raise ValueError(f"stop is one of {', '.join(get_args(Stop))}; got {stop!r}.")
    if unroll is not None and not isinstance(unroll, bool):
        raise ValueError(f"unroll is True, False or None; got {unroll!r}.")

    def step(fn: Callable[..., Any], data: Problem, search: Search) -> tuple[Search, Course]:
        early = stop == "norm"
        return fab_step(threat, (alpha_max, eta, beta), early, fn, data, search)

    def compiled_loop(
        fn: Callable[..., Any], data: Problem, search: Search
    ) -> tuple[Search, Course | None]:
        if trace:
            return jax.lax.scan(lambda s, _: step(fn, data, s), search, None, length=steps)

        def unfinished(carry: tuple[Array, Search]) -> Array:
            return (carry[0] < steps) & ~jnp.all(carry[1].done)

        def body(carry: tuple[Array, Search]) -> tuple[Array, Search]:
            return carry[0] + 1, step(fn, data, carry[1])[0]

        start = (jnp.zeros((), jnp.int32), search)
        return jax.lax.while_loop(unfinished, body, start)[1], None

    def host_loop(
        one_step: Any, fn: Callable[..., Any], data: Problem, search: Search
    ) -> tuple[Search, Course | None]:
        points = []
        for _ in range(steps):
            if not (trace or isinstance(search.done, Tracer)) and bool(search.done.all()):
                break
            search, point = one_step(fn, data, search)
            points.append(point)
        if not trace:
            return search, None
        return search, jax.tree.map(lambda *leaves: jnp.stack(leaves), *points)

    def noise_of(key: Any, x: Array, places: Array, run: Any) -> Array:
        return restart_start(threat, key, x, places, run)

    jitted_begin, jitted_step, jitted_loop = map(jax.jit, (begin, step, compiled_loop))
    jitted_noise = jax.jit(noise_of)

    def attack(
        logits_fn: Callable[..., Any],
        key: Any,
        x: Any,
        y: Any,
        *,
        x_init: Any = None,
        target: Any = None,
        state: Any = None,
        index: Any = None,
    ) -> AttackResult:
        inputs = checked_inputs(threat, x, y, x_init, target, index)
        if restarts > 1 and key is None:
            raise ValueError("restarts need a key, for example jax.random.key(0); got None.")
        if restarts > 1:
            require_key(key)
        # A pytree is an argument of what is compiled; a plain function would be frozen into it.
        tree = not jax.tree_util.all_leaves([logits_fn])
        fn = logits_fn if tree else Partial(logits_fn)
        data = Problem(inputs.x, inputs.y, inputs.target, state)
        eager = not (tree or isinstance(inputs.x, Tracer))
        on_host = (eager or jax.default_backend() == "cpu") if unroll is None else unroll

        search, logits = (jitted_begin if tree else begin)(fn, data)
        require_classes(logits, inputs)
        courses: list[Course | None] = []
        if trace:
            courses.append(Course(-search.length, search.done, search.point))
        if inputs.x_init is not None:
            lo, hi = threat.bounds or (-math.inf, math.inf)
            search = search._replace(point=jnp.clip(inputs.x_init, lo, hi))
        for run in range(restarts):
            if run:
                point = jitted_noise(key, inputs.x, inputs.places, jnp.asarray(run))
                done = search.length <= jnp.asarray(threat.eps, search.length.dtype)
                search = search._replace(point=point, done=done)
            if on_host:
                # A new function for each call when traced: traced once, in no cache afterwards.
                traced_step = step if eager else jax.jit(lambda *args: step(*args))
                one_step = jitted_step if tree else traced_step
                search, course = host_loop(one_step, fn, data, search)
            else:
                search, course = (jitted_loop if tree else compiled_loop)(fn, data, search)
            courses.append(course)
        return jax.lax.stop_gradient(_result(threat, inputs.x, search, state, courses))

    return attack


def _result(
    threat: ThreatModel, x: Array, search: Search, state: Any, courses: list[Any]
) -> AttackResult:
    success = search.length <= jnp.asarray(threat.eps, search.length.dtype)
    x_adv = jnp.where(success.reshape(-1, *[1] * (x.ndim - 1)), search.nearest, x)
    points = None
    if courses[-1] is not None:
        courses[0] = jax.tree.map(lambda a: a[None], courses[0])
        points = Trace(*jax.tree.map(lambda *parts: jnp.concatenate(parts), *courses))
    return AttackResult(x_adv, success, search.nearest, -search.length, points, state)
