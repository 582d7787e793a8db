"""The prepared cache: readable with NumPy alone, and never believed when half written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from data_fakes import fill, idx_files, make_tiny, tiny_arrays

from jaxat.data import DataAbsentError, DataError, cache, cache_folder, is_present, load, prepare
from jaxat.data.cache import locked, read_arrays, write_arrays

ARRAYS = tiny_arrays((28, 28, 1), 10)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JAXAT_DATA", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    make_tiny(monkeypatch, "mnist")
    return fill(tmp_path / "raw", idx_files(ARRAYS))


def test_the_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    assert cache_folder() == folder
    monkeypatch.delenv("JAXAT_DATA")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert cache_folder() == Path("/somewhere/jaxat/data")


def test_what_is_prepared_is_what_came(raw: Path, folder: Path) -> None:
    assert not is_present("mnist")
    with pytest.raises(DataAbsentError, match="run: python -m jaxat data prepare mnist"):
        load("mnist")
    done = prepare("mnist", source="dir", path=raw)
    assert (done.folder, done.was_there) == (folder / "mnist", False)
    mnist = load("mnist")
    for split in (mnist.train, mnist.test):
        assert isinstance(split.images, np.memmap)
        assert not split.images.flags.writeable
        assert split.labels.dtype == np.int32
    np.testing.assert_array_equal(mnist.train.images, ARRAYS["train_images"])
    np.testing.assert_array_equal(mnist.test.labels, ARRAYS["test_labels"])
    assert sorted(entry.name for entry in (folder / "mnist").iterdir()) == sorted(
        [*(f"{key}.npy" for key in ARRAYS), "manifest.json"]
    )


def test_numpy_alone_reads_it(raw: Path, folder: Path) -> None:
    prepare("mnist", source="dir", path=raw)
    for key, values in ARRAYS.items():
        np.testing.assert_array_equal(np.load(folder / "mnist" / f"{key}.npy"), values)


def test_parts_are_taken_from_the_whole(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_tiny(monkeypatch, "mnist2")
    prepare("mnist2", source="dir", path=raw)
    part = load("mnist2").train
    kept = [k for k, label in enumerate(ARRAYS["train_labels"]) if label in (0, 1)]
    np.testing.assert_array_equal(part.images, ARRAYS["train_images"][kept])
    np.testing.assert_array_equal(part.labels, ARRAYS["train_labels"][kept])


def test_cifar2_is_frogs_and_ships(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    arrays = tiny_arrays((32, 32, 3), 10)
    folder.mkdir()
    write_arrays("cifar10", arrays, "nowhere")
    test = load("cifar2").test
    frogs = arrays["test_images"][arrays["test_labels"] == 6]
    ships = arrays["test_images"][arrays["test_labels"] == 8]
    np.testing.assert_array_equal(test.images[test.labels == 0], frogs)
    np.testing.assert_array_equal(test.images[test.labels == 1], ships)
    assert test.size == len(frogs) + len(ships) == 4


def test_preparing_twice_does_nothing_and_force_does(raw: Path) -> None:
    prepare("mnist", source="dir", path=raw)
    again = prepare("mnist", source="dir", path=raw / "not there")
    assert again.was_there
    with pytest.raises(DataError, match="is not a folder"):
        prepare("mnist", source="dir", path=raw / "not there", force=True)
    other = tiny_arrays((28, 28, 1), 10, seed=1)
    before = load("mnist").train.images
    prepare("mnist", source="dir", path=fill(raw, idx_files(other)), force=True)
    np.testing.assert_array_equal(load("mnist").train.images, other["train_images"])
    # Who has the replaced one mapped keeps it.
    np.testing.assert_array_equal(before, ARRAYS["train_images"])


def flip(path: Path) -> None:
    body = bytearray(path.read_bytes())
    body[-1] ^= 1
    path.write_bytes(body)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda path: flip(path / "test_images.npy"), "test_images.npy is damaged: its checksum"),
        (lambda path: (path / "train_labels.npy").unlink(), "train_labels.npy is damaged"),
        (lambda path: os.truncate(path / "train_images.npy", 1000), "train_images.npy is damaged"),
        (lambda path: (path / "manifest.json").write_text("{"), "manifest.json is damaged"),
        (lambda path: (path / "manifest.json").write_text("[]"), "manifest.json is damaged"),
        (
            lambda path: (path / "manifest.json").write_text('{"format": 9, "files": {}}'),
            "has format 9, 1 is read",
        ),
    ],
)
def test_damage_is_named_and_mended(raw: Path, folder: Path, damage: object, told: str) -> None:
    prepare("mnist", source="dir", path=raw)
    assert callable(damage)
    damage(folder / "mnist")
    with pytest.raises(DataError, match=told) as caught:
        load("mnist")
    assert not isinstance(caught.value, DataAbsentError)
    assert "run: python -m jaxat data prepare mnist" in str(caught.value)
    assert not prepare("mnist", source="dir", path=raw).was_there
    np.testing.assert_array_equal(load("mnist").train.images, ARRAYS["train_images"])


def test_a_pickle_in_the_cache_is_not_opened(raw: Path, folder: Path) -> None:
    prepare("mnist", source="dir", path=raw)
    path = folder / "mnist" / "test_labels.npy"
    np.save(path, np.array([{}], object), allow_pickle=True)
    manifest = json.loads((folder / "mnist" / "manifest.json").read_text())
    manifest["files"]["test_labels"]["bytes"] = path.stat().st_size
    (folder / "mnist" / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(DataError, match=r"test_labels.npy is damaged: .*Python objects"):
        read_arrays("mnist", verify=False)


@pytest.mark.parametrize("at", range(5))
def test_an_error_while_writing_leaves_nothing(
    raw: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    calls = iter(range(100))

    def full(_: int) -> None:
        if next(calls) == at:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache.os, "fsync", full)
    with pytest.raises(DataError, match=r"cannot write the data folder .*: No space left"):
        prepare("mnist", source="dir", path=raw)
    assert not is_present("mnist")
    assert [entry.name for entry in folder.iterdir()] == [".mnist.lock"]


KILLED = """
import os, sys, time
import numpy as np
from jaxat.data import cache

