"""The site, built once, and a real browser that has no network; skipped where there is none."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import pytest

ROOT = Path(__file__).parents[2]
PATIENCE = 900  # seconds that a process waits for the one that builds the site
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def browser_program() -> str:
    """The browser, or a skip that says what is missing."""
    found = os.environ.get("JAXAT_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"no browser here: install Chromium, or set JAXAT_BROWSER ({', '.join(NAMES)})")
    return found


def driver() -> Any:
    """PyPI's playwright, or a skip that says where it comes from."""
    return pytest.importorskip(
        "playwright.sync_api", reason="playwright drives the browser: pip install 'jaxat[docs]'"
    )


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site. JAXAT_SITE names one that has just been built, and saves building another."""
    if "JAXAT_SITE" in os.environ:
        return Path(os.environ["JAXAT_SITE"])
    if jnp.zeros(()).dtype != jnp.float64:
        pytest.skip("the site is built in float64")
    browser_program()
    driver()
    pytest.importorskip("pdoc", reason="pdoc writes the reference: pip install 'jaxat[docs]'")
    base = tmp_path_factory.getbasetemp()
    # The processes of pytest-xdist share the folder above theirs: one of them builds.
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    out, said = shared / "companion", shared / "companion.said"
    try:
        (shared / "companion.lock").touch(exist_ok=False)
    except FileExistsError:
        for _ in range(PATIENCE):
            if said.exists():
                break
            time.sleep(1)
    else:
        said.with_suffix(".new").write_text(_build(out), encoding="utf-8")
        said.with_suffix(".new").rename(said)
    fault = said.read_text(encoding="utf-8")
    if "npm" in fault:
        pytest.skip(f"the site cannot be typeset here: {fault}")
    assert not fault, fault
    return out


def _build(out: Path) -> str:
    """What went wrong, or nothing."""
    from docs.companion.build import build

    try:
        build(out)
    except (RuntimeError, ValueError) as error:
        return str(error) or repr(error)
    return ""


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    program = browser_program()
    with driver().sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


class Opened:
    """A page with what it complained about and asked for."""

    def __init__(self, page: Any, site: Path) -> None:
        self.page, self.site = page, site
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda m: self.complaints.append(f"{m.type}: {m.text}"))
        page.on("pageerror", lambda e: self.complaints.append(str(e)))
        page.on("requestfailed", lambda r: self.complaints.append(f"failed: {r.url[:200]}"))
        page.on("request", lambda r: self.requests.append(r.url))

    def open(self, name: str) -> Any:
        self.page.goto((self.site / name).as_uri())
        return self.page

    def state(self) -> dict[str, Any]:
        """What the figure computed, with infinities as words."""
        script = "JSON.stringify(C.state, (k, v) => v === Infinity ? 'inf' : v)"
        return json.loads(self.page.evaluate(script))


@pytest.fixture
def opened(browser: Any, site: Path) -> Iterator[Opened]:
    """A fresh page without network, as wide as a laptop's screen."""
    context = browser.new_context(offline=True, viewport={"width": 1100, "height": 900})
    yield Opened(context.new_page(), site)
    context.close()


@pytest.fixture
def phone(browser: Any, site: Path) -> Iterator[Opened]:
    """The same on a phone with a touch screen, in the dark."""
    size = {"width": 390, "height": 844}
    context = browser.new_context(offline=True, viewport=size, has_touch=True, color_scheme="dark")
    yield Opened(context.new_page(), site)
    context.close()
