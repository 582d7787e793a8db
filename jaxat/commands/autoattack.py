"""AutoAttack on a trained run, for ``python -m jaxat evaluate``."""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from jax.tree_util import Partial

from jaxat import models
from jaxat.attacks.autoattack import autoattack
from jaxat.commands.arguments import UsageError
from jaxat.config import Config
from jaxat.config import number as length
from jaxat.data import Split, to_unit
from jaxat.models import Model
from jaxat.restore import Restored
from jaxat.threat import ThreatModel

__all__ = ["with_autoattack"]

SECONDS = 30  # between two lines of progress where the standard error is no terminal


def with_autoattack(
    found: Restored,
    config: Config,
    test: Split,
    folder: Path,
    *,
    version: Any = "standard",
    individual: bool = False,
    batch: int | None = None,
    dtype: str | None = None,
    progress: Callable[[Any], None] | None = None,
) -> dict[str, Any]:
    """Evaluate ``found`` on ``test`` and return what the record of the evaluation holds.

    What was done is kept in ``folder`` after each batch: killed, the same command goes on. The
    attacks follow the network as it computes in ``dtype`` (that of training, unless given), and
    what they find is verified in the precision that its parameters have.

    Raises:
        UsageError: what AutoAttack refuses, above all NaN from the model.
    """
    radius = config.eps.replace("/", "_")
    lower = found.model.options["dtype"] if dtype is None else dtype
    name = f"autoattack-{version}-{config.norm}-{radius}-n{test.size}-{found.minibatch}"
    kept = folder / (name if lower is None else f"{name}-{lower}")
    params = found.weights.params
    full, followed = (Partial(_computing_in(found, t).apply, params) for t in (None, lower))
    evaluate = autoattack(
        ThreatModel(config.norm, length(config.eps)),
        version,
        individual=individual,
        batch=batch,
        resume=kept,
        progress=_teller() if progress is None else progress,
    )
    x = np.asarray(to_unit(test.images, found.model.options["param_dtype"]))
    try:
        with warnings.catch_warnings():
            # They stand in the report, which is printed.
            warnings.simplefilter("ignore")
            report = evaluate(
                full,
                x,
                test.labels,
                state=found.weights.state,
                eps_text=config.eps,
                attacked=None if lower is None else followed,
            )
    except ValueError as error:
        raise UsageError(str(error)) from None
    print(f"\n{report}", file=sys.stderr)
    return {
        **json.loads(report.to_json(dataset=config.dataset, architecture=config.model)),
        "clean_accuracy": 100 * report.clean_accuracy,
        "robust_accuracy": 100 * report.robust_accuracy,
        "attacks_compute_in": lower or found.model.options["param_dtype"],
    }


def _computing_in(found: Restored, dtype: str | None) -> Model:
    """The network with all its options but this one; None is the precision of its parameters."""
    options = {**found.model.options, "dtype": dtype}
    return models.build(found.config.model, **options)


def _teller() -> Callable[[Any], None]:
    """Rewrites one line on a terminal; elsewhere prints one now and then."""
    told = [time.monotonic()]

    def tell(progress: Any) -> None:
        if sys.stderr.isatty():
            print(f"\r\x1b[2K{progress}", end="", file=sys.stderr, flush=True)
        elif time.monotonic() - told[0] >= SECONDS:
            told[0] = time.monotonic()
            print(progress, file=sys.stderr, flush=True)

    return tell
