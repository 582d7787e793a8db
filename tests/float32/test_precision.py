"""In JAX's default float32 mode the mathematics refuses to run, and importing changes nothing."""

from __future__ import annotations

import importlib

import jax.numpy as jnp
import numpy as np
import pytest

from theory.precision import require_x64


def test_this_run_is_in_float32() -> None:
    assert jnp.zeros(()).dtype == jnp.float32


def test_theory_refuses_float32_and_says_what_to_do() -> None:
    with pytest.raises(RuntimeError, match=r'jax.config.update\("jax_enable_x64", True\)'):
        require_x64()


@pytest.mark.parametrize(
    "module", ["theory.adversarial", "theory.curvature", "theory.local_entropy", "jaxat", "figures"]
)
def test_importing_leaves_the_configuration_alone(module: str) -> None:
    importlib.import_module(module)
    assert jnp.zeros(()).dtype == jnp.float32


def test_public_functions_refuse_float32() -> None:
    from theory.adversarial import adversarial_loss
    from theory.curvature import adversarial_hessian
    from theory.local_entropy import local_entropy

    theta, x = np.array([1.0, 2.0]), np.array([1.0, 0.0])
    for call in (
        lambda: adversarial_loss(theta, x, 1, 0.5, 2.0),
        lambda: adversarial_hessian(theta, x, 1, 0.5),
        lambda: local_entropy(lambda t: 0.0 * t[0], theta, 1.0),
    ):
        with pytest.raises(RuntimeError, match="float64"):
            call()
