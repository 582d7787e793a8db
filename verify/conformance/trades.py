"""TRADES against a transcription with the gradients by hand."""

from __future__ import annotations

from typing import Any

from theory.claim import Parameter
from theory.evidence import Evidence, Method, Verdict
from theory.registry import register
from theory.run import Run
from verify.conformance.common import about, agreement

AXES, HIDDEN, CLASSES, BATCH, STEPS = 4, 5, 3, 6, 3
EPS, STEP_SIZE = 0.5, 0.2

CLAIM = register(
    about(
        "jaxat.objectives.trades",
        "trades",
        title="TRADES' loss, its gradient through both sides of the KL, and where its attack ends",
        statement=(
            r"$\frac1B\sum_n\ell(f(x_n),y_n)+\frac\beta B\sum_n\mathrm{KL}(p(x_n)\|p(x_n'))$ and "
            r"its gradient in the weights, with $p(x_n)$ not detached and $x_n'$ a constant; $x'$ "
            r"is where PGD on the same divergence ends, with $p(x)$ fixed at its start. Running "
            r"statistics move with the attacked images first, then with the clean ones. Against "
            r"gradients by hand, in float64, within $10^{-8}$ of the largest entry."
        ),
        parameters={"beta": Parameter(6.0, 0.0, 100.0, "weight β of the divergence")},
        cost=1.5,
    )
)


def forward(w: dict[str, Any], x: Any) -> tuple[Any, Any]:
    """The hidden units and log p(x), of the network tanh(x W₁ + b₁) W₂ + b₂."""
    import numpy as np

    hidden = np.tanh(x @ w["w1"] + w["b1"])
    logits = hidden @ w["w2"] + w["b2"]
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return hidden, shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def backward(w: dict[str, Any], x: Any, hidden: Any, of_logits: Any) -> tuple[dict[str, Any], Any]:
    """Gradients in the weights and in x, from those in the logits."""
    back = (of_logits @ w["w2"].T) * (1 - hidden**2)
    weights = {"w1": x.T @ back, "b1": back.sum(0), "w2": hidden.T @ of_logits}
    return {**weights, "b2": of_logits.sum(0)}, back @ w["w1"].T


def naive_attack(w: dict[str, Any], x: Any, start: Any) -> Any:
    """L2-PGD on KL(p(x)‖p(x')) from x + start: its gradient in the logits of x' is p(x') − p(x)."""
    import numpy as np

    p, delta = np.exp(forward(w, x)[1]), start
    for _ in range(STEPS):
        hidden, log_q = forward(w, x + delta)
        _, gradient = backward(w, x + delta, hidden, np.exp(log_q) - p)
        delta = delta + STEP_SIZE * gradient / np.linalg.norm(gradient, axis=1, keepdims=True)
        delta *= np.minimum(1, EPS / np.linalg.norm(delta, axis=1, keepdims=True))
    return x + delta


def naive_loss(
    w: dict[str, Any], x: Any, x_adv: Any, y: Any, beta: float
) -> tuple[float, dict[str, Any]]:
    """The loss and its gradient in the weights, x_adv held constant."""
    import numpy as np

    hidden, log_p = forward(w, x)
    hidden_adv, log_q = forward(w, x_adv)
    p, q, n = np.exp(log_p), np.exp(log_q), len(y)
    kl = (p * (log_p - log_q)).sum(axis=1)
    natural = -log_p[np.arange(n), y].mean()
    clean = p - np.eye(CLASSES)[y] + beta * p * (log_p - log_q - kl[:, None])
    of_clean, _ = backward(w, x, hidden, clean / n)
    of_attacked, _ = backward(w, x_adv, hidden_adv, beta * (q - p) / n)
    return natural + beta * kl.mean(), {k: of_clean[k] + of_attacked[k] for k in w}


def of_jaxat(beta: float) -> Any:
    """x', loss, gradient and statistics by `jaxat`; the statistics average what passed."""
    import jax
    import jax.numpy as jnp

    from jaxat import ThreatModel
    from jaxat.attacks import pgd
    from jaxat.objectives import trades

    def apply(w: Any, state: Any, x: Any, *, train: str, key: Any = None) -> tuple[Any, Any]:
        logits = jnp.tanh(x @ w["w1"] + w["b1"]) @ w["w2"] + w["b2"]
        return logits, 0.9 * state + 0.1 * x.mean() if train == "update" else state

    @jax.jit
    @jax.vmap
    def ours(w: Any, x: Any, y: Any, start: Any, state: Any) -> Any:
        attack = pgd(
            ThreatModel("l2", EPS, bounds=None),
            steps=STEPS,
            step_size=STEP_SIZE,
            random_start=lambda key, x, index: start,
            loss="kl",
            unroll=1,
        )
        objective = trades(apply, attack, beta=beta)
        key = jax.random.key(0)

        def loss(w: Any) -> Any:
            # The examples are made inside, so that a gradient through the attack would be seen.
            examples = objective.prepare(w, state, key, x, y, jnp.arange(BATCH))
            value, (after, _) = objective.loss(w, examples, key)
            return value, (examples.x_adv, after)

        (value, (x_adv, after)), grads = jax.value_and_grad(loss, has_aux=True)(w)
        return x_adv, value, grads, after

    return ours


@CLAIM.check(Method.NUMERIC, Verdict.SUPPORTED)
def by_hand(run: Run) -> Evidence:
    """Random networks and images: x', the loss, every gradient, and the statistics."""
    import jax
    import numpy as np

    rng, count, beta = run.rng, run.pick(20, 200), run["beta"]
    sizes = {"w1": (AXES, HIDDEN), "b1": (HIDDEN,), "w2": (HIDDEN, CLASSES), "b2": (CLASSES,)}
    w = {k: rng.normal(size=(count, *s)) for k, s in sizes.items()}
    x, start = rng.normal(size=(2, count, BATCH, AXES))
    start *= 0.1
    y, state = rng.integers(0, CLASSES, (count, BATCH)), rng.normal(size=count)
    found = of_jaxat(beta)(w, x, y, start, state)
    x_adv, value, grads, after = jax.tree.map(np.asarray, found)
    errors = []
    for k in range(count):
        own = {name: tensor[k] for name, tensor in w.items()}
        attacked = naive_attack(own, x[k], start[k])
        expected, gradient = naive_loss(own, x[k], attacked, y[k], beta)
        statistics = 0.9 * (0.9 * state[k] + 0.1 * attacked.mean()) + 0.1 * x[k].mean()
        far = [np.abs(x_adv[k] - attacked).max(), abs(value[k] / expected - 1)]
        far += [abs(after[k] - statistics)]
        far += [np.abs(grads[n][k] - g).max() / np.abs(g).max() for n, g in gradient.items()]
        errors.append(max(far))
    return agreement(run, errors, 1e-8)
