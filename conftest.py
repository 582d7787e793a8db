"""Tests check every annotated shape, and run in float64 unless JAX_ENABLE_X64=0 says otherwise."""

from __future__ import annotations

import gc
import os
import re
import signal
from pathlib import Path

from tools import compilation

os.environ.setdefault("JAX_ENABLE_X64", "1")
os.environ.update(compilation.environment())

import pytest
from jaxtyping import install_import_hook

import tools.typechecker  # noqa: F401  the hook looks it up by name

# Modules with shapes in their signatures; checking every call of the others too would make the
# tests of ball arithmetic ten times slower. Must come before the first import of any of them.
_ROOT = Path(__file__).parent
_WITH_SHAPES = re.compile(r"^ *from (jaxtyping|jaxat\._typing) import", re.MULTILINE)
CHECKED = [
    ".".join(path.relative_to(_ROOT).with_suffix("").parts)
    for room in ("theory", "jaxat")
    for path in sorted((_ROOT / room).rglob("*.py"))
    if _WITH_SHAPES.search(path.read_text(encoding="utf-8"))
]
install_import_hook(CHECKED, "tools.typechecker.checked")

FLOAT64 = os.environ["JAX_ENABLE_X64"] == "1"
# The mathematics refuses to run in float32, which is what the tests of the other run look at.
collect_ignore = ["tests/float32"] if FLOAT64 else ["tests/theory", "tests/claims", "theory"]

# What looks at processes, files and browsers, or takes minutes, is run once: in float64, under the
# first interpreter. Everything else is run in both precisions and under both interpreters.
ONCE = (
    "tests/docs/",
    "tests/test_readme.py",
    "tests/jaxat/test_autoattack.py",
    "tests/jaxat/test_checkpoint_killed.py",
    "tests/jaxat/test_commands.py",
    "tests/jaxat/test_interrupt.py",
    "tests/jaxat/test_minimal_imports.py",
    "tests/jaxat/test_resume.py",
    "tests/jaxat/test_sharding.py",
    "tests/jaxat/test_update_public_code.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.relative_to(_ROOT).as_posix().startswith(ONCE):
            item.add_marker(pytest.mark.once)


def pytest_configure(config: pytest.Config) -> None:
    # A shell's background job is started deaf to Ctrl-C, and what tests start would inherit that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if not hasattr(config, "workerinput"):  # the process that starts the others
        compilation.tidy()


def pytest_collection_finish() -> None:
    # What was imported stays: there is nothing to collect in it, again and again.
    gc.collect()
    gc.freeze()
