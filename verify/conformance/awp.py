"""AWP against a naive transcription of its public code, which moves a copy of the network."""

from __future__ import annotations

from typing import Any

from theory.claim import Parameter
from theory.evidence import Evidence, Method, Verdict
from theory.registry import register
from theory.run import Run
from verify.conformance.common import about, agreement

SIZES = {"w1": (5, 4), "b1": (4,), "w2": (4, 3), "b2": (3,)}
EXAMPLES = 6

CLAIM = register(
    about(
        "jaxat.optim.awp",
        "awp",
        title="AWP's perturbation and gradient are those of the public code's second network",
        statement=(
            r"On a network with kernels and biases the perturbation is $\gamma\|w\|\,\Delta/("
            r"\|\Delta\| + 10^{-20})$ per kernel, zero for biases, where $\Delta$ is how one step "
            r"of SGD on *minus* the cross-entropy moves a copy of the network; `awp` returns the "
            r"gradient at $\theta + v$, with the weight decay taken there. Inside `entropy_sgd` "
            r"the same holds at every $\theta'$. In float64, within $10^{-9}$ of the largest "
            r"entry of each tensor."
        ),
        depends=("kanai.eq-76",),
        parameters={
            "gamma": Parameter(0.01, 1e-4, 0.5, "length of the perturbation, ‖v‖/‖w‖"),
        },
        notes=(
            "The copy's learning rate cancels; it is 0.01 here, as in the public code. The "
            "tolerance is set by what the public code loses itself when it subtracts the old "
            "weights from the new ones."
        ),
        cost=1.5,
    )
)


def network(rng: Any) -> dict[str, Any]:
    """Weights over several orders of magnitude."""
    return {k: rng.normal(size=s) * 10.0 ** rng.uniform(-1.5, 0) for k, s in SIZES.items()}


def gradient(w: dict[str, Any], x: Any, y: Any) -> dict[str, Any]:
    """∇ of the mean cross-entropy of the logits tanh(x W₁ + b₁) W₂ + b₂, by hand."""
    import numpy as np

    hidden = np.tanh(x @ w["w1"] + w["b1"])
    logits = hidden @ w["w2"] + w["b2"]
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    out = (p / p.sum(axis=1, keepdims=True) - np.eye(3)[y]) / len(y)
    back = (out @ w["w2"].T) * (1 - hidden**2)
    return {"w1": x.T @ back, "b1": back.sum(0), "w2": hidden.T @ out, "b2": out.sum(0)}


def reference_diff(w: dict[str, Any], x: Any, y: Any) -> dict[str, Any]:
    """The public code: copy, one SGD step on −loss, and the rescaled difference of the kernels."""
    import numpy as np

    proxy = {k: v.copy() for k, v in w.items()}
    of_loss = gradient(proxy, x, y)
    proxy = {k: proxy[k] - 0.01 * -of_loss[k] for k in proxy}
    diff = {}
    for k in w:
        moved = proxy[k] - w[k]
        if w[k].ndim > 1:
            diff[k] = np.linalg.norm(w[k]) / (np.linalg.norm(moved) + 1e-20) * moved
    return diff


def perturbed(w: dict[str, Any], x: Any, y: Any, gamma: float) -> dict[str, Any]:
    diff = reference_diff(w, x, y)
    return {k: w[k] + gamma * diff[k] if k in diff else w[k] for k in w}


def of_jaxat(x: Any, y: Any) -> Any:
    """``grad_fn(params, i)`` on minibatch i, through autodiff."""
    import jax
    import jax.numpy as jnp

    def loss(w: Any, i: Any) -> Any:
        logits = jnp.tanh(x[i] @ w["w1"] + w["b1"]) @ w["w2"] + w["b2"]
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits), y[i][:, None], axis=1))

    return jax.grad(loss)


