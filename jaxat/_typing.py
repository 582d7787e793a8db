"""Shapes in signatures: jaxtyping's where it is installed, stand-ins where it is not.

Users of the library need no jaxtyping; the tests have it, and check every call of a module that
imports its types from here. Such a module starts with ``from __future__ import annotations``, so
that nothing is evaluated when it is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = ["Array", "Bool", "Float", "Int", "Key", "Num", "Shaped"]

if TYPE_CHECKING:
    from jaxtyping import Array, Bool, Float, Int, Num, Shaped
    from jaxtyping import PRNGKeyArray as Key
else:
    from jax import Array

    try:
        from jaxtyping import Bool, Float, Int, Num, Shaped
        from jaxtyping import PRNGKeyArray as Key
    except ImportError:

        class _Unchecked:
            def __class_getitem__(cls, item: object) -> Any:
                return Any

        Bool = Float = Int = Num = Shaped = _Unchecked
        Key = Array
