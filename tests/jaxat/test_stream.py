"""Minibatches: every example once an epoch, the same from whatever minibatch one begins."""

from __future__ import annotations

import numpy as np
import pytest

from jaxat.stream import Stream


@pytest.mark.parametrize(("size", "batch"), [(10, 3), (12, 4), (7, 7), (5, 1)])
def test_an_epoch_uses_every_example_at_most_once_and_drops_less_than_a_minibatch(
    size: int, batch: int
) -> None:
    stream = Stream(size, batch, seed=3)
    assert stream.per_epoch == size // batch
    for epoch in range(3):
        rows = stream.rows(epoch * stream.per_epoch, stream.per_epoch)
        assert rows.shape == (stream.per_epoch, batch)
        assert rows.dtype == np.int32
        used = rows.ravel().tolist()
        assert len(set(used)) == len(used) == size - size % batch
        assert set(used) <= set(range(size))


def test_minibatches_do_not_depend_on_how_many_are_asked_for() -> None:
    whole = Stream(11, 2, seed=1).rows(0, 23)
    for first, count in ((0, 1), (4, 2), (3, 9), (22, 1)):
        again = Stream(11, 2, seed=1).rows(first, count)
        np.testing.assert_array_equal(again, whole[first : first + count])
    assert Stream(11, 2, seed=1).rows(5, 0).shape == (0, 2)


def test_seeds_and_epochs_have_orders_of_their_own() -> None:
    def order(seed: int, epoch: int) -> tuple[int, ...]:
        return tuple(Stream(100, 10, seed).rows(10 * epoch, 10).ravel().tolist())

    orders = {order(seed, epoch) for seed in range(4) for epoch in range(4)}
    assert len(orders) == 16
    left_over = {tuple(sorted(Stream(5, 2, 0).rows(2 * e, 2).ravel())) for e in range(20)}
    assert len(left_over) == 5


def test_every_example_is_as_likely_in_the_first_minibatch() -> None:
    epochs, size, batch = 3000, 10, 3
    stream = Stream(size, batch, seed=0)
    first = [stream.rows(stream.per_epoch * epoch, 1)[0] for epoch in range(epochs)]
    counts = np.bincount(np.concatenate(first), minlength=size)
    expected = epochs * batch / size
    # Draws without replacement within a minibatch make the statistic (10 - 3)/(10 - 1) chi-square.
    statistic = ((counts - expected) ** 2 / expected).sum() * 9 / 7
    assert statistic < 27.9  # chi-square with 9 degrees of freedom: one in a thousand


def test_the_order_is_the_recorded_one() -> None:
    """Another order would take up runs of an earlier version with other minibatches."""
    np.testing.assert_array_equal(Stream(8, 4, seed=0).rows(0, 3), RECORDED)


RECORDED = [[6, 3, 5, 0], [7, 2, 1, 4], [3, 1, 0, 4]]


@pytest.mark.parametrize("batch", [0, -1, 9])
def test_a_minibatch_must_fit(batch: int) -> None:
    with pytest.raises(ValueError, match=f"between 1 and .* 8; got {batch}"):
        Stream(8, batch, seed=0)
