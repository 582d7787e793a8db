"""Tiny data sets in the files of the real ones, written without the library's code."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import io
import json
import struct
import tarfile
import zlib
from pathlib import Path

import numpy as np
import pytest

from jaxat.data import catalogue
from jaxat.data.catalogue import DatasetInfo, NpmPackage


def tiny_arrays(shape: tuple[int, int, int], classes: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Three training and two test examples a class."""
    rng = np.random.default_rng(seed)
    arrays = {}
    for split, each in (("train", 3), ("test", 2)):
        labels = rng.permutation(np.repeat(np.arange(classes), each)).astype(np.uint8)
        arrays[f"{split}_labels"] = labels
        arrays[f"{split}_images"] = rng.integers(0, 256, (len(labels), *shape), dtype=np.uint8)
    return arrays


def make_tiny(monkeypatch: pytest.MonkeyPatch, name: str, **changes: object) -> DatasetInfo:
    """Replaces a catalogue entry by one that expects what `tiny_arrays` makes."""
    known = catalogue.CATALOGUE[name]
    tiny = dataclasses.replace(
        known,
        train_counts=(3,) * known.classes,
        test_counts=(2,) * known.classes,
        channel_mean=None,
        channel_std=None,
        **changes,
    )
    monkeypatch.setitem(catalogue.CATALOGUE, name, tiny)
    return tiny


def idx_bytes(values: np.ndarray) -> bytes:
    header = struct.pack(f">I{values.ndim}I", 0x0800 + values.ndim, *values.shape)
    return header + values.tobytes()


def idx_files(arrays: dict[str, np.ndarray], *, packed: bool = False) -> dict[str, bytes]:
    files = {}
    for split, part in (("train", "train"), ("test", "t10k")):
        files[f"{part}-images-idx3-ubyte"] = idx_bytes(arrays[f"{split}_images"][..., 0])
        files[f"{part}-labels-idx1-ubyte"] = idx_bytes(arrays[f"{split}_labels"])
    return {f"{k}.gz": gzip.compress(v) for k, v in files.items()} if packed else files


def png_bytes(pixels: np.ndarray, filters: list[int], colour: int | None = None) -> bytes:
    """Encodes with the given filter for each row, straight from the definition in the standard."""
    height, width, channels = pixels.shape
    whole = np.zeros((height + 1, (width + 1) * channels), np.int64)
    whole[1:, channels:] = pixels.reshape(height, -1)
    raw = b""
    for row in range(height):
        x = whole[row + 1, channels:]
        a, b, c = whole[row + 1, :-channels], whole[row, channels:], whole[row, :-channels]
        p = a + b - c
        pa, pb, pc = abs(p - a), abs(p - b), abs(p - c)
        paeth = np.where((pa <= pb) & (pa <= pc), a, np.where(pb <= pc, b, c))
        guess = [0 * x, a, b, (a + b) // 2, paeth][filters[row]]
        raw += bytes([filters[row]]) + ((x - guess) % 256).astype(np.uint8).tobytes()

    def chunk(kind: bytes, body: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + checksum

    colour = {1: 0, 3: 2}[channels] if colour is None else colour
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    packed = zlib.compress(raw)
    middle = len(packed) // 2
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"tEXt", b"Comment\0nothing")
        + chunk(b"IDAT", packed[:middle])
        + chunk(b"IDAT", packed[middle:])
        + chunk(b"IEND", b"")
    )


def sheet_files(arrays: dict[str, np.ndarray]) -> dict[str, bytes]:
    """Five sheets of training images and one of test images, with the lists of labels."""
    files = {}
    parts = [f"data_batch_{k}" for k in range(1, 6)]
    for stem, images in zip(parts, np.array_split(arrays["train_images"], 5), strict=True):
        files[f"{stem}.png"] = images
    files["test_batch.png"] = arrays["test_images"]
    for name, images in files.items():
        rows = images.reshape(len(images), -1, 3)
        files[name] = png_bytes(rows, [k % 5 for k in range(len(rows))])
    for split in ("train", "test"):
        files[f"{split}_lables.json"] = json.dumps(arrays[f"{split}_labels"].tolist()).encode()
    return files


def fill(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, body in files.items():
        (folder / name).write_bytes(body)
    return folder


def tarball(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, body in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    return buffer.getvalue()


def fake_npm(
    monkeypatch: pytest.MonkeyPatch, folder: Path, archive: bytes, *, complaint: str = ""
) -> NpmPackage:
    """An ``npm`` on the PATH that packs ``archive`` or complains; the package that it packs."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "archive").write_bytes(archive)
    (folder / "complaint").write_text(complaint)
    script = folder / "npm"
    action = f"/bin/cat '{folder}/complaint' >&2; exit 1" if complaint else ""
    script.write_text(
        "#!/bin/sh\n"
        f'echo "$*" >>"{folder}/calls"\n'
        f"{action}\n"
        f'/bin/cp "{folder}/archive" "$PWD/fake-1.0.0.tgz"\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    return NpmPackage("fake", "1.0.0", hashlib.sha512(archive).hexdigest())
