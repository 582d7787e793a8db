"""Crops, flips and rotations: against a naive transcription, Pillow, and their law."""

from __future__ import annotations

from collections import Counter

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from jaxat.data import Augmentation, info
from jaxat.data.augment import Draws

REFLECT = Augmentation(padding=4, border="reflect", flip=True)
ROTATE = Augmentation(padding=4, border="zero", flip=True, degrees=15.0)
DRAW = jax.jit(ROTATE.draw, static_argnums=1)


def images_of(batch: int, height: int, width: int, channels: int = 3) -> np.ndarray:
    rng = np.random.default_rng(3)
    return rng.integers(1, 256, (batch, height, width, channels), dtype=np.uint8)


def cropped(image: np.ndarray, top: int, left: int, flip: bool, pad: int, mode: str) -> np.ndarray:
    """Pads, crops, flips, as one would write it for a single image."""
    width = ((pad, pad), (pad, pad), (0, 0))
    padded = np.pad(image, width, mode="reflect" if mode == "reflect" else "constant")
    result = padded[top : top + image.shape[0], left : left + image.shape[1]]
    return result[:, ::-1] if flip else result


def rotated(image: np.ndarray, degrees: float) -> tuple[np.ndarray, np.ndarray]:
    """The nearest pixel under each, and where float32 cannot be in doubt which one it is."""
    height, width, _ = image.shape
    result, sure = np.zeros_like(image), np.ones((height, width), bool)
    turn = np.exp(1j * np.deg2rad(degrees))
    for row in range(height):
        for column in range(width):
            # Heights count upwards here, and going back is turning the other way.
            point = complex(column + 0.5 - width / 2, height / 2 - row - 0.5) / turn
            x, y = point.real + width / 2, height / 2 - point.imag
            sure[row, column] = min(abs(x - round(x)), abs(y - round(y))) > 1e-4
            if 0 <= x < width and 0 <= y < height:
                result[row, column] = image[int(y), int(x)]
    return result, sure


@pytest.mark.parametrize(
    ("padding", "border", "flip", "size", "compiled"),
    [
        (4, "reflect", True, (32, 32), True),
        (4, "reflect", True, (9, 12), False),
        (4, "zero", True, (12, 9), True),
        (2, "reflect", False, (9, 12), True),
        (0, "zero", True, (9, 12), True),
    ],
)
def test_crop_and_flip_equal_the_naive_transcription(
    padding: int, border: str, flip: bool, size: tuple[int, int], compiled: bool
) -> None:
    augment = Augmentation(padding, border, flip)  # pyright: ignore[reportArgumentType]
    images = images_of(40, *size)
    key = jax.random.key(5)
    draws = jax.jit(augment.draw, static_argnums=1)(key, 40)
    found = (jax.jit(augment) if compiled else augment)(key, jnp.asarray(images))
    assert found.dtype == jnp.uint8
    for k, image in enumerate(images):
        top, left, flipped = (int(values[k]) for values in draws[:3])
        wanted = cropped(image, top, left, bool(flipped), padding, border)
        np.testing.assert_array_equal(found[k], wanted)


def test_rotation_comes_last_and_equals_the_naive_transcription() -> None:
    images = images_of(12, 20, 24)
    key = jax.random.key(6)
    draws = DRAW(key, 12)
    found = np.asarray(jax.jit(ROTATE)(key, jnp.asarray(images)))
    doubtful = 0
    for k, image in enumerate(images):
        top, left, flip = (int(values[k]) for values in draws[:3])
        before = cropped(image, top, left, bool(flip), 4, "zero")
        wanted, sure = rotated(before, float(draws.degrees[k]))
        np.testing.assert_array_equal(found[k][sure], wanted[sure])
        doubtful += int((~sure).sum())
    assert doubtful < 0.01 * images[..., 0].size


@pytest.mark.parametrize("degrees", [-15.0, -7.3, 0.0, 0.4, 11.1, 15.0])
def test_rotation_is_that_of_pillow(degrees: float) -> None:
    image_module = pytest.importorskip("PIL.Image")
    image = images_of(1, 32, 32)[0]
    wanted = np.asarray(image_module.fromarray(image).rotate(degrees))
    nothing = Draws(*(jnp.full(1, 4), jnp.full(1, 4), jnp.zeros(1, bool)), jnp.float32([degrees]))
    found = np.asarray(ROTATE.apply(jnp.asarray(image[None]), nothing))[0]
    # Pillow rounds the coordinates to 16 bits behind the point.
    assert np.mean((found == wanted).all(-1)) > 0.995


