"""docs/gallery.md: each figure beside what it demonstrates and the claims that it belongs to."""

from __future__ import annotations

from pathlib import Path

from figures.figure import all_figures

__all__ = ["gallery_text", "write_gallery"]

GALLERY_DPI = 110


def gallery_text() -> str:
    """The page, from the figures' own words alone."""
    parts = [
        "<!-- Written by `python -m figures --gallery`; do not edit. -->\n",
        "# Gallery\n",
        "Figures are computed from the functions in `theory/` that the claims verify; those about "
        "training are drawn from the runs recorded in `benchmarks/results`.\n",
    ]
    for figure in all_figures().values():
        claims = ", ".join(f"[{id_}](claims/{id_}.md)" for id_ in figure.claims)
        parts += [
            f"## {figure.name}: {figure.title}\n",
            f"![{figure.shows}](gallery/{figure.name}.png)\n",
            f"{figure.shows}\n",
            f"{figure.caption}\n",
            f"Source: {figure.source}. Claims: {claims}. `python -m figures {figure.name}`\n",
        ]
    return "\n".join(parts)


def write_gallery(docs: Path, folder: Path) -> None:
    """Draw all figures at their own resolution into docs/gallery and write the page."""
    from figures.drawing import draw_one

    pictures = docs / "gallery"
    pictures.mkdir(parents=True, exist_ok=True)
    for figure in all_figures().values():
        draw_one(figure, figure.resolution, ["png"], folder, GALLERY_DPI)
        picture = (folder / f"{figure.name}.png").read_bytes()
        (pictures / f"{figure.name}.png").write_bytes(picture)
        print(f"wrote docs/gallery/{figure.name}.png")
    for path in pictures.glob("*.png"):
        if path.stem not in all_figures():
            path.unlink()
    (docs / "gallery.md").write_text(gallery_text(), encoding="utf-8")
    print("wrote docs/gallery.md")
