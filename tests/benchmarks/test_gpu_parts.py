"""Files that travel in parts: whole again, or not there at all."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.on_gpu import parts
from benchmarks.on_gpu.parts import PartsError, join, missing, split


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "set"
    (folder / "inner").mkdir(parents=True)
    rng = np.random.default_rng(0)
    # Enough of them that the archive's own bytes, which differ with the clock, weigh nothing.
    pixels = np.cumsum(rng.integers(-2, 3, (400, 32, 3)), axis=0).astype(np.uint8)
    np.save(folder / "pixels.npy", pixels)
    (folder / "inner" / "manifest.json").write_text('{"ä": 1}', encoding="utf-8")
    return folder


def same(one: Path, other: Path) -> bool:
    names = [
        sorted(path.relative_to(root) for path in root.rglob("*") if path.is_file())
        for root in (one, other)
    ]
    return names[0] == names[1] and all(
        (one / name).read_bytes() == (other / name).read_bytes() for name in names[0]
    )


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("count", [1, 3])
def test_there_and_back(compress: bool, count: int, source: Path, tmp_path: Path) -> None:
    parts = split(source, tmp_path / "sent", count=count, compress=compress)
    assert len(parts) == count
    sent = sum(part.stat().st_size for part in parts)
    whole = sum(path.stat().st_size for path in source.rglob("*") if path.is_file())
    assert (sent < 0.8 * whole) == compress
    assert missing(tmp_path / "sent", "set") == []
    (tmp_path / "there" / "set").mkdir(parents=True)  # what lay there is replaced
    (tmp_path / "there" / "set" / "old").touch()
    assert same(join(tmp_path / "sent", "set", tmp_path / "there"), source)
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["set"]


def test_fewer_parts_than_before_leave_no_old_ones(source: Path, tmp_path: Path) -> None:
    split(source, tmp_path / "sent", count=3, compress=False)
    split(source, tmp_path / "sent", count=2, compress=False)
    assert len(list((tmp_path / "sent").glob("*.part"))) == 2
    assert same(join(tmp_path / "sent", "set", tmp_path / "there"), source)


def test_what_has_been_packed_is_not_packed_again(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed: list[bytes] = []
    monkeypatch.setattr(parts, "_compress", lambda content: packed.append(content) or content)
    given = {"folder": tmp_path / "sent", "count": 2, "compress": True}
    paths = split(source, **given)
    assert split(source, **given) == paths
    assert len(packed) == 2
    paths[1].write_bytes(b"damaged")
    split(source, **given)
    assert len(packed) == 4
    (source / "more").touch()
    split(source, **given)
    assert len(packed) == 6


def test_what_is_missing_or_damaged_is_named(source: Path, tmp_path: Path) -> None:
    sent = tmp_path / "sent"
    assert missing(sent, "set") == ["set.json"]
    parts = split(source, sent, count=3, compress=True)
    content = parts[1].read_bytes()
    parts[1].unlink()
    assert missing(sent, "set") == [parts[1].name]
    with pytest.raises(PartsError, match=r"set-2of3\.part not in .*sent; bring what is missing"):
        join(sent, "set", tmp_path / "there")
    parts[1].write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(PartsError, match=r"set-2of3\.part has \d+ bytes and another checksum"):
        join(sent, "set", tmp_path / "there")
    parts[1].write_bytes(content)
    manifest = json.loads((sent / "set.json").read_text())
    (sent / "set.json").write_text(json.dumps({**manifest, "sha256": "0" * 64}))
    with pytest.raises(PartsError, match="do not make what was sent"):
        join(sent, "set", tmp_path / "there")
    (sent / "set.json").write_text("{")
    with pytest.raises(PartsError, match=r"set\.json is damaged; send it again"):
        missing(sent, "set")
    assert not (tmp_path / "there" / "set").exists()
