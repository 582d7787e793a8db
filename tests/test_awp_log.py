"""The public learning curves of AWP: how logs are read, and what the file that is kept says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tools.read_awp_log import COLUMNS, RUNS, as_json, read_log

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "benchmarks" / "reported" / "awp_logs.json"
HEAD = "[2020/04/26 13:08:28] - Namespace(awp_size=0.01, model='PreActResNet18', norm='l_inf')"
# With the blanks and tabs of the real ones.
ROW = (
    "[2020/04/26 13:{minute}:18] - {epoch} \t 303.7 \t \t 98.5 \t \t 0.1000 \t 2.2074 \t 0.1775 "
    "\t 2.3208 \t \t 0.1310 \t \t 2.0952 \t 0.2300 \t 2.1630 \t \t 0.2002"
)


def text(*epochs: int) -> str:
    heading = "[2020/04/26 13:08:36] - Epoch \t Train Time \t Test Time \t LR"
    rows = [ROW.format(minute=10 + epoch, epoch=epoch) for epoch in epochs]
    return "\n".join((HEAD, heading, *rows, ""))


def test_digits_stay_as_they_are_printed() -> None:
    log = read_log(text(0, 1))
    assert log.began == "2020-04-26"
    assert log.settings == {"model": "PreActResNet18", "norm": "l_inf", "awp_size": "0.01"}
    assert log.rows[1] == ("1", "303.7", "98.5", "0.1000", "13.10", "23.00", "20.02")
    written = as_json("abc", {"awp": ("a/b.log", log)})
    assert "[1, 303.7, 98.5, 0.1000, 13.10, 23.00, 20.02]" in written
    values = json.loads(written)
    assert values["runs"]["awp"]["rows"][1] == [1, 303.7, 98.5, 0.1, 13.1, 23.0, 20.02]
    assert (values["source"]["commit"], values["runs"]["awp"]["path"]) == ("abc", "a/b.log")


@pytest.mark.parametrize("bad", ["", text(1, 2), text(0, 2), text(0).removeprefix(HEAD)])
def test_what_is_no_log_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="no log of AT_AWP"):
        read_log(bad)


def test_the_command_reads_a_clone(tmp_path: Path) -> None:
    for path in RUNS.values():
        place = tmp_path / path
        place.parent.mkdir(parents=True)
        place.write_text(text(0, 1, 2))
    me = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    for words in (("init", "-q"), ("add", "."), (*me, "commit", "-q", "-m", "logs")):
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True)
    script = [sys.executable, str(ROOT / "tools" / "read_awp_log.py")]
    done = subprocess.run([*script, str(tmp_path)], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert [len(run["rows"]) for run in found["runs"].values()] == [3, 3]
    assert len(found["source"]["commit"]) == 40
    failed = subprocess.run([*script, str(tmp_path / "none")], capture_output=True, text=True)
    assert failed.returncode
    assert failed.stderr.startswith("read_awp_log: git ")


@pytest.fixture(scope="module")
def kept() -> dict[str, Any]:
    return json.loads(KEPT.read_text(encoding="utf-8"))


# (training robust, test clean, test robust) as shares, as somebody else read them from the logs.
ANCHORS = {
    "at": {
        0: (0.201, 0.370, 0.260),
        1: (0.258, 0.435, 0.306),
        4: (0.325, 0.533, 0.355),
        9: (0.384, 0.656, 0.405),
        19: (0.429, 0.697, 0.432),
        49: (0.458, 0.724, 0.452),
        98: (0.468, 0.738, 0.470),
        101: (0.556, 0.809, 0.522),
    },
    "awp": {
        0: (0.132, 0.230, 0.200),
        1: (0.186, 0.336, 0.256),
        4: (0.252, 0.424, 0.310),
        9: (0.314, 0.565, 0.378),
        19: (0.361, 0.663, 0.447),
        49: (0.394, 0.702, 0.471),
        98: (0.406, 0.723, 0.485),
        101: (0.450, 0.771, 0.525),
    },
}


@pytest.mark.parametrize("name", ANCHORS)
def test_the_kept_curves_pass_their_anchors(kept: dict[str, Any], name: str) -> None:
    run = kept["runs"][name]
    rows = {int(row[0]): row[4:] for row in run["rows"]}
    assert list(rows) == list(range(200))
    for epoch, shares in ANCHORS[name].items():
        np.testing.assert_allclose(rows[epoch], 100 * np.array(shares), rtol=0, atol=0.0501)
    settings = run["settings"]
    assert (settings["epochs"], settings["attack_iters_test"]) == ("200", "20")
    assert settings["awp_size"] == {"at": "0", "awp": "0.01"}[name]


def test_best_last_and_seconds(kept: dict[str, Any]) -> None:
    assert list(kept["columns"]) == list(COLUMNS)
    rows = {name: np.array(run["rows"]) for name, run in kept["runs"].items()}
    assert list(rows) == list(RUNS) == ["at", "awp"]
    for name, best, epoch, last, train in (
        ("at", 52.79, 102, 43.75, 275.7),
        ("awp", 55.39, 159, 54.30, 302.1),
    ):
        robust = rows[name][:, 6]
        assert (robust.max(), robust.argmax(), robust[-1]) == (best, epoch, last)
        assert np.median(rows[name][:, 1]) == pytest.approx(train, abs=1)
        assert np.median(rows[name][:, 2]) == pytest.approx(98.4, abs=0.2)
        assert rows[name][[0, 98, 99, 148, 149], 3].tolist() == [0.1, 0.1, 0.01, 0.01, 0.001]
    assert kept["source"]["repository"].startswith("csdongxian/AWP")
    assert kept["device"] == "a GPU that the logs do not name"
