"""EntropySGD of first and second order, as a transformation that replaces the gradient.

Chaudhari et al. ("Entropy-SGD: Biasing Gradient Descent Into Wide Valleys"); Kanai et al., Eqs.
(11) and (77) and Algorithm 1 of the final version. The paper and the code that it builds on differ
in ways that decide whether it trains at all, so that the differences are arguments here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, NamedTuple, cast

import jax
import jax.core
import jax.numpy as jnp
import optax

from jaxat._sampling import require_key
from jaxat.optim.langevin import Langevin, Outer
from jaxat.optim.oracle import GradFn, Minibatch, hand_out, number, replaced, require, whole

__all__ = [
    "Convention",
    "EntropySGDMetrics",
    "EntropySGDState",
    "Loop",
    "NoiseLaw",
    "entropy_sgd",
]

Convention = Literal["reference", "paper", "printed"]
NoiseLaw = Literal["printed", "coded", "langevin"]
Loop = Literal["auto", "scan", "unroll"]


class EntropySGDMetrics(NamedTuple):
    """What the last outer step was like; zeros before the first."""

    guarded: jax.Array  # coordinates with 1 − γσ̄ below the guard (order 2)
    distance: jax.Array  # ‖θ − θ̄‖
    travel: jax.Array  # ‖θ − θ'_L‖
    scaled_variance: jax.Array  # the largest γσ̄_j (order 2)


class EntropySGDState(NamedTuple):
    """The number of outer steps so far, the base key, metrics, and the state of `inner`.

    The key is the one given: typed keys (`jax.random.key`) are stored by Orbax and by pickle, while
    what stores NumPy arrays (`flax.serialization`) needs a raw one (`jax.random.PRNGKey`).

    The inner loop begins anew at every outer step, its momentum included, so nothing of it is kept.
    """

    outer_steps: jax.Array
    key: jax.Array | None
    metrics: EntropySGDMetrics
    inner: Any


def entropy_sgd(
    scope: Any = 0.03,
    steps: int = 20,
    step_size: Any = 0.1,
    noise: Any = 1e-4,
    averaging: Any = 0.75,
    order: Literal[1, 2] = 1,
    convention: Convention = "reference",
    *,
    noise_law: NoiseLaw | None = None,
    momentum: Any = None,
    weight_decay: Any = 0.0,
    guard: Any = 0.1,
    inner: optax.GradientTransformation | None = None,
    key: Any = None,
    loop: Loop = "auto",
) -> optax.GradientTransformationExtraArgs:
    """L = `steps` Langevin minibatches around θ, and from them the outer gradient.

    ``update(grads, state, params, *, grad_fn)`` calls ``grad_fn(θ', i)`` for i = 0 ... L−1, each on
    a fresh minibatch; ``grads`` is not read (pass None, or zeros). One update therefore uses L
    minibatches, and an epoch of N minibatches has N/L updates, whatever remains carrying over into
    the next. (The public code uses L + 1 and throws the first gradient away.) Put the outer
    optimiser behind it; it sees θ and the outer gradient only.

    ============  ==========================================  =================================
    convention    θ' <- θ' − η'(...) + noise                  outer gradient of order 1
    ============  ==========================================  =================================
    "reference"   Nesterov(∇L(θ'), 0.9) − γ(θ − θ')           θ − θ̄,     θ̄ <- αθ̄ + (1−α)θ'
    "paper"       ∇L(θ') − γ(θ − θ'), line 10 made right      γ(θ − θ̄),  θ̄ <- (1−α)θ̄ + αθ'
    "printed"     −∇L(θ') − γ(θ − θ'), which ascends          γ(θ − θ̄),  θ̄ <- (1−α)θ̄ + αθ'
    ============  ==========================================  =================================

    γ = `scope`, η' = `step_size`, constant over training, α = `averaging`. The defaults are Kanai
    et al.'s for CIFAR-10; "reference" is the public code of EntropySGD, and the only one that
    trains at these values: a constant gradient moves θ half as far per minibatch as it does under
    SGD (outer rate 0.1 and momentum 0.9 in both), without the inner momentum 0.08 times as far, and
    by "paper" 0.003 times. "printed" only shows that it climbs.

    With ``order=2`` the outer gradient is γh ⊙ (θ − θ̄) = (θ − θ̄)/(1 − γσ̄) in every convention,
    σ̄ = ξ̄ − θ̄² per coordinate (lines 16 to 18, where γ cancels). 1 − γσ̄ is not positive where −F
    is concave; below `guard` it is replaced by `guard`, so that the second order is at most 1/guard
    times the first without γ, and ``state.metrics.guarded`` counts these coordinates.

    `noise` is ε and the noise added to θ' has the standard deviation √η'·ε by the law "printed"
    (the default of "paper" and "printed") and √(2η')·ε by "coded" (that of "reference"); under
    "langevin" `noise` is the temperature 1/β and the deviation √(2η'/β), which samples
    exp(−β(L + γ/2‖θ − θ'‖²)), without momentum, up to the step size. Noise needs a `key`.

    `momentum` overrides that of the convention (0.9; 0 for the other two). Its buffer is zeroed at
    each outer step, and neither coupling nor noise enters it. `weight_decay` acts inside, on θ',
    before the momentum. The reference has it outside as well, as it has the outer momentum:
    ``optax.chain(entropy_sgd(weight_decay=wd, key=key), optax.add_decayed_weights(wd),
    optax.sgd(lr, 0.9, nesterov=True))``. Batch statistics that move inside `grad_fn` belong to θ',
    not to θ: re-estimate them at θ before evaluating.

    `inner` replaces each minibatch's gradient at θ': ``entropy_sgd(..., inner=awp(0.01))``. It is
    given the incoming gradient on that minibatch and a `grad_fn` that stays on it. Chaining
    instead, ``optax.chain(awp(0.01), entropy_sgd(...))``, would drop AWP. That is an error if
    nothing stands between the two; with another transformation between, it cannot be seen.

    `loop`: under `jax.jit`, "auto" is `jax.lax.scan`; outside, a Python loop that calls `grad_fn`
    with an integer i, so that a compiled `grad_fn` makes the compiled steps (on CPU the gradient
    of a convolution is several times slower inside a compiled loop). "unroll" is the Python loop
    always.

    Every number may be scheduled, inside `jax.jit`, where nothing is compiled anew for it:
    ``optax.inject_hyperparams(entropy_sgd, static_args=("steps", "order"))(scope=schedule,
    key=key)``, a schedule of outer steps.

    ValueError if a number is out of range (γη' >= 2 diverges), if noise has no key, or if `update`
    lacks `params` or `grad_fn` or gets another replacing transformation's gradient.

    Flax Linen, a model of your own, AWP inside, in ten lines:

    >>> import flax.linen as nn, jax, jax.numpy as jnp, optax
    >>> from jaxat.optim import awp, entropy_sgd
    >>> x, y = jnp.ones((20, 8, 3)), jnp.tile(jnp.arange(8) % 2, (20, 1))  # 20 minibatches of 8
    >>> model, key = nn.Dense(2), jax.random.key(0)
    >>> def loss(params, i):
    ...     logits = model.apply(params, x[i])
    ...     return optax.softmax_cross_entropy_with_integer_labels(logits, y[i]).mean()
    >>> ensgd = entropy_sgd(scope=0.03, steps=20, step_size=0.1, inner=awp(0.01), key=key)
    >>> tx = optax.chain(ensgd, optax.sgd(0.1, momentum=0.9))
    >>> params = model.init(key, x[0])
    >>> step = jax.jit(lambda p, s: tx.update(None, s, p, grad_fn=jax.grad(loss)))
    >>> updates, state = step(params, tx.init(params))
    >>> bool(loss(optax.apply_updates(params, updates), 0) < loss(params, 0))
    True
    """
    dynamics = _dynamics(
        scope, step_size, noise, averaging, order, convention, noise_law, momentum, weight_decay,
        guard,
    )  # fmt: skip
    steps = whole("steps", steps, " For none, leave entropy_sgd out.")
    if loop not in ("auto", "scan", "unroll"):
        raise ValueError(f'loop must be "auto", "scan" or "unroll"; got {loop!r}')
    require_key(key)
    if dynamics.noisy and key is None:
        raise ValueError(
            f"noise={noise} needs random numbers: pass key=jax.random.key(seed), or noise=0"
        )
    nested = None if inner is None else optax.with_extra_args_support(inner)
    weights, advance, finish = (
        jax.jit(f) for f in (dynamics.weights, dynamics.advance, dynamics.finish)
    )

    def init(params: optax.Params) -> EntropySGDState:
        zero = jnp.float32(0)
        metrics = EntropySGDMetrics(jnp.int32(0), zero, zero, zero)
        # A copy, because a donated state must not take the caller's key with it.
        own_key = jnp.copy(key) if dynamics.noisy else None
        return EntropySGDState(
            jnp.int32(0), own_key, metrics, () if nested is None else nested.init(params)
        )

    def update(
        grads: Any,
        state: EntropySGDState,
        params: Any = None,
        *,
        grad_fn: GradFn | None = None,
        **extra: Any,
    ) -> tuple[Any, EntropySGDState]:
        oracle = require("entropy_sgd", grads, params, grad_fn)
        draws = None if state.key is None else jax.random.fold_in(state.key, state.outer_steps)

        def minibatch_step(carry: Any, i: Any) -> tuple[Any, list[Any]]:
            chain, inner_state = carry
            at = weights(chain, params)
            local = Minibatch(oracle, at, i)
            gradient = local(at, i)
            if nested is not None:
                gradient, inner_state = nested.update(
                    gradient, inner_state, at, grad_fn=local, **extra
                )
            noise_key = None if draws is None else jax.random.fold_in(draws, i)
            return (advance(chain, at, gradient, noise_key), inner_state), local.auxes

        carry = (dynamics.start(params), state.inner)
        if loop == "scan" or (loop == "auto" and _traced(params, state)):
            carry, auxes = jax.lax.scan(minibatch_step, carry, jnp.arange(steps))
        else:
            each = []
            for i in range(steps):
                carry, aux = minibatch_step(carry, i)
                each.append(aux)
            auxes = jax.tree.map(lambda *leaves: jnp.stack(leaves), *each)
        hand_out(oracle, auxes)
        chain, inner_state = carry
        outer: Outer = finish(chain, params)
        metrics = EntropySGDMetrics(*outer[1:])
        return replaced(outer.grads), EntropySGDState(
            state.outer_steps + 1, state.key, metrics, inner_state
        )

    return optax.GradientTransformationExtraArgs(cast(Any, init), cast(Any, update))


def _traced(*trees: Any) -> bool:
    return any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(trees))


def _dynamics(
    scope: Any,
    step_size: Any,
    noise: Any,
    averaging: Any,
    order: int,
    convention: str,
    noise_law: str | None,
    momentum: Any,
    weight_decay: Any,
    guard: Any,
) -> Langevin:
    """The numbers of a convention, checked."""
    if convention not in ("reference", "paper", "printed"):
        raise ValueError(
            f'convention must be "reference", "paper" or "printed"; got {convention!r}'
        )
    if order not in (1, 2):
        raise ValueError(f"order must be 1 or 2; got {order!r}")
    reference = convention == "reference"
    law = noise_law if noise_law is not None else "coded" if reference else "printed"
    deviations: dict[str, Callable[[Any, Any], Any]] = {
        "printed": lambda eta, eps: eta**0.5 * eps,
        "coded": lambda eta, eps: (2 * eta) ** 0.5 * eps,
        "langevin": lambda eta, temperature: (2 * eta * temperature) ** 0.5,
    }
    if law not in deviations:
        raise ValueError(f'noise_law must be "printed", "coded" or "langevin"; got {law!r}')
    scope = number("scope", scope, 0.0, open_low=True)
    step_size = number("step_size", step_size, 0.0, open_low=True)
    noise = number("noise", noise, 0.0, open_low=False)
    averaging = number("averaging", averaging, 0.0, 1.0, open_low=False)
    if isinstance(averaging, float) and averaging == (1.0 if reference else 0.0):
        raise ValueError(
            f"averaging={averaging} gives the iterates no weight, since in the convention "
            f"{convention!r} it is the weight of the {'old mean' if reference else 'new iterate'}"
        )
    product = scope * step_size
    if isinstance(product, float) and product >= 2:
        raise ValueError(f"scope * step_size must be below 2, or θ' diverges; got {product:g}")
    momentum = (0.9 if reference else 0.0) if momentum is None else momentum
    # A traced step size must not make a noise of 0 one that needs a key.
    silent = isinstance(noise, float) and noise == 0
    return Langevin(
        scope=scope,
        step_size=step_size,
        noise=0.0 if silent else deviations[law](step_size, noise),
        keep=averaging if reference else 1 - averaging,
        momentum=number("momentum", momentum, 0.0, math.nextafter(1.0, 0.0), open_low=False),
        weight_decay=number("weight_decay", weight_decay, 0.0, open_low=False),
        sign=-1 if convention == "printed" else 1,
        factor=1.0 if reference else scope,
        order=order,
        guard=number("guard", guard, 0.0, 1.0, open_low=True),
    )
