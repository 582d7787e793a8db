"""A reader for plain PNG files: 8 bits a channel, grey or RGB, not interlaced.

The archives that we read hold nothing else, and an image library would be one more dependency.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np

from jaxat.data.errors import DataError

__all__ = ["decode_png"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3}


def decode_png(data: bytes) -> np.ndarray:
    """The pixels of a PNG file: uint8, height x width x channels.

    Raises:
        DataError: not a PNG file, damaged (checksums, length), or of another kind.
    """
    width, height, channels, packed = _chunks(data)
    row = width * channels
    inflate = zlib.decompressobj()
    try:
        # One byte more than there should be, so that a wrong size is noticed and bounded.
        raw = inflate.decompress(packed, height * (row + 1) + 1)
    except zlib.error as error:
        raise DataError(f"damaged PNG file: {error}") from error
    if len(raw) != height * (row + 1):
        raise DataError(
            f"damaged PNG file: {len(raw)} bytes of pixels, {height * (row + 1)} expected"
        )
    lines = np.frombuffer(raw, np.uint8).reshape(height, row + 1)
    return _unfilter(lines[:, 0], lines[:, 1:], channels).reshape(height, width, channels)


def _chunks(data: bytes) -> tuple[int, int, int, bytes]:
    """Width, height, channels and the compressed pixels."""
    if not data.startswith(_SIGNATURE):
        raise DataError("not a PNG file")
    header: tuple[int, ...] | None = None
    packed: list[bytes] = []
    place = len(_SIGNATURE)
    while True:
        if place + 12 > len(data):
            raise DataError("damaged PNG file: it ends too early")
        (length,) = struct.unpack_from(">I", data, place)
        kind = data[place + 4 : place + 8]
        body = data[place + 8 : place + 8 + length]
        if place + 12 + length > len(data):
            raise DataError("damaged PNG file: it ends too early")
        (checksum,) = struct.unpack_from(">I", data, place + 8 + length)
        if zlib.crc32(body, zlib.crc32(kind)) != checksum:
            raise DataError(f"damaged PNG file: checksum of {kind.decode('latin-1')} does not fit")
        place += 12 + length
        if kind == b"IHDR" and length == 13:
            header = struct.unpack(">IIBBBBB", body)
        elif kind == b"IDAT":
            packed.append(body)
        elif kind == b"IEND":
            break
    if header is None:
        raise DataError("damaged PNG file: no header")
    width, height, depth, colour, _, _, interlaced = header
    if depth != 8 or colour not in _CHANNELS or interlaced or not (width and height):
        raise DataError(
            "only 8-bit grey or RGB PNG files without interlacing are read, this one has "
            f"{depth} bits, colour type {colour}, interlace {interlaced}, {width} x {height} pixels"
        )
    return width, height, _CHANNELS[colour], b"".join(packed)


def _unfilter(kinds: np.ndarray, lines: np.ndarray, channels: int) -> np.ndarray:
    """Undoes the prediction of each row from the pixel to the left, above, and above left."""
    result = np.empty(lines.shape, np.uint8)
    above = np.zeros(lines.shape[1], np.uint8)
    for kind, line, out in zip(kinds.tolist(), lines, result, strict=True):
        if kind == 0:
            out[:] = line
        elif kind == 1:
            pixels = line.reshape(-1, channels)
            np.cumsum(pixels, axis=0, dtype=np.uint8, out=out.reshape(-1, channels))
        elif kind == 2:
            np.add(line, above, out=out)
        elif kind in (3, 4):
            out[:] = _sequential(kind, line.tolist(), above.tolist(), channels)
        else:
            raise DataError(f"damaged PNG file: unknown filter {kind}")
        above = out
    return result


def _sequential(kind: int, line: list[int], above: list[int], channels: int) -> list[int]:
    """Average (3) and Paeth (4), which predict from pixels that they have just made."""
    left = [0] * channels
    corner = [0] * channels
    done: list[int] = []
    for place, (value, up) in enumerate(zip(line, above, strict=True)):
        channel = place % channels
        a, c = left[channel], corner[channel]
        if kind == 3:
            guess = (a + up) // 2
        else:
            to_a, to_up, to_c = abs(up - c), abs(a - c), abs(a + up - 2 * c)
            guess = a if to_a <= to_up and to_a <= to_c else up if to_up <= to_c else c
        made = (value + guess) & 255
        left[channel], corner[channel] = made, up
        done.append(made)
    return done
