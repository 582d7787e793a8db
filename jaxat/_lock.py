"""One process at a time in a folder; the lock of a process that was killed is no obstacle."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

__all__ = ["HeldError", "Lock"]


class HeldError(Exception):
    """Another process holds the lock; `pid` is its number where it can be known."""

    def __init__(self, pid: int | None) -> None:
        super().__init__("another process" if pid is None else f"process {pid}")
        self.pid = pid


class Lock:
    """Holds the file `path` from the moment it is made until `release`, or until the process ends.

    The system's lock where there is one. Without (Windows, some network file systems) a second file
    ``.pid`` beside it that one process alone can create; one whose process is gone is replaced.

    Raises:
        HeldError: somebody else holds it.
        OSError: the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._alone: Path | None = None
        descriptor = self._locked_by_system()
        self._descriptor: int | None = self._created_alone() if descriptor is None else descriptor
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, b"%d\n" % os.getpid())

    def release(self) -> None:
        """Lets others in. Harmless when repeated."""
        if self._descriptor is None:
            return
        os.close(self._descriptor)
        self._descriptor = None
        if self._alone is not None:  # the other kind stays: somebody may have it open already
            self._alone.unlink(missing_ok=True)

    def _locked_by_system(self) -> int | None:
        if fcntl is None:
            return None
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise HeldError(_pid_in(self._path)) from None
        except OSError:  # no locks on this file system
            os.close(descriptor)
            return None
        return descriptor

    def _created_alone(self) -> int:
        path = self._path.with_suffix(".pid")
        for _ in range(2):
            try:
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
            except FileExistsError:
                pid = _pid_in(path)
                if pid is not None and _is_alive(pid):
                    raise HeldError(pid) from None
                # Windows removes no file that is open; elsewhere its process is known to be gone.
                try:
                    path.unlink(missing_ok=True)
                except PermissionError:
                    raise HeldError(pid) from None
            else:
                self._alone = path
                return descriptor
        raise HeldError(_pid_in(path))


def _pid_in(path: Path) -> int | None:
    with suppress(OSError, ValueError):
        return int(path.read_text("ascii"))
    return None


def _is_alive(pid: int) -> bool:
    if sys.platform == "win32":  # where signal 0 is not a question; removing the file asks it
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
