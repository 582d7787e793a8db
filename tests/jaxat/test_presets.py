"""Presets: their names, their numbers as the papers have them, their sweeps and smoke runs."""

from __future__ import annotations

import dataclasses
import json
from fractions import Fraction

import jax
import pytest

from jaxat import presets
from jaxat.config import Config, ConfigError, number
from jaxat.data import catalogue
from jaxat.models import build
from jaxat.parts import build as build_parts
from jaxat.presets import Preset, smoke
from jaxat.reported import KANAI, YAMADA
from jaxat.sets import load_sets

ROWS = ("cifar10-rn18", "cifar10-wrn", "cifar100-rn18", "svhn-rn18")
COLUMNS = ("at", "awp", "at-ensgd", "awp-ensgd", "at-ensgd2", "awp-ensgd2")
TRADES = ("", "-ensgd", "-awp", "-awp-ensgd", "-awp-ensgd-tuned")
SMALL = ("at", "awp", "at-ensgd", "awp-ensgd", "trades")
SHORT = ("at", "awp", "at-ensgd", "awp-ensgd")
CONTRACT = {
    *(f"{row}-{column}" for row in ROWS for column in COLUMNS),
    *(f"cifar10-wrn-trades{end}" for end in TRADES),
    "cifar10-rn18-awp-0.005",
    *(f"yamada-table{k}" for k in range(1, 7)),
    *(f"cifar10-small-{end}" for end in SMALL),
    *(f"cifar10-rn18-{column}-30ep" for column in SHORT),
}


def test_the_names_are_the_contract() -> None:
    assert set(presets.names()) == CONTRACT
    assert len(presets.names()) == len(CONTRACT)


@pytest.mark.parametrize(
    ("name", "near"),
    [("cifar10-rn18-ensgd", "cifar10-rn18-at-ensgd"), ("yamada-tabel3", "yamada-table3")],
)
def test_unknown_names_are_told_the_nearest(name: str, near: str) -> None:
    with pytest.raises(ConfigError, match=f"unknown preset '{name}'; did you mean .*{near}"):
        presets.get(name)
    with pytest.raises(ConfigError, match="python -m jaxat presets lists them"):
        presets.get("zzz")


@pytest.mark.parametrize("name", sorted(CONTRACT))
def test_every_preset_can_be_built_and_written(name: str) -> None:
    preset = presets.get(name)
    config = preset.config
    assert config.dataset in catalogue.names()
    assert build(config.model, **config.model_options).name == config.model
    assert json.loads(json.dumps(dict(preset.reported))) == preset.reported
    for part in ("Command:", "Hardware:", "Expected:", "chosen"):
        assert part in preset.doc
    assert f"python -m jaxat train {name}" in preset.doc
    assert max(map(len, preset.doc.splitlines())) <= 100
    assert "\n" not in preset.what


# Appendix E and F of the final version: (γ_A, L, first epoch of AWP and EntropySGD, lr, step)
APPENDIX = {
    "cifar10-rn18-at": (0, None, 0, 0.1, "2/255"),
    "cifar10-rn18-at-ensgd": (0, 20, 0, 0.1, "2/255"),
    "cifar10-wrn-at-ensgd": (0, 30, 0, 0.1, "2/255"),
    "cifar10-rn18-awp": (0.01, None, 0, 0.1, "2/255"),
    "cifar10-rn18-awp-ensgd": (0.005, 30, 0, 0.1, "2/255"),
    "cifar10-wrn-awp-ensgd2": (0.005, 30, 0, 0.1, "2/255"),
    "cifar10-rn18-awp-0.005": (0.005, None, 0, 0.1, "2/255"),
    "cifar100-rn18-awp": (0.01, None, 0, 0.1, "2/255"),
    "cifar100-rn18-awp-ensgd": (0.007, 30, 0, 0.1, "2/255"),
    "cifar100-rn18-at-ensgd": (0, 30, 0, 0.1, "2/255"),
    "svhn-rn18-at": (0, None, 0, 0.01, "1/255"),
    "svhn-rn18-awp": (0.01, None, 5, 0.01, "1/255"),
    "svhn-rn18-at-ensgd": (0, 30, 5, 0.01, "1/255"),
    "svhn-rn18-awp-ensgd": (0.005, 30, 5, 0.01, "1/255"),
    "cifar10-wrn-trades-ensgd": (0, 20, 0, 0.1, "0.003"),
    "cifar10-wrn-trades-awp": (0.005, None, 9, 0.1, "0.003"),
    "cifar10-wrn-trades-awp-ensgd": (0.005, 30, 9, 0.1, "0.003"),
}