def test_crops_and_flips_have_their_law() -> None:
    batch = 81 * 2 * 100
    rows, columns = np.meshgrid(np.arange(1, 6), np.arange(1, 6), indexing="ij")
    image = np.stack([rows, columns], -1).astype(np.uint8)
    augment = Augmentation(padding=4, border="zero", flip=True)
    images = jnp.broadcast_to(jnp.asarray(image), (batch, 5, 5, 2))
    found = np.asarray(jax.jit(augment)(jax.random.key(11), images)).astype(int)
    seen: Counter[tuple[int, int, bool]] = Counter()
    for one in found:
        # Shifted by up to four, at least one pixel of the image is left in the picture.
        row, column = np.argwhere(one[..., 0])[0]
        flips = [flip for flip in (False, True) if _fits(one, image, flip)]
        if len(flips) == 2:
            continue  # A single column tells no direction: both readings are counted below.
        shift = 4 - column if flips[0] else column
        seen[(one[row, column, 0] - row, one[row, column, 1] - shift, flips[0])] += 1
    # Columns shifted by four (either way) leave one column, whose direction is unknown.
    cells = [(r, c, f) for r in range(-3, 6) for c in range(-2, 5) for f in (False, True)]
    assert set(seen) == set(cells)
    assert stats.chisquare([seen[cell] for cell in cells]).pvalue > 1e-3
    assert stats.binomtest(sum(seen.values()), batch, 7 / 9).pvalue > 1e-3


def _fits(one: np.ndarray, image: np.ndarray, flip: bool) -> bool:
    """Whether columns grow to the right (to the left if flipped) where there is an image."""
    kept = one[one[..., 0].any(1)][0, :, 1]
    kept = kept[kept > 0][:: -1 if flip else 1]
    return bool((np.diff(kept) == 1).all())


def test_angles_have_their_law_and_independent_draws() -> None:
    draws = DRAW(jax.random.key(2), 20_000)
    angles = np.asarray(draws.degrees, np.float64)
    assert stats.kstest(angles, stats.uniform(-15, 30).cdf).pvalue > 1e-3
    for values in (draws.top, draws.left, draws.flip):
        assert abs(np.corrcoef(angles, np.asarray(values, np.float64))[0, 1]) < 0.025


def test_the_key_decides() -> None:
    images = jnp.asarray(images_of(16, 32, 32))
    augment = jax.jit(REFLECT)
    first, again, other = (augment(jax.random.key(seed), images) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (np.asarray(first) != np.asarray(other)).any(axis=(1, 2, 3)).sum() >= 14


def test_draws_are_the_same_with_and_without_x64() -> None:
    draws = []
    for enabled in (False, True):
        with jax.enable_x64(enabled):
            draws.append([np.asarray(x) for x in DRAW(jax.random.key(4), 50)])
    for one, two in zip(*draws, strict=True):
        assert one.dtype == two.dtype
        np.testing.assert_array_equal(one, two)


def test_any_type_of_pixel_and_no_second_trace() -> None:
    traces = []

    def augment(key: jax.Array, images: jax.Array) -> jax.Array:
        traces.append(images.dtype)
        return ROTATE(key, images)

    levels = images_of(8, 32, 32)
    compiled = jax.jit(augment)
    key = jax.random.key(9)
    wanted = np.asarray(compiled(key, jnp.asarray(levels)))
    for dtype in (jnp.dtype(jnp.bfloat16), jnp.zeros(()).dtype):
        found = compiled(key, jnp.asarray(levels, dtype))
        assert found.dtype == dtype
        np.testing.assert_array_equal(np.asarray(found.astype(jnp.float32)), wanted)
    compiled(jax.random.key(10), jnp.asarray(levels))
    assert len(traces) == 3


def test_what_each_data_set_does() -> None:
    assert info("cifar10").augmentation == REFLECT
    assert info("cifar100").augmentation == ROTATE
    images = jnp.asarray(images_of(4, 32, 32))
    for name in ("svhn", "mnist", "mnist2", "cifar2", "fashion-mnist"):
        assert info(name).augmentation(jax.random.key(0), images) is images


def test_values_that_make_no_sense() -> None:
    with pytest.raises(ValueError, match="at least 0; got -1"):
        Augmentation(padding=-1)
    with pytest.raises(ValueError, match="'reflect' or 'zero', got 'wrap'"):
        Augmentation(border="wrap")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match=r"degrees must be in \[0, 180\], got -3"):
        Augmentation(degrees=-3)
    with pytest.raises(ValueError, match="4 pixels for images of 4 x 9"):
        REFLECT.apply(jnp.zeros((1, 4, 9, 1)), DRAW(jax.random.key(0), 1))
    with pytest.raises(ValueError, match=r"\(batch, height, width, channels\), got \(3, 4, 4\)"):
        REFLECT.apply(jnp.zeros((3, 4, 4)), DRAW(jax.random.key(0), 3))
