"""Float64 or nothing: the mathematics of this room refuses to run in single precision."""

from __future__ import annotations

__all__ = ["require_x64"]


def require_x64() -> None:
    """Raise `RuntimeError` unless JAX computes in float64.

    No package of this project changes JAX's global configuration when it is imported, so the
    caller decides: ``python -m verify`` and ``python -m figures`` switch float64 on themselves.

    >>> require_x64()
    """
    import jax.numpy as jnp

    # Asking for the dtype also sees the context manager `jax.enable_x64(True)`.
    if jnp.zeros(()).dtype != jnp.float64:
        raise RuntimeError(
            "theory computes in float64, but JAX is in float32 mode; call "
            'jax.config.update("jax_enable_x64", True) before the first array is made, '
            "or set the environment variable JAX_ENABLE_X64=1."
        )
