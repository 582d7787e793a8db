"""The claims about our code hold, and each notices faults planted in the code it is about."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import pytest

import verify  # noqa: F401  it adds the claims about jaxat
from jaxat import ThreatModel
from theory.evidence import Evidence, Verdict
from theory.judge import examine
from theory.registry import select
from theory.run import Run

PREFIX = "jaxat.conformance."
CLAIMS = {claim.id.removeprefix(PREFIX): claim for claim in select([PREFIX])}
CHECKS = [(name, check.name) for name, claim in CLAIMS.items() for check in claim.checks]

AWP, ENSGD, LANGEVIN, PGD, TRADES = (
    importlib.import_module(f"jaxat.{module}")
    for module in ("optim.awp", "optim.entropy_sgd", "optim.langevin", "attacks.pgd", "objectives")
)


def evidence(name: str, check_name: str) -> Evidence:
    claim = CLAIMS[name]
    (check,) = [c for c in claim.checks if c.name == check_name]
    numbers = {key: parameter.default for key, parameter in claim.parameters.items()}
    return examine(claim, check, Run(numbers, "quick", 0, f"{claim.id}/{check_name}"))


@pytest.mark.parametrize(("name", "check"), CHECKS)
def test_the_code_conforms(name: str, check: str) -> None:
    found = evidence(name, check)
    assert found.verdict is Verdict.SUPPORTED, found.detail
    assert found.admissible


@pytest.mark.parametrize("name", [name for name in CLAIMS if CLAIMS[name].parameters])
def test_another_seed_and_other_numbers(name: str) -> None:
    """What a user may ``--set`` does not turn the verdict."""
    claim = CLAIMS[name]
    extremes = {"steps": 2, "gamma": 0.25, "rho": 3.0, "product": 1.1, "beta": 0.5}
    numbers = {key: extremes[key] for key in claim.parameters}
    check = claim.checks[-1]
    found = examine(claim, check, Run(numbers, "quick", 7, f"{claim.id}/{check.name}"))
    assert found.verdict is Verdict.SUPPORTED, found.detail


def method(owner: Any, name: str, make: Callable[[Any], Any]) -> Callable[[Any], None]:
    """Plant: replace a function by what `make` makes of it."""
    return lambda monkeypatch: monkeypatch.setattr(owner, name, make(getattr(owner, name)))


def dynamics(**faults: Callable[[Any], Any]) -> Callable[[Any], None]:
    """Plant: other numbers in the inner loop of EntropySGD, as functions of the right ones."""

    def make(right: Any) -> Any:
        def wrong(*arguments: Any) -> Any:
            numbers = right(*arguments)
            return replace(numbers, **{k: f(numbers) for k, f in faults.items()})

        return wrong

    return method(ENSGD, "_dynamics", make)


def negated(right: Any) -> Any:
    return lambda *args, **kwargs: jax.tree.map(jnp.negative, right(*args, **kwargs))


def scaled(factor: float) -> Callable[[Any], Any]:
    return lambda right: lambda *a, **k: jax.tree.map(lambda v: factor * v, right(*a, **k))


def train(mode: str, told: str) -> Callable[[Any], None]:
    return lambda monkeypatch: monkeypatch.setitem(PGD._TRAIN, mode, told)


def proportional(right: Any) -> Any:
    return lambda self, gradient, *rest: gradient / jnp.abs(gradient).max(axis=1, keepdims=True)


def with_the_guard_of_the_public_code(right: Any) -> Any:
    def steepest(self: Any, gradient: Any, *rest: Any) -> Any:
        return gradient / (jnp.linalg.norm(gradient, axis=1, keepdims=True) + 1e-10)

    return steepest


def ball_then_box(right: Any) -> Any:
    return lambda self, *args: right(replace(self, combine="ball-then-box"), *args)


def exact(right: Any) -> Any:
    return lambda self, *args: right(replace(self, combine="exact"), *args)


def heavy_ball(right: Any) -> Any:
    """The momentum buffer itself as the step, without Nesterov's look ahead."""

    def advance(self: Any, chain: Any, weights: Any, grads: Any, key: Any) -> Any:
        if not chain.momentum:
            return right(self, chain, weights, grads, key)
        (buffer,), (leaf,) = chain.momentum, jax.tree.leaves(grads)
        plain = replace(self, momentum=0.0)
        moved = self.momentum * buffer + leaf
        after = right(plain, chain._replace(momentum=()), weights, moved, key)
        return after._replace(momentum=(moved,))

    return advance


def cancelling_variance(right: Any) -> Any:
    """The old mean where the new one belongs: e² without the factor 1 − k."""

    def finish(self: Any, chain: Any, params: Any) -> Any:
        larger = tuple(v / self.keep for v in chain.variance)
        return right(self, chain._replace(variance=larger), params)

    return finish


