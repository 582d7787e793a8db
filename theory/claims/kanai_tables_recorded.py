"""Tables 1 to 3 of Kanai et al. trained again: what recorded runs say.

A record is ``{"result": {"robust_accuracy": {"mean": ..., "std": ..., "n": ...}}}`` under the name
"row-column", in per cent, with the standard deviation over n − 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from theory.claim import Claim, Kind, Source
from theory.errata import NotAClaim
from theory.evidence import Evidence, Method, Verdict
from theory.registry import register
from theory.run import Run
from theory.tables.kanai import ATTACK
from theory.tables.welch import Sample, difference_interval

# Half a point: more than any difference that Table 3 calls "almost the same".
ALMOST = 0.5


def recorded(records: Mapping[str, Any], name: str, metric: str) -> Sample | str:
    """A recorded metric of a preset, or what is missing."""
    if name not in records:
        return f"not yet recorded: python -m jaxat train {name}"
    found = records[name].get("result", {}).get(metric, {})
    try:
        return Sample(float(found["mean"]), float(found["std"]), int(found["n"]))
    except KeyError as missing:
        return f"the record {name} has no result.{metric}.{missing.args[0]}"
    except (TypeError, ValueError) as error:
        return f"the record {name} cannot be used: {error}"


def compared(
    records: Mapping[str, Any],
    pairs: list[tuple[str, str]],
    *,
    equal: bool,
    metric: str = "robust_accuracy",
) -> Evidence:
    """Welch's 95% interval of second − first for every pair of records.

    The evidence supports the claim if every interval is above 0 or, for `equal`, within half a
    point of 0; otherwise it is undecided and says what the interval of the first failing pair is.
    """
    samples = {name: recorded(records, name, metric) for pair in pairs for name in pair}
    missing = [text for text in samples.values() if isinstance(text, str)]
    if missing:
        return Evidence.undecided(Method.EMPIRICAL, "; ".join(missing))
    margins, runs = [], 0
    for names in pairs:
        first, second = (samples[name] for name in names)
        assert isinstance(first, Sample)
        assert isinstance(second, Sample)
        low, high = difference_interval(first, second)
        margin = min(ALMOST - high, ALMOST + low) if equal else low
        if margin <= 0:
            against = (high < 0) if not equal else (low > ALMOST or high < -ALMOST)
            verdict = "the runs say the opposite" if against else "the runs do not decide"
            text = f"{verdict}: {names[1]} − {names[0]} is in [{low:.2f}, {high:.2f}] (95%)"
            return Evidence.undecided(Method.EMPIRICAL, text)
        margins.append(margin)
        runs += first.n + second.n
    return Evidence.supported(
        method=Method.EMPIRICAL, admissible=runs, tried=runs, margin=min(margins), tolerance=0.0
    )


def claim_on_runs(
    id_: str, where: str, title: str, text: str, pairs: list[tuple[str, str]], equal: bool = False
) -> None:
    """Register a claim about trained networks, with the check that reads the records."""
    claim = register(
        Claim(
            id=id_,
            kind=Kind.EXPERIMENT,
            source=Source("kanai", where, "final"),
            title=title,
            statement=text,
            expected=Verdict.UNDECIDED,
            notes=(
                "The claim is about training. It is decided by runs of the recipe of Appendix E: "
                "supported if Welch's 95% interval of the difference of mean robust accuracies "
                + ("lies within half a point of 0." if equal else "lies above 0.")
            ),
        )
    )

    @claim.check(Method.EMPIRICAL, Verdict.UNDECIDED, "recorded runs")
    def _records(run: Run) -> Evidence:
        """Welch's interval of the difference, from the recorded means, deviations and runs."""
        return compared(run.records, pairs, equal=equal)


NETWORKS = {
    "cifar10-rn18": "CIFAR10, ResNet-18",
    "cifar10-wrn": "CIFAR10, WRN-34-10",
    "svhn-rn18": "SVHN, ResNet-18",
    "cifar100-rn18": "CIFAR100, ResNet-18",
}

