"""The translation to JavaScript against JAX itself, run by Node.js on random points."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special

from docs.companion.formulas import FORMULAS, formulas_js
from docs.companion.jaxpr_to_js import UnsupportedPrimitiveError, runtime, to_js
from docs.companion.node import node

POINTS = 40


def run(code: str, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
    """The values of calls of methods of F; NaN and infinities travel as words."""
    script = (
        '"use strict";\nconst input = JSON.parse(require("fs").readFileSync(0, "utf8"));\n'
        f"{code}\n"
        "const word = (k, v) => typeof v === 'number' && !isFinite(v) ? String(v) : v;\n"
        "process.stdout.write(JSON.stringify(input.map(([f, a]) => F[f](...a)), word));"
    )
    return json.loads(node(script, json.dumps(calls)))


def flat(value: Any) -> list[float]:
    if isinstance(value, Mapping):
        return [x for key in sorted(value) for x in flat(value[key])]
    if isinstance(value, list | tuple):
        return [x for part in value for x in flat(part)]
    return np.asarray(value, dtype=float).ravel().tolist()


@pytest.mark.skipif(jnp.zeros(()).dtype != jnp.float64, reason="the pages compute in float64")
def test_every_formula_agrees_with_jax():
    """All formulas of the pages, at random points, to 1e-12; one run of Node.js for all."""
    rng = np.random.default_rng(0)
    calls = [
        (name, [np.asarray(formula.draw[arg](rng)).tolist() for arg in formula.shapes])
        for name, formula in FORMULAS.items()
        for _ in range(POINTS)
    ]
    found = run(formulas_js(FORMULAS), calls)
    functions = {name: jax.jit(formula.make()) for name, formula in FORMULAS.items()}
    worst = 0.0
    for (name, arguments), value in zip(calls, found, strict=True):
        expected = np.array(flat(functions[name](*map(jnp.asarray, arguments))))
        error = np.abs(np.array(flat(value)) - expected) / np.maximum(1.0, np.abs(expected))
        assert error.size, name
        assert error.max() < 1e-12, (name, arguments, value, expected)
        worst = max(worst, float(error.max()))
    assert worst > 0.0, "not one bit differs anywhere: were the two sides compared at all?"


@pytest.mark.parametrize(
    ("function", "shapes"),
    [
        (lambda a: jnp.where(a > 0, a, -2.0 * a), {"a": (3,)}),
        (lambda a, b: a @ b, {"a": (2, 3), "b": (3, 2)}),
        (lambda a, b: jnp.outer(a, b).T + jnp.eye(2), {"a": (2,), "b": (2,)}),
        (lambda a: jnp.concatenate([a, a[::-1]])[1:], {"a": (3,)}),
        (lambda a: (jnp.max(a), jnp.min(a, axis=0), jnp.sum(a, axis=1)), {"a": (2, 3)}),
        (lambda a: {"b": a**3, "c": a**-2}, {"a": ()}),
        (lambda a: jnp.sign(a) * jnp.clip(a, -0.5, 0.25), {"a": (4,)}),
        (lambda a: (a == a) & ~(a < 0) | (a > 1), {"a": (2,)}),
        (jax.nn.softplus, {"a": (3,)}),
        (jax.hessian(lambda a: jnp.sum(jnp.tanh(a) ** 2) * a[0]), {"a": (2,)}),
    ],
)
def test_primitives(function: Any, shapes: Mapping[str, Sequence[int]]):
    rng = np.random.default_rng(1)
    code = f"{runtime()}const F = {{ {to_js('f', function, shapes)} }};"
    calls = [("f", [rng.normal(size=s).tolist() for s in shapes.values()]) for _ in range(5)]
    for (_, arguments), value in zip(calls, run(code, calls), strict=True):
        expected = flat(jax.tree.map(np.asarray, function(*map(jnp.asarray, arguments))))
        tolerance = 1e-12 if jnp.zeros(()).dtype == jnp.float64 else 1e-5
        np.testing.assert_allclose(flat(value), expected, rtol=tolerance, atol=tolerance)


def test_special_functions():
    """erf and erfc of the page against SciPy, far into the tail, relative to the value."""
    x = np.concatenate([np.linspace(-6, 26, 321), [0.0, 1.0, -1.0, 1e-9]]).tolist()
    code = runtime() + "const F = { erf, erfc, logistic };"
    for name, exact in (("erf", scipy.special.erf), ("erfc", scipy.special.erfc)):
        found = np.array(run(code, [(name, [t]) for t in x]))
        np.testing.assert_allclose(found, exact(x), rtol=2e-13, atol=1e-300)
    ends = run(code, [("logistic", [t]) for t in (-800.0, 800.0, 0.0)])
    assert ends == [0, 1, 0.5]


def test_constants_are_written_exactly():
    code = to_js("f", lambda a: a + jnp.array([0.1, jnp.inf, -0.0, 1e-300]), {"a": ()})
    assert "0.1" in code
    found = run(f"const F = {{ {code} }};", [("f", [0.0])])[0]
    if jnp.zeros(()).dtype == jnp.float64:
        assert found == [0.1, "Infinity", 0, 1e-300]


def test_unknown_primitive_is_named():
    with pytest.raises(UnsupportedPrimitiveError, match="'sort'"):
        to_js("f", jnp.sort, {"a": (3,)})


def test_unknown_formula_is_named():
    with pytest.raises(ValueError, match="no formula is called 'exmaple'"):
        formulas_js(["exmaple"])