def relative(found: Any, expected: Any, scale: Any = None) -> list[float]:
    """The largest deviation of each tensor, over its largest entry or `scale`'s."""
    import numpy as np

    scale = expected if scale is None else scale
    return [float(np.abs(found[k] - expected[k]).max() / np.abs(scale[k]).max()) for k in expected]


def draw(run: Run, minibatches: int, problems: int) -> tuple[list[Any], Any, Any]:
    networks = [network(run.rng) for _ in range(problems)]
    x = run.rng.normal(size=(problems, minibatches, EXAMPLES, 5))
    return networks, x, run.rng.integers(0, 3, (problems, minibatches, EXAMPLES))


def stacked(networks: list[Any]) -> Any:
    import numpy as np

    return {k: np.stack([w[k] for w in networks]) for k in SIZES}


@CLAIM.check(Method.NUMERIC, Verdict.SUPPORTED)
def proxy_network(run: Run) -> Evidence:
    """The perturbation of every kernel and the gradient at θ + v, on many random networks."""
    import jax
    import numpy as np

    from jaxat.optim import awp, perturbation

    gamma, decay = run["gamma"], 5e-4
    networks, x, y = draw(run, 1, run.pick(20, 200))

    @jax.jit
    @jax.vmap
    def ours(w: Any, x: Any, y: Any) -> Any:
        grad_fn = of_jaxat(x, y)
        tx: Any = awp(gamma, weight_decay=decay)
        grads = grad_fn(w, 0)
        return perturbation(w, grads, gamma), tx.update(grads, tx.init(w), w, grad_fn=grad_fn)[0]

    v, grads = jax.tree.map(np.asarray, ours(stacked(networks), x, y))
    errors = []
    for j, w in enumerate(networks):
        diff = reference_diff(w, x[j, 0], y[j, 0])
        expected = {k: gamma * diff[k] if k in diff else np.zeros_like(w[k]) for k in w}
        scale = {k: expected[k] if k in diff else np.full_like(w[k], 1e-300) for k in w}
        at = perturbed(w, x[j, 0], y[j, 0], gamma)
        there = gradient(at, x[j, 0], y[j, 0])
        there = {k: there[k] + decay * at[k] for k in there}
        errors += relative({k: v[k][j] for k in v}, expected, scale)
        errors += relative({k: grads[k][j] for k in grads}, there)
    return agreement(run, errors, 1e-9)


@CLAIM.check(Method.NUMERIC, Verdict.SUPPORTED)
def inside_entropy_sgd(run: Run) -> Evidence:
    """``entropy_sgd(inner=awp(γ))``, three minibatches: a new perturbation at every θ'."""
    import jax
    import numpy as np

    from jaxat.optim import awp, entropy_sgd

    gamma, steps = run["gamma"], 3
    networks, x, y = draw(run, steps, run.pick(10, 100))

    @jax.jit
    @jax.vmap
    def ours(w: Any, x: Any, y: Any) -> Any:
        tx: Any = entropy_sgd(0.03, steps, 0.1, 0, 0.75, inner=awp(gamma))
        return tx.update(None, tx.init(w), w, grad_fn=of_jaxat(x, y))[0]

    outer = jax.tree.map(np.asarray, ours(stacked(networks), x, y))
    errors = []
    for j, w in enumerate(networks):
        prime, mean = dict(w), dict(w)
        buffer = {k: np.zeros_like(w[k]) for k in w}
        for i in range(steps):
            at = perturbed(prime, x[j, i], y[j, i], gamma)
            grads = gradient(at, x[j, i], y[j, i])
            for k in w:
                buffer[k] = 0.9 * buffer[k] + grads[k]
                d = grads[k] + 0.9 * buffer[k] - 0.03 * (w[k] - prime[k])
                prime[k] = prime[k] - 0.1 * d
                mean[k] = 0.75 * mean[k] + 0.25 * prime[k]
        expected = {k: w[k] - mean[k] for k in w}
        errors += relative({k: outer[k][j] for k in outer}, expected)
    return agreement(run, errors, 1e-9)
