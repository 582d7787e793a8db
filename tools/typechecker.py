"""The run-time type checker of the tests: beartype, where an int is a float (PEP 484's tower)."""

from __future__ import annotations

from beartype import BeartypeConf, beartype

checked = beartype(conf=BeartypeConf(is_pep484_tower=True))
