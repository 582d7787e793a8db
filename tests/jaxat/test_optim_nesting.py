"""AWP inside EntropySGD, the refusal of the chain, the switch, and the loops."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxat.optim import Oracle, awp, entropy_sgd, switch

X64 = jnp.zeros(()).dtype == jnp.float64
DTYPE = jnp.float64 if X64 else jnp.float32
RTOL = 1e-11 if X64 else 1e-4
rng = np.random.default_rng(2)
THETA, DATA = rng.normal(size=(3, 2)), rng.normal(size=(4, 3, 2))
KEY = jax.random.key(0)


def attacked(theta: Any, x: Any) -> Any:
    """An "adversarial example" that depends on the weights at which it was made."""
    return x + 0.3 * theta


def gradient(theta: Any, adversarial: Any) -> Any:
    return theta**3 - adversarial


def oracle(seen: list | None = None) -> Oracle:
    def prepare(theta: Any, i: Any) -> Any:
        if seen is not None:
            seen.append(i)
        return attacked(theta, jnp.asarray(DATA, DTYPE)[i])

    return Oracle(prepare, gradient)


def run(tx: Any, grad_fn: Any = None, theta: Any = None, grads: Any = None, **extra: Any) -> Any:
    theta = jnp.asarray(THETA, DTYPE) if theta is None else theta
    return tx.update(grads, tx.init(theta), theta, grad_fn=grad_fn or oracle(), **extra)[0]


def nested_by_hand(gamma: float, *, frozen: bool) -> np.ndarray:
    """Nesterov steps with, on each minibatch, the gradient at θ' + γ‖θ'‖ g/‖g‖."""
    w, m, mean = THETA.copy(), 0 * THETA, THETA.copy()
    for x in DATA:
        examples = attacked(w, x)
        g = gradient(w, examples)
        moved = w + gamma * np.linalg.norm(w) * g / np.linalg.norm(g)
        g = gradient(moved, examples if frozen else attacked(moved, x))
        m = 0.9 * m + g
        w = w - 0.1 * (g + 0.9 * m - 0.03 * (THETA - w))
        mean = 0.75 * mean + 0.25 * w
    return THETA - mean


@pytest.mark.parametrize("loop", ["unroll", "scan"])
def test_awp_inside_entropy_sgd(loop: Any) -> None:
    """With an `Oracle` the examples are those of θ', with a plain function they are made anew."""
    tx = entropy_sgd(0.03, 4, 0.1, 0, inner=awp(0.05), loop=loop)
    np.testing.assert_allclose(run(tx), nested_by_hand(0.05, frozen=True), rtol=RTOL)
    whole = oracle()
    got = run(tx, lambda theta, i: whole(theta, i))
    np.testing.assert_allclose(got, nested_by_hand(0.05, frozen=False), rtol=RTOL)
    assert abs(nested_by_hand(0.05, frozen=True) - nested_by_hand(0.05, frozen=False)).max() > 1e-3


def test_each_minibatch_is_prepared_once_and_in_order() -> None:
    for inner in (None, awp(0.05), awp(0.05, steps=3)):
        seen: list = []
        run(entropy_sgd(steps=4, noise=0, inner=inner), oracle(seen))
        assert seen == [0, 1, 2, 3]


def test_extra_arguments_and_state_reach_what_is_inside() -> None:
    seen: list = []

    def update(updates: Any, state: Any, params: Any = None, **extra: Any) -> Any:
        seen.append(extra["value"])
        return updates, state + 1

    spy = optax.GradientTransformationExtraArgs(lambda params: jnp.int32(0), update)
    tx: Any = entropy_sgd(steps=3, noise=0, inner=optax.chain(awp(0.01), spy))
    theta = jnp.asarray(THETA, DTYPE)
    _, state = tx.update(None, tx.init(theta), theta, grad_fn=oracle(), value=7)
    assert seen == [7, 7, 7]
    assert state.inner[1] == 3


ENSGD = entropy_sgd(steps=4, noise=0)


@pytest.mark.parametrize(
    "pair", [(awp(0.01), ENSGD), (ENSGD, awp(0.01)), (awp(0.01), awp(0.01)), (ENSGD, ENSGD)]
)
@pytest.mark.parametrize("jit", [False, True])
def test_a_chain_of_two_that_replace_the_gradient_is_refused(pair: Any, jit: bool) -> None:
    tx = optax.chain(*pair)
    call = (
        jax.jit(lambda theta: run(tx, theta=theta)) if jit else lambda theta: run(tx, theta=theta)
    )
    with pytest.raises(ValueError, match=r"nest, they do not chain.*inner=awp"):
        call(jnp.asarray(THETA, DTYPE))


