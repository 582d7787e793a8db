"""tensorflow-datasets: our part of it against a stand-in, and all of it where it is installed."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from data_fakes import fill, idx_files, make_tiny, tiny_arrays

from jaxat.data import DataError, is_present, load, prepare, tfds_builders
from jaxat.data.tfds_source import _collect

ARRAYS = tiny_arrays((28, 28, 1), 10)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("JAXAT_DATA", str(tmp_path / "cache"))
    tfds_builders.register.cache_clear()
    yield tmp_path
    tfds_builders.register.cache_clear()


def absent(name: str) -> bool:
    return importlib.util.find_spec(name) is None


class Builder:
    """As much of a builder as writing shuffled examples and reading them back needs."""

    made: ClassVar[list[dict[str, Any]]] = []

    def __init__(self, **options: Any) -> None:
        Builder.made.append(options)
        self._written: dict[str, list[Any]] = {}

    def download_and_prepare(self, download_config: Any) -> None:
        for split, examples in self._split_generators(download_config).items():  # pyright: ignore
            pairs = sorted(examples, key=lambda pair: pair[0] * 7 % 11)
            self._written[split] = [example for _, example in pairs]

    def as_data_source(self, split: str) -> list[Any]:
        return self._written[split]


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    module = types.ModuleType("tensorflow_datasets")
    space = types.SimpleNamespace
    core = space(Version=str, GeneratorBasedBuilder=Builder, DatasetInfo=space)
    module.__dict__["core"] = core
    kinds = {name: lambda **options: options for name in ("Tensor", "ClassLabel", "Scalar")}
    module.__dict__["features"] = space(FeaturesDict=dict, **kinds)
    module.__dict__["download"] = space(DownloadConfig=space)
    for name in ("tensorflow_datasets", "array_record", "importlib_resources"):
        one = module if name == "tensorflow_datasets" else types.ModuleType(name)
        one.__spec__ = importlib.machinery.ModuleSpec(name, None)
        monkeypatch.setitem(sys.modules, name, one)
    return module


def test_our_builder_gives_back_the_files_in_their_order(
    stand_in: types.ModuleType, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_tiny(monkeypatch, "mnist")
    raw = fill(folder / "raw", idx_files(ARRAYS))
    assert prepare("mnist", source="tfds", path=raw).source.startswith("tensorflow-datasets mnist")
    np.testing.assert_array_equal(load("mnist").train.images, ARRAYS["train_images"])
    np.testing.assert_array_equal(load("mnist").test.labels, ARRAYS["test_labels"])
    assert Builder.made[-1] == {"file_format": "array_record"}
    builder = tfds_builders.register()["mnist"]
    assert builder.__name__ == "JaxatMnist"
    assert builder()._info().features == {
        "image": {"shape": (28, 28, 1), "dtype": np.uint8},
        "label": {"num_classes": 10},
        "id": {"dtype": np.int64},
    }


def test_what_it_raises_is_one_line(
    stand_in: types.ModuleType, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Builder, download_config: Any) -> None:
        raise AttributeError("several\nlines of\n  complaint")

    monkeypatch.setattr(Builder, "download_and_prepare", fail)
    with pytest.raises(DataError, match="AttributeError: several lines of complaint"):
        prepare("mnist", source="tfds", path=folder)
    assert not is_present("mnist")


def test_stock_sets_need_tensorflow(stand_in: types.ModuleType) -> None:
    if not absent("tensorflow"):
        pytest.skip("TensorFlow is installed here: what is said without it cannot be seen")
    for name in ("cifar100", "svhn"):
        with pytest.raises(DataError, match=f"archive of {name} with TensorFlow, which is not"):
            prepare(name)


def test_without_it_the_extra_is_named() -> None:
    if not absent("tensorflow_datasets"):
        pytest.skip("tensorflow-datasets is here: what is said without it cannot be seen")
    with pytest.raises(DataError, match=r"needs tensorflow_datasets, .*'jaxat\[tfds\]'"):
        prepare("cifar100", source="tfds")


def test_examples_are_sorted_by_their_names_if_they_have_any() -> None:
    examples = [
        {"image": np.full((1, 1, 1), k), "label": k, "id": b"train_%05d" % k} for k in (2, 0, 1)
    ]
    assert _collect("train", examples)["train_labels"].tolist() == [0, 1, 2]
    for example in examples:
        del example["id"]
    assert _collect("train", examples)["train_labels"].tolist() == [2, 0, 1]


def test_the_real_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("tensorflow_datasets", "array_record", "importlib_resources"):
        pytest.importorskip(name, reason="tensorflow-datasets absent: pip install 'jaxat[tfds]'")
    monkeypatch.setenv("TFDS_DATA_DIR", str(folder / "tfds"))
    make_tiny(monkeypatch, "mnist")
    raw = fill(folder / "raw", idx_files(ARRAYS))
    prepare("mnist", source="tfds", path=raw)
    np.testing.assert_array_equal(load("mnist").train.images, ARRAYS["train_images"])
    assert "tensorflow" not in sys.modules
