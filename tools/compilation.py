"""How the tests have JAX compile: quickly, and nothing twice."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
from pathlib import Path

KEPT = Path(__file__).parents[1] / "build" / "compiled"
MOST = 2**30  # bytes


def environment() -> dict[str, str]:
    """The environment to set before JAX is imported; what is set already stays as it is.

    The tests compile many small functions and hardly run them. So: no optimisation; no threads
    within one compilation; and of XLA's two ways to emit code for fused operations the older one,
    which takes half the time (the verification and the figures are made with the newer one). What
    was compiled once is loaded from then on, by other processes and later runs too: the key is the
    program, the versions and the flags. `JAX_COMPILATION_CACHE_DIR=` does without.
    """
    flags = (
        "--xla_cpu_parallel_codegen_split_count=1",
        "--xla_backend_extra_options=xla_cpu_disable_new_fusion_emitters",
    )
    wanted = {
        "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
        "XLA_FLAGS": " ".join(flags),
        "JAX_COMPILATION_CACHE_DIR": str(KEPT / _processor()),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }
    return {name: os.environ.get(name, value) for name, value in wanted.items()}


def _processor() -> str:
    """A name for this kind of processor, whose instructions JAX's key does not contain."""
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        told = ""
    found = re.findall(r"^(?:flags|Features|model name)\s*:.*", told, re.MULTILINE)
    told = "\n".join([platform.platform(), platform.processor(), *sorted(set(found))])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def tidy() -> None:
    """Remove what a killed process left empty, and everything once it has become too much."""
    sizes = {path: path.stat().st_size for path in KEPT.rglob("*") if path.is_file()}
    if sum(sizes.values()) > MOST:
        shutil.rmtree(KEPT, ignore_errors=True)
        return
    for path, size in sizes.items():
        if not size:
            path.unlink(missing_ok=True)
