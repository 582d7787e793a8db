"""`python -m docs.companion.build`: the teaching companion as a static site without a server."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["all_pages", "build", "main"]

ROOT = Path(__file__).parents[2]
CACHE = ROOT / "build" / "companion"


def all_pages() -> list[Any]:
    """The pages in `docs/companion/pages/`, in reading order."""
    from docs.companion import pages

    return [importlib.import_module(f"{pages.__name__}.{name}").PAGE for name in pages.ORDER]


def build(out: Path, evidence: Path | None = None, only: Sequence[str] = ()) -> list[Path]:
    """Write the site to the folder `out`, and return the files.

    evidence: JSON of an earlier `python -m verify --json`; without it every claim is run now.
    only: slugs of pages, to see one page quickly; the index and the claims are always written.

    Raises ValueError for an unknown slug, evidence that is not such JSON, or a folder that holds
    other things than a site; OSError for what cannot be read or written.
    """
    from docs.companion import evidence as found
    from docs.companion.chapters import CHAPTERS
    from docs.companion.claim_pages import claim_documents
    from docs.companion.graph import index_body
    from docs.companion.katex import fetch
    from docs.companion.markup import Markup
    from docs.companion.measured import measured_body
    from docs.companion.page import document, page_html
    from docs.companion.reference_pages import reference_documents

    pages = all_pages()
    unknown = set(only) - {page.slug for page in pages}
    if unknown:
        slugs = ", ".join(page.slug for page in pages)
        names = ", ".join(sorted(unknown))
        raise ValueError(f"--only: no page is named {names}; there are {slugs}")
    recorded = None if evidence is None else _evidence(evidence)
    _check_folder(out)
    katex = fetch(CACHE)
    if recorded is None:
        records = found.run_verify(CACHE / "verify.json")
    else:
        records = found.Records(recorded)
    markup = Markup()
    files: dict[str, str] = {}
    for before, page, after in zip([None, *pages], pages, [*pages[1:], None], strict=False):
        if not only or page.slug in only:
            text = page_html(page, records, markup, CHAPTERS, (before, after))
            files[f"{page.slug}.html"] = text
    files["index.html"] = document(
        "jaxat: a companion to push until it breaks",
        index_body(records, pages, CHAPTERS, markup),
        wide=True,
        head='<link rel="stylesheet" href="assets/index.css">\n',
    )
    files["measured.html"] = document(
        "From theory to CIFAR: reported and measured", measured_body(records, markup)
    )
    files.update(claim_documents(records, pages, markup))
    files.update(reference_documents())
    markup.typeset(katex)
    assets = {p.name: p.read_text(encoding="utf-8") for p in _assets()}
    assets["math.css"] = markup.css(katex)
    files = {name: _sources_from(out, name, markup.finish(text)) for name, text in files.items()}
    files.update({f"assets/{name}": text for name, text in assets.items()})
    return _write(out, files)


def _assets() -> list[Path]:
    return sorted((Path(__file__).parent / "assets").glob("*.*"))


def _evidence(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is not what python -m verify --json writes: {error}") from None


def _check_folder(out: Path) -> None:
    if out.exists():
        strange = [p for p in out.iterdir() if p.name not in ("assets", "claims", "api")]
        if any(p.suffix != ".html" for p in strange):
            raise ValueError(f"{out} holds other files than a site; choose an empty folder")


def _sources_from(out: Path, name: str, text: str) -> str:
    """Links to files of the checkout are written for site/ in it; here they fit any folder."""
    written = "../" * (name.count("/") + 1)
    real = Path(os.path.relpath(ROOT, (out / name).parent)).as_posix()
    return re.sub(rf'href="{re.escape(written)}([\w/]+\.py)"', rf'href="{real}/\1"', text)


def _write(out: Path, files: Mapping[str, str]) -> list[Path]:
    _check_folder(out)
    if out.exists():
        shutil.rmtree(out)
    written = []
    for name, text in files.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written


def size_of(page: Path) -> int:
    """Bytes that opening a page loads: itself and the assets that it names."""
    text = page.read_text(encoding="utf-8")
    assets = re.findall(r'(?:href|src)="((?:\.\./)*assets/[^"]+)"', text)
    return page.stat().st_size + sum((page.parent / name).stat().st_size for name in assets)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m docs.companion.build", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "site", help="folder, default site/")
    parser.add_argument("--evidence", type=Path, help="JSON of python -m verify --json")
    parser.add_argument("--only", nargs="*", default=[], help="slugs of single pages")
    chosen = parser.parse_args(arguments)
    os.environ.setdefault("JAX_ENABLE_X64", "1")
    import jax

    jax.config.update("jax_enable_x64", True)
    try:
        files = build(chosen.out, chosen.evidence, chosen.only)
    except (RuntimeError, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    pages = [f for f in files if f.parent == chosen.out]
    heaviest = max(pages, key=size_of)
    print(
        f"{len(files)} files in {chosen.out}; open {chosen.out / 'index.html'}. "
        f"Heaviest page: {heaviest.name}, {size_of(heaviest) / 1e6:.2f} MB."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
