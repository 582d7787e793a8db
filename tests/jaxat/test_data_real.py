"""The real data, where it has been prepared (``python -m jaxat data prepare NAME``)."""

from __future__ import annotations

import numpy as np
import pytest

from jaxat.data import Dataset, cache_folder, info, is_present, load


def real(name: str) -> Dataset:
    whole = info(name).parent or name
    if not is_present(whole):
        pytest.skip(f"real data absent: {whole} is not prepared in {cache_folder()}")
    return load(name)


# The first ten of the official archives: order is part of a data set.
FIRST_LABELS = {
    "cifar10": ([6, 9, 9, 4, 1, 1, 2, 7, 8, 3], [3, 8, 8, 0, 6, 6, 1, 6, 3, 1]),
    "mnist": ([5, 0, 4, 1, 9, 2, 1, 3, 1, 4], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]),
    "fashion-mnist": ([9, 0, 0, 3, 0, 2, 7, 2, 5, 5], [9, 2, 1, 1, 6, 1, 4, 6, 5, 7]),
}


@pytest.mark.parametrize("name", ["cifar10", "cifar100", "svhn", "mnist", "fashion-mnist"])
def test_known_facts(name: str) -> None:
    data = real(name)
    known = data.info
    for split, counts in ((data.train, known.train_counts), (data.test, known.test_counts)):
        assert split.images.shape == (sum(counts), *known.shape)
        assert tuple(np.bincount(split.labels)) == counts
    if name in FIRST_LABELS:
        for split, labels in zip((data.train, data.test), FIRST_LABELS[name], strict=True):
            assert split.labels[:10].tolist() == labels
    if known.channel_mean is not None:
        means = data.train.images.mean((0, 1, 2), dtype=np.float64) / 255
        np.testing.assert_allclose(means, known.channel_mean, rtol=0, atol=6e-5)


@pytest.mark.parametrize(("name", "sizes"), [("mnist2", (12665, 2115)), ("cifar2", (10000, 2000))])
def test_parts(name: str, sizes: tuple[int, int]) -> None:
    data = real(name)
    assert (data.train.size, data.test.size) == sizes
    assert set(data.train.labels.tolist()) == {0, 1}


def test_zeros_are_hollow_and_ones_are_not() -> None:
    data = real("mnist2")
    middle = data.test.images[:, 13:15, 13:15, 0].mean((1, 2))
    assert middle[data.test.labels == 0].mean() < 30
    assert middle[data.test.labels == 1].mean() > 150
