"""Counts what XLA compiles in this process; what comes from a cache on disk counts too."""

from __future__ import annotations

import jax.monitoring

_SECONDS: list[float] = []


def _note(event: str, duration_secs: float, **kwargs: str | int) -> None:
    del kwargs
    if "backend_compile" in event:
        _SECONDS.append(duration_secs)


jax.monitoring.register_event_duration_secs_listener(_note)


def compilations() -> int:
    """The number so far; compare two."""
    return len(_SECONDS)
