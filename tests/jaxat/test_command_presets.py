"""``python -m jaxat presets``."""

from __future__ import annotations

import pytest

from jaxat import presets
from jaxat.__main__ import main
from jaxat.commands.columns import columns


def test_every_preset_has_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["presets"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    lines = {line.split()[0]: line for line in out.splitlines() if line}
    assert set(presets.names()) <= set(lines)
    at = lines["cifar100-rn18-awp-ensgd"]
    assert "cifar100 " in at
    assert "30.9±0.1" in at
    assert "AWP with EntropySGD" in at
    assert "6 rows" in lines["yamada-table1"]
    assert lines["cifar10-small-at"].split()[1:3] == ["cifar10", "-"]


def test_mistakes_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["presets", "cifar10"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("jaxat presets: ")
    assert "cifar10" in err
    assert err.count("\n") == 1


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["presets", "--help"])
    assert stopped.value.code == 0
    assert "List the presets" in capsys.readouterr().out


def test_columns_end_or_begin_in_line() -> None:
    text = columns([("a", "bcd", "e"), ("fgh", "i", "j")], right=[1])
    assert text == "a    bcd  e\nfgh    i  j"
