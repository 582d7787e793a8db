"""The numbers of Tables 1, 2 and 3 of Kanai et al., as printed: robust accuracy in per cent.

Mean ± standard deviation over three runs. Rows are data set and network; "AA" and "PGD" say which
attack the accuracy is against.
"""

from __future__ import annotations

from theory.tables.welch import Cell

__all__ = ["ATTACK", "TABLE_1", "TABLE_2", "TABLE_3"]


def _row(columns: str, entries: str) -> dict[str, Cell]:
    cells = [Cell(mean, std) for mean, _, std in (e.partition("±") for e in entries.split())]
    return dict(zip(columns.split(), cells, strict=True))


ATTACK = {
    "cifar10-rn18": "AutoAttack",
    "cifar10-wrn": "AutoAttack",
    "svhn-rn18": "PGD",
    "cifar100-rn18": "PGD",
}

_FIRST = "at at-ensgd awp awp-ensgd"
TABLE_1 = {
    "cifar10-rn18": _row(_FIRST, "48.0±0.2 49.2±0.4 49.9±0.4 50.5±0.2"),
    "cifar10-wrn": _row(_FIRST, "51.9±0.5 53.3±0.3 53.2±0.3 54.72±0.05"),
    "svhn-rn18": _row(_FIRST, "53.1±0.6 59.1±0.4 59.3±0.1 59.91±0.09"),
    "cifar100-rn18": _row(_FIRST, "27.66±0.04 28.69±0.03 30.95±0.07 30.9±0.1"),
}

TABLE_2 = {
    "cifar10-wrn": _row(
        "trades trades-ensgd trades-awp trades-awp-ensgd trades-awp-ensgd-tuned",
        "52.9±0.3 53.4±0.1 55.6±0.4 55.8±0.3 56.3±0.1",
    )
}

_THIRD = "at at-ensgd at-ensgd2 awp awp-ensgd awp-ensgd2"
TABLE_3 = {
    "cifar10-rn18": _row(_THIRD, "48.0±0.2 49.2±0.4 48.93±0.09 49.9±0.4 50.5±0.2 50.4±0.3"),
    "cifar10-wrn": _row(_THIRD, "51.9±0.5 53.3±0.3 53.5±0.2 53.2±0.3 54.72±0.05 54.9±0.2"),
    "svhn-rn18": _row(_THIRD, "53.1±0.6 59.1±0.4 59.3±0.1 59.3±0.1 59.91±0.09 59.9±0.1"),
    "cifar100-rn18": _row(_THIRD, "27.66±0.04 28.69±0.03 28.94±0.05 30.95±0.07 30.9±0.1 30.7±0.1"),
}
