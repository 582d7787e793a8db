"""Projected gradient ascent on the loss of a classifier, from a start inside the threat model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple, get_args

import jax
import jax.numpy as jnp
import optax
from jax import Array, lax
from jax.core import Tracer
from jax.tree_util import Partial

from jaxat._sampling import require_key
from jaxat.attacks.inputs import (
    Inputs,
    checked_inputs,
    require_classes,
    require_integer,
    require_threat,
    with_state,
)
from jaxat.attacks.losses import LOSSES, Loss, LossName, fooled
from jaxat.attacks.result import Attack, AttackResult, Trace
from jaxat.attacks.steps import Start, step_rule_of
from jaxat.threat import ThreatModel

__all__ = ["BatchNormMode", "pgd"]

BatchNormMode = Literal["eval", "local", "reference"]

# What a model is told by ``train=``, and whether the state it returns is kept.
_TRAIN: dict[str, str] = {"eval": "eval", "local": "batch", "reference": "update"}


class _Data(NamedTuple):
    x: Array
    labels: Array
    goal: Array | None
    clean: Array | None


class _Carry(NamedTuple):
    delta: Array
    rule: Any
    state: Any
    best_x: Array
    best_loss: Array


def pgd(
    threat: ThreatModel,
    *,
    steps: int = 10,
    step_size: float | Array | optax.Schedule | None = None,
    random_start: bool | Start = True,
    bn: BatchNormMode = "eval",
    loss: LossName | Loss = "ce",
    step_rule: optax.GradientTransformation | None = None,
    trace: bool = False,
    unroll: bool | int | None = None,
) -> Attack:
    """Build ``attack(logits_fn, key, x, y, *, x_init, target, state, index) -> AttackResult``.

    ``delta <- P(delta + alpha * steepest(grad_x loss(x + delta)))``, with P and the steepest
    direction of ``threat`` (Madry et al., "Towards Deep Learning Models Resistant to Adversarial
    Attacks", 2018). Gradients are with respect to the input alone.

    Args:
        threat: norm, radius and bounds.
        steps: number of gradient steps, at least 0. One step of size eps without a random start is
            FGSM; no step at all is noise.
        step_size: alpha in input units, or an optax schedule; ``2.5 * eps / steps`` unless given.
        random_start: True draws ``threat.random_start``, False starts at x; or a function of
            (key, x, index) such as ``gaussian_start(1e-3)``, whose result is projected.
        bn: what the state of the model does, see below.
        loss: ``"ce"``; ``"margin"``, the largest other logit minus that of the label; ``"kl"``,
            ``KL(p(x) || p(x + delta))`` as in TRADES; or a function (logits, y) -> (batch,).
        step_rule: an optax transformation instead of the steepest step. It sees the gradient of
            *minus* the loss of the whole batch; one that takes norms over all of it makes the
            result for an image depend on its neighbours.
        trace: also return loss and success at every point.
        unroll: True for a Python loop over a step, which is a loop on the host in eager use and
            unrolled under ``jax.jit``; an integer for ``lax.scan`` with that unroll. Unless
            given, True on the CPU, where XLA's gradients of convolutions are several times slower
            inside a compiled loop, and 1 elsewhere (True for a plain function in eager use).

    The attack:
        ``logits_fn(x) -> logits`` for a model without state, or one whose state is closed over.
        With ``state=``, ``logits_fn(state, x, train=...) -> (logits, new_state)``, which is
        ``jax.tree_util.Partial(model.apply, params)`` for the models of `jaxat.models`; then
        ``bn="eval"`` passes ``train="eval"`` (running statistics), ``"local"`` passes ``"batch"``
        (statistics of the batch attacked; new_state is dropped), and ``"reference"`` passes
        ``"update"`` and hands each new_state to the next pass, the last one at x_adv included, so
        that running statistics move as in the public code of AWP; it returns them.

        ``x`` are images (batch, ...) in any layout, and everything has their dtype (in bfloat16
        ``x + delta`` is rounded, by up to 2**-9 near 1, out of the ball if need be: keep images in
        float32 and let the model compute in bfloat16). ``y`` are labels. ``target`` are the classes
        that a targeted attack wants instead: it ascends ``-loss(logits, target)``. ``x_init``
        replaces the start and is projected. Image i draws from ``fold_in(key, index[i])``, with
        ``index`` 0, 1, ... unless given: pass places in the data set, and the result does not
        depend on how images are put into batches. ``key`` may be None if nothing is drawn.

        A ``logits_fn`` that is a pytree, as a ``Partial`` is, is an argument of the compiled step:
        new parameters compile nothing anew. A plain function runs operation by operation, unless
        it or the call of the attack is inside ``jax.jit``.

    Raises:
        ValueError: a value out of range; inputs outside the bounds or labels that are no classes
            (seen in eager use only); shapes that do not fit; a KL attack that would start at x,
            where its gradient is 0.

    >>> weights = jnp.array([[1.0, -1.0], [0.0, 0.0]])
    >>> attack = pgd(ThreatModel("linf", 0.25), steps=5, step_size=0.125)
    >>> x, y = jnp.array([[0.5, 0.5]]), jnp.array([0])
    >>> result = attack(lambda x: x @ weights.T, jax.random.key(0), x, y)
    >>> result.x_adv.tolist(), result.success.tolist()
    ([[0.25, 0.75]], [True])
    """
    require_threat(threat)
    require_integer("steps", steps, 0)
    if bn not in _TRAIN:
        raise ValueError(f"bn is one of {', '.join(_TRAIN)}; got {bn!r}.")
    if not callable(loss) and loss not in LOSSES:
        raise ValueError(
            f"loss is one of {', '.join(get_args(LossName))} or callable; got {loss!r}"
        )
    if unroll is not None and not isinstance(unroll, bool):
        require_integer("unroll", unroll, 1)
    rule = optax.with_extra_args_support(step_rule_of(threat, steps, step_size, step_rule))
    loss_fn = loss if callable(loss) else LOSSES[loss]

    def forward(fn: Callable[..., Any], state: Any, x: Array) -> tuple[Array, Any]:
        if state is None:
            return fn(x), None
        logits, moved = with_state(fn(state, x, train=_TRAIN[bn]))
        return logits, moved if bn == "reference" else state

    def objective(logits: Array, data: _Data) -> Array:
        if loss == "kl":
            return loss_fn(logits, data.clean)  # pyright: ignore[reportArgumentType]
        values = loss_fn(logits, data.labels) if data.goal is None else -loss_fn(logits, data.goal)
        if values.shape != data.labels.shape:
            raise ValueError(
                f"a loss gives one number an image, shape {data.labels.shape}; got {values.shape}."
            )
        return values

    def succeeds(logits: Array, data: _Data) -> Array:
        return fooled(logits, data.labels) if data.goal is None else ~fooled(logits, data.goal)

    def visit(carry: _Carry, x_adv: Array, losses: Array, state: Any) -> _Carry:
        # A NaN is not passed over: whoever looks at the best loss shall see it.
        better = (losses > carry.best_loss) | jnp.isnan(losses)
        kept = jnp.where(better.reshape(-1, *[1] * (x_adv.ndim - 1)), x_adv, carry.best_x)
        best = jnp.where(better, losses.astype(carry.best_loss.dtype), carry.best_loss)
        return carry._replace(state=state, best_x=kept, best_loss=best)

    def step(fn: Callable[..., Any], data: _Data, carry: _Carry) -> tuple[_Carry, Trace]:
        x_adv = threat.perturb(data.x, carry.delta)

        def of_input(x: Array) -> tuple[Array, tuple[Array, Any]]:
            logits, state = forward(fn, carry.state, x)
            return objective(logits, data), (succeeds(logits, data), state)

        losses, pullback, (success, state) = jax.vjp(of_input, x_adv, has_aux=True)
        (gradient,) = pullback(jnp.ones_like(losses))
        updates, moved = rule.update(-gradient, carry.rule, carry.delta, x=data.x)
        delta = threat.project(carry.delta + jnp.asarray(updates, data.x.dtype), data.x)
        new = visit(carry, x_adv, losses, state)._replace(delta=delta, rule=moved)
        return lax.stop_gradient((new, Trace(losses, success)))

    def loop(fn: Callable[..., Any], data: _Data, carry: _Carry) -> tuple[_Carry, Trace]:
        def body(carry: _Carry, _: None) -> tuple[_Carry, Trace]:
            return step(fn, data, carry)

        return lax.scan(body, carry, None, length=steps, unroll=int(unroll or 1))

    def python_loop(one_step: Any, fn: Any, data: _Data, carry: _Carry) -> tuple[_Carry, Trace]:
        points = []
        for _ in range(steps):
            carry, point = one_step(fn, data, carry)
            points.append(point)
        return carry, jax.tree.map(lambda *leaves: jnp.stack(leaves), *points)

    compiled_step, compiled_loop, compiled_forward = map(jax.jit, (step, loop, forward))

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
        if loss == "kl" and target is not None:
            raise ValueError('loss="kl" moves away from p(x) and takes no target; use "ce".')
        if state is None and bn != "eval":
            raise ValueError(
                f'bn="{bn}" needs state=..., and logits_fn(state, x, train=...) that returns '
                f"(logits, new_state). Without state the statistics are those logits_fn has."
            )
        # A pytree is an argument of what is compiled; a plain function would be frozen into it.
        tree = not jax.tree_util.all_leaves([logits_fn])
        traced = isinstance(inputs.x, Tracer)
        fn = logits_fn if tree else Partial(logits_fn)
        one_forward = compiled_forward if tree else forward

        delta = _start(threat, random_start, loss, key, inputs)
        clean = None
        if loss == "kl":
            clean, state = lax.stop_gradient(one_forward(fn, state, inputs.x))
        data = _Data(inputs.x, inputs.y, inputs.target, clean)
        lowest = jnp.full(inputs.y.shape, -jnp.inf, jnp.promote_types(inputs.x.dtype, jnp.float32))
        carry, course = _Carry(delta, rule.init(delta), state, inputs.x, lowest), None

        eager = not (tree or traced)
        on_cpu = jax.default_backend() == "cpu"
        if steps and (unroll is True or (unroll is None and (on_cpu or eager))):
            # A new function for each call when traced: traced once, and in no cache afterwards.
            traced_step = step if eager else jax.jit(lambda *args: step(*args))
            one_step = compiled_step if tree else traced_step
            carry, course = python_loop(one_step, fn, data, carry)
        elif steps:
            carry, course = (compiled_loop if tree else loop)(fn, data, carry)

        x_adv = threat.perturb(inputs.x, carry.delta)
        logits, state = one_forward(fn, carry.state, x_adv)
        losses, success = objective(logits, data), succeeds(logits, data)
        require_classes(logits, inputs)
        carry = visit(carry, x_adv, losses, state)
        points = Trace(losses[None], success[None])
        if course is not None:
            points = jax.tree.map(lambda a, b: jnp.concatenate([a, b]), course, points)
        result = AttackResult(x_adv, success, carry.best_x, carry.best_loss, state=carry.state)
        return lax.stop_gradient(result._replace(trace=points) if trace else result)

    return attack


def _start(
    threat: ThreatModel, random_start: bool | Start, loss: object, key: Any, inputs: Inputs
) -> Array:
    x = inputs.x
    if inputs.x_init is not None:
        return threat.project(inputs.x_init - x, x)
    if random_start is False:
        if loss == "kl":
            raise ValueError(
                'loss="kl" has gradient 0 at x itself: give random_start=True, '
                "random_start=gaussian_start(1e-3) as in TRADES, or x_init."
            )
        return jnp.zeros_like(x)
    if key is None:
        raise ValueError("a random start needs a key, for example jax.random.key(0); got None.")
    require_key(key)
    if random_start is True:
        return threat.random_start(key, x, index=inputs.places)
    return threat.project(random_start(key, x, inputs.places), x)
