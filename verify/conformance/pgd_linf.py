"""L∞-PGD on linear models, bit for bit."""

from __future__ import annotations

from typing import Any

from theory.claim import Parameter
from theory.evidence import Evidence, Method, Verdict
from theory.registry import register
from theory.run import Run
from verify.conformance.common import about, agreement

AXES, IMAGES, RADII = 12, 64, 8

CLAIM = register(
    about(
        "jaxat.attacks.pgd",
        "pgd-linf",
        title="L∞-PGD on linear models is the closed form, bit for bit, with and without a box",
        statement=(
            r"On $z = w\cdot x + b$, $K$ steps of size $\lambda$ from $x$ give the bits of $x + "
            r"\eta$, $\eta = \mathrm{clip}(r\,g, -x, 1-x)$, where $g = -y\,\mathrm{sign}(w)$ and "
            r"$r = \min(\lambda + \dots + \lambda, \varepsilon)$ is added up in floating point; "
            r"coordinates that reach the box stand on it exactly. From a random start the same, "
            r"with $r = \varepsilon$, wherever $w_j \ne 0$ and $K\lambda$ is a little more than "
            r"$2\varepsilon$. In float64 and in float32, while the gradient does not underflow."
        ),
        depends=("jaxat.pgd-exact-linf", "jaxat.pgd-random-start"),
        parameters={"steps": Parameter(7, 1, 40, "number of steps K", integer=True)},
        cost=2.0,
    )
)


def problems(run: Run, groups: int, dtype: Any) -> dict[str, Any]:
    """Weights over ten orders of magnitude with zeros, images with coordinates on the box."""
    import numpy as np

    rng, shape = run.rng, (groups, IMAGES, AXES)
    w = rng.standard_normal(shape) * 10.0 ** rng.uniform(-9, 1, shape)
    w[rng.uniform(size=shape) < 0.1] = 0
    x = np.clip(rng.uniform(-0.3, 1.3, shape), 0, 1)
    y = rng.integers(0, 2, shape[:2])
    eps = rng.uniform(0, 0.6, groups)
    eps[0] = 0
    return {"w": w.astype(dtype), "x": x.astype(dtype), "y": y, "eps": eps.astype(dtype)}


def attacked(
    problem: dict[str, Any], step_size: Any, steps: int, box: bool, keys: Any = None
) -> Any:
    """What `jaxat` makes of every image; the weights and labels are each image's own."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    from jaxat import ThreatModel
    from jaxat.attacks import pgd

    random = keys is not None

    # Not mapped over the radii: random numbers compile three times as long then.
    @jax.jit
    def attack(w: Any, x: Any, y: Any, eps: Any, step_size: Any, key: Any) -> Any:
        threat = ThreatModel("linf", eps, bounds=(0, 1) if box else None)
        # Once as a loop of compiled steps and once as a compiled loop.
        unroll = 1 if random else None
        run = pgd(threat, steps=steps, step_size=step_size, random_start=random, unroll=unroll)
        return run(lambda x: jnp.sum(w * x, 1) + 0.25, key, x, y).x_adv

    columns = [problem[name] for name in ("w", "x", "y", "eps")]
    groups = zip(*columns, step_size, keys if random else step_size, strict=True)
    return np.stack([np.asarray(attack(*group)) for group in groups])


def closed_form(problem: dict[str, Any], reach: Any, box: bool) -> Any:
    """x + clip(r g, −x, 1−x), and 0 or 1 itself where the clip acts."""
    import numpy as np

    x, w = problem["x"], problem["w"]
    eta = reach[:, None, None] * np.where(problem["y"] > 0, -1, 1)[..., None] * np.sign(w)
    eta = eta.astype(x.dtype)
    if not box:
        return x + eta
    return np.where(eta >= 1 - x, 1, np.where(eta <= -x, 0, np.clip(x + eta, 0, 1))).astype(x.dtype)


def differing(found: Any, expected: Any) -> Any:
    """In how many coordinates the bits differ, for each image."""
    import numpy as np

    if found.dtype != expected.dtype:
        return np.full(found.shape[:2], found.shape[-1])
    integers = f"u{found.dtype.itemsize}"
    return (found.view(integers) != expected.view(integers)).sum(axis=-1)


@CLAIM.check(Method.NUMERIC, Verdict.SUPPORTED)
def from_the_image(run: Run) -> Evidence:
    """Steps that reach ε, and steps that do not, with and without the box, in both precisions."""
    import numpy as np

    steps, errors = run.integer("steps"), []
    for dtype in (np.float64, np.float32):
        problem = problems(run, run.pick(RADII, 4 * RADII), dtype)
        step_size = (problem["eps"] * run.rng.uniform(0.5, 3, len(problem["eps"])) / steps).astype(
            dtype
        )
        reach = np.zeros_like(step_size)
        for _ in range(steps):
            reach = np.minimum(reach + step_size, problem["eps"])
        for box in (False, True):
            found = attacked(problem, step_size, steps, box)
            errors.append(differing(found, closed_form(problem, reach, box)))
    return agreement(run, np.concatenate(errors), 0.0)


@CLAIM.check(Method.NUMERIC, Verdict.SUPPORTED)
def from_a_random_start(run: Run) -> Evidence:
    """Kλ from 2.001 ε on; where w_j = 0 a coordinate stays where it starts, inside ball and box."""
    import jax
    import numpy as np

    steps, problem = run.integer("steps"), problems(run, run.pick(RADII, 4 * RADII), np.float64)
    eps = problem["eps"]
    step_size = eps * run.rng.uniform(2.001, 6, len(eps)) / steps
    keys = jax.random.split(jax.random.key(int(run.rng.integers(2**31))), len(eps))
    found = attacked(problem, step_size, steps, True, keys)
    expected, still = closed_form(problem, eps, True), problem["w"] == 0
    far = np.abs(found - problem["x"]) > eps[:, None, None] + 1e-15
    stray = still & (far | (found < 0) | (found > 1))
    found[still] = expected[still]
    return agreement(run, differing(found, expected) + stray.sum(axis=-1), 0.0)
