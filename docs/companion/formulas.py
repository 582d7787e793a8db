"""The closed forms that the pages evaluate, each a function of theory/ under a short name.

Nothing is written a second time: a formula is a JAX function of this project, at most with a norm
of an attack or a number of steps filled in, and reaches the page through `jaxpr_to_js`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from docs.companion.jaxpr_to_js import runtime, to_js

__all__ = ["FORMULAS", "Formula", "formulas_js"]

CHAIN_LENGTH = 30  # the number of inner steps that Appendix E of Kanai et al. names
Draw = Callable[[np.random.Generator], Any]


@dataclass(frozen=True)
class Formula:
    """A function for the browser: its argument shapes, where it comes from, and typical arguments.

    `draw` gives one random value an argument, in the range where the formula is meant.
    """

    make: Callable[[], Callable[..., Any]]
    shapes: Mapping[str, Sequence[int]]
    draw: Mapping[str, Draw]
    source: str


def normal(*shape: int, scale: float = 1.5) -> Draw:
    return lambda rng: rng.normal(size=shape) * scale


def between(low: float, high: float) -> Draw:
    return lambda rng: float(rng.uniform(low, high))


def label(rng: np.random.Generator) -> float:
    return float(rng.choice([-1.0, 1.0]))


_ATTACK = {"theta": (2,), "x": (2,), "y": (), "eps": ()}
_DRAW = {"theta": normal(2), "x": normal(2), "y": label, "eps": between(0.05, 2.0)}


def _attacked(name: str, p: float) -> Formula:
    def make() -> Callable[..., Any]:
        from theory import adversarial

        function = getattr(adversarial, f"adversarial_{name}")
        return lambda theta, x, y, eps: function(theta, x, y, eps, p)

    return Formula(make, _ATTACK, _DRAW, f"theory.adversarial.adversarial_{name}, p = {p:g}")


def _hessian_norm() -> Callable[..., Any]:
    from theory.curvature import adversarial_hessian_norm

    return lambda rho, c, radius_x, eps: adversarial_hessian_norm(rho, c, radius_x, eps, d=2)


def _hessian() -> Callable[..., Any]:
    from theory.curvature import adversarial_hessian

    return adversarial_hessian


def _swish(p: float) -> Formula:
    def make() -> Callable[..., Any]:
        from theory.swish import swish_adversarial_loss

        return lambda theta, x, y, eps: swish_adversarial_loss(theta, x, y, eps, p)

    return Formula(make, _ATTACK, _DRAW, f"theory.swish.swish_adversarial_loss, p = {p:g}")


def _swish_gradient(p: float) -> Formula:
    def make() -> Callable[..., Any]:
        import jax

        from theory.swish import swish_adversarial_loss

        return jax.grad(lambda theta, x, y, eps: swish_adversarial_loss(theta, x, y, eps, p))

    return Formula(make, _ATTACK, _DRAW, f"gradient of swish_adversarial_loss, p = {p:g}")


def _swish_reach(p: float) -> Formula:
    """The interval of u = theta.(x + delta), and c, the u in it that an attack on y = +1 takes."""

    def make() -> Callable[..., Any]:
        import jax.numpy as jnp

        from theory.dual_norm import dual_exponent, lq_norm
        from theory.swish import SWISH_ARGMAX

        def reach(theta: Any, x: Any, eps: Any) -> dict[str, Any]:
            middle, half = x @ theta, eps * lq_norm(theta, dual_exponent(p))
            low, high = middle - half, middle + half
            return {"low": low, "high": high, "c": jnp.clip(SWISH_ARGMAX, low, high)}

        return reach

    names = ("theta", "x", "eps")
    shapes, draw = ({k: d[k] for k in names} for d in (_ATTACK, _DRAW))
    return Formula(make, shapes, draw, f"theory.swish: where u is taken, p = {p:g}")


def _swish_phi() -> Callable[..., Any]:
    import jax
    import jax.numpy as jnp

    from theory.swish import swish_loss

    def phi(u: Any) -> dict[str, Any]:
        value, slope = jax.value_and_grad(
            lambda v: swish_loss(jnp.reshape(v, (1,)), jnp.ones(1), 1.0)
        )(u)
        return {"value": value, "slope": slope}

    return phi


def _norm(q: float) -> Formula:
    def make() -> Callable[..., Any]:
        from theory.dual_norm import lq_norm

        return lambda theta: lq_norm(theta, q)

    return Formula(make, {"theta": (2,)}, {"theta": normal(2)}, f"theory.dual_norm.lq_norm, q={q}")


def _absolute() -> Callable[..., Any]:
    from theory.local_entropy import absolute_local_entropy

    def entropy(slope: Any, theta: Any, gamma: Any) -> dict[str, Any]:
        result = absolute_local_entropy(slope, theta, gamma)
        return {
            "F": result.F,
            "gradient": result.gradient[0],
            "hessian": result.hessian[0, 0],
            "mean": result.mean[0],
            "variance": result.covariance[0, 0],
        }

    return entropy


def _robust(name: str) -> Formula:
    def make() -> Callable[..., Any]:
        from theory import weight_sharpness

        return getattr(weight_sharpness, f"robust_{name}")

    return Formula(
        make,
        {"w": (2,), "z": (4, 2), "eps": ()},
        {"w": normal(2), "z": normal(4, 2), "eps": between(0.0, 1.5)},
        f"theory.weight_sharpness.robust_{name}, four samples",
    )


def _chain(version: Literal["printed", "corrected"]) -> Formula:
    def make() -> Callable[..., Any]:
        import jax.numpy as jnp

        from theory.algorithm_1 import inner_loop, quadratic_gradient

        def chain(
            theta: Any, rho: Any, gamma: Any, eta_prime: Any, alpha: Any, eps_E: Any, xi: Any
        ) -> dict[str, Any]:
            found = inner_loop(
                (theta,),
                quadratic_gradient((rho,)),
                gamma=gamma,
                eta_prime=eta_prime,
                alpha=alpha,
                L=CHAIN_LENGTH,
                version=version,
                eps_E=eps_E,
                noise=[(xi[k],) for k in range(CHAIN_LENGTH)],
                root=jnp.sqrt,
            )
            return {
                "path": [theta] + [value for (value,) in found.iterates],
                "mean": found.theta_bar[0],
                "square": found.xi_bar[0],
            }

        return chain

    numbers = ("theta", "rho", "gamma", "eta_prime", "alpha", "eps_E")
    return Formula(
        make,
        {**dict.fromkeys(numbers, ()), "xi": (CHAIN_LENGTH,)},
        {
            "theta": normal(),
            "rho": between(0.0, 2.0),
            "gamma": between(0.01, 2.0),
            "eta_prime": between(0.01, 0.3),
            "alpha": between(0.1, 0.9),
            "eps_E": between(0.0, 1.0),
            "xi": normal(CHAIN_LENGTH),
        },
        f"theory.algorithm_1.inner_loop, {version}, {CHAIN_LENGTH} steps",
    )


def _trust_region() -> Callable[..., Any]:
    import jax.numpy as jnp

    from theory.general_models import TrustRegionModel

    model = TrustRegionModel(2)
    return lambda x, g, H: model.loss(x, jnp.concatenate([g, H.ravel()]))


FORMULAS: dict[str, Formula] = {
    "example_l2": _attacked("example", 2),
    "example_linf": _attacked("example", math.inf),
    "example_l1": _attacked("example", 1),
    "loss_l2": _attacked("loss", 2),
    "loss_linf": _attacked("loss", math.inf),
    "gradient_l2": _attacked("gradient", 2),
    "gradient_linf": _attacked("gradient", math.inf),
    "norm": _norm(2.0),
    "hessian_l2": Formula(_hessian, _ATTACK, _DRAW, "theory.curvature.adversarial_hessian"),
    "hessian_norm": Formula(
        _hessian_norm,
        {"rho": (), "c": (), "radius_x": (), "eps": ()},
        {
            "rho": between(0.05, 3.0),
            "c": between(-1.0, 1.0),
            "radius_x": between(1.0, 2.0),
            "eps": between(0.05, 2.0),
        },
        "theory.curvature.adversarial_hessian_norm, d = 2",
    ),
    "swish_linf": _swish(math.inf),
    "swish_l2": _swish(2),
    "swish_gradient_linf": _swish_gradient(math.inf),
    "swish_gradient_l2": _swish_gradient(2),
    "swish_reach_linf": _swish_reach(math.inf),
    "swish_reach_l2": _swish_reach(2),
    "swish_phi": Formula(
        _swish_phi,
        {"u": ()},
        {"u": normal(scale=3.0)},
        "theory.swish.swish_loss of one weight, y = 1",
    ),
    "robust_loss": _robust("loss"),
    "robust_gradient": _robust("gradient"),
    "robust_hessian": _robust("hessian"),
    "chain_printed": _chain("printed"),
    "chain_corrected": _chain("corrected"),
    "quadratic_loss": Formula(
        _trust_region,
        {"x": (2,), "g": (2,), "H": (2, 2)},
        {"x": normal(2), "g": normal(2), "H": normal(2, 2)},
        "theory.general_models.TrustRegionModel.loss",
    ),
    "entropy_absolute": Formula(
        _absolute,
        {"slope": (), "theta": (), "gamma": ()},
        {"slope": between(0.2, 3.0), "theta": between(-4.0, 4.0), "gamma": between(0.2, 20.0)},
        "theory.local_entropy.absolute_local_entropy",
    ),
}


def formulas_js(names: Iterable[str]) -> str:
    """The chosen formulas as one JavaScript object `F`, with the helpers that they call.

    >>> "example_linf(theta, x, y, eps) {" in formulas_js(["example_linf"])
    True
    """
    texts = []
    for name in names:
        if name not in FORMULAS:
            raise ValueError(f"no formula is called {name!r}; there are {', '.join(FORMULAS)}")
        formula = FORMULAS[name]
        texts.append(f"// {formula.source}\n{to_js(name, formula.make(), formula.shapes)}")
    body = ",\n".join(texts)
    return f"{runtime()}const F = {{\n{body}\n}};\n"
