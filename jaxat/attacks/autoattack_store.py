"""The state of an evaluation on disk: whoever is killed goes on after the last whole batch.

A folder holds ``settings.json`` (what is evaluated), ``progress.npz`` (who broke which image, who
was attacked in the pass that runs, what it cost), and one file of adversarial examples a batch.
Every file is written under another name and renamed. Results do not depend on how images are put
into batches, so the images that are left may be put together anew.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["State", "Store", "fingerprint"]


@dataclass
class State:
    """``by`` (attacks, n): the attack broke the image. ``seen`` (n): attacked in pass ``current``.

    ``costs`` (attacks, 4): seconds, forward and backward passes of images, forward passes of
    padding; ``met`` (attacks, n): the attack has met the image.
    """

    by: np.ndarray
    met: np.ndarray
    seen: np.ndarray
    costs: np.ndarray
    current: int = 0
    found: dict[int, np.ndarray] = field(default_factory=dict)

    @classmethod
    def empty(cls, attacks: int, n: int) -> State:
        """The state before the first batch."""
        table = np.zeros((attacks, n), bool)
        return cls(table, table.copy(), np.zeros(n, bool), np.zeros((attacks, 4)))


def fingerprint(*arrays: np.ndarray) -> str:
    """Return a short digest of the contents and shapes of arrays.

    >>> fingerprint(np.zeros(3)) == fingerprint(np.zeros((3, 1)))
    False
    """
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]


class Store:
    """A folder for one evaluation, made or gone on with.

    Raises:
        ValueError: the folder holds another evaluation; the message names what differs.
    """

    def __init__(self, folder: str | Path, settings: dict[str, Any]) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "settings.json"
        settings = json.loads(json.dumps(settings))
        if not path.exists():
            self._replace(path, json.dumps(settings, indent=2).encode())
            return
        old = json.loads(path.read_text(encoding="utf-8"))
        apart = [key for key in {*old, *settings} if old.get(key) != settings.get(key)]
        if apart:
            key = sorted(apart)[0]
            raise ValueError(
                f"{self.folder} holds another evaluation: its {key} is {old.get(key)!r}, here it "
                f"is {settings.get(key)!r}. Take another folder, or remove that one."
            )

    def load(self, attacks: int, n: int) -> State:
        """Return the state after the last whole batch, or an empty one."""
        path = self.folder / "progress.npz"
        if not path.exists():
            return State.empty(attacks, n)
        with np.load(path, allow_pickle=False) as stored:
            arrays = {key: stored[key] for key in ("by", "met", "seen", "costs")}
            state = State(**arrays, current=int(stored["current"]))
        for part in sorted(self.folder.glob("found-*.npz")):
            with np.load(part, allow_pickle=False) as stored:
                state.found.update(zip(stored["index"].tolist(), stored["x_adv"], strict=True))
        return state

    def save(self, state: State, index: np.ndarray, x_adv: np.ndarray) -> None:
        """Write the adversarial examples of a batch, then the progress that counts them."""
        if len(index):
            # Named by its first image and pass: a batch repeated after a crash replaces itself.
            name = f"found-{state.current:03}-{int(index[0]):06}.npz"
            self._savez(self.folder / name, index=index, x_adv=x_adv)
        arrays = {"by": state.by, "met": state.met, "seen": state.seen, "costs": state.costs}
        current = np.array(state.current)
        self._savez(self.folder / "progress.npz", current=current, **arrays)

    def _savez(self, path: Path, **arrays: np.ndarray) -> None:
        part = path.with_name(f".{path.name}.{os.getpid()}")
        with part.open("wb") as file:
            np.savez(file, **arrays)  # pyright: ignore[reportArgumentType]
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)

    def _replace(self, path: Path, content: bytes) -> None:
        part = path.with_name(f".{path.name}.{os.getpid()}")
        part.write_bytes(content)
        part.replace(path)
