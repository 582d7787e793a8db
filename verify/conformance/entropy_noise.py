"""The noise of EntropySGD: its chain has the variance of the discretised law, not of the limit."""

from __future__ import annotations

from typing import Any

from theory.claim import Parameter
from theory.evidence import Evidence, Method, Verdict
from theory.registry import register
from theory.run import Run
from verify.conformance.common import about

SIGMAS = 5.0
STEPS, NOISE = 24, 0.7
# (convention, noise law, inner momentum); the averaging makes θ̄ the last iterate.
CASES: tuple[tuple[Any, Any, float], ...] = (
    ("paper", "printed", 0.0),
    ("paper", "langevin", 0.0),
    ("reference", "coded", 0.9),
)

CLAIM = register(
    about(
        "jaxat.optim.entropy_sgd",
        "entropy-sgd-noise",
        title="the noise: variance T/(λ(1−η'λ/2))(1−(1−η'λ)²ᴸ), T = ε²/2, ε² or 1/β by its law",
        statement=(
            r"For $L(\theta')=\frac\rho2\theta'^2$ and $\theta=0$ the last iterate has mean 0 and "
            r"the variance $\frac{T}{\lambda(1-\eta'\lambda/2)}\bigl(1-(1-\eta'\lambda)^{2L}\bigr)"
            r"$, $\lambda=\gamma+\rho$, with $T=\varepsilon^2/2$ by the law `printed`, "
            r"$\varepsilon^2$ by `coded` and $1/\beta$ by `langevin`, and with the inner momentum "
            r"of the public code that of its linear recursion. Draws of different tensors, of "
            r"different coordinates and of successive outer steps are uncorrelated. Within five "
            r"standard errors of many chains."
        ),
        depends=("jaxat.algorithm-1-variance",),
        parameters={
            "gamma": Parameter(0.5, 1e-3, 100.0, "scope γ"),
            "rho": Parameter(1.5, 0.0, 100.0, "curvature of the loss"),
            "product": Parameter(0.75, 0.05, 1.2, "step size times curvature, η'λ"),
        },
        notes=(
            "A test at five standard errors fails by chance once in about 10⁵ seeds. The chain "
            "forgets its start, so that the factor 1/(1 − η'λ/2), here 1.6, is seen."
        ),
        cost=2.0,
    )
)


def variance_of_the_recursion(
    gamma: float, rho: float, eta: float, deviation: float, momentum: float
) -> float:
    """Var θ'_L from the covariance of (θ', m): m ← μm + ρθ', θ' ← θ' − η'(ρθ' + μm + γθ') + σξ."""
    import numpy as np

    velocity = np.array([rho, momentum])  # of the new m
    place = np.array([1 - eta * (rho + gamma), 0.0]) - eta * momentum * velocity
    step = np.stack([place, velocity])
    covariance = np.zeros((2, 2))
    for _ in range(STEPS):
        covariance = step @ covariance @ step.T
        covariance[0, 0] += deviation**2
    return float(covariance[0, 0])


def deviation_of(law: str, eta: float) -> float:
    """The standard deviation of the noise of one step, as the three sources write it."""
    return {
        "printed": eta**0.5 * NOISE,
        "coded": NOISE / (0.5 * eta) ** 0.5 * eta,  # ε/√(η'/2) inside the gradient
        "langevin": (2 * eta * NOISE) ** 0.5,  # the noise is the temperature
    }[law]


def last_iterates(run: Run, case: Any, eta: float, chains: int) -> Any:
    """θ'_L of two outer steps and two tensors of chains, (2, 2, chains), through `jaxat`."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    from jaxat.optim import entropy_sgd

    convention, law, momentum = case
    gamma, rho = run["gamma"], run["rho"]
    tx: Any = entropy_sgd(
        gamma,
        STEPS,
        eta,
        NOISE,
        0.0 if convention == "reference" else 1.0,
        convention=convention,
        noise_law=law,
        momentum=momentum,
        key=jax.random.key(int(run.rng.integers(2**31))),
    )

    def pull(leaf: Any) -> Any:
        return rho * leaf

    theta = {"a": jnp.zeros(chains), "b": jnp.zeros(chains)}

    @jax.jit
    def update(state: Any) -> Any:
        return tx.update(None, state, theta, grad_fn=lambda p, i: jax.tree.map(pull, p))

    first, state = update(tx.init(theta))
    second, _ = update(state)
    factor = 1.0 if convention == "reference" else gamma
    return -np.array([[outer[k] for k in ("a", "b")] for outer in (first, second)]) / factor


def standardised(draws: Any, variance: float) -> dict[str, float]:
    """Deviations from mean 0, the variance, and no correlation, in standard errors."""
    import numpy as np

    unit = draws / np.sqrt(variance)
    n = unit.size
    pairs = {
        "tensors": (unit[:, 0], unit[:, 1]),
        "outer steps": (unit[0], unit[1]),
        "coordinates": (unit[..., :-1], unit[..., 1:]),
    }
    found = {name: float(np.sum(a * b) / np.sqrt(a.size)) for name, (a, b) in pairs.items()}
    found["mean"] = float(unit.sum() / np.sqrt(n))
    # The mean of n squares of Gaussians has the standard error √(2/n).
    found["variance"] = float((np.mean(unit**2) - 1) / np.sqrt(2 / n))
    return found


@CLAIM.check(Method.NUMERIC, Verdict.SUPPORTED)
def many_chains(run: Run) -> Evidence:
    """Every convention and law: variance, mean and correlations of many chains at once."""
    gamma, rho = run["gamma"], run["rho"]
    eta, worst, chains = run["product"] / (gamma + rho), 0.0, run.pick(2_000, 8_000)
    for case in CASES:
        _, law, momentum = case
        expected = variance_of_the_recursion(gamma, rho, eta, deviation_of(law, eta), momentum)
        if momentum == 0:
            expected = discretised_law(gamma, rho, eta, law)
        found = standardised(last_iterates(run, case, eta, chains), expected)
        worst = max(worst, *(abs(value) for value in found.values()))
    return Evidence.supported(
        admissible=4 * chains * len(CASES),
        tried=4 * chains * len(CASES),
        margin=SIGMAS - worst,
        tolerance=0.0,
        seed=run.seed,
    )


def discretised_law(gamma: float, rho: float, eta: float, law: str) -> float:
    """T/(λ(1−η'λ/2)) (1 − (1−η'λ)^{2L})."""
    temperature = {"printed": NOISE**2 / 2, "coded": NOISE**2, "langevin": NOISE}[law]
    pull = gamma + rho
    settled = temperature / (pull * (1 - eta * pull / 2))
    return settled * (1 - (1 - eta * pull) ** (2 * STEPS))
