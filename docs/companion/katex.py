"""Mathematics typeset when the site is built, by KaTeX under Node.js; its fonts go into one "
"CSS."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path

from docs.companion.node import node, npm_command

__all__ = ["fetch", "fonts_css", "typeset"]

VERSION = "0.19.1"
SHA512 = (
    "8c6f2e2a7b63484726d84a503a1d17b6eae93eeb82f6bdd2ab91cb1ddb05756"
    "653dbb13aef6485d7d4048bea1fd3f61e3b2d7994381184abebe7ad78b91ac47c"
)
# The families that the statements need; a class that needs another one stops the build.
_FONTS = {
    "KaTeX_Main-Regular": "",
    "KaTeX_Math-Italic": "",
    "KaTeX_Size1-Regular": "",
    "KaTeX_Size2-Regular": "",
    "KaTeX_Main-Italic": "mathit|textit",
    "KaTeX_Main-Bold": "mathbf|textbf",
    "KaTeX_AMS-Regular": "amsrm|mathbb|textbb",
    "KaTeX_Caligraphic-Regular": "mathcal",
    "KaTeX_Size3-Regular": "size3",
    "KaTeX_Size4-Regular": "size4",
    "KaTeX_Typewriter-Regular": "mathtt|texttt",
    "KaTeX_SansSerif-Regular": "mathsf|textsf",
}
_MACROS = {r"\R": r"\mathbb{R}"}


def fetch(cache: Path) -> Path:
    """The folder with KaTeX, downloaded with npm on first use and checked against its SHA-512.

    RuntimeError if npm is missing or fails, or if the archive is not the known one.
    """
    folder = cache / f"katex-{VERSION}"
    if (folder / "katex.min.js").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    command = [*npm_command(), "pack", f"katex@{VERSION}", "--ignore-scripts", "--loglevel=error"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    archive = folder / f"katex-{VERSION}.tgz"
    if done.returncode or not archive.exists():
        raise RuntimeError(
            f"KaTeX {VERSION}, which typesets the statements, could not be fetched with npm: "
            f"{done.stderr.strip()[-300:] or 'npm left no archive'}"
        )
    found = hashlib.sha512(archive.read_bytes()).hexdigest()
    if found != SHA512:
        raise RuntimeError(f"npm delivered another katex {VERSION} than the known one: {found}")
    wanted = re.compile(r"package/dist/(katex\.min\.(js|css)|fonts/[\w-]+\.woff2)")
    files = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            source = tar.extractfile(member) if wanted.fullmatch(member.name) else None
            if source is not None:
                files[member.name.rsplit("/", 1)[1]] = source.read()
    archive.unlink()
    # The script last: its presence says that the rest is complete.
    for name in sorted(files, key=lambda n: n == "katex.min.js"):
        (folder / name).write_bytes(files[name])
    return folder


def typeset(folder: Path, formulas: Sequence[tuple[str, bool]]) -> list[str]:
    """HTML (with MathML for readers that listen) of TeX formulas; the flag asks for display style.

    ValueError with all formulas that KaTeX does not accept.
    """
    script = (
        f"const katex = require({json.dumps(str(folder.resolve() / 'katex.min.js'))});"
        'const input = JSON.parse(require("fs").readFileSync(0, "utf8"));'
        "const out = input.formulas.map(([tex, displayMode]) => {"
        "try { return [katex.renderToString(tex, { displayMode, strict: false, macros: "
        "{ ...input.macros } }), null]; } catch (e) { return [null, tex + ': ' + e.message]; } });"
        "process.stdout.write(JSON.stringify(out));"
    )
    answer = json.loads(node(script, json.dumps({"formulas": formulas, "macros": _MACROS})))
    faults = [fault for _, fault in answer if fault is not None]
    if faults:
        raise ValueError("KaTeX does not accept these formulas:\n" + "\n".join(faults))
    return [html for html, _ in answer]


def fonts_css(folder: Path, html: str) -> str:
    """KaTeX's style sheet with the fonts that the HTML uses written into it."""
    css = (folder / "katex.min.css").read_text(encoding="utf-8")

    def embedded(match: re.Match[str]) -> str:
        name = re.search(r"fonts/([\w-]+)\.woff2", match[0])
        assert name is not None
        family = name[1]
        classes = _FONTS.get(family)
        if classes is None or not re.search(rf'class="[^"]*\b({classes})', html):
            return ""
        data = base64.b64encode((folder / f"{family}.woff2").read_bytes()).decode()
        source = f"url(data:font/woff2;base64,{data}) format('woff2')"
        return re.sub(r"src:[^}]*", f"src:{source}", match[0])

    return re.sub(r"@font-face\{[^}]*\}", embedded, css)
