"""What the papers print in their tables, digit by digit.

Kanai et al., "Smoothness Analysis of Adversarial Training", final version, Tables 1 to 3, and
Yamada et al., "Adversarial Training Makes Weight Loss Landscape Sharper in Logistic Regression",
Tables 1 to 6. All numbers are per cent, as texts, because the number of digits says something too.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["KANAI", "YAMADA", "Comparison", "Radii"]


@dataclass(frozen=True)
class Comparison:
    """Robust accuracy "mean±standard deviation" over three runs, by preset.

    ``attacks`` maps each row, the beginning of a preset's name, to what its accuracies are against.
    """

    title: str
    columns: tuple[str, ...]
    attacks: dict[str, str]
    cells: dict[str, str]


@dataclass(frozen=True)
class Radii:
    """Accuracy on attacked (or noisy) images by radius: (eps, training, test, difference)."""

    title: str
    preset: str
    rows: tuple[tuple[str, str, str, str], ...]


_ATTACKS = {
    "cifar10-rn18": "AutoAttack",
    "cifar10-wrn": "AutoAttack",
    "svhn-rn18": "PGD-20",
    "cifar100-rn18": "PGD-20",
}


def _comparison(title: str, columns: str, rows: dict[str, str]) -> Comparison:
    names = tuple(columns.split())
    cells = {
        f"{row}-{column}": entry
        for row, entries in rows.items()
        for column, entry in zip(names, entries.split(), strict=True)
    }
    return Comparison(title, names, {row: _ATTACKS[row] for row in rows}, cells)


KANAI = {
    "kanai-1": _comparison(
        "Kanai et al., Table 1: robust accuracy",
        "at at-ensgd awp awp-ensgd",
        {
            "cifar10-rn18": "48.0±0.2 49.2±0.4 49.9±0.4 50.5±0.2",
            "cifar10-wrn": "51.9±0.5 53.3±0.3 53.2±0.3 54.72±0.05",
            "svhn-rn18": "53.1±0.6 59.1±0.4 59.3±0.1 59.91±0.09",
            "cifar100-rn18": "27.66±0.04 28.69±0.03 30.95±0.07 30.9±0.1",
        },
    ),
    "kanai-2": _comparison(
        "Kanai et al., Table 2: robust accuracy with TRADES",
        "trades trades-ensgd trades-awp trades-awp-ensgd trades-awp-ensgd-tuned",
        {"cifar10-wrn": "52.9±0.3 53.4±0.1 55.6±0.4 55.8±0.3 56.3±0.1"},
    ),
    "kanai-3": _comparison(
        "Kanai et al., Table 3: robust accuracy, with EntropySGD of second order",
        "at at-ensgd at-ensgd2 awp awp-ensgd awp-ensgd2",
        {
            "cifar10-rn18": "48.0±0.2 49.2±0.4 48.93±0.09 49.9±0.4 50.5±0.2 50.4±0.3",
            "cifar10-wrn": "51.9±0.5 53.3±0.3 53.5±0.2 53.2±0.3 54.72±0.05 54.9±0.2",
            "svhn-rn18": "53.1±0.6 59.1±0.4 59.3±0.1 59.3±0.1 59.91±0.09 59.9±0.1",
            "cifar100-rn18": "27.66±0.04 28.69±0.03 28.94±0.05 30.95±0.07 30.9±0.1 30.7±0.1",
        },
    ),
}


def _radii(number: int, title: str, rows: str) -> Radii:
    entries = []
    for line in rows.strip().splitlines():
        eps, training, test, difference = line.split()
        entries.append((eps, training, test, difference))
    return Radii(f"Yamada et al., Table {number}: {title}", f"yamada-table{number}", tuple(entries))


YAMADA = {
    "yamada-1": _radii(
        1,
        "MNIST 0/1, logistic regression, PGD in the L2 ball",
        """
        0.00 99.89 99.95 -0.06
        0.20 99.79 99.95 -0.16
        0.40 99.75 99.86 -0.11
        0.60 99.76 99.76 -0.00
        0.80 99.64 99.76 -0.12
        1.00 99.49 99.62 -0.13
        """,
    ),
    "yamada-2": _radii(
        2,
        "MNIST 0/1, logistic regression, noise in the L2 ball",
        """
        0.00 99.89 99.95 -0.06
        0.20 99.89 99.95 -0.06
        0.40 99.89 99.95 -0.06
        0.60 99.89 99.95 -0.06
        0.80 99.89 99.95 -0.06
        1.00 99.88 99.95 -0.07
        """,
    ),
    "yamada-3": _radii(
        3,
        "MNIST 0/1, logistic regression, PGD in the L∞ ball",
        """
        0/255    99.89 99.91 -0.02
        4/255    99.79 99.95 -0.16
        8/255    99.74 99.86 -0.12
        12/255   99.79 99.76  0.02
        16/255   99.72 99.76 -0.05
        25.5/255 99.46 99.67 -0.21
        51/255   97.84 98.53 -0.70
        76.5/255 95.40 96.64 -1.24
        """,
    ),
    "yamada-4": _radii(
        4,
        "MNIST 0/1, logistic regression, noise in the L∞ ball",
        """
        0/255  99.89 99.91 -0.02
        4/255  99.89 99.91 -0.02
        8/255  99.89 99.91 -0.02
        12/255 99.89 99.91 -0.02
        16/255 99.89 99.91 -0.02
        """,
    ),
    "yamada-5": _radii(
        5,
        "CIFAR-10, ResNet-18, PGD in the L∞ ball",
        """
        0/255  99.00 93.89  5.11
        4/255  81.90 69.73 12.17
        8/255  63.81 50.98 12.83
        12/255 50.83 36.69 14.14
        16/255 47.56 25.61 21.95
        """,
    ),
    "yamada-6": _radii(
        6,
        "SVHN, ResNet-18, PGD in the L∞ ball",
        """
        0/255  100.00 96.13  3.87
        4/255   83.53 73.51 10.01
        8/255   70.96 51.82 19.14
        12/255  64.58 36.93 27.65
        16/255  60.93 29.59 31.34
        """,
    ),
}
