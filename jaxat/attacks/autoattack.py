"""AutoAttack: the standard evaluation of robust accuracy, on any ``logits = f(x)``."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxat.attacks.apgd_runs import takes_key
from jaxat.attacks.autoattack_checks import Flag, after, before, refuse_nan, warn
from jaxat.attacks.autoattack_inputs import checked_arrays
from jaxat.attacks.autoattack_loop import Evaluation, run_passes
from jaxat.attacks.autoattack_model import as_logits, batch_by_memory, lowered, make_judge
from jaxat.attacks.autoattack_passes import Options, Version, passes, published, without_square
from jaxat.attacks.autoattack_report import AutoAttackReport, Progress
from jaxat.attacks.autoattack_store import State, Store, fingerprint
from jaxat.attacks.inputs import require_integer, require_threat
from jaxat.placement import Placement
from jaxat.threat import Norm, ThreatModel

__all__ = ["autoattack", "run_autoattack"]


def autoattack(
    threat: ThreatModel,
    version: Version = "standard",
    *,
    seed: int = 0,
    batch: int | None = None,
    individual: bool = False,
    options: Options | None = None,
    resume: str | Path | None = None,
    progress: Callable[[Progress], None] | None = None,
    gradient_dtype: Any = None,
    keep: bool = False,
    devices: Sequence[Any] | None = None,
) -> Callable[..., AutoAttackReport]:
    """Build ``evaluate(logits_fn, x, y, *, state=None, eps_text="", attacked=None)``: a report.

    Croce and Hein, "Reliable evaluation of adversarial robustness with an ensemble of diverse
    parameter-free attacks" (2020). An image is robust if none of the attacks breaks it; each meets
    only the images that those before have left.

    - ``"standard"``: APGD on cross-entropy; APGD on the targeted DLR loss and FAB, each towards the
      nine classes that follow in the clean logits; Square with 5000 queries.
    - ``"plus"``: five starts of APGD on cross-entropy and DLR, and of untargeted FAB, besides.
    - ``"rand"``, for randomised models: APGD on both losses, gradients averaged over 20 draws.

    For L2 the projection is onto the ball and then the box, as published, whatever ``threat`` says.

    Args:
        threat: norm, radius and bounds.
        version: see above.
        seed: of every random number; image i draws from its place, so the result does not depend
            on ``batch`` (but for randomised models).
        batch: images at a time; unless given 64 a device on CPUs and what memory holds elsewhere.
            On a CPU the last images go in eighths of it, so each attack is compiled for two
            shapes; elsewhere the last batch is filled up.
        individual: every attack meets every image, instead of those that are left.
        options: numbers other than the published ones, `Options`.
        resume: a folder; an evaluation that was killed goes on after its last whole batch.
        progress: called with a `Progress` after each batch; ``print`` will do.
        gradient_dtype: ``jax.numpy.bfloat16`` runs the attacks in that precision. What counts as
            broken is verified at full precision in any case.
        keep: put adversarial examples into the report.
        devices: all local ones unless given; batches are split over them.

    The evaluation:
        ``logits_fn(x) -> (batch, classes)``, or one logit for two classes; with ``state=``,
        ``logits_fn(state, x, train="eval") -> (logits, state)``, as the models of `jaxat.models`
        (``Partial(model.apply, params)``); `jaxat.adapters` has others. With ``key`` among its
        parameters it is a randomised model. ``attacked`` is the same model in another precision,
        called alike: attacks follow it, and what they find is verified on ``logits_fn`` (a network
        of `jaxat.models` that computes in bfloat16 keeps its statistics in float32, which
        ``gradient_dtype`` does not). ``x`` (n, ...) and ``y`` (n,) are NumPy or JAX
        arrays, x floating-point numbers within the bounds.

    Raises:
        ValueError: inputs outside the bounds or not numbers, labels that are no classes, NaN from
            the model (at an attacked image, too), a randomised model with another version,
            a folder that holds another evaluation.

    Warns:
        EvaluationWarning: softmax outputs, a model that is random, zero gradients, eps in the
            wrong units, accuracy at chance, Square ahead of APGD; they stand in the report, too.

    >>> evaluate = autoattack(ThreatModel("linf", 0.1), options=Options(steps=10, queries=10))
    >>> x, y = np.array([[0.9, 0.2, 0.1, 0.0], [0.55, 0.45, 0.3, 0.0]]), np.array([0, 0])
    >>> report = evaluate(lambda x: 9 * x, x, y)
    >>> report.clean_accuracy, report.robust_accuracy, report.broken_by()
    (1.0, 0.5, ['', 'apgd-ce'])
    """
    require_threat(threat)
    options = Options() if options is None else options
    if batch is not None:
        require_integer("batch", batch, 1)
    require_integer("seed", seed, 0)
    passes(published(threat), version, 10, options)  # refuses what does not fit before any work
    placement = Placement(jax.local_devices() if devices is None else devices)

    def evaluate(
        logits_fn: Callable[..., Any],
        x: Any,
        y: Any,
        *,
        state: Any = None,
        eps_text: str = "",
        attacked: Callable[..., Any] | None = None,
    ) -> AutoAttackReport:
        began = time.perf_counter()
        here = published(threat)
        x, y = checked_arrays(here, x, y)
        fn, key = as_logits(logits_fn, state, placement), jax.random.key(seed)
        randomised = takes_key(fn)
        if attacked is not None and gradient_dtype is not None:
            raise ValueError("attacked= and gradient_dtype= both say what attacks follow: give one")
        if randomised and version != "rand":
            raise ValueError(
                "the model takes a key, so it is randomised: use version='rand', or close over a "
                "key to evaluate one draw."
            )
        size = batch if batch is not None else 0
        if not size:
            size = 64 if randomised else batch_by_memory(fn, x, placement)
        size = placement.count * -(-min(size, len(x)) // placement.count)
        judge, model_key = make_judge(placement), key if randomised else None
        logits = _all_logits(judge, fn, x, size, model_key)
        if y.min() < 0 or y.max() >= logits.shape[1]:
            raise ValueError(
                f"y are classes, 0 to {logits.shape[1] - 1} for this model; got values from "
                f"{y.min()} to {y.max()}."
            )

        def once(some: Any) -> Any:
            return fn(jnp.asarray(some), **({"key": key} if randomised else {}))

        head = slice(0, size)
        flags = before(
            here,
            once,
            x[head],
            y[head],
            logits[head],
            randomised=randomised,
            layout=options.layout,
        )
        plan, notes = passes(here, version, logits.shape[1], options)
        flags += [Flag("few-classes", note) for note in notes]
        fitting = without_square(here, x.shape[1:], options, plan)
        if len(fitting) < len(plan):
            plan = fitting
            flags.append(
                Flag(
                    "no-square",
                    f"Square needs five rows and columns in {here.norm}, images are of shape "
                    f"{x.shape[1:]}: it is left out. For channels first, Options(layout='NCHW').",
                )
            )
        warn(flags)

        names = list(dict.fromkeys(part.attack for part in plan))
        followed = fn if gradient_dtype is None else lowered(fn, gradient_dtype)
        if attacked is not None:
            followed = as_logits(attacked, state, placement)
        evaluation = Evaluation(
            threat=here,
            model=fn,
            attacked=followed,
            judge=judge,
            placement=placement,
            key=key,
            model_key=model_key,
            x=x,
            y=y,
            logits=logits,
            plan=plan,
            names=names,
            batch=size,
            individual=individual,
        )
        store, where = None, State.empty(len(names), len(x))
        if resume is not None:
            settings = {
                "norm": here.norm,
                "eps": float(here.eps),
                "bounds": here.bounds,
                "version": version,
                "seed": seed,
                "individual": individual,
                "options": dataclasses.asdict(options),
                "gradient_dtype": None if gradient_dtype is None else str(np.dtype(gradient_dtype)),
                **({} if attacked is None else {"attacked": "another model"}),
                "images and labels": fingerprint(x, y),
                "predictions of the model": fingerprint(np.argmax(logits, 1).astype(np.int32)),
            }
            store = Store(resume, settings)
            where = store.load(len(names), len(x))
        run_passes(evaluation, where, store, progress, began)

        lines, bound = evaluation.lines(where), evaluation.bound(where, finished=True)
        robust = {"clean": float(evaluation.correct.mean())}
        robust |= {line.name: line.robust_accuracy for line in lines}
        late = [] if individual else after(robust, int(evaluation.correct.sum()))
        late += evaluation.doubts()
        warn(late)
        adversarial = None
        if keep:
            adversarial = x.copy()
            for place, found in where.found.items():
                adversarial[place] = found
        return AutoAttackReport(
            norm=here.norm,
            eps=float(here.eps),
            version=version,
            n=len(x),
            seed=seed,
            clean_accuracy=robust["clean"],
            robust_accuracy=float((evaluation.correct & ~where.by.any(0)).mean()),
            upper_bound=bound,
            attacks=lines,
            ledger=where.by,
            correct=evaluation.correct,
            flags=(*flags, *late),
            seconds=time.perf_counter() - began,
            batch=size,
            individual=individual,
            eps_text=eps_text,
            options=dataclasses.asdict(options),
            x_adv=adversarial,
        )

    return evaluate


def run_autoattack(
    logits_fn: Callable[..., Any],
    x: Any,
    y: Any,
    *,
    norm: Norm = "linf",
    eps: float = 8 / 255,
    bounds: tuple[float, float] | None = (0.0, 1.0),
    version: Version = "standard",
    state: Any = None,
    eps_text: str = "",
    **options: Any,
) -> AutoAttackReport:
    """Evaluate in one call: `autoattack` with a threat model made of norm, radius and bounds.

    ``eps_text`` is eps as the report shall print it; further options are those of `autoattack`.

    >>> x, y = np.array([[0.9, 0.4, 0.2, 0.3]]), np.array([0])
    >>> few = Options(steps=5, queries=5)
    >>> run_autoattack(lambda x: 9 * x, x, y, eps=0.1, options=few).robust_accuracy
    1.0
    """
    evaluate = autoattack(ThreatModel(norm, eps, bounds), version, **options)
    return evaluate(logits_fn, x, y, state=state, eps_text=eps_text)


def _all_logits(judge: Any, fn: Any, x: np.ndarray, size: int, key: Any) -> np.ndarray:
    rows = []
    for start in range(0, len(x), size):
        places = np.arange(start, start + size) % len(x)
        rows.append(judge(fn, x[places], key)[: len(x) - start])
    logits = np.concatenate(rows)
    refuse_nan(logits, "clean images")
    return logits
