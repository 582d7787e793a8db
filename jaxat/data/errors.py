"""What can go wrong with data, always said in one line."""

from __future__ import annotations

__all__ = ["DataAbsentError", "DataError"]


class DataError(ValueError):
    """A data set cannot be had, or is not what it claims to be. The message is one line."""


class DataAbsentError(DataError):
    """The data set has not been prepared on this machine."""