@pytest.mark.parametrize("name", sorted(APPENDIX))
def test_kanai_as_in_the_appendix(name: str) -> None:
    gamma, steps, late, rate, step = APPENDIX[name]
    config = presets.get(name).config
    assert config.awp == gamma
    assert (config.ensgd_steps if config.ensgd != "none" else None) == steps
    assert config.awp_from == (late if gamma else 0)
    assert config.ensgd_from == (late if steps else 0)
    assert (config.lr, config.attack_step, config.eval_step) == (rate, step, step)
    assert (config.attack_steps, config.eval_steps, config.norm) == (10, 20, "linf")
    assert config.lr_drops == {"100": 0.1, "150": 0.01}
    assert (config.momentum, config.weight_decay, config.select) == (0.9, 5e-4, "test")
    if steps:
        assert (config.ensgd_scope, config.ensgd_noise, config.ensgd_step) == (0.03, 1e-4, 0.1)
        assert config.ensgd_averaging == (0.3 if name.endswith("trades-awp-ensgd") else 0.75)


def test_trades_and_second_order() -> None:
    tuned = presets.get("cifar10-wrn-trades-awp-ensgd-tuned").config
    assert (tuned.eps, tuned.objective, tuned.ensgd_averaging) == ("0.031", "trades", 0.75)
    assert (tuned.ensgd_from, tuned.ensgd_until, tuned.ensgd_then_lr) == (9, 150, 0.001)
    for row in ROWS:
        for base in ("at", "awp"):
            first = presets.get(f"{row}-{base}-ensgd").config
            second = presets.get(f"{row}-{base}-ensgd2").config
            assert (first.ensgd, second.ensgd) == ("first", "second")
            assert dataclasses.replace(second, ensgd="first") == first


@pytest.mark.parametrize(
    ("name", "rates", "minibatches"),
    [
        ("svhn-rn18-awp-ensgd", {0: 0.01, 99: 0.01, 100: 0.001, 150: 0.0001}, {4: 1, 5: 30}),
        ("svhn-rn18-awp", {0: 0.01}, {4: 1, 5: 1}),
        (
            "cifar10-wrn-trades-awp-ensgd-tuned",
            {0: 0.1, 9: 0.1, 100: 0.01, 149: 0.01, 150: 0.001, 199: 0.001},
            {8: 1, 9: 30, 149: 30, 150: 1},
        ),
    ],
)
def test_phases(name: str, rates: dict[int, float], minibatches: dict[int, int]) -> None:
    config = presets.get(name).config
    parts = build_parts(config, catalogue.info(config.dataset), jax.random.key(0))
    assert {epoch: parts.rate(epoch) for epoch in rates} == pytest.approx(rates)
    assert {epoch: parts.minibatches(epoch) for epoch in minibatches} == minibatches
    starts = {*(e for e in minibatches if e in (5, 9, 150)), 0}
    assert set(parts.phases) == starts


