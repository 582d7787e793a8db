"""The folder of one training run: what was asked for, where it ran, and everything it wrote.

``config.json`` and ``environment.json`` are written once, when the run begins; ``steps.jsonl``,
``epochs.jsonl`` and ``checkpoints/`` grow; ``result.json`` is written at the end. One process holds
the folder at a time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jaxat._files import PART, write_text
from jaxat._lock import HeldError, Lock
from jaxat.environment import environment
from jaxat.records import plain

__all__ = ["EPOCHS", "RESULT", "RunError", "RunFolder", "is_run", "read_config", "read_environment"]

_CONFIG = "config.json"
_ENVIRONMENT = "environment.json"
RESULT = "result.json"
EPOCHS = "epochs.jsonl"
_LOCKS = {"lock", "lock.pid"}
_ABSENT = object()


class RunError(ValueError):
    """A folder cannot be used for this run. One line, which says what to do."""


class RunFolder:
    """A run folder that this process holds; made by `open`, let go by `close` or a ``with`` block.

    Attributes:
        path: of the folder.
        resumed: whether the run had begun before.
        notes: for a resumed run, one line for each thing of its environment that has changed.
    """

    def __init__(
        self, path: Path, lock: Lock | None, *, resumed: bool, notes: tuple[str, ...]
    ) -> None:
        self.path = path
        self.resumed = resumed
        self.notes = notes
        self._lock = lock

    @classmethod
    def open(
        cls, path: Path | str, config_json: Mapping[str, Any], *, resume: bool = False
    ) -> RunFolder:
        """Begins a run in a new or empty folder; with `resume`, goes on with the one that is there.

        Args:
            path: of the folder; folders above it are made if need be.
            config_json: the run's settings as JSON can hold them; those of a run that is resumed
                must be the same.
            resume: a run that has begun is continued; one that has not is begun all the same, so
                that a killed series of runs can be repeated with one command.

        Raises:
            RunError: the folder holds a run and `resume` is off, or another run's settings, or
                something else; another process holds it; or it cannot be written.

        >>> import tempfile
        >>> folder = tempfile.TemporaryDirectory()
        >>> with RunFolder.open(folder.name, {"eps": "8/255"}) as run:
        ...     run.resumed
        False
        >>> RunFolder.open(folder.name, {"eps": "4/255"}, resume=True)
        Traceback (most recent call last):
            ...
        jaxat.rundir.RunError: ... holds another run: eps is "8/255" there and "4/255" here; ...
        >>> folder.cleanup()
        """
        path = Path(path)
        config = plain(config_json)
        try:
            path.mkdir(parents=True, exist_ok=True)
            _refuse_strangers(path)
            lock = Lock(path / "lock")
        except HeldError as error:
            raise RunError(f"{error} is at work in {path}; wait for it, or end it") from None
        except OSError as error:
            raise RunError(_unwritable(path, error)) from error
        try:
            for left in path.glob(f".*{PART}*"):
                left.unlink(missing_ok=True)
            resumed = is_run(path)
            if resumed:
                notes = _compare(path, config, resume=resume)
            else:
                notes = ()
                _write_json(path / _ENVIRONMENT, environment())
                # Last: from now on the folder holds a run.
                _write_json(path / _CONFIG, config)
            return cls(path, lock, resumed=resumed, notes=notes)
        except OSError as error:
            lock.release()
            raise RunError(_unwritable(path, error)) from error
        except BaseException:
            lock.release()
            raise

    @classmethod
    def beside(cls, path: Path | str) -> RunFolder:
        """The folder as a process sees it that reads while another one holds it and writes."""
        return cls(Path(path), None, resumed=is_run(path), notes=())

    @property
    def checkpoints(self) -> Path:
        """The folder of the checkpoints."""
        return self.path / "checkpoints"

    @property
    def steps(self) -> Path:
        """The file with one row for each step."""
        return self.path / "steps.jsonl"

    @property
    def epochs(self) -> Path:
        """The file with one row for each epoch."""
        return self.path / EPOCHS

    @property
    def result(self) -> dict[str, Any] | None:
        """What the finished run found; None as long as it is not finished."""
        path = self.path / RESULT
        return _read_json(path) if path.exists() else None

    def finish(self, result: Mapping[str, Any]) -> None:
        """Writes ``result.json``, in one step.

        Raises:
            RunError: it cannot be written.
        """
        try:
            _write_json(self.path / RESULT, plain(result))
        except OSError as error:
            raise RunError(_unwritable(self.path, error)) from error

    def close(self) -> None:
        """Lets other processes have the folder. Harmless when repeated."""
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> RunFolder:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def is_run(path: Path | str) -> bool:
    """Whether a run has begun in the folder."""
    return (Path(path) / _CONFIG).is_file()


def read_config(path: Path | str) -> dict[str, Any]:
    """The settings of the run in the folder, which need not be held.

    Raises:
        RunError: it holds no run, or its settings are damaged.
    """
    if not is_run(path):
        raise RunError(f"{path} holds no run: there is no {_CONFIG}; name a run's folder")
    return _read_json(Path(path) / _CONFIG)


def read_environment(path: Path | str) -> dict[str, Any]:
    """With what the run in the folder began.

    Raises:
        RunError: it is not known, or damaged.
    """
    return _read_json(Path(path) / _ENVIRONMENT)


def _refuse_strangers(path: Path) -> None:
    """A folder with other people's files is no place for a run, and must not get even a lock."""
    if is_run(path):
        return
    ours = {*_LOCKS, _ENVIRONMENT}
    for entry in sorted(path.iterdir()):
        if entry.name not in ours and PART not in entry.name:
            raise RunError(
                f"{path} is no run's folder: it holds {entry.name} and no {_CONFIG}; "
                "name a new or empty folder"
            )


def _compare(path: Path, config: dict[str, Any], *, resume: bool) -> tuple[str, ...]:
    there = _read_json(path / _CONFIG)
    if differences := _differences(there, config):
        changes = [f"{key} is {a} there and {b} here" for key, a, b in differences]
        raise RunError(
            f"{path} holds another run: {'; '.join(changes[:3])}"
            f"{f' (and {len(changes) - 3} more)' if len(changes) > 3 else ''}; "
            "name another folder, or the same settings"
        )
    if not resume:
        raise RunError(f"{path} holds this run already; resume it, or name another folder")
    before = _read_json(path / _ENVIRONMENT) if (path / _ENVIRONMENT).exists() else {}
    now = plain(environment())
    return tuple(
        f"{key} was {was} when the run began, and is {is_} now"
        for key, was, is_ in _differences(before, now)
        if key != "command"
    )


def _differences(there: dict[str, Any], here: dict[str, Any]) -> list[tuple[str, str, str]]:
    keys = [*here, *(key for key in there if key not in here)]
    pairs = [(key, there.get(key, _ABSENT), here.get(key, _ABSENT)) for key in keys]
    return [(key, _shown(a), _shown(b)) for key, a, b in pairs if a != b]


def _shown(value: object) -> str:
    return "absent" if value is _ABSENT else json.dumps(value)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{path} cannot be read: {error}") from error
    if not isinstance(value, dict):
        raise RunError(f"{path} cannot be read: it holds no settings")
    return value


def _write_json(path: Path, value: Any) -> None:
    write_text(path, json.dumps(value, indent=2, allow_nan=False) + "\n")


def _unwritable(path: Path, error: OSError) -> str:
    return f"cannot write the run's folder {path}: {error.strerror or error}; name another one"
