"""Killed while it writes a checkpoint, at any moment, a process leaves the ones before it whole."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jaxat import checkpoint

# In a process of its own, since a process that runs JAX's threads must not be copied. For k = 1, 2,
# ... a copy of it writes a checkpoint and kills itself at the k-th time it touches a file; another
# copy looks at what is there, and goes on.
KILLED = """
import json, os, shutil, signal, sys, warnings
from pathlib import Path
import numpy as np
warnings.filterwarnings("ignore", message=".*fork")
from jaxat import checkpoint
if sys.argv[2] == "orbax":
    from orbax.checkpoint import v1
    v1.save, v1.load  # imports what they need, once

def tree(number):
    return {"w": np.full((3, 2), number, np.float32), "n": np.asarray(number)}

folder, storage, number, step = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])

def in_a_copy(work):
    pid = os.fork()
    if pid == 0:
        try:
            work()
            os._exit(0)
        except BaseException as error:
            print(repr(error), file=sys.stderr)
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

def killed_at(k):
    count = 0
    def hook(event, arguments):
        nonlocal count
        if event == "open" or event.startswith(("os.", "shutil.")):
            count += 1
            if count == k:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
    checkpoint.save(folder, number, tree(number), {"number": number}, storage=storage)

def look():
    restored = checkpoint.latest(folder, tree(0))
    assert restored.complaints == (), restored.complaints
    assert restored.facts == {"number": restored.number}
    assert restored.tree["w"].tolist() == tree(restored.number)["w"].tolist()
    assert restored.tree["n"] == restored.number
    checkpoint.save(folder, 9, tree(9), {"number": 9}, storage=storage)
    left = sorted(path.name for path in folder.iterdir())
    assert left[-1] == "9" and len(left) <= 2 and all(map(str.isdecimal, left)), left
    (folder / "found").write_text(str(restored.number))

found, k = [], 1
while True:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(f"{folder}-good", folder)
    code = in_a_copy(lambda: killed_at(k))
    assert code in (0, -signal.SIGKILL), code
    assert in_a_copy(look) == 0
    found.append(int((folder / "found").read_text()))
    if code == 0:
        break
    k += step
print(json.dumps([k, found]))
"""


@pytest.mark.parametrize(
    ("storage", "number", "step"), [("npz", 3, 1), ("npz", 2, 1), ("orbax", 3, 25)]
)
def test_killed_at_any_touch_of_a_file_the_newest_whole_one_is_found(
    tmp_path: Path, storage: Any, number: int, step: int
) -> None:
    for earlier in (1, 2):
        tree = {"w": np.full((3, 2), earlier, np.float32), "n": np.asarray(earlier)}
        checkpoint.save(tmp_path / "c-good", earlier, tree, {"number": earlier}, storage=storage)
    found = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "c"), storage, str(number), str(step)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert found.returncode == 0, found.stderr
    assert "Error" not in found.stderr
    touches, numbers = json.loads(found.stdout)
    assert touches > 20
    # Until the renaming the ones before are there, and afterwards the new one. A checkpoint that is
    # replaced is away for a moment.
    order = [n for i, n in enumerate(numbers) if i == 0 or n != numbers[i - 1]]
    assert order == ([2, 3] if number == 3 else [2, 1, 2])
