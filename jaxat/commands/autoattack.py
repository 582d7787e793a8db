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

from jaxat.attacks.autoattack import autoattack
from jaxat.commands.arguments import UsageError
from jaxat.config import Config
from jaxat.config import number as length
from jaxat.data import Split, to_unit
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
) -> dict[str, Any]:
    """Evaluate ``found`` on ``test`` and return what the record of the evaluation holds.

    What was done is kept in ``folder`` after each batch: killed, the same command goes on.

    Raises:
        UsageError: what AutoAttack refuses, above all NaN from the model.
    """
    radius = config.eps.replace("/", "_")
    kept = folder / f"autoattack-{version}-{config.norm}-{radius}-n{test.size}-{found.minibatch}"
    evaluate = autoattack(
        ThreatModel(config.norm, length(config.eps)),
        version,
        individual=individual,
        resume=kept,
        progress=_teller(),
    )
    x = np.asarray(to_unit(test.images, found.model.options["param_dtype"]))
    logits_fn = Partial(found.model.apply, found.weights.params)
    try:
        with warnings.catch_warnings():
            # They stand in the report, which is printed.
            warnings.simplefilter("ignore")
            report = evaluate(
                logits_fn, x, test.labels, state=found.weights.state, eps_text=config.eps
            )
    except ValueError as error:
        raise UsageError(str(error)) from None
    print(f"\n{report}", file=sys.stderr)
    return {
        **json.loads(report.to_json(dataset=config.dataset, architecture=config.model)),
        "clean_accuracy": 100 * report.clean_accuracy,
        "robust_accuracy": 100 * report.robust_accuracy,
    }


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