for _row, _network in NETWORKS.items():
    _against = f"robust accuracy against {ATTACK[_row]}"
    claim_on_runs(
        f"kanai.table-1.{_row}",
        "Table 1 and Section 5.3",
        f"{_network}: AT + EnSGD is more robust than AT",
        f"“AT + EnSGD outperforms AT”: {_network}, {_against}.",
        [(f"{_row}-at", f"{_row}-at-ensgd")],
    )
    if _row != "cifar100-rn18":
        claim_on_runs(
            f"kanai.table-1.{_row}-awp",
            "Table 1 and Section 5.3",
            f"{_network}: AWP + EnSGD is more robust than AWP",
            f"“AWP + EnSGD outperforms AWP”: {_network}, {_against}.",
            [(f"{_row}-awp", f"{_row}-awp-ensgd")],
        )
    claim_on_runs(
        f"kanai.table-3.{_row}",
        "Table 3 and Appendix F.3",
        f"{_network}: second order EnSGD is within half a point of EnSGD",
        f"“2ndEnSGD performs almost the same as EnSGD”: {_network}, {_against}, with and without "
        "AWP.",
        [(f"{_row}-{base}-ensgd", f"{_row}-{base}-ensgd2") for base in ("at", "awp")],
        equal=True,
    )

claim_on_runs(
    "kanai.table-1.cifar100-rn18-awp",
    "Table 1 and Section 5.3",
    "CIFAR100, ResNet-18: AWP + EnSGD is within half a point of AWP",
    "“Though AWP outperforms AWP+EnSGD on CIFAR100, the difference is just 0.05.”",
    [("cifar100-rn18-awp", "cifar100-rn18-awp-ensgd")],
    equal=True,
)

for _part, _first, _second in (
    ("trades", "trades", "trades-ensgd"),
    ("trades-awp", "trades-awp", "trades-awp-ensgd"),
    ("tuned", "trades-awp-ensgd", "trades-awp-ensgd-tuned"),
):
    _names = {
        "trades": "TRADES + EnSGD is more robust than TRADES",
        "trades-awp": "TRADES + AWP + EnSGD is more robust than TRADES + AWP",
        "tuned": "switching from EnSGD to SGD at epoch 150 is more robust than EnSGD throughout",
    }
    claim_on_runs(
        f"kanai.table-2.{_part}",
        "Table 2 and Appendix F.2.2",
        f"WRN: {_names[_part]}",
        f"CIFAR10, WRN-34-10, AutoAttack: {_names[_part]} (with TRADES and, where named, AWP).",
        [(f"cifar10-wrn-{_first}", f"cifar10-wrn-{_second}")],
    )

OVERFITTING = register(
    Claim(
        id="kanai.figure-3.overfitting",
        kind=Kind.EXPERIMENT,
        source=Source("kanai", "Figure 3 and Section 5.3", "final"),
        title="CIFAR10, ResNet-18: AT + EnSGD has less training and more test accuracy than AT",
        statement=(
            "“EnSGD alleviates overfitting; i.e., training accuracy of AT+EnSGD is smaller than "
            "that of AT, but test accuracy of AT+EnSGD is larger than that of AT.”"
        ),
        expected=Verdict.UNDECIDED,
        notes=(
            "Supported if both of Welch's 95% intervals, of the difference of robust training "
            "accuracies and of robust test accuracies, lie on the stated side of 0."
        ),
    )
)


@OVERFITTING.check(Method.EMPIRICAL, Verdict.UNDECIDED)
def training_and_test_accuracy(run: Run) -> Evidence:
    """Welch's intervals of both differences, from the recorded means, deviations and runs."""
    at, ensgd = "cifar10-rn18-at", "cifar10-rn18-at-ensgd"
    training = compared(run.records, [(ensgd, at)], equal=False, metric="train_robust_accuracy")
    test = compared(run.records, [(at, ensgd)], equal=False)
    # The part that is not supported says why; with both supported the smaller margin counts.
    open_parts = [part for part in (training, test) if part.verdict is not Verdict.SUPPORTED]
    return (open_parts or sorted((training, test), key=lambda part: part.margin or 0.0))[0]


NOT_CLAIMS = (
    NotAClaim(
        "Section 5.3 (final version)",
        "“EnSGD accelerates the training”; “the runtime of EnSGD is almost the same as that of "
        "SGD”",
        "No measure of speed is given, nor how the L inner steps count towards epochs. What the "
        "text says about final accuracies is in `kanai.table-1.*`.",
    ),
    NotAClaim(
        "Appendix E.1 (final version)",
        "“AWP with γ_A = 0.005 does not outperform AWP with γ_A = 0.01 when using SGD”",
        "Reported without numbers.",
    ),
)
