"""PNG, IDX and the binary versions, against encoders and readers that share no code with ours."""

from __future__ import annotations

import gzip
import io
import pickle
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from data_fakes import fill, idx_bytes, idx_files, png_bytes, sheet_files, tiny_arrays

from jaxat.data.catalogue import CATALOGUE
from jaxat.data.errors import DataError
from jaxat.data.forms import read_folder, read_idx
from jaxat.data.png import decode_png

RGB, GREY = (32, 32, 3), (28, 28, 1)


def same(found: dict[str, np.ndarray], wanted: dict[str, np.ndarray]) -> None:
    assert found.keys() == wanted.keys()
    for key, values in wanted.items():
        assert found[key].dtype == np.uint8
        np.testing.assert_array_equal(found[key], values)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kind", [0, 1, 2, 3, 4, None])
def test_every_png_filter_is_undone(kind: int | None, channels: int) -> None:
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (20, 13, channels), dtype=np.uint8)
    filters = [kind] * 20 if kind is not None else rng.integers(0, 5, 20).tolist()
    np.testing.assert_array_equal(decode_png(png_bytes(pixels, filters)), pixels)


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_png_files_of_pillow_are_read_as_pillow_reads_them(mode: str) -> None:
    image_module = pytest.importorskip("PIL.Image")
    ramp = np.add.outer(np.arange(40), np.arange(50)) * 3
    pixels = np.stack([ramp, ramp.T[:40, :40].repeat(2, 1)[:, :50], 255 - ramp], -1).astype(
        np.uint8
    )
    image = image_module.fromarray(pixels).convert(mode)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    found = decode_png(buffer.getvalue())
    np.testing.assert_array_equal(found.squeeze(), np.asarray(image))


def test_damaged_png_files_are_refused() -> None:
    pixels = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)
    good = png_bytes(pixels, [1] * 4)
    flipped = bytearray(good)
    flipped[-20] ^= 1
    with pytest.raises(DataError, match="not a PNG file"):
        decode_png(b"GIF89a" + good)
    with pytest.raises(DataError, match="checksum of IDAT"):
        decode_png(bytes(flipped))
    for length in range(8, len(good) - 1, 7):
        with pytest.raises(DataError, match="ends too early"):
            decode_png(good[:length])
    with pytest.raises(DataError, match="colour type 3"):
        decode_png(png_bytes(pixels, [0] * 4, colour=3))
    short = png_bytes(pixels[:3], [0] * 3)
    header = struct.pack(">IIBBBBB", 5, 4, 8, 2, 0, 0, 0)
    taller = short[:16] + header + struct.pack(">I", zlib.crc32(b"IHDR" + header)) + short[33:]
    with pytest.raises(DataError, match="48 bytes of pixels, 64 expected"):
        decode_png(taller)


@pytest.mark.parametrize("packed", [False, True])
def test_idx_folders(tmp_path: Path, packed: bool) -> None:
    arrays = tiny_arrays(GREY, 10)
    fill(tmp_path / "raw", idx_files(arrays, packed=packed))
    same(read_folder(CATALOGUE["mnist"], tmp_path), arrays)
    same(read_folder(CATALOGUE["fashion-mnist"], tmp_path / "raw"), arrays)


def test_damaged_idx_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    good = idx_bytes(np.arange(24, dtype=np.uint8).reshape(2, 3, 4))
    path.write_bytes(good)
    assert read_idx(path).shape == (2, 3, 4)
    path.write_bytes(good[:-1])
    with pytest.raises(DataError, match="23 values, its header says 24"):
        read_idx(path)
    path.write_bytes(gzip.compress(good)[:-4])
    with pytest.raises(DataError, match="damaged"):
        read_idx(path)
    for wrong in (b"", good[:6], b"\x00\x00\x0d" + good[3:], b"<html>no such file</html>"):
        path.write_bytes(wrong)
        with pytest.raises(DataError, match="not an IDX file"):
            read_idx(path)


def test_sheets_of_images(tmp_path: Path) -> None:
    arrays = tiny_arrays(RGB, 10)
    fill(tmp_path, sheet_files(arrays))
    same(read_folder(CATALOGUE["cifar10"], tmp_path), arrays)
    (tmp_path / "test_lables.json").write_text('["frog"]')
    with pytest.raises(DataError, match=r"test_lables\.json is not a list of labels"):
        read_folder(CATALOGUE["cifar10"], tmp_path)


def test_binary_versions_of_cifar(tmp_path: Path) -> None:
    def records(split: str, part: slice, *, coarse: bool) -> bytes:
        body = b""
        pairs = zip(arrays[f"{split}_images"][part], arrays[f"{split}_labels"][part], strict=True)
        for image, label in pairs:
            planes = [image[:, :, channel].tobytes() for channel in range(3)]
            body += (b"\x07" if coarse else b"") + bytes([label]) + b"".join(planes)
        return body

    arrays = tiny_arrays(RGB, 10)
    ten = {
        f"data_batch_{k + 1}.bin": records("train", slice(6 * k, 6 * k + 6), coarse=False)
        for k in range(5)
    }
    ten["test_batch.bin"] = records("test", slice(None), coarse=False)
    fill(tmp_path / "ten" / "cifar-10-batches-bin", ten)
    same(read_folder(CATALOGUE["cifar10"], tmp_path / "ten"), arrays)

    arrays = tiny_arrays(RGB, 100)
    hundred = {f"{s}.bin": records(s, slice(None), coarse=True) for s in ("train", "test")}
    fill(tmp_path / "hundred", hundred)
    same(read_folder(CATALOGUE["cifar100"], tmp_path / "hundred"), arrays)
    (tmp_path / "hundred" / "test.bin").write_bytes(hundred["test.bin"][:-1])
    with pytest.raises(DataError, match="not whole records of 3074"):
        read_folder(CATALOGUE["cifar100"], tmp_path / "hundred")


class Trap:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return pytest.fail, ("it was unpickled",)


def test_the_pickled_version_is_named_and_never_opened(tmp_path: Path) -> None:
    fill(tmp_path, {"data_batch_1": pickle.dumps(Trap()), "train": pickle.dumps(Trap())})
    for name in ("cifar10", "cifar100"):
        with pytest.raises(DataError, match="pickled Python version is not read"):
            read_folder(CATALOGUE[name], tmp_path)


def test_matlab_files_of_svhn(tmp_path: Path) -> None:
    matlab = pytest.importorskip("scipy.io")
    arrays = tiny_arrays(RGB, 10)
    for split in ("train", "test"):
        digits = [[int(label) or 10] for label in arrays[f"{split}_labels"]]
        images = np.stack(list(arrays[f"{split}_images"]), axis=-1)
        content = {"X": images, "y": np.array(digits, np.uint8)}
        matlab.savemat(tmp_path / f"{split}_32x32.mat", content)
    same(read_folder(CATALOGUE["svhn"], tmp_path), arrays)
    (tmp_path / "test_32x32.mat").write_bytes(b"no MATLAB file")
    with pytest.raises(DataError, match="not a MATLAB file of SVHN"):
        read_folder(CATALOGUE["svhn"], tmp_path)


def test_missing_files_and_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not a folder"):
        read_folder(CATALOGUE["mnist"], tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"no train-images-idx3-ubyte or .* for mnist"):
        read_folder(CATALOGUE["mnist"], tmp_path)