def hang(_):
    print("writing", flush=True)
    time.sleep(60)

cache.os.fsync = hang
with cache.locked("mnist"):
    cache.write_arrays("mnist", {key: np.zeros((5, 2), np.uint8) for key in cache.ARRAYS}, "test")
"""


def test_a_killed_preparation_is_not_believed_and_cleared_away(raw: Path, folder: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", KILLED], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"writing\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert any(entry.name.startswith(".mnist.part-") for entry in folder.iterdir())
    assert not is_present("mnist")
    prepare("mnist", source="dir", path=raw)
    assert sorted(entry.name for entry in folder.iterdir()) == [".mnist.lock", "mnist"]


def test_one_preparation_waits_for_the_other(folder: Path) -> None:
    pytest.importorskip("fcntl")
    code = """
from jaxat.data.cache import locked
print("ready", flush=True)
with locked("mnist"):
    print("in", flush=True)
"""
    with locked("mnist"):
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(0.5)
        assert process.poll() is None
    out, _ = process.communicate(timeout=30)
    assert out == b"in\n"


def test_a_folder_that_cannot_be_written(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("JAXAT_DATA", str(tmp_path / "file" / "data"))
    with pytest.raises(DataError, match=r"cannot write the data folder .*: Not a directory; set"):
        prepare("mnist", source="dir", path=raw)


def test_the_wrong_data_is_refused(raw: Path) -> None:
    wrong = ARRAYS | {"train_labels": np.roll(ARRAYS["train_labels"], 1) // 2}
    fill(raw, idx_files(wrong))
    with pytest.raises(DataError, match="this is not mnist: train examples per label"):
        prepare("mnist", source="dir", path=raw)
    fill(raw, idx_files(tiny_arrays((28, 27, 1), 10)))
    with pytest.raises(DataError, match="this is not mnist: train images"):
        prepare("mnist", source="dir", path=raw)
    assert not is_present("mnist")


def test_the_means_of_the_channels_are_compared(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = ARRAYS["train_images"] / 255
    mean, std = round(float(images.mean()), 4), round(float(images.std()), 4)
    known = make_tiny(monkeypatch, "mnist")
    object.__setattr__(known, "channel_mean", (mean,))
    object.__setattr__(known, "channel_std", (std + 1e-3,))
    with pytest.raises(DataError, match="this is not mnist: channel standard deviations"):
        prepare("mnist", source="dir", path=raw)
    object.__setattr__(known, "channel_std", (std,))
    assert not prepare("mnist", source="dir", path=raw).was_there
