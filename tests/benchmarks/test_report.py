"""What the README says of performance is what the records say, and nothing else."""

from __future__ import annotations

import doctest
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks import report
from benchmarks.reporting import expected, markdown, records
from tests.benchmarks.gpu_record import ENVIRONMENT, complete, entry
from verify import generated

ROOT = Path(__file__).resolve().parents[2]
SPEEDS = ("train", "autoattack", "verify", "figures")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with the records of processors and both pages, whose parts are empty."""
    results = tmp_path / "benchmarks" / "results"
    results.mkdir(parents=True)
    for name in SPEEDS:
        shutil.copy(ROOT / "benchmarks" / "results" / f"{name}_speed.json", results)
    parts = {"README.md": ("performance", "not measured"), "benchmarks/README.md": ("tuning",)}
    for name, marked in parts.items():
        bodies = [f"by hand {part}\n{generated.begin(part)}\n{generated.END}\n" for part in marked]
        (tmp_path / name).write_text("".join(bodies) + "the end\n", encoding="utf-8")
    return tmp_path


def record(root: Path, stages: dict[str, Any], name: str = "gpu.json") -> None:
    (root / "benchmarks" / "results" / name).write_text(json.dumps(stages), encoding="utf-8")


def written(root: Path, stages: dict[str, Any] | None = None) -> str:
    """The README after ``--write``."""
    if stages is not None:
        record(root, stages)
    assert report.main(["--write"], root) == 0
    return (root / "README.md").read_text(encoding="utf-8")


def lines(text: str, *parts: str) -> list[str]:
    return [line for line in text.splitlines() if all(part in line for part in parts)]


def cells(text: str, *parts: str) -> list[str]:
    (line,) = lines(text, "| ", *parts)
    return [cell.strip() for cell in line.strip("| ").split(" | ")]


def test_a_complete_record_is_shown_rounded_and_judged(root: Path) -> None:
    text = written(root, complete())
    assert cells(text, "ResNet-18", "| AT |")[2:4] == ["20.1", "7.9"]
    assert cells(text, "ResNet-18", "| AT |")[-1] == "21.8 % (≥ 20 %: met)"
    # 1.1534 would be 1.15 and look as if it were met.
    assert "1.153 (≤ 1.15: **not met**)" in cells(text, "AT-AWP", "ResNet-18")
    assert "1.02 (≤ 1.03: met)" in cells(text, "AT+EnSGD")
    assert cells(text, "TRADES", "ResNet-18")[-2:] == ["1.21 (≤ 1.2: **not met**)", "not measured"]
    assert cells(text, "WRN-34-10", "| AT |")[-1] == "34.5 % (≥ 35 %: **not met**)"
    assert cells(text, "a large matrix product")[1] == "731 TFLOP/s"
    assert cells(text, "a large copy")[1] == "3.88 TB/s"
    assert cells(text, "largest error against float32")[1].startswith("1.00; 8 of 8")
    assert cells(text, "an epoch whose attack")[1] == "8.4 s"
    assert cells(text, "the same with PGD-20")[1] == "11.3 s"
    assert cells(text, "| ResNet-18: PGD-20 on 10,000")[1] == (
        "2.3 s; batch 1000, 26.7 % of the matrix product"
    )
    # Judged by the seconds, whatever ratio stands beside them.
    assert cells(text, "first update of AT")[1:] == [
        "0.25; 50.0 s cold, 12.4 s warm",
        "≤ 0.25: met",
    ]
    assert cells(text, "torch, reference style / ours")[1:] == [
        "2.998; 2.90 to 3.10 by round; ours 21.1 ms",
        "≥ 3: **not met**",
    ]
    assert cells(text, "torch, compiled, bfloat16 / ours")[2] == "≥ 1: met"
    assert cells(text, "CUDA graphs / ours")[1] == "failed: no 'g\\|'"


def test_training_names_its_schedule_beside_what_is_reported(root: Path) -> None:
    text = written(root, complete())
    first, second = expected.PRESETS[:2]
    assert cells(text, f"| `{first}` |") == [
        f"`{first}`",
        "200",
        "51.23, 43.21",
        "47.86",
        "6.1 (≤ 6: **not met**)",
        "48.0±0.2, 200 epochs",
    ]
    short = cells(text, f"| `{second}-30ep` |")
    assert short[1:4] == ["30", "51.24, 43.22", "47.30 on 1,000 images (95 %: 44.2 to 50.4)"]
    assert short[4] == "0.7"
    assert not lines(text, f"| `{second}` |")
    assert "attacked in bfloat16, in float32: 47.30, 47.20 per cent robust." in text


def test_numbers_say_with_what_they_were_measured(root: Path) -> None:
    text = written(root, complete())
    assert lines(
        text,
        "- timing: Imagined Device 9; Python 3.12.3, JAX 9.8.7, Flax 6.5.4; "
        "`python benchmarks/gpu.py timing --torch .../python`; commit 0123456789ab with changes.",
    )
    assert "- torch 7.6.5, in the same run." in text
    table = (root / "benchmarks" / "README.md").read_text(encoding="utf-8")
    assert lines(table, "- tuning: Imagined Device 9", "`python benchmarks/gpu.py tuning`")
    found = cells(table, "PGD unrolled |")[1:]
    assert found == ["because", "1.03", "0.88", "0.81 to 0.93", "23.4"]
    stages = complete()
    stages["timing"]["WRN-34-10"]["environment"] = ENVIRONMENT | {"commit": None}
    text = written(root, stages)
    assert lines(text, "- methods: Imagined", "commit 0123456789ab with changes.")
    assert lines(text, "- WRN-34-10: Imagined", "commit not recorded.")


def test_without_a_gpu_everything_says_so_with_the_command_for_it(root: Path) -> None:
    text = written(root)
    assert "Nothing of this has been measured: there was no GPU." in text
    for stage in expected.items():
        if stage != "autoattack":
            assert lines(text, "not measured" if stage != "tuning" else "- ", f"gpu.py {stage}")
        assert lines(text, "- ", "items)", f"`python benchmarks/gpu.py {stage}")
    assert cells(text, "AT-AWP", "ResNet-18")[2:] == [
        "not measured",
        "not measured",
        "not measured (≤ 1.15)",
        "not measured",
    ]
    assert cells(text, "torch, reference style / ours")[1:] == ["not measured", "≥ 3"]
    assert "the\nclaims about those trainings are UNDECIDED" in text
    (root / "benchmarks" / "results" / f"{expected.PRESETS[0]}.json").write_text("{}")
    assert " 1 have a record in full size" in written(root).replace("\n", " ")


def test_a_complete_record_leaves_nothing_unmeasured_but_what_failed(root: Path) -> None:
    text = written(root, complete())
    rest = text.partition(generated.begin("not measured"))[2]
    assert "gpu.py" not in rest
    assert lines(rest, "10,000 images, cifar10-rn18-awp-30ep: `python -m jaxat evaluate")
    assert not lines(rest, "10,000 images, cifar10-rn18-at:")
    assert "there was no GPU" not in text


def test_a_missing_item_and_a_failed_one(root: Path) -> None:
    stages = complete()
    del stages["timing"]["epoch"]
    del stages["train"][expected.PRESETS[1] + "-30ep"]
    stages["timing"]["methods"] = entry({"failed": "RuntimeError: out of *memory*"})
    stages["correctness"]["an update of AT"] = entry({"failed": "ValueError: no algorithm"})
    text = written(root, stages)
    rest = text.partition(generated.begin("not measured"))[2]
    assert cells(text, "an epoch whose attack")[1] == "not measured"
    assert cells(text, "AT-AWP", "ResNet-18")[2] == "failed"
    assert "- methods failed: RuntimeError: out of \\*memory\\*" in text
    assert cells(text, "correctness: an update of AT")[1] == "failed: ValueError: no algorithm"
    assert "7 of 8 comparisons" in cells(text, "largest error against float32")[1]
    assert "- speed (methods; epoch): `python benchmarks/gpu.py timing`" in rest
    assert "- timing, methods: failed: RuntimeError: out of" in rest
    assert f"({expected.PRESETS[1]}): `python benchmarks/gpu.py train`" in rest


@pytest.mark.parametrize(("error", "verdict"), [(1.9e-5, "not met"), (0.9e-5, "met")])
def test_correctness_is_judged_by_the_numbers_and_not_by_the_flag(
    root: Path, error: float, verdict: str
) -> None:
    stages = complete()
    for item in stages["correctness"].values():
        item["measured"]["met"] = verdict != "met"
        item["measured"]["errors"] = {"losses": {"float32": error, "bfloat16": 1e-4}}
    found = cells(written(root, stages), "largest error against float32")
    assert found[1].startswith(f"{error / 1e-5:.2f};")
    assert found[2].replace("*", "") == f"≤ 1: {verdict}"


def test_an_error_that_is_not_finite_is_not_met(root: Path) -> None:
    stages = complete()
    item = stages["correctness"]["an update of TRADES"]["measured"]
    item["errors"]["losses"]["float32"] = "NaN"
    found = cells(written(root, stages), "largest error against float32")
    assert found[1].startswith("not finite; 8 of 8")
    assert found[2] == "≤ 1: **not met**"


def test_bounds_of_processors_are_judged_by_the_numbers_and_not_by_the_flag(root: Path) -> None:
    path = root / "benchmarks" / "results" / "train_speed.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    found["flops"]["measured"]["AT"] = {"forward_passes": 23.51, "at_most": 99, "met": True}
    found["torch"]["measured"] |= {"jaxat_cpu_seconds": 7.0, "met": True}
    found["torch"]["measured"]["reference style"] = {"cpu_seconds": 8.0, "ratio": 0.1}
    del found["loop"]
    record(root, found, path.name)
    text = written(root)
    assert cells(text, "in forward passes: AT |")[2] == "≤ 23.5: **not met**"
    assert cells(text, "torch, reference style |")[1:] == ["0.88", "≤ 0.8: **not met**"]
    assert cells(text, "an epoch in one compiled call")[1:] == ["not measured", "≤ 1.3"]
    assert "- loop, on a processor: `python benchmarks/train_speed.py --only loop`" in text


@pytest.mark.parametrize("name", SPEEDS)
def test_a_record_that_is_gone_is_not_measured(root: Path, name: str) -> None:
    (root / "benchmarks" / "results" / f"{name}_speed.json").unlink()
    assert lines(written(root), "- ", "on a processor", f"`python benchmarks/{name}_speed.py")


def backend(stages: dict[str, Any]) -> None:
    stages["timing"]["epoch"]["environment"]["backend"] = "cpu"


def smoke(stages: dict[str, Any]) -> None:
    stages["timing"]["epoch"]["environment"]["command"] = "python gpu.py timing --smoke"


def key(stages: dict[str, Any]) -> None:
    del stages["timing"]["epoch"]["measured"]["seconds"]


def word(stages: dict[str, Any]) -> None:
    stages["timing"]["epoch"]["measured"]["seconds"] = "fast"


def loose(stages: dict[str, Any]) -> None:
    stages["timing"]["epoch"] = 8.4


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (backend, "'cpu'"),
        (smoke, "--smoke"),
        (key, "'seconds'"),
        (word, "'fast'"),
        (loose, "'measured'"),
    ],
)
def test_what_cannot_be_quoted_is_one_line(
    root: Path,
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[dict[str, Any]], None],
    said: str,
) -> None:
    stages = complete()
    spoil(stages)
    record(root, stages)
    assert report.main(["--write"], root) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("report.py: gpu.json: timing: epoch")
    assert said in line


def test_a_file_that_is_no_json_is_one_line(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "benchmarks" / "results" / "gpu.json").write_text("{", encoding="utf-8")
    assert report.main(["--check"], root) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_check_notices_a_number_that_changed_and_writes_nothing(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stages = complete()
    before = written(root, stages)
    assert report.main(["--check"], root) == 0
    stages["timing"]["epoch"]["measured"]["seconds"] = 8.54
    record(root, stages)
    capsys.readouterr()
    assert report.main(["--check"], root) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("stale: README.md: line ")
    assert "8.4 s" in line
    assert "8.5 s" in line
    assert (root / "README.md").read_text(encoding="utf-8") == before


def test_what_is_written_by_hand_stays(root: Path) -> None:
    text = written(root, complete())
    assert text.startswith("by hand performance\n")
    assert "\nby hand not measured\n" in text
    assert text.endswith(f"{generated.END}\nthe end\n")


@pytest.mark.parametrize("mark", [generated.begin("not measured"), generated.END])
def test_a_page_that_has_lost_its_marks_is_one_line(
    root: Path, mark: str, capsys: pytest.CaptureFixture[str]
) -> None:
    page = root / "README.md"
    before = page.read_text(encoding="utf-8").replace(mark, "", 1)
    page.write_text(before, encoding="utf-8")
    assert report.main(["--write"], root) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "README.md has lost its marks" in line
    assert page.read_text(encoding="utf-8") == before


def test_the_bounds_are_those_that_the_harness_and_the_project_ask_for() -> None:
    asked = {name: (target.side, target.bound) for name, target in expected.RATIOS.items()}
    assert asked == {
        "AT-AWP": ("at most", 1.15),
        "AT+EnSGD": ("at most", 1.03),
        "TRADES": ("at most", 1.2),
    }
    assert {name: target.bound for name, target in expected.SHARES.items()} == {
        "ResNet-18": 20,
        "WRN-34-10": 35,
    }
    assert [target and target.bound for target in expected.TORCH.values()] == [3, 1, None]


@pytest.mark.parametrize("module", [expected, markdown, records, report])
def test_examples_in_docstrings(module: Any) -> None:
    assert doctest.testmod(module, optionflags=doctest.ELLIPSIS).failed == 0
