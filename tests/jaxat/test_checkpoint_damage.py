"""A checkpoint that was changed is named and passed over, whichever file it is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jaxat import checkpoint
from jaxat.checkpoint import CheckpointError, DamagedCheckpointError

both = pytest.mark.parametrize("storage", ["orbax", "npz"])


def tree(number: int) -> Any:
    return {"w": np.full((3, 2), number, np.float32), "n": np.asarray(number)}


def written(folder: Path, storage: Any) -> Path:
    """Checkpoints 1 and 2; returns the folder of the second."""
    for number in (1, 2):
        checkpoint.save(folder, number, tree(number), {"number": number}, storage=storage)
    return folder / "2"


def cut(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:-1] if data else b"x")  # one of Orbax's files is empty


def cut_in_half(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] if data else b"x" * 100)


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes() or b"x")
    place = np.random.default_rng(len(data)).integers(8 * len(data))
    data[place // 8] ^= 1 << (place % 8)
    path.write_bytes(data)


DAMAGES: list[Callable[[Path], None]] = [Path.unlink, cut, cut_in_half, flip]


@both
@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_of_any_file_is_named_and_the_one_before_is_used(
    tmp_path: Path, storage: Any, damage: Callable[[Path], None]
) -> None:
    newest = written(tmp_path / "good", storage)
    names = [p.relative_to(newest) for p in sorted(newest.rglob("*")) if p.is_file()]
    assert len(names) >= 2
    for i, name in enumerate(names):
        folder = tmp_path / str(i)
        shutil.copytree(tmp_path / "good", folder)
        damage(folder / "2" / name)
        restored = checkpoint.latest(folder, tree(0))
        assert restored is not None
        assert (restored.number, restored.facts) == (1, {"number": 1})
        assert restored.tree["w"].tolist() == tree(1)["w"].tolist()
        (complaint,) = restored.complaints
        assert complaint.startswith(f"checkpoint {folder / '2'} is damaged: {name.as_posix()} ")
        assert "\n" not in complaint


def test_every_bit_of_the_manifest_counts(tmp_path: Path) -> None:
    manifest = written(tmp_path, "npz") / "manifest.json"
    whole = manifest.read_bytes()
    for place in np.random.default_rng(0).choice(8 * len(whole), 300, replace=False):
        data = bytearray(whole)
        data[place // 8] ^= 1 << (place % 8)
        manifest.write_bytes(data)
        with pytest.raises(DamagedCheckpointError, match="manifest.json"):
            checkpoint.load(tmp_path / "2", tree(0))


def test_every_bit_of_the_arrays_counts(tmp_path: Path) -> None:
    arrays = written(tmp_path, "npz") / "arrays.npz"
    whole = arrays.read_bytes()
    for place in np.random.default_rng(0).choice(8 * len(whole), 200, replace=False):
        data = bytearray(whole)
        data[place // 8] ^= 1 << (place % 8)
        arrays.write_bytes(data)
        with pytest.raises(DamagedCheckpointError, match="arrays.npz has another checksum"):
            checkpoint.load(tmp_path / "2", tree(0))


@both
def test_no_whole_checkpoint_is_an_error_and_not_a_new_start(tmp_path: Path, storage: Any) -> None:
    written(tmp_path, storage)
    for number in "12":
        flip(tmp_path / number / "manifest.json")
    with pytest.raises(DamagedCheckpointError, match=r"no checkpoint in .* is whole .*/2 is dam"):
        checkpoint.latest(tmp_path, tree(0))


def test_an_empty_folder_with_a_number_is_a_damaged_checkpoint(tmp_path: Path) -> None:
    written(tmp_path, "npz")
    (tmp_path / "3").mkdir()
    restored = checkpoint.latest(tmp_path, tree(0))
    assert restored is not None
    assert restored.number == 2
    assert restored.complaints == (
        f"checkpoint {tmp_path / '3'} is damaged: manifest.json is missing",
    )


def test_a_later_format_is_not_taken_for_damage(tmp_path: Path) -> None:
    from jaxat._manifest import seal

    manifest = written(tmp_path, "npz") / "manifest.json"
    contents = json.loads(manifest.read_text())["contents"]
    del contents["files"]
    manifest.unlink()
    seal(manifest.parent, {**contents, "format": 2})
    with pytest.raises(CheckpointError, match="has format 2, 1 is read"):
        checkpoint.latest(tmp_path, tree(0))


@both
def test_a_disk_that_fills_up_leaves_the_others_alone(
    tmp_path: Path, storage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, storage)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(CheckpointError, match="cannot write checkpoint .*No space left"):
        checkpoint.save(tmp_path, 3, tree(3), storage=storage)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["1", "2"]
