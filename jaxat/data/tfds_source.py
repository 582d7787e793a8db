"""Data sets through tensorflow-datasets, an optional dependency (the extra ``tfds``)."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from jaxat.data import tfds_builders
from jaxat.data.arrays import Arrays
from jaxat.data.cache import scratch
from jaxat.data.catalogue import DatasetInfo
from jaxat.data.errors import DataError

__all__ = ["read_local", "read_stock"]

_MODULES = ("tensorflow_datasets", "array_record", "importlib_resources")


def read_local(info: DatasetInfo, folder: Path) -> Arrays:
    """Builds our own tensorflow-datasets set from the files in ``folder`` and reads it back.

    What was built stays in the folder of tensorflow-datasets (``$TFDS_DATA_DIR``).

    Raises:
        DataError: tensorflow-datasets is missing or fails.
    """
    tfds = _require_tfds(info)
    try:
        builder = tfds_builders.register()[info.name](file_format="array_record")
        config = tfds.download.DownloadConfig(manual_dir=str(folder))
        builder.download_and_prepare(download_config=config)
        return {
            key: values
            for split in ("train", "test")
            for key, values in _collect(split, builder.as_data_source(split=split)).items()
        }
    except DataError:
        raise
    except Exception as error:  # Its errors have no common ancestor.
        raise _failed(info, error) from error


def read_stock(info: DatasetInfo) -> Arrays:
    """Downloads and reads a stock set, which TensorFlow unpacks.

    Raises:
        DataError: tensorflow-datasets or TensorFlow is missing, or the download fails.
    """
    tfds = _require_tfds(info)
    if importlib.util.find_spec("tensorflow") is None:
        raise DataError(
            f"tensorflow-datasets unpacks the archive of {info.name} with TensorFlow, which is not "
            "installed: pip install tensorflow-cpu, or use --source dir PATH"
        )
    # Nothing but the arrays is kept, and array_record is what data_source reads.
    try:
        with scratch(info.name) as folder:
            builder = tfds.builder(info.stock, data_dir=str(folder), file_format="array_record")
            builder.download_and_prepare()
            return {
                key: values
                for split in ("train", "test")
                for key, values in _collect(split, builder.as_data_source(split=split)).items()
            }
    except Exception as error:  # Its errors have no common ancestor.
        raise _failed(info, error) from error


def _require_tfds(info: DatasetInfo) -> Any:
    missing = [name for name in _MODULES if importlib.util.find_spec(name) is None]
    if missing:
        raise DataError(
            f"{info.name} through tensorflow-datasets needs {', '.join(missing)}: "
            "pip install 'jaxat[tfds]'"
        )
    return importlib.import_module("tensorflow_datasets")


def _collect(split: str, source: Sequence[Any]) -> Arrays:
    """The examples of a data source as arrays, in the order of their ids if they have any."""
    examples = [source[place] for place in range(len(source))]
    if examples and "id" in examples[0]:
        examples.sort(key=lambda example: _order(example["id"]))
    return {
        f"{split}_images": np.stack([np.asarray(example["image"]) for example in examples]),
        f"{split}_labels": np.array([int(example["label"]) for example in examples], np.uint8),
    }


def _order(identity: Any) -> Any:
    return identity.decode() if isinstance(identity, bytes) else np.asarray(identity).item()


def _failed(info: DatasetInfo, error: Exception) -> DataError:
    told = " ".join(str(error).split())[:300]
    return DataError(f"tensorflow-datasets failed on {info.name}: {type(error).__name__}: {told}")
