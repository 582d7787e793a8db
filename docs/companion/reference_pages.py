"""The API reference: a page for every public module of jaxat and theory, from its docstrings.

pdoc finds the members; the frame, the types as written and the text are the companion's own. The
modules of claims and counterexamples are left out: each claim has a page with what it says.
"""

from __future__ import annotations

import html
import importlib
import inspect
import pkgutil
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from docs.companion.docstrings import docstring_html, docstring_markdown
from docs.companion.page import document

__all__ = ["module_names", "reference_documents"]

ROOT = Path(__file__).parents[2]
_ROOMS = ("jaxat", "theory")
_ELSEWHERE = {"theory.claims": "index.html", "theory.counterexamples": "errata.html"}
_WIDTH, _LONGEST_VALUE = 88, 60
_FIRST = {"self", "cls", "_cls"}


def module_names() -> list[str]:
    """All modules that have a page, packages before what is in them.

    >>> names = module_names()
    >>> "jaxat.attacks.apgd" in names, "theory.claims.kanai_lemma_2" in names
    (True, False)
    """
    return [name for room in _ROOMS for name in _walk(room)]


def _walk(name: str) -> Iterator[str]:
    yield name
    if name in _ELSEWHERE:
        return
    for found in pkgutil.iter_modules(getattr(importlib.import_module(name), "__path__", ())):
        if not found.name.startswith("_"):
            yield from _walk(f"{name}.{found.name}")


def reference_documents() -> dict[str, str]:
    """File name -> HTML of the reference, with its index.

    Raises:
        RuntimeError: pdoc is not installed.
    """
    try:
        import pdoc.doc
        import pdoc.render
    except ImportError:
        raise RuntimeError(
            "pdoc is needed for the API reference: pip install 'jaxat[docs]', or make docs"
        ) from None

    pdoc.render.configure(
        docformat="google",
        show_source=False,
        search=False,
        template_directory=Path(__file__).parent / "reference",
    )
    environment = pdoc.render.env
    environment.filters.update(to_markdown=docstring_markdown, to_html=docstring_html)
    environment.globals.update(signature=_signature, declared=_declared, submodules=_submodules)
    modules = {name: pdoc.doc.Module(importlib.import_module(name)) for name in module_names()}
    shown = {name: module for name, module in modules.items() if name not in _ELSEWHERE}
    with warnings.catch_warnings():
        # pdoc evaluates the annotations of generated constructors, which need not be importable.
        warnings.filterwarnings("ignore", message="Error parsing type annotation")
        files = {
            f"api/{name.replace('.', '/')}.html": pdoc.render.html_module(module, shown)
            for name, module in shown.items()
        }
    files["api/index.html"] = document(
        "API reference",
        _index(modules),
        prefix="../",
        math=False,
        head='<link rel="stylesheet" href="../assets/api.css">\n',
    )
    return files


def _index(modules: Mapping[str, Any]) -> str:
    parts = [
        "<h1>API reference</h1><p><code>jaxat</code> is the library that trains and attacks; "
        "<code>theory</code> the mathematics, which knows nothing of it. Everything here is read "
        "from the docstrings, and the test-suite executes each example in them: "
        "<code>python -m pytest --doctest-modules jaxat theory</code>.</p>"
    ]
    for room in _ROOMS:
        rows = []
        for name, module in modules.items():
            if name.split(".")[0] != room:
                continue
            first = re.split(r"\n\s*\n", module.docstring.strip())[0]
            words = docstring_html(docstring_markdown(first))
            words = words.removeprefix("<p>").removesuffix("</p>\n")
            path = (
                f"../{_ELSEWHERE[name]}" if name in _ELSEWHERE else f"{name.replace('.', '/')}.html"
            )
            rows.append(
                f'<tr><td><a href="{path}"><code>{name}</code></a></td><td>{words}</td></tr>'
            )
        parts.append(f'<h2>{room}</h2><table class="modules">{"".join(rows)}</table>')
    return "".join(parts)


def _submodules(names: Iterable[str], prefix: str) -> list[str]:
    return [n for n in names if n.startswith(prefix) and "." not in n[len(prefix) :]]


class _Written:
    """An annotation that prints as it stands in the source."""

    def __init__(self, annotation: Any) -> None:
        annotation = getattr(annotation, "__forward_arg__", annotation)
        written = isinstance(annotation, str)
        self.text = annotation if written else inspect.formatannotation(annotation)

    def __repr__(self) -> str:
        return self.text


def _signature(function: Any) -> str:
    """Parameters and result as written; one parameter a line where they do not fit on one."""
    found = inspect.signature(inspect.unwrap(function.obj))
    pieces: list[str] = []
    before = inspect.Parameter.POSITIONAL_OR_KEYWORD
    for k, parameter in enumerate(found.parameters.values()):
        if not k and parameter.name in _FIRST:
            continue
        kind = parameter.kind
        if before is inspect.Parameter.POSITIONAL_ONLY and kind is not before:
            pieces.append("/")
        starred = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.KEYWORD_ONLY
        if kind is inspect.Parameter.KEYWORD_ONLY and before not in starred:
            pieces.append("*")
        before = kind
        if parameter.annotation is not inspect.Parameter.empty:
            parameter = parameter.replace(annotation=_Written(parameter.annotation))
        pieces.append(_plain(str(parameter)))
    result = ""
    if function.name != "__init__" and found.return_annotation is not inspect.Signature.empty:
        result = f" -> {_Written(found.return_annotation)!r}"
    text = f"({', '.join(pieces)}){result}"
    if len(function.name) + len(text) > _WIDTH and pieces:
        text = "(\n" + "".join(f"    {piece},\n" for piece in pieces) + f"){result}"
    return html.escape(text, quote=False)


def _plain(value: str) -> str:
    """Without addresses in memory, and functions by their names."""
    value = re.sub(r" at 0x[0-9a-f]+", "", value)
    return re.sub(r"<(?:function|class) '?(<?[\w.]+>?)'?>", r"\1", value)


def _declared(variable: Any) -> str:
    """The type of a variable as written, and its value where that is short."""
    owner = importlib.import_module(variable.modulename)
    for part in variable.qualname.split(".")[:-1]:
        owner = getattr(owner, part)
    written = vars(owner).get("__annotations__", {}).get(variable.name)
    text = "" if written is None else f": {_Written(written)!r}"
    value = _plain(variable.default_value_str).replace("typing.", "")
    # A long value, or one that holds a path of this machine, says nothing to a reader.
    if value and len(value) <= _LONGEST_VALUE and str(ROOT) not in value and "<" not in value:
        text += f" = {value}"
    return html.escape(text, quote=False)
