"""Is what the device computes right? Against float32 on the processor, before anything is timed.

Three precisions: ``float32`` (all bits), ``default`` (what XLA makes of float32 unless told
otherwise, TF32 on recent GPUs) and ``bfloat16``. Errors are ``‖found − reference‖ / ‖reference‖``,
the largest over all tensors where there are several.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.on_gpu.ledger import Clock, Item, OutOfTimeError
from benchmarks.on_gpu.operations import Convolution, convolutions
from benchmarks.on_gpu.sizes import METHODS, Sizes, random_sets
from jaxat import models
from jaxat.attacks import cross_entropy
from jaxat.models.convolution import convolve
from jaxat.trainer import Trainer

__all__ = ["TOLERANCES", "items", "network_case", "relative_error"]

PRECISIONS = ("float32", "default", "bfloat16")
_COMPUTES_IN = {"float32": "float32", "default": "float32", "bfloat16": "bfloat16"}

# Of one operation; of a whole network, whose layers add up; of an update, attack and all. Weights
# that are off by 0.000001 of themselves make 0.000005 in logits, 0.00001 and 0.00002 in gradients
# of the two networks at full size, and at most 0.00003 in updates. bfloat16 by itself, on a
# processor, makes 0.003 in convolutions, 0.012 and 0.014 in logits, 0.03 and 0.06 in gradients of
# ResNet-18 and WRN-34-10; TF32 has three bits more. tools/rounding_in_correctness.py prints these.
TOLERANCES: dict[str, dict[str, float]] = {
    "convolutions": {"float32": 2e-5, "default": 2e-3, "bfloat16": 1e-2},
    "logits": {"float32": 1e-4, "default": 1e-2, "bfloat16": 5e-2},
    "losses": {"float32": 1e-5, "default": 5e-4, "bfloat16": 2e-3},
    "gradients": {"float32": 3e-4, "default": 3e-2, "bfloat16": 1.5e-1},
    "updates": {"float32": 3e-4},
}

# ReLUs that switch would make 0.004 and 0.01 of it in gradients, and hide what is wrong.
SMOOTH = {"activation": "swish"}

Arrays = Any


class Case(NamedTuple):
    """``run(dtype)(*arguments)`` gives named groups of arrays; ``dtype`` is what it computes in.

    Without arguments it is not compiled here, and gets the device.
    """

    run: Callable[[str], Callable[..., Mapping[str, Any]]]
    arguments: tuple[Any, ...]
    precisions: tuple[str, ...] = PRECISIONS


def items(sizes: Sizes) -> Iterator[Item]:
    """Every shape of convolution, losses and gradients of both networks, one update a method."""
    for network in sizes.networks:

        def shapes(clock: Clock, network: str = network) -> dict[str, Any]:
            return _convolutions(sizes, network, clock)

        def network_(clock: Clock, network: str = network) -> dict[str, Any]:
            del clock
            return _judge(network_case(sizes, network))

        yield Item(f"convolutions of {network}", shapes, 1.5)
        yield Item(f"losses and gradients of {network}", network_, 2)
    for method in METHODS:

        def update(clock: Clock, method: str = method) -> dict[str, Any]:
            del clock
            return _judge(_update(sizes, method))

        yield Item(f"an update of {method}", update, 1.5)


def _convolutions(sizes: Sizes, network: str, clock: Clock) -> dict[str, Any]:
    config = sizes.config(network, dtype="float32")
    model = models.build(config.model, **config.model_options)
    rows, worst = [], dict.fromkeys(PRECISIONS, 0.0)
    shapes = sorted(set(convolutions(model, (32, 32, 3), sizes.batch)))
    for shape in shapes:
        if clock.left() < 10:
            raise OutOfTimeError(f"{len(rows)} of {len(shapes)} shapes were compared")
        found = _judge(_convolution(shape))["errors"]["convolutions"]
        rows.append({"shape": str(shape), **found})
        worst = {name: max(worst[name], found[name]) for name in worst}
    return {**_verdict({"convolutions": worst}), "shapes": rows}


def _convolution(shape: Convolution) -> Case:
    """The value and both gradients, each for random arguments of its own."""
    rng = np.random.default_rng(abs(hash(shape)) % 2**32)
    out = (shape.size + 2 * shape.padding - shape.taps) // shape.stride + 1
    fan_in = shape.taps**2 * shape.inputs
    x = rng.normal(size=(shape.batch, shape.size, shape.size, shape.inputs))
    kernel = rng.normal(size=(shape.taps, shape.taps, shape.inputs, shape.outputs)) / fan_in**0.5
    cotangent = rng.normal(size=(shape.batch, out, out, shape.outputs))

    def run(dtype: str) -> Callable[..., Mapping[str, Any]]:
        def all_three(*given: Any) -> Mapping[str, Any]:
            x, kernel, cotangent = (array.astype(dtype) for array in given)

            def of(x: Any, kernel: Any) -> Any:
                return convolve(x, kernel, stride=shape.stride, padding=shape.padding)

            value, pullback = jax.vjp(of, x, kernel)
            return {"convolutions": (value, *pullback(cotangent))}

        return all_three

    return Case(run, tuple(jnp.asarray(a, jnp.float32) for a in (x, kernel, cotangent)))


def network_case(sizes: Sizes, network: str) -> Case:
    """Logits and loss of AT on random images, and its gradients for weights and for images."""
    config = sizes.config(network, dtype="float32", model_options=SMOOTH)
    like = models.build(config.model, **config.model_options)
    params, state = like.init(jax.random.key(0), (32, 32, 3))
    rng = np.random.default_rng(1)
    x = jnp.asarray(rng.random((sizes.gradient_batch, 32, 32, 3)), jnp.float32)
    y = jnp.asarray(rng.integers(0, 10, len(x)), jnp.int32)

    def run(dtype: str) -> Callable[..., Mapping[str, Any]]:
        model = models.build(config.model, **{**config.model_options, "dtype": dtype})

        def all_(params: Any, state: Any, x: Any, y: Any) -> Mapping[str, Any]:
            def of(params: Any, x: Any) -> Any:
                logits, _ = model.apply(params, state, x, train="update")
                return cross_entropy(logits, y).mean(), logits

            gradient = jax.value_and_grad(of, (0, 1), has_aux=True)
            (loss, logits), (of_weights, of_images) = gradient(params, x)
            flat = jnp.concatenate([leaf.ravel() for leaf in jax.tree.leaves(of_weights)])
            return {"logits": logits, "losses": loss, "gradients": (flat, of_images)}

        return all_

    # TF32 is what AutoAttack in float32 computes in, and only ResNet-18 meets that.
    precisions = PRECISIONS if network == "ResNet-18" else ("float32", "bfloat16")
    return Case(run, (params, state, x, y), precisions)


def _update(sizes: Sizes, method: str) -> Case:
    """Loss and length of the step of one update, attack and all, of a narrow network."""
    settings: dict[str, Any] = {
        **METHODS[method],
        "batch": 8,
        "attack_steps": 2,
        "chunk": 1,
        "model_options": {"width": 2 if sizes.smoke else 16, **SMOOTH},
    }
    if "ensgd" in settings:
        settings["ensgd_steps"] = 2
    sets = random_sets(sizes, 16)

    def run(dtype: str) -> Callable[..., Mapping[str, Any]]:
        def one(device: Any) -> Mapping[str, Any]:
            trainer = Trainer(sizes.config(dtype=dtype, **settings), 0, devices=[device], sets=sets)
            rows: list[dict[str, Any]] = []
            trainer.epoch(trainer.start(), 0, lambda chunk: rows.extend(chunk.rows))
            return {"updates": (np.float32(rows[0]["loss"]), np.float32(rows[0]["step_norm"]))}

        return one

    # Lower precisions are looked at above; here two compilations are dear enough.
    return Case(run, (), ("float32",))


def _judge(case: Case) -> dict[str, Any]:
    """Run a case on the processor and, at the same time, in all precisions on the device.

    On the device one after the other: XLA chooses algorithms by measuring them, would measure what
    another thread has them wait for, and keeps what it chose for what is timed afterwards.
    """
    processor, device = jax.local_devices(backend="cpu")[0], jax.devices()[0]

    def on(device: Any, dtype: str, precision: str | None) -> Mapping[str, Any]:
        # Whatever is made on the way is made there, too. Both settings belong to the thread.
        with jax.default_device(device), jax.default_matmul_precision(precision):
            if not case.arguments:
                return jax.device_get(case.run(dtype)(device))
            given = jax.device_put(case.arguments, device)
            return jax.device_get(jax.jit(case.run(dtype))(*given))

    with ThreadPoolExecutor(1) as pool:
        wanted = pool.submit(on, processor, "float32", "highest")
        found = {
            name: on(device, _COMPUTES_IN[name], "highest" if name == "float32" else None)
            for name in case.precisions
        }
        reference = wanted.result()
    errors = {
        group: {
            name: relative_error(found[name][group], reference[group]) for name in case.precisions
        }
        for group in reference
    }
    return _verdict(errors)


def relative_error(found: Arrays, reference: Arrays) -> float:
    """The largest relative error of several arrays; a NaN is infinitely wrong."""
    largest = 0.0
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(reference), strict=True):
        exact = np.asarray(other, np.float64)
        error = np.linalg.norm(np.asarray(one, np.float64) - exact) / np.linalg.norm(exact)
        largest = max(largest, float(error) if np.isfinite(error) else float("inf"))
    return largest


def _verdict(errors: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """Errors, what they may be, and whether all of them are below it."""
    allowed = {group: TOLERANCES[group] for group in errors}
    met = all(errors[g][name] <= allowed[g][name] for g in errors for name in errors[g])
    return {"met": met, "errors": errors, "allowed": allowed}
