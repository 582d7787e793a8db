"""Auto-PGD: projected gradient ascent with momentum that finds its step size by itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.core import Tracer
from jax.tree_util import Partial

from jaxat._sampling import require_key
from jaxat.attacks import apgd_steps as steps_of
from jaxat.attacks.apgd_runs import (
    ApgdLoss,
    check_options,
    frozen,
    merge,
    phases,
    ranked,
    takes_key,
)
from jaxat.attacks.apgd_steps import Point, Problem, Run
from jaxat.attacks.dlr import dlr, dlr_targeted
from jaxat.attacks.inputs import checked_inputs, require_classes, require_threat
from jaxat.attacks.losses import Loss, cross_entropy, fooled, margin
from jaxat.attacks.result import Attack, AttackResult, Trace
from jaxat.threat import ThreatModel

__all__ = ["ApgdLoss", "apgd"]

_LOSSES: dict[str, Loss] = {"ce": cross_entropy, "dlr": dlr, "margin": margin}


def apgd(
    threat: ThreatModel,
    *,
    loss: ApgdLoss | Loss = "ce",
    steps: int = 100,
    restarts: int = 1,
    targets: int | None = None,
    rho: float = 0.75,
    eot: int = 1,
    large_start: bool = False,
    trace: bool = False,
    unroll: bool | None = None,
) -> Attack:
    """Build ``attack(logits_fn, key, x, y, *, x_init, target, state, index) -> AttackResult``.

    ``z = P(x_k + eta s(g_k))``, ``x_(k+1) = P(x_k + 3/4 (z - x_k) + 1/4 (x_k - x_(k-1)))`` with
    ``s(g)`` the sign or ``g / ||g||_2`` and eta = 2 eps at first. After 22, 41, 57, 70, 80, 87, 93,
    99 of 100 steps, an image whose loss rose in at most the share ``rho`` of the steps since, or
    whose best loss stood still without a halving at the last check, halves eta and returns to its
    best point (Croce and Hein, "Reliable evaluation of adversarial robustness with an ensemble of
    diverse parameter-free attacks", 2020). For L1, sparse steps (Croce and Hein, "Mind the Box",
    2021). In float64 the iterates are those of the authors' code, if
    ``threat.combine == "ball-then-box"`` for L2.

    Args:
        threat: norm, radius and bounds.
        loss: ``"ce"``, ``"dlr"`` (three classes or more), ``"margin"``, a function (logits, y) ->
            (batch,), or ``"dlr_targeted"`` (four classes or more): away from y towards a class.
        steps: number of steps T; the model is seen at T + 1 points.
        restarts: random starts; an image once wrong keeps its first adversarial example.
        targets: with ``"dlr_targeted"`` and no ``target=``: the classes of rank 2, ...,
            targets + 1 of the clean logits in turn; 9, or all others if fewer, unless given.
        rho: see above.
        eot: gradients averaged at each point, for randomised models (expectation over
            transformations). A model that has a parameter ``key`` gets a fresh key each time.
        large_start: begin at radius 3 eps and 2 eps for 30 % of the steps each, as published for
            L1 (and only there).
        trace: return every point, its loss and its success; for several runs one after the other.
        unroll: True for a loop on the host over one compiled iteration (unrolled under
            ``jax.jit``), False for a compiled loop. Unless given, True on the CPU, where XLA's
            gradients of convolutions may be several times slower inside a loop, and False
            elsewhere (True for a plain function in eager use).

    The attack:
        Inputs, ``state``, ``index`` and what a pytree ``logits_fn`` means are those of
        `jaxat.attacks.pgd`, with the statistics of BatchNorm frozen (``train="eval"``).
        ``x_adv`` is the last point that the model got wrong, else the one of the highest loss;
        ``success`` says whether there was any. With ``target`` and ``"ce"``, ``"margin"`` or a
        function the attack ascends ``-loss(logits, target)`` and succeeds where the model says
        target; with ``"dlr_targeted"`` it succeeds where the model is wrong, whatever it says.

    Raises:
        ValueError: a value out of range, a loss for more classes than there are, a target for a
            loss that has none, shapes that do not fit, inputs outside the bounds or labels that are
            no classes (seen in eager use only).

    >>> weights = jnp.array([[1.0, -1.0], [0.0, 0.0]])
    >>> attack = apgd(ThreatModel("linf", 0.25), steps=10)
    >>> x, y = jnp.array([[0.5, 0.5]]), jnp.array([0])
    >>> result = attack(Partial(lambda w, x: x @ w.T, weights), jax.random.key(0), x, y)
    >>> result.best_x.tolist(), result.success.tolist()
    ([[0.25, 0.75]], [True])
    """
    require_threat(threat)
    check_options(threat, loss, steps, restarts, targets, rho, eot, large_start)
    if unroll is not None and not isinstance(unroll, bool):
        raise ValueError(f"unroll is True, False or None; got {unroll!r}.")

    def objective(logits: Array, problem: Problem) -> tuple[Array, Array]:
        wrong = fooled(logits, problem.labels)
        if loss == "dlr_targeted":
            assert problem.goal is not None
            return dlr_targeted(logits, problem.labels, problem.goal), wrong
        fn = loss if callable(loss) else _LOSSES[loss]
        if problem.goal is not None:
            return -fn(logits, problem.goal), ~fooled(logits, problem.goal)
        return fn(logits, problem.labels), wrong

    def look(fn: Any, problem: Problem, x: Array, key: Any) -> Point:
        def of_input(x: Array) -> tuple[Array, Array]:
            losses, wrong = objective(fn(x) if key is None else fn(x, key=key), problem)
            if losses.shape != problem.x.shape[:1]:
                raise ValueError(
                    f"a loss gives one number an image, shape {problem.x.shape[:1]}; "
                    f"got {losses.shape}."
                )
            return losses, wrong

        losses, pullback, wrong = jax.vjp(of_input, x, has_aux=True)
        (gradient,) = pullback(jnp.ones_like(losses))
        return lax.stop_gradient(Point(losses, wrong, gradient))

    def advance(run: Run, problem: Problem, at: Point, first: Any, window: Any) -> Run:
        here = steps_of.with_radius(threat, problem.eps)
        run, gradient = steps_of.record(here, rho, run, problem, at, first, window)
        return steps_of.move(here, run, problem, gradient, first)

    def step(
        fn: Any, problem: Problem, run: Run, first: Any, window: Any, key: Any
    ) -> tuple[Run, Trace]:
        x = run.x
        at = look(fn, problem, x, key)
        return advance(run, problem, at, first, window), Trace(at.loss, at.wrong, x)

    def averaged(
        fn: Any, problem: Problem, run: Run, first: Any, window: Any, key: Any, compiled: bool
    ) -> tuple[Run, Trace]:
        see = look_jit if compiled else look
        draws = [see(fn, problem, run.x, _fold(key, draw)) for draw in range(eot)]
        gradient = sum((at.gradient for at in draws[1:]), start=draws[0].gradient) / eot
        at = draws[-1]._replace(gradient=gradient)
        after = advance_jit(run, problem, at, first, window)
        return after, Trace(at.loss, at.wrong, run.x)

    def device_loop(fn: Any, problem: Problem, run: Run, lengths: Array, keys: Any) -> Any:
        def body(run: Run, inputs: Any) -> tuple[Run, Any]:
            first, window, key = inputs
            x = run.x

            def again(draw: Any, total: Point) -> Point:
                at = look(fn, problem, x, _fold(key, draw) if eot > 1 else key)
                return at._replace(gradient=total.gradient + at.gradient)

            none = Point(run.best_loss, run.wrong, jnp.zeros_like(x))
            shapes = jax.eval_shape(lambda: again(0, none))
            none = none._replace(loss=jnp.zeros(shapes.loss.shape, shapes.loss.dtype))
            at = again(0, none) if eot == 1 else lax.fori_loop(0, eot, again, none)
            at = at._replace(gradient=at.gradient / eot)
            new = advance(run, problem, at, first, window)
            return new, Trace(at.loss, at.wrong, x) if trace else None

        first = jnp.arange(lengths.shape[0]) == 0
        return lax.scan(body, run, (first, lengths, keys))

    def start(problem: Problem, key: Any, places: Array, given: Array | None) -> Run:
        here = steps_of.with_radius(threat, problem.eps)
        if given is None:
            x = steps_of.random_start(here, key, problem.x, places)
        else:
            x = steps_of.into_ball(here, problem.x, given)
        return steps_of.begin(here, x, problem, large_start or given is not None)

    def logits_of(fn: Any, x: Array, key: Any) -> Array:
        return fn(x, key=key) if takes_key(fn) else fn(x)

    step_jit, look_jit, advance_jit = jax.jit(step), jax.jit(look), jax.jit(advance)
    loop_jit, start_jit, logits_jit = jax.jit(device_loop), jax.jit(start), jax.jit(logits_of)

    def run_once(
        fn: Any, compiled: bool, problem: Problem, key: Any, places: Array, given: Any, count: int
    ) -> tuple[Run, Trace | None]:
        start_key, model_key = _two(key)
        run = start_jit(problem, start_key, places, given)
        lengths = steps_of.windows(threat.norm, count)
        keys = None
        if takes_key(fn):
            if key is None:
                raise ValueError("the model takes a key; give the attack one, jax.random.key(0).")
            keys = jax.random.split(model_key, count + 1)
        on_cpu = jax.default_backend() == "cpu"
        if not (on_cpu or not compiled if unroll is None else unroll):
            return (loop_jit if compiled else device_loop)(
                fn, problem, run, jnp.asarray(lengths), keys
            )
        points = []
        several = partial(averaged, compiled=compiled)
        one: Any = several if eot > 1 else (step_jit if compiled else step)
        for number, window in enumerate(lengths):
            key_here = None if keys is None else keys[number]
            run, point = one(fn, problem, run, np.bool_(number == 0), window, key_here)
            if trace:
                points.append(point)
        return run, jax.tree.map(lambda *leaves: jnp.stack(leaves), *points) if trace else None

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
        require_key(key)
        inputs = checked_inputs(threat, x, y, x_init, target, index)
        if target is not None and loss == "dlr":
            raise ValueError("loss='dlr' has no target; use loss='dlr_targeted'.")
        if key is None and x_init is None:
            raise ValueError("a random start needs a key, for example jax.random.key(0); got None.")
        compiled = not jax.tree_util.all_leaves([logits_fn])
        fn: Any = logits_fn if compiled else Partial(logits_fn)
        if state is not None:
            fn = Partial(frozen, fn, state)
        traced = isinstance(inputs.x, Tracer)
        if not traced:
            shape_of = partial(jax.eval_shape, logits_jit) if compiled else logits_of
            require_classes(shape_of(fn, inputs.x, key), inputs)
        eps = jnp.asarray(threat.eps, inputs.x.dtype)
        goals = [inputs.target]
        if loss == "dlr_targeted" and target is None:
            goals = ranked(fn, key, inputs.x, targets)
        result, traces = None, []
        for number in range(len(goals) * restarts):
            problem = Problem(inputs.x, inputs.y, goals[number // restarts], eps)
            own = key if key is None or number == 0 else jax.random.fold_in(key, number)
            given = inputs.x_init if number % restarts == 0 else None
            if given is None and own is None:
                raise ValueError("restarts after x_init need a key, for example jax.random.key(0).")
            run = None
            for radius, count in phases(steps, large_start):
                scaled = problem._replace(eps=eps * radius)
                run, course = run_once(
                    fn, compiled and not traced, scaled, own, inputs.places, given, count
                )
                given = run.best_x
                traces.append(course)
            assert run is not None
            result = merge(result, run)
        assert result is not None
        if trace:
            result = result._replace(trace=jax.tree.map(lambda *p: jnp.concatenate(p), *traces))
        return lax.stop_gradient(result._replace(state=state))

    return attack


def _fold(key: Any, number: Any) -> Any:
    return None if key is None else jax.random.fold_in(key, number)


def _two(key: Any) -> tuple[Any, Any]:
    if key is None:
        return None, None
    first, second = jax.random.split(key)
    return first, second