def test_nothing_else_is_refused() -> None:
    """Not the same gradient array twice, nor two transformations side by side."""
    theta = jnp.asarray(THETA, DTYPE)
    same = jnp.ones_like(theta)
    for tx in (awp(0.01), ENSGD, awp(0.01)):
        for _ in range(2):
            run(tx, lambda p, i: same, theta, same)
    labels = {"a": "awp", "b": "ensgd"}
    parts = optax.partition({"awp": awp(0.01), "ensgd": ENSGD}, labels)
    both = {"a": theta, "b": theta}
    with pytest.raises(ValueError, match="tree like params"):
        # Each part sees only its own weights, so the oracle must answer for these alone.
        run(parts, lambda p, i: {"a": same, "b": same}, both, both)
    got = run(parts, lambda p, i: p, both, both)
    assert set(got) == {"a", "b"}


def test_switch_starts_the_second_anew_and_keeps_both_states() -> None:
    tx: Any = switch(2, optax.trace(0.9), optax.ema(0.5, debias=False))
    theta = jnp.ones(1, DTYPE)
    state = tx.init(theta)
    got = []
    for epoch in (0, 1, 2, 3):
        update, state = tx.update(theta, state, theta, epoch=epoch)
        got.append(float(update[0]))
    np.testing.assert_allclose(got, [1, 1.9, 0.5, 0.75], rtol=1e-6)


def test_switch_begins_with_the_weights_of_that_moment() -> None:
    """A second transformation that remembers the weights it was begun with."""
    then = optax.GradientTransformation(
        lambda params: params, lambda updates, state, params=None: (state, state)
    )
    for epochs in ([0, 1, 2], jnp.arange(3)):
        tx: Any = switch(1, optax.identity(), then)
        state, got = tx.init(jnp.zeros(1)), []
        step = jax.jit(tx.update) if isinstance(epochs, jax.Array) else tx.update
        for epoch in epochs:
            theta = jnp.full(1, 10.0 + epoch)
            update, state = step(theta, state, theta, epoch=epoch)
            got.append(float(update[0]))
        assert got == [10, 11, 11]


def test_switch_with_a_static_epoch_traces_one_side() -> None:
    traced = []

    def side(name: str) -> Any:
        def update(updates: Any, state: Any, params: Any = None) -> Any:
            traced.append(name)
            return updates, state

        return optax.GradientTransformation(optax.identity().init, update)

    tx: Any = switch(1, side("first"), side("then"))
    w = jnp.ones(1)
    jax.jit(lambda w: tx.update(w, tx.init(w), w, epoch=0))(w)
    assert traced == ["first"]
    jax.jit(lambda w, epoch: tx.update(w, tx.init(w), w, epoch=epoch))(w, 0)
    assert sorted(traced) == ["first", "first", "then"]


def test_python_loop_and_scan_agree_and_the_loop_calls_with_integers() -> None:
    results, kinds = [], {}
    for loop in ("auto", "unroll", "scan"):
        whole, kinds[loop] = oracle(), []

        def grad_fn(theta: Any, i: Any, whole: Any = whole, kind: Any = kinds[loop]) -> Any:
            kind.append(type(i))
            return whole(theta, i)

        tx = entropy_sgd(steps=4, noise=0.1, order=2, key=KEY, loop=loop)
        results.append(run(tx, grad_fn))
    assert kinds["auto"] == kinds["unroll"] == [int] * 4
    assert len(kinds["scan"]) < 4
    np.testing.assert_allclose(results[0], results[1], rtol=0)
    np.testing.assert_allclose(results[0], results[2], rtol=RTOL)


