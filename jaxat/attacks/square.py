"""Square: random search that changes one window at a time and looks at logits only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple, get_args

import jax
import jax.numpy as jnp
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
from jaxat.attacks.losses import fooled, margin
from jaxat.attacks.result import Attack, AttackResult, Trace
from jaxat.attacks.square_steps import Draw, StartDraw, bumps, proposal, sides, start
from jaxat.threat import ThreatModel

__all__ = ["Layout", "Windows", "square"]

Windows = Literal["image", "reference"]
Layout = Literal["NHWC", "NCHW"]


class _Problem(NamedTuple):
    x: Array
    labels: Array
    goal: Array | None
    state: Any
    own: Array
    shared: Array


class _Search(NamedTuple):
    best: Array
    loss: Array
    wrong: Array
    done: Array


def square(
    threat: ThreatModel,
    *,
    queries: int = 5000,
    p_init: float = 0.8,
    rescale_schedule: bool = False,
    windows: Windows = "image",
    layout: Layout = "NHWC",
    chunk: int = 100,
    trace: bool = False,
) -> Attack:
    """Build ``attack(logits_fn, key, x, y, *, x_init, target, state, index) -> AttackResult``.

    Square (Andriushchenko, Croce, Flammarion and Hein, "Square Attack: a query-efficient black-box
    adversarial attack via random search", 2020) starts from stripes of +-eps (L2, L1: signed
    bumps in tiles). Each query draws a window and a sign for each channel, and keeps the new point
    if the margin ``z_y - max_{j != y} z_j`` falls; at a margin of at most 0 an image is done. A
    query is one forward pass; there are no gradients.

    Args:
        threat: norm, radius and bounds.
        queries: number of queries after the start, at least 0.
        p_init: share of the image that a window has at first, in (0, 1]; it halves after 10, 50,
            200, 500, 1000, 2000, 4000, 6000 and 8000 queries.
        rescale_schedule: halve after that many 10,000ths of the queries instead. AutoAttack does
            not.
        windows: ``"image"`` draws windows and signs for each image; ``"reference"`` draws one
            window (L-infinity: and one sign a channel) a query for the whole batch, as the public
            code does.
        layout: where images of three axes have their channels. Images of two axes have one channel,
            and vectors are one row of pixels.
        chunk: number of queries in one compiled call; between calls the host looks whether all
            images are done. Under ``jax.jit`` all queries are one loop. (Only forward passes are in
            the loop, which costs little on the CPU; gradients would.)
        trace: also return margin and success of the point kept after every query; nothing ends
            early then.

    The attack:
        Is called as that of `jaxat.attacks.pgd`. Image i draws from ``fold_in(key, index[i])`` and
        the number of the query, so the result does not depend on how images are put into batches
        (windows that are shared depend on the number of the query alone). With ``target`` the
        margin is that of the target to the largest other logit, and success is to be taken for the
        target. ``x_init`` replaces the start and is projected. With ``state=``,
        ``logits_fn(state, x, train="eval")`` gives ``(logits, state)``.

        ``x_adv`` and ``best_x`` are the point kept, ``best_loss`` is minus its margin; an image
        that is misclassified as it is comes back as it is. A plain function as ``logits_fn`` is
        compiled in every call; a pytree, as ``Partial`` is, once.

    Raises:
        ValueError: a value out of range, inputs outside the bounds or labels that are no classes
            (seen in eager use only), shapes that do not fit, no key, images without five rows and
            columns for L2 and L1.

    >>> attack = square(ThreatModel("linf", 0.25), queries=20)
    >>> x, y = jnp.full((1, 4, 4, 1), 0.5), jnp.array([0])
    >>> result = attack(lambda x: x.mean((1, 2, 3)) - 0.7, jax.random.key(0), x, y, target=y + 1)
    >>> print(result.success, result.x_adv.max())
    [ True] 0.75
    """
    require_threat(threat)
    require_integer("queries", queries, 0)
    require_integer("chunk", chunk, 1)
    if not 0 < p_init <= 1:
        raise ValueError(f"p_init is a share of the image, in (0, 1]; got {p_init!r}.")
    for name, value, choices in (("windows", windows, Windows), ("layout", layout, Layout)):
        if value not in get_args(choices):
            raise ValueError(f"{name} is one of {', '.join(get_args(choices))}; got {value!r}.")

    def logits_of(fn: Callable[..., Any], data: _Problem, x: Array, like: Any) -> Array:
        images = _given(x, like, layout)
        if data.state is None:
            return fn(images)
        return with_state(fn(data.state, images, train="eval"))[0]

    def look(fn: Callable[..., Any], data: _Problem, x: Array, like: Any) -> tuple[Array, Array]:
        logits = logits_of(fn, data, x, like)
        if data.goal is None:
            loss, success = margin(logits, data.labels), fooled(logits, data.labels)
        else:
            loss, success = -margin(logits, data.goal), ~fooled(logits, data.goal)
        return loss.astype(jnp.promote_types(x.dtype, jnp.float32)), success

    def begin(fn: Callable[..., Any], data: _Problem, x_init: Array | None, like: Any) -> _Search:
        x = data.x
        clean, at_once = look(fn, data, x, like)
        point = start(threat, x, _start_draw(threat, windows, data)) if x_init is None else x_init
        loss, wrong = look(fn, data, point, like)
        keep = at_once[:, None, None, None]
        best = jnp.where(keep, x, point)
        loss, wrong = jnp.where(at_once, clean, loss), at_once | wrong
        # Written so that a NaN is done with, and stays to be seen.
        return _Search(best, loss, wrong, at_once | ~(loss < 0))

    def query(
        fn: Callable[..., Any], data: _Problem, like: Any, search: _Search, number: Any
    ) -> _Search:
        _, height, width, _ = data.x.shape
        each = sides(threat.norm, queries, (height, width), p_init, rescale_schedule)
        table, which = bumps(threat.norm, each)
        side, level = jnp.asarray(each)[number], jnp.asarray(which)[number]
        draw = _draw(windows, threat, data, number)
        shape = jnp.asarray(table, data.x.dtype)[level]
        point = proposal(threat, data.x, search.best, side, shape, draw)
        loss, wrong = look(fn, data, point, like)
        better = ~search.done & (loss > search.loss)
        best = jnp.where(better[:, None, None, None], point, search.best)
        kept = jnp.where(better, loss, search.loss)
        return _Search(best, kept, jnp.where(better, wrong, search.wrong), ~(kept < 0))

    def several(
        fn: Callable[..., Any], data: _Problem, search: _Search, first: Any, like: Any, length: int
    ) -> tuple[_Search, Any]:
        def one(search: _Search, number: Any) -> tuple[_Search, Any]:
            search = query(fn, data, like, search, number)
            return search, (search.loss, search.wrong)

        if trace:
            return lax.scan(one, search, first + jnp.arange(length))

        def unfinished(carry: tuple[Any, _Search]) -> Array:
            return (carry[0] < jnp.minimum(first + length, queries)) & ~jnp.all(carry[1].done)

        def body(carry: tuple[Any, _Search]) -> tuple[Any, _Search]:
            return carry[0] + 1, one(carry[1], carry[0])[0]

        return lax.while_loop(unfinished, body, (first, search))[1], None

    # `like` is the shape of the images as they were given, which is not data.
    jitted_begin = jax.jit(begin, static_argnums=3)
    jitted_several = jax.jit(several, static_argnums=(4, 5))

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
        if key is None:
            raise ValueError("Square draws windows: it needs a key, as jax.random.key(0); got None")
        tree = not jax.tree_util.all_leaves([logits_fn])
        fn = logits_fn if tree else Partial(logits_fn)
        data, x_init, like = _problem(threat, inputs, key, state, layout)
        # A new function for each call of a plain function: in no cache afterwards.
        first = jitted_begin if tree else jax.jit(lambda *args: begin(*args), static_argnums=3)
        loop = jitted_several
        if not tree:
            loop = jax.jit(lambda *args: several(*args), static_argnums=(4, 5))

        if not isinstance(inputs.x, Tracer):
            require_classes(
                jax.eval_shape(lambda f, d: logits_of(f, d, d.x, like), fn, data), inputs
            )
        search = first(fn, data, x_init, like)
        course = [(search.loss[None], search.wrong[None])]
        # The images may be known where the key, the radius or the weights are not.
        traced = isinstance(search.done, Tracer)
        length = max(queries, 1) if traced else min(chunk, max(queries, 1))
        for number in range(0, queries, length):
            if not (trace or traced) and bool(search.done.all()):
                break
            length_now = min(length, queries - number) if trace else length
            search, points = loop(fn, data, search, jnp.asarray(number), like, length_now)
            course.append(points)
        best = _given(search.best, like, layout)
        result = AttackResult(best, search.wrong, best, search.loss, state=state)
        if trace:
            result = result._replace(trace=Trace(*map(jnp.concatenate, zip(*course, strict=True))))
        return lax.stop_gradient(result)

    return attack


def _problem(
    threat: ThreatModel, inputs: Inputs, key: Any, state: Any, layout: Layout
) -> tuple[_Problem, Array | None, tuple[int, ...]]:
    like, x_init = inputs.x.shape, inputs.x_init
    images = _images(inputs.x, layout)
    if threat.norm != "linf" and min(images.shape[1:3]) < 5:
        raise ValueError(
            f"Square starts from five rows of tiles in L2 and L1; got images of shape {like[1:]}."
        )
    if x_init is not None:
        x_init = _images(
            threat.perturb(inputs.x, threat.project(x_init - inputs.x, inputs.x)), layout
        )
    own, shared = jax.random.split(key)
    keys = jax.vmap(jax.random.fold_in, (None, 0))(own, inputs.places)
    return _Problem(images, inputs.y, inputs.target, state, keys, shared), x_init, like


def _start_draw(threat: ThreatModel, windows: Windows, data: _Problem) -> StartDraw:
    batch, height, width, channels = data.x.shape
    many = width
    if threat.norm != "linf":
        side = height // 5
        many = (height // side) * (width // side)

    def draw(key: Any) -> Array:
        return jax.random.uniform(jax.random.fold_in(key, 0), (many, channels + 1), jnp.float32)

    numbers = jax.vmap(draw)(data.own)
    turns = numbers[:, :, 0]
    if windows == "reference":
        one = draw(data.shared)
        turns = jnp.broadcast_to(one[None, :, 0], (batch, many))
    return StartDraw(turns, numbers[:, :, 1:])


def _draw(windows: Windows, threat: ThreatModel, data: _Problem, number: Any) -> Draw:
    batch, channels = data.x.shape[0], data.x.shape[-1]

    def draw(key: Any) -> Array:
        return jax.random.uniform(jax.random.fold_in(key, 1 + number), (5 + channels,), jnp.float32)

    numbers = jax.vmap(draw)(data.own)
    if windows == "reference":
        one = jnp.broadcast_to(draw(data.shared)[None], numbers.shape)
        signs = one if threat.norm == "linf" else numbers
        numbers = jnp.concatenate([one[:, :5], signs[:, 5:]], axis=1)
    return Draw(numbers[:, :4], numbers[:, 4].reshape(batch), numbers[:, 5:])


def _images(x: Array, layout: Layout) -> Array:
    """As (batch, height, width, channels)."""
    if x.ndim == 2:
        return x[:, None, :, None]
    if x.ndim == 3:
        return x[..., None]
    if x.ndim != 4:
        raise ValueError(
            f"Square draws windows in images of at most three axes; got {x.shape[1:]}."
        )
    return jnp.moveaxis(x, 1, 3) if layout == "NCHW" else x


def _given(images: Array, like: tuple[int, ...], layout: Layout) -> Array:
    if len(like) == 4 and layout == "NCHW":
        images = jnp.moveaxis(images, 3, 1)
    return images.reshape(like)
