"""A separable Gaussian blur of exp(-energy) with its first and second moments, in scaled form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

__all__ = ["BlurMoments", "blur_log", "blur_moments", "edge_energy"]

# Below this a scaled sum may have lost terms to underflow, and the block of centres is divided.
SMALLEST_SUM = 1e-200

Rule = tuple[np.ndarray, np.ndarray]


class BlurMoments(NamedTuple):
    """F (n_1, n_2), shift = E - theta (n_1, n_2, 2), covariance (n_1, n_2, 2, 2)."""

    F: np.ndarray
    shift: np.ndarray
    covariance: np.ndarray


def blur_log(
    energies: np.ndarray, rules: Sequence[Rule], centres: Sequence[np.ndarray], precision: float
) -> np.ndarray:
    """Return log of sum_ab w_a w_b exp(-U_ab - precision/2 |t_ab - theta|^2), shape (n_1, n_2).

    energies: U, shape (N_1, N_2), may be +infinity. rules: nodes and weights, each (N_i,).
    centres: the coordinates theta_i, each (n_i,).

    >>> rule = (np.array([0.0]), np.array([2.0]))
    >>> value = blur_log(np.ones((1, 1)), [rule, rule], [np.zeros(1), np.ones(1)], 3.0)
    >>> bool(abs(value[0, 0] - (np.log(4.0) - 1.0 - 1.5)) < 1e-15)
    True
    """
    return _blur(energies, rules, centres, precision, powers=1)[0]


def blur_moments(
    energies: np.ndarray, rules: Sequence[Rule], centres: Sequence[np.ndarray], precision: float
) -> BlurMoments:
    """Return `blur_log` with the mean and covariance of the weights; arguments as there.

    The covariance is E[dd^T] - E[d]E[d]^T with d = t - theta, so its absolute error is about
    |E[d]|^2 ulp.

    >>> rule = (np.array([-1.0, 1.0]), np.ones(2))
    >>> result = blur_moments(np.zeros((2, 2)), [rule, rule], [np.zeros(1), np.zeros(1)], 3.0)
    >>> result.covariance[0, 0].tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    F, moments = _blur(energies, rules, centres, precision, powers=3)
    shift = np.stack([moments[1, 0], moments[0, 1]], axis=-1)
    cross = moments[1, 1]
    second = np.stack([moments[2, 0], cross, cross, moments[0, 2]], axis=-1)
    second = second.reshape(*shift.shape, 2)
    return BlurMoments(F, shift, second - shift[..., :, None] * shift[..., None, :])


def edge_energy(
    energies: np.ndarray,
    nodes: Sequence[np.ndarray],
    centres: Sequence[np.ndarray],
    precision: float,
) -> np.ndarray:
    """Return min of U_ab + precision/2 |t_ab - theta|^2 over the boundary of the node grid.

    >>> nodes = [np.array([-1.0, 0.0, 2.0])] * 2
    >>> edge_energy(np.zeros((3, 3)), nodes, [np.zeros(1), np.zeros(1)], 2.0).tolist()
    [[1.0]]
    """
    square_1, square_2 = _squares(nodes, centres, precision)
    least = np.full((len(centres[0]), len(centres[1])), np.inf)
    for end in (0, -1):
        along_2 = np.min(energies[end][None, :] + square_2, axis=1)
        along_1 = np.min(energies[:, end][None, :] + square_1, axis=1)
        least = np.minimum(least, square_1[:, end, None] + along_2[None, :])
        least = np.minimum(least, along_1[:, None] + square_2[None, :, end])
    return least


def _squares(
    nodes: Sequence[np.ndarray], centres: Sequence[np.ndarray], precision: float
) -> list[np.ndarray]:
    return [
        0.5 * precision * (t[None, :] - theta[:, None]) ** 2
        for t, theta in zip(nodes, centres, strict=True)
    ]


def _blur(
    energies: np.ndarray,
    rules: Sequence[Rule],
    centres: Sequence[np.ndarray],
    precision: float,
    powers: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return log of the sum, and E[d_1^p d_2^q] at [p, q], shape (powers, powers, n_1, n_2)."""
    squares = _squares([t for t, _ in rules], centres, precision)
    # Every term carries the least Gaussian factor over the block; moved from the kernels to E it
    # keeps both at most 1, and a block of one centre is the log-sum-exp form itself.
    common = [square.min(axis=0) for square in squares]
    tilted = energies + common[0][:, None] + common[1][None, :]
    least = tilted.min()
    if not np.isfinite(least):
        shape = (len(centres[0]), len(centres[1]))
        return np.full(shape, -least), np.full((powers, powers, *shape), np.nan)
    scaled = np.exp(least - tilted)
    stacks = []
    for (t, weights), theta, square, shared in zip(rules, centres, squares, common, strict=True):
        kernel = weights * np.exp(shared - square)
        offset = t[None, :] - theta[:, None]
        stacks.append(np.concatenate([kernel * offset**power for power in range(powers)]))
    sizes = [len(theta) for theta in centres]
    sums = (stacks[0] @ scaled) @ stacks[1].T
    sums = sums.reshape(powers, sizes[0], powers, sizes[1]).transpose(0, 2, 1, 3)
    if max(sizes) > 1 and sums[0, 0].min() < SMALLEST_SUM:
        return _divide(energies, rules, centres, precision, powers)
    return np.log(sums[0, 0]) - least, sums / sums[0, 0]


def _divide(
    energies: np.ndarray,
    rules: Sequence[Rule],
    centres: Sequence[np.ndarray],
    precision: float,
    powers: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Halve the block of centres along its longer axis."""
    axis = int(len(centres[1]) > len(centres[0]))
    parts = []
    for half in np.array_split(centres[axis], 2):
        block = [half, centres[1]] if axis == 0 else [centres[0], half]
        parts.append(_blur(energies, rules, block, precision, powers))
    logs = np.concatenate([part[0] for part in parts], axis=axis)
    return logs, np.concatenate([part[1] for part in parts], axis=axis + 2)