FAULTS: dict[str, tuple[str, str, Callable[[Any], None]]] = {
    "linf descends": ("pgd-linf", "from the image", method(ThreatModel, "steepest", negated)),
    "linf step without the sign": (
        "pgd-linf",
        "from the image",
        method(ThreatModel, "steepest", proportional),
    ),
    "linf without a projection": (
        "pgd-linf",
        "from the image",
        method(ThreatModel, "project", lambda right: lambda self, delta, x: delta),
    ),
    "half a step from a random start": (
        "pgd-linf",
        "from a random start",
        method(ThreatModel, "steepest", scaled(0.5)),
    ),
    "l2 step too short": (
        "pgd-l2",
        "without a box",
        method(ThreatModel, "steepest", scaled(0.5**0.5)),
    ),
    "l2 step with a guard": (
        "pgd-l2",
        "without a box",
        method(ThreatModel, "steepest", with_the_guard_of_the_public_code),
    ),
    "l2 ball then box": (
        "pgd-l2-box",
        "onto the intersection",
        method(ThreatModel, "project", ball_then_box),
    ),
    "l2 exact where it should not be": (
        "pgd-l2-box",
        "ball then box",
        method(ThreatModel, "project", exact),
    ),
    "awp descends": ("awp", "proxy network", method(AWP, "_direction", negated)),
    "awp per filter": (
        "awp",
        "proxy network",
        method(AWP, "_direction", lambda right: lambda w, g, norm: right(w, g, "filter")),
    ),
    "awp moves biases": (
        "awp",
        "proxy network",
        method(AWP, "perturbation", lambda right: lambda *a, **k: right(*a, select=everything)),
    ),
    "awp dropped inside": (
        "awp",
        "inside entropy sgd",
        method(AWP, "perturbation", scaled(0.0)),
    ),
    "the printed sign": (
        "entropy-sgd-recursion",
        "in exact arithmetic",
        dynamics(sign=lambda d: -d.sign),
    ),
    "the sign in the other check": (
        "entropy-sgd-printed-ascends",
        "direction",
        dynamics(sign=lambda d: 1),
    ),
    "gamma missing outside": (
        "entropy-sgd-recursion",
        "worst problem",
        dynamics(factor=lambda d: 1.0),
    ),
    "averaging the wrong way round": (
        "entropy-sgd-recursion",
        "in exact arithmetic",
        dynamics(keep=lambda d: 1 - d.keep),
    ),
    "no momentum inside": (
        "entropy-sgd-recursion",
        "in exact arithmetic",
        dynamics(momentum=lambda d: 0.0),
    ),
    "momentum not Nesterov's": (
        "entropy-sgd-recursion",
        "worst problem",
        method(LANGEVIN.Langevin, "advance", heavy_ball),
    ),
    "scope a little off": (
        "entropy-sgd-gradient",
        "many steps",
        dynamics(scope=lambda d: 1.001 * d.scope),
    ),
    "noise by the square root of two": (
        "entropy-sgd-noise",
        "many chains",
        dynamics(noise=lambda d: 2**0.5 * d.noise),
    ),
    "the variance of the limit": (
        "entropy-sgd-noise",
        "many chains",
        dynamics(noise=lambda d: d.noise * (1 - 0.75 / 2) ** 0.5),
    ),
    "one draw for all tensors": (
        "entropy-sgd-noise",
        "many chains",
        lambda monkeypatch: monkeypatch.setattr(jax.random, "fold_in", lambda key, data: key),
    ),
    "another guard": (
        "entropy-sgd-second-order",
        "lines 16 to 18",
        dynamics(guard=lambda d: 0.2),
    ),
    "a larger variance": (
        "entropy-sgd-second-order",
        "lines 16 to 18",
        method(LANGEVIN.Langevin, "finish", cancelling_variance),
    ),
    "local takes running statistics": ("batch-norm", "by hand", train("local", "eval")),
    "reference moves nothing": ("batch-norm", "by hand", train("reference", "batch")),
    "trades detaches p(x)": (
        "trades",
        "by hand",
        method(TRADES, "kl", lambda right: lambda a, clean: right(a, jax.lax.stop_gradient(clean))),
    ),
    "trades the other way round": (
        "trades",
        "by hand",
        method(TRADES, "kl", lambda right: lambda attacked, clean: right(clean, attacked)),
    ),
    "trades sums": ("trades", "by hand", method(TRADES, "kl", scaled(6))),
}


def everything(path: str, leaf: Any) -> bool:
    return True


@pytest.mark.parametrize(("name", "check", "plant"), FAULTS.values(), ids=list(FAULTS))
def test_a_planted_fault_turns_the_verdict(
    name: str, check: str, plant: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    found = evidence(name, check)
    assert found.verdict is Verdict.UNDECIDED
    assert "VIOLATED" in found.detail, found.detail


def test_every_claim_has_a_planted_fault() -> None:
    assert {name for name, *_ in FAULTS.values()} == set(CLAIMS)