@pytest.mark.parametrize("column", SHORT)
def test_thirty_epochs_differ_in_their_schedule_alone(column: str) -> None:
    parent = presets.get(f"cifar10-rn18-{column}")
    short = presets.get(f"cifar10-rn18-{column}-30ep")
    was, now = parent.config.to_json(), short.config.to_json()
    assert {key for key in was if was[key] != now[key]} == {"epochs", "lr_drops"}
    assert (now["epochs"], now["lr_drops"]) == (30, {"15": 0.1, "23": 0.01})
    # Every epoch has the rate that the parent has at the same part of its run.
    info, key = catalogue.info("cifar10"), jax.random.key(0)
    long, brief = build_parts(parent.config, info, key), build_parts(short.config, info, key)
    found = [brief.rate(epoch) for epoch in range(30)]
    assert found == [long.rate(200 * epoch // 30) for epoch in range(30)]
    # An outer step that would pass the end is left out: none is, so that all have 11,700.
    per_epoch = info.train_size // now["batch"]
    assert per_epoch * 30 == 11_700
    assert 11_700 % brief.minibatches(0) == 0


def test_thirty_epochs_promise_none_of_the_papers_numbers() -> None:
    for column in SHORT:
        short = presets.get(f"cifar10-rn18-{column}-30ep")
        assert (short.reported, short.judged_by) == ({}, "autoattack")
        printed = presets.get(f"cifar10-rn18-{column}").reported
        assert printed["mean"] not in short.doc
        assert "schedule is ours" in short.doc
        assert "30 epochs instead of 200" in short.what
        assert "--attack autoattack" in short.doc
    for table in KANAI.values():
        assert not [name for name in table.cells if "30ep" in name]


def test_entropy_sgd_cannot_end_before_it_begins() -> None:
    with pytest.raises(ConfigError, match="ensgd_until=5 is not after ensgd_from=5"):
        Config(ensgd="first", ensgd_from=5, ensgd_until=5)


def test_yamada_as_in_the_paper() -> None:
    for k, (norm, step, objective) in {
        1: ("l2", "0.15*eps", "adversarial"),
        2: ("l2", "0.15*eps", "noise"),
        3: ("linf", "0.01", "adversarial"),
        4: ("linf", "0.01", "noise"),
    }.items():
        config = presets.get(f"yamada-table{k}").config
        assert (config.norm, config.attack_step, config.eval_step) == (norm, step, step)
        assert (config.objective, config.eval_objective) == (objective, objective)
        assert (config.attack_steps, config.eval_steps) == (40, 100)
        assert (config.dataset, config.model, config.eval_train) == ("mnist2", "logistic", 0)
    for k, step, dataset in ((5, "2/255", "cifar10"), (6, "1/255", "svhn")):
        config = presets.get(f"yamada-table{k}").config
        assert (config.attack_steps, config.eval_steps) == (7, 20)
        assert (config.attack_step, config.eval_step, config.dataset) == (step, step, dataset)


def test_reported_is_what_the_theory_has_read() -> None:
    kanai = pytest.importorskip("theory.tables.kanai")
    printed = {}
    for k, table in enumerate((kanai.TABLE_1, kanai.TABLE_2, kanai.TABLE_3), 1):
        cells = {
            f"{row}-{column}": f"{cell.printed_mean}±{cell.printed_std}"
            for row, columns in table.items()
            for column, cell in columns.items()
        }
        assert KANAI[f"kanai-{k}"].cells == cells
        printed |= cells
    for name, text in printed.items():
        found = presets.get(name).reported
        assert f"{found['mean']}±{found['std']}" == text
        row = next(row for row in kanai.ATTACK if name.startswith(row))
        by_aa = kanai.ATTACK[row] == "AutoAttack"
        assert presets.get(name).judged_by == ("autoattack" if by_aa else "pgd")
        assert (found["attack"] == "AutoAttack") == by_aa
    assert presets.get("cifar10-rn18-awp-0.005").reported == {}


def test_yamadas_tables_are_what_the_theory_has_read() -> None:
    yamada = pytest.importorskip("theory.tables.yamada")
    for k, table in yamada.TABLES.items():
        rows = YAMADA[f"yamada-{k}"].rows
        for mine, theirs in zip(rows, table.rows, strict=True):
            above, _, below = mine[0].partition("/")
            assert Fraction(above) / Fraction(below or "1") == theirs.eps
            assert tuple(map(yamada.hundredths, mine[1:])) == tuple(theirs[1:])
        swept = presets.get(f"yamada-table{k}").sweep["eps"]
        for value, row in zip(swept, table.rows, strict=True):
            assert number(value) == pytest.approx(float(row.eps), abs=1e-15)


def test_a_sweep_has_a_point_for_every_value() -> None:
    points = presets.get("yamada-table3").points()
    labels = [label for label, _ in points]
    assert labels[:2] + labels[5:6] == ["eps-0", "eps-4_255", "eps-25.5_255"]
    assert number(points[5][1].eps) == pytest.approx(0.1)
    one = presets.get("yamada-table3").with_settings(["eps=0.05", "epochs=3"])
    assert one.points() == (("", one.config),)
    assert (one.config.eps, one.config.epochs) == ("0.05", 3)
    kept = presets.get("yamada-table3").with_settings(["epochs=3"])
    assert [config.epochs for _, config in kept.points()] == [3] * 8


def test_a_sweep_that_cannot_be_is_refused() -> None:
    with pytest.raises(ConfigError, match="unknown setting 'epz'"):
        Preset("mine", Config(), "Mine.", {"epz": ("1",)})
    with pytest.raises(ConfigError, match="eps=8/255"):
        Preset("mine", Config(), "Mine.", {"eps": ("8",)})


@pytest.mark.parametrize("name", sorted(CONTRACT))
def test_smoke_keeps_every_part_and_passes_every_phase(name: str) -> None:
    preset = presets.get(name)
    tiny, config, whole = smoke(preset), smoke(preset).config, preset.config
    assert len(tiny.points()) == min(2, len(preset.points()))
    sets = load_sets(config)
    assert sets.train.size == 2 * config.batch
    assert sets.test.size <= 32
    assert config.epochs <= 3
    for field in ("objective", "norm", "awp", "ensgd", "select", "attack_bn", "eval_objective"):
        assert getattr(config, field) == getattr(whole, field)
    for field in ("awp_from", "ensgd_from", "ensgd_until"):
        was, now = getattr(whole, field), getattr(config, field)
        assert bool(was) == bool(now)
        assert (now or 0) < config.epochs
    assert config.ensgd_until is None or config.ensgd_until > config.ensgd_from
    assert bool(config.lr_drops) == bool(whole.lr_drops)
    assert all(int(at) < config.epochs for at in config.lr_drops)
    assert build(config.model, **config.model_options)
