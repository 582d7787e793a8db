"""The catalogue, the computed data sets, and what is taken from a split."""

from __future__ import annotations

import hashlib
import importlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxat.data import DataError, Split, hold_back, info, keep_classes, load, names, to_unit


def test_the_catalogue_has_the_known_sizes() -> None:
    sizes = {name: (info(name).train_size, info(name).test_size) for name in names()}
    assert sizes == {
        "cifar10": (50000, 10000),
        "cifar100": (50000, 10000),
        "svhn": (73257, 26032),
        "mnist": (60000, 10000),
        "mnist2": (12665, 2115),
        "cifar2": (10000, 2000),
        "fashion-mnist": (60000, 10000),
        "synthetic-rgb": (2000, 500),
        "synthetic-grey": (2000, 500),
        "synthetic-two": (2000, 500),
    }
    for name in names():
        known = info(name)
        assert len(known.mean) == len(known.std) == known.shape[2]
        assert known.class_names == () or len(known.class_names) == known.classes
        if known.parent is not None:
            whole = info(known.parent)
            for mine, theirs in zip(
                (known.train_counts, known.test_counts),
                (whole.train_counts, whole.test_counts),
                strict=True,
            ):
                assert mine == tuple(theirs[label] for label in known.kept)
            if whole.class_names:
                assert known.class_names == tuple(whole.class_names[k] for k in known.kept)


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("synthetic-rgb", "242df70d307a0c12"),
        ("synthetic-grey", "01584ef6e7b48e6c"),
        ("synthetic-two", "5c1e86b51a840bbc"),
    ],
)
def test_computed_sets_are_the_same_everywhere(name: str, digest: str) -> None:
    data = load(name)
    state = hashlib.sha256()
    for split, counts in (
        (data.train, data.info.train_counts),
        (data.test, data.info.test_counts),
    ):
        assert split.images.shape == (sum(counts), *data.info.shape)
        assert split.images.dtype == np.uint8
        assert tuple(np.bincount(split.labels)) == counts
        state.update(split.images.tobytes() + split.labels.astype("<i4").tobytes())
    assert state.hexdigest()[:16] == digest


def test_the_two_classes_are_as_far_apart_as_they_are_said_to_be() -> None:
    data = load("synthetic-two")
    for split in (data.train, data.test):
        levels = split.images.astype(int)
        low, high = levels[split.labels == 0], levels[split.labels == 1]
        assert (low.min(), low.max(), high.min(), high.max()) == (72, 120, 136, 184)


@pytest.mark.parametrize("name", ["synthetic-rgb", "synthetic-grey"])
def test_ten_classes_can_be_learnt(name: str) -> None:
    data = load(name)
    means = np.stack(
        [data.train.images[data.train.labels == k].mean(0) for k in range(10)]
    ).reshape(10, -1)
    points = data.test.images.reshape(data.test.size, -1).astype(float)
    nearest = ((points[:, None] - means) ** 2).sum(-1).argmin(1)
    assert (nearest == data.test.labels).mean() > 0.95


def test_held_back_examples_are_those_of_the_reference() -> None:
    split = Split(np.zeros((500, 1, 1, 1), np.uint8), np.arange(500, dtype=np.int32))
    rest, held = hold_back(split, 100)
    np.random.seed(0)
    wanted = np.random.permutation(500)[:100]
    np.testing.assert_array_equal(held.labels, wanted)
    assert sorted([*rest.labels, *held.labels]) == list(range(500))
    assert (np.diff(rest.labels) > 0).all()
    for count in (0, 500):
        with pytest.raises(ValueError, match=f"between 1 and 499 .* got {count}"):
            hold_back(split, count)


def test_kept_classes_keep_their_order() -> None:
    labels = np.random.default_rng(0).integers(0, 10, 200).astype(np.int32)
    images = np.arange(200, dtype=np.uint8).reshape(200, 1, 1, 1)
    part = keep_classes(Split(images, labels), (6, 8))
    wanted = [k for k in range(200) if labels[k] in (6, 8)]
    np.testing.assert_array_equal(part.images.ravel(), wanted)
    np.testing.assert_array_equal(part.labels, [{6: 0, 8: 1}[int(labels[k])] for k in wanted])


def test_grey_levels_become_the_nearest_numbers() -> None:
    levels = np.arange(256, dtype=np.uint8)
    for dtype in (jnp.float32, jnp.zeros(()).dtype):
        wanted = (np.arange(256) / 255).astype(dtype)
        for function in (to_unit, jax.jit(to_unit, static_argnums=1)):
            found = function(levels, dtype)
            assert found.dtype == dtype
            np.testing.assert_array_equal(found, wanted)
    assert to_unit(levels).dtype == jnp.zeros(()).dtype
    with pytest.raises(ValueError, match="must be uint8 grey levels, got float32"):
        to_unit(np.zeros(3, np.float32))


def test_unknown_names_and_sources() -> None:
    prepare = importlib.import_module("jaxat.data").prepare
    with pytest.raises(DataError, match="unknown data set 'minst'; did you mean mnist"):
        load("minst")
    with pytest.raises(DataError, match="unknown source 'ftp'"):
        prepare("mnist", source="ftp")
    assert prepare("synthetic-two").was_there
