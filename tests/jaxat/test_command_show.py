"""``python -m jaxat show``."""

from __future__ import annotations

import dataclasses

import pytest

from jaxat import presets
from jaxat.__main__ import main
from jaxat.config import Config
from jaxat.settings import MEANING


def show(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(["show", *words])
    out, err = capsys.readouterr()
    return status, out, err


def marks(out: str) -> dict[str, str]:
    """The mark in front of every setting."""
    names = {field.name for field in dataclasses.fields(Config)}
    found = {}
    for line in out.partition("Settings (")[2].splitlines()[1:]:
        name = line[2:].split(" ")[0]
        if name in names:
            found[name] = line[0]
    return found


def test_contract_and_settings(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = show(capsys, "svhn-rn18-awp-ensgd")
    assert (status, err) == (0, "")
    preset = presets.get("svhn-rn18-awp-ensgd")
    assert preset.doc in out
    usual = Config()
    expected = {
        name: "*" if getattr(preset.config, name) != getattr(usual, name) else " "
        for name in MEANING
    }
    assert marks(out) == expected
    assert expected["lr"] == "*"
    assert expected["momentum"] == " "
    for text in ("whether that momentum is Nesterov's", "0.005", "1/255"):
        assert text in " ".join(out.split())


def test_what_the_call_changes_is_marked(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = show(capsys, "yamada-table3", "--set", "eps=0.05", "--set", "model.bias=false")
    found = marks(out)
    assert (found["eps"], found["model_options"]) == ("!", "!")
    assert (found["epochs"], found["batch"]) == ("*", " ")
    assert '{"bias": false}' in out
    assert "One run for each" not in out


def test_a_sweep_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = show(capsys, "yamada-table4")
    assert "One run for each eps of 0, 4/255, 8/255, 12/255, 16/255." in out
    assert "(swept)" in out


def test_smoke_settings(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = show(capsys, "cifar10-rn18-at", "--smoke")
    assert status == 0
    assert "synthetic-rgb" in out
    assert marks(out)["epochs"] == "!"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["cifar10-rn18-att"], "did you mean cifar10-rn18-at"),
        (["cifar10-rn18-at", "--set", "bacth=1"], "unknown setting 'bacth'; did you mean batch"),
        (["cifar10-rn18-at", "--set", "eps=8"], "eps=8/255"),
        (["cifar10-rn18-at", "--set", "lr"], "key=value"),
        (["cifar10-rn18-at", "--sett", "lr=1"], "unrecognized arguments"),
        ([], "PRESET"),
    ],
)
def test_mistakes_are_one_line(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    status, out, err = show(capsys, *words)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("jaxat show: ")
    assert said in err
