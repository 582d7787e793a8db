"""Builders for tensorflow-datasets of data sets that it could only unpack with TensorFlow.

They stand under names of their own (``jaxat_mnist``, ...), because their archives are not the
official ones, and read the files that lie in ``manual_dir``. Written as array_record and read with
``tfds.data_source``, neither step imports TensorFlow:

    jaxat.data.tfds_builders.register()
    source = tfds.data_source("jaxat_mnist", split="train")  # once it has been prepared
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from jaxat.data.catalogue import info
from jaxat.data.facts import require_facts
from jaxat.data.forms import read_folder

__all__ = ["register"]

_CLASSES = {"cifar10": "JaxatCifar10", "mnist": "JaxatMnist", "fashion-mnist": "JaxatFashionMnist"}


@cache
def register() -> dict[str, Any]:
    """Makes tensorflow-datasets know our builders; returns their classes by our names.

    Raises:
        ImportError: tensorflow-datasets is not installed.
    """
    # A name that is looked up and not imported: the module must import without the package.
    tfds = importlib.import_module("tensorflow_datasets")
    return {name: _builder(tfds, name, title) for name, title in _CLASSES.items()}


def _builder(tfds: Any, name: str, title: str) -> Any:
    """The builder of the data set ``name``; defining its class registers it."""
    members = {
        "__doc__": f"The data set {name} from local files.",
        "__module__": __name__,
        "VERSION": tfds.core.Version("1.0.0"),
        "MANUAL_DOWNLOAD_INSTRUCTIONS": f"python -m jaxat data prepare {name} --source tfds",
        "_info": lambda self: _describe(tfds, self, name),
        "_split_generators": lambda self, dl_manager: {
            split: self._generate_examples(*arrays)
            for split, arrays in _read(name, dl_manager.manual_dir).items()
        },
        "_generate_examples": lambda self, images, labels: _examples(images, labels),
    }
    return type(title, (tfds.core.GeneratorBasedBuilder,), members)


def _describe(tfds: Any, builder: Any, name: str) -> Any:
    known = info(name)
    features = tfds.features.FeaturesDict(
        {
            # A plain tensor: encoding arrays as PNG would import TensorFlow.
            "image": tfds.features.Tensor(shape=known.shape, dtype=np.uint8),
            "label": tfds.features.ClassLabel(num_classes=known.classes),
            # Examples are shuffled when they are written.
            "id": tfds.features.Scalar(dtype=np.int64),
        }
    )
    keys = ("image", "label")
    return tfds.core.DatasetInfo(builder=builder, features=features, supervised_keys=keys)


def _read(name: str, folder: Any) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    known = info(name)
    arrays = read_folder(known, Path(folder))
    require_facts(known, arrays)
    return {
        split: (arrays[f"{split}_images"], arrays[f"{split}_labels"]) for split in ("train", "test")
    }


def _examples(images: np.ndarray, labels: np.ndarray) -> Iterator[tuple[int, dict[str, Any]]]:
    for place, (image, label) in enumerate(zip(images, labels, strict=True)):
        yield place, {"image": image, "label": int(label), "id": place}