def test_hyperparameters_may_be_injected() -> None:
    tx: Any = optax.inject_hyperparams(awp, static_args=("steps", "select"))(gamma=0.05)
    whole = oracle()
    expected = run(awp(0.05), whole)
    np.testing.assert_allclose(jax.jit(lambda t: run(tx, whole, t))(THETA), expected, rtol=1e-5)
    make: Any = optax.inject_hyperparams(
        entropy_sgd, static_args=("steps", "order", "convention", "noise_law", "loop", "inner")
    )
    tx = make(scope=0.2, steps=4, noise=0.0, key=KEY, order=2)
    expected = run(entropy_sgd(0.2, 4, noise=0, order=2))
    np.testing.assert_allclose(jax.jit(lambda t: run(tx, None, t))(THETA), expected, rtol=1e-4)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"scope": 0}, r"scope .* got 0"),
        ({"steps": 0}, r"steps .* got 0.* leave entropy_sgd out"),
        ({"step_size": -0.1}, r"step_size .* got -0.1"),
        ({"noise": float("inf")}, r"noise .* got inf"),
        ({"noise": 1e-4}, r"noise=0.0001 .* key=jax.random.key"),
        ({"averaging": 1.5}, r"averaging .* got 1.5"),
        ({"averaging": 1.0}, r"averaging=1.0 .* weight of the old mean"),
        ({"averaging": 0, "convention": "paper"}, r"weight of the new iterate"),
        ({"order": 3}, r"order .* got 3"),
        ({"convention": "papers"}, r"convention .* got 'papers'"),
        ({"noise_law": "gauss"}, r"noise_law .* got 'gauss'"),
        ({"loop": "while"}, r"loop .* got 'while'"),
        ({"guard": 0}, r"guard .* got 0"),
        ({"momentum": 1.0}, r"momentum .* got 1"),
        ({"scope": 30.0}, r"scope \* step_size .* got 3"),
    ],
)
def test_errors(settings: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        entropy_sgd(**({"noise": 0} | settings))


@pytest.mark.parametrize("key", [0, jax.random.split(KEY, 2), jnp.ones(2)])
def test_what_is_no_key_is_refused(key: Any) -> None:
    with pytest.raises(ValueError, match=r"key is one random key, jax.random.key\(seed\); got"):
        entropy_sgd(key=key)


@pytest.mark.parametrize("make", [awp, entropy_sgd])
def test_what_is_no_number_is_refused(make: Any) -> None:
    options: Any = {"key": KEY} if make is entropy_sgd else {}
    for wrong in ("0.01", None, jnp.ones(2), [0.1]):
        with pytest.raises(ValueError, match=r"(gamma|scope) is one number; got"):
            make(wrong, **options)
    with pytest.raises(ValueError, match=r"(gamma|scope) is a number; .*inject_hyperparams"):
        make(optax.constant_schedule(0.01), **options)
    for wrong in (2.5, "2", None):
        with pytest.raises(ValueError, match=r"steps is a whole number, at least 1; got"):
            make(0.01, steps=wrong, **options)
    theta = jnp.asarray(THETA, DTYPE)
    assert run(make(np.float32(0.01), steps=np.int64(2), **options)).shape == theta.shape

    def traced(count: Any) -> Any:
        return run(make(0.01, steps=count, **options), theta=theta)

    with pytest.raises(ValueError, match="static_args"):
        jax.jit(traced)(2)


@pytest.mark.parametrize("tx", [awp(0.1), awp(0.1, steps=2), ENSGD])
@pytest.mark.parametrize("grads", [THETA, None])
def test_a_value_beside_the_gradient_is_refused(tx: Any, grads: Any) -> None:
    both = jax.value_and_grad(lambda theta, i: jnp.sum(theta**2))
    with pytest.raises(ValueError, match=r"tree like params.*not jax.value_and_grad"):
        run(tx, both, grads=grads)


def test_a_schedule_of_gamma_needs_only_what_the_docstring_says() -> None:
    schedule = optax.linear_schedule(0.0, 0.2, 2)
    tx: Any = optax.inject_hyperparams(awp, static_args=("steps", "select"))(gamma=schedule)
    theta = jnp.asarray(THETA, DTYPE)
    state, step = tx.init(theta), jax.jit(lambda s: tx.update(None, s, theta, grad_fn=oracle()))
    for gamma in (0.0, 0.1, 0.2, 0.2):
        updates, state = step(state)
        np.testing.assert_allclose(updates, run(awp(gamma)), rtol=1e-5)
    tx = optax.inject_hyperparams(entropy_sgd, static_args=("steps", "order"))(
        scope=optax.linear_schedule(0.1, 0.3, 2), steps=2, key=KEY
    )
    state, step = tx.init(theta), jax.jit(lambda s: tx.update(None, s, theta, grad_fn=oracle()))
    _, state = step(state)
    updates, _ = step(state)
    by_hand: Any = entropy_sgd(0.2, 2, key=KEY)
    inner = by_hand.init(theta)
    _, inner = by_hand.update(None, inner, theta, grad_fn=oracle())
    expected, _ = by_hand.update(None, inner, theta, grad_fn=oracle())
    np.testing.assert_allclose(updates, expected, rtol=1e-4)


def test_errors_of_update() -> None:
    tx: Any = ENSGD
    theta = jnp.asarray(THETA, DTYPE)
    with pytest.raises(ValueError, match=r"entropy_sgd .* grad_fn=None"):
        tx.update(theta, tx.init(theta), theta)
    with pytest.raises(ValueError, match="tree like params"):
        run(tx, lambda p, i: (p, p))
    with pytest.raises(ValueError, match="at_epoch .* got -1"):
        switch(-1, tx, tx)
    with pytest.raises(ValueError, match="epoch=epoch"):
        run(switch(1, tx, tx))


@pytest.mark.parametrize("tx", [awp(0.1), ENSGD])
def test_a_mask_around_is_explained_and_behind_freezes(tx: Any) -> None:
    theta = {"kernel": jnp.ones((2, 2)), "bias": jnp.ones(2)}
    frozen = {"kernel": False, "bias": True}

    def grad_fn(theta: Any, i: Any) -> Any:
        return jax.grad(lambda t: jnp.sum(t["kernel"] @ t["bias"]) ** 2)(theta)

    labels = {"kernel": "trained", "bias": "frozen"}
    around = [
        optax.masked(tx, {"kernel": True, "bias": False}),
        optax.multi_transform({"trained": tx, "frozen": optax.set_to_zero()}, labels),
    ]
    for wrong in around:
        with pytest.raises(ValueError, match=r"a mask has taken leaves .* close over"):
            run(wrong, grad_fn, theta, grad_fn(theta, 0))
    behind = optax.chain(tx, optax.masked(optax.set_to_zero(), frozen))
    updates = run(behind, grad_fn, theta, grad_fn(theta, 0))
    assert not np.any(updates["bias"])
    assert np.all(updates["kernel"] != 0)
