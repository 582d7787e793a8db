"""A complete record of measurements on a GPU, all of them imagined."""

from __future__ import annotations

import copy
from typing import Any

from benchmarks.reporting import expected

__all__ = ["ENVIRONMENT", "complete", "entry"]

ENVIRONMENT: dict[str, Any] = {
    "commit": "0123456789abcdef0123456789abcdef01234567+changes",
    "command": "python gpu.py timing --torch .../python",
    "python": "3.12.3",
    "platform": "linux-x86_64",
    "cpus": 16,
    "backend": "gpu",
    "device": "Imagined Device 9",
    "devices": 1,
    "packages": {"jax": "9.8.7", "jaxlib": "9.8.7", "flax": "6.5.4"},
}
ALLOWED = {"losses": {"float32": 1e-5, "bfloat16": 2e-3}}


def entry(measured: dict[str, Any], **environment: Any) -> dict[str, Any]:
    return {"measured": measured, "seconds": 1.0, "environment": ENVIRONMENT | environment}


def row(ms: float, ratio: float, share: float | None) -> dict[str, Any]:
    return {
        "seconds_per_minibatch": ms / 1000,
        "seconds_per_epoch": ms * 0.39,
        "ratio": ratio,
        "share_of_matrix_product": share,
    }


def compared(ratio: float) -> dict[str, Any]:
    return {"ratio": ratio, "ratio_spread": [ratio - 0.1, ratio + 0.1]}


def complete() -> dict[str, Any]:
    """Every item of the harness, with numbers that occur nowhere else."""
    ours = {"seconds_per_minibatch": 0.0211}
    stages: dict[str, Any] = {
        "ceilings": {
            "matrix product": entry({"teraflop_per_second": 731.4}),
            "copy": entry({"terabyte_per_second": 3.876}),
        },
        "correctness": {
            name: entry({"met": True, "errors": copy.deepcopy(ALLOWED), "allowed": ALLOWED})
            for name in expected.items()["correctness"]
        },
        "timing": {
            "methods": entry(
                {
                    "rows": {
                        "AT": row(20.149, 1.0, 0.2178),
                        "AT-AWP": row(22.5, 1.1534, 0.213),
                        "AT+EnSGD": row(20.4, 1.024, 0.214),
                        "TRADES": row(24.4, 1.211, None),
                    }
                }
            ),
            "WRN-34-10": entry(row(155.55, 1.0, 0.3449)),
            "epoch": entry({"seconds": 8.44, "epoch_and_evaluation_seconds": 11.26}),
            "evaluation": entry(
                {
                    "best_batch": 1000,
                    "rows": {"1000": {"seconds": 2.349, "share_of_matrix_product": 0.2671}},
                }
            ),
            "compilation": entry({"cold_seconds": 50.0, "warm_seconds": 12.4, "ratio": 9.0}),
            "torch": entry(
                {
                    "rows": {
                        "jaxat": ours,
                        "reference style": compared(2.998),
                        "compiled, bfloat16": compared(1.07),
                    },
                    "torch": {"torch": "7.6.5"},
                }
            ),
            "torch, CUDA graphs": entry(
                {
                    "rows": {
                        "jaxat": ours,
                        "compiled, bfloat16, CUDA graphs": {"error": "no `g|`"},
                    },
                    "torch": {"torch": "7.6.5"},
                }
            ),
        },
        "train": {},
        "autoattack": {},
        "tuning": {
            name: entry(
                {
                    "prediction": "because",
                    "predicted": 1.03,
                    "ratio": 0.876,
                    "spread": [0.81, 0.93],
                    "seconds_per_minibatch": 0.02345,
                },
                command="python gpu.py tuning",
            )
            for name in expected.TRIES
        },
    }
    for index, preset in enumerate(expected.PRESETS):
        name = preset + ("-30ep" if index else "")
        stages["train"][name] = entry(
            {
                "epochs": 30 if index else 200,
                "n_test": 10_000,
                "pgd_correct": 5123 + index,
                "last_pgd_correct": 4321 + index,
            }
        )
        stages["autoattack"][f"{name}, 1000 images, bfloat16"] = entry(
            {"n": 1000, "robust_accuracy": 47.3, "interval": [44.23, 50.39], "seconds": 42.0}
        )
    first = expected.PRESETS[0]
    stages["autoattack"][f"{first}, 10000 images, bfloat16"] = entry(
        {"n": 10_000, "robust_accuracy": 47.86, "interval": [46.9, 48.8], "seconds": 366.0}
    )
    stages["autoattack"][f"{first}, 1000 images, float32"] = entry(
        {"n": 1000, "robust_accuracy": 47.2, "interval": [44.1, 50.3], "seconds": 90.0}
    )
    return stages
