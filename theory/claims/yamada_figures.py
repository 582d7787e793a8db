"""Figures 1 to 5 of Yamada et al. and the remarks that only training can decide."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from theory.claim import Claim, Kind
from theory.errata import Erratum, NotAClaim
from theory.evidence import Evidence, Method, Verdict
from theory.registry import register
from theory.run import Run
from theory.support.yamada import yamada

# What "nearly linear", "proportional" (besides) and "does not change significantly" mean here.
R_SQUARED = 0.95
SHARE_AT_ZERO = 0.05
NORM_CHANGE = 0.10

Measure = Callable[[Any], tuple[float, int, str]]


def recorded(key: str, measure: Measure) -> Callable[[Run], Evidence]:
    """A check that reads the record of that name: margin, number of measurements, and words."""

    def check(run: Run) -> Evidence:
        if key not in run.records:
            return Evidence.undecided(Method.EMPIRICAL, f"not yet recorded: {key}")
        margin, size, detail = measure(run.records[key])
        return Evidence.supported(
            admissible=size,
            tried=size,
            margin=margin,
            tolerance=0.0,
            method=Method.EMPIRICAL,
            detail=detail,
        )

    # The page of the claim shows what is measured; for a partial that is the function it wraps.
    check.__doc__ = getattr(measure, "func", measure).__doc__
    return check


def sharpness(record: Any, noise: str) -> Any:
    from theory.tables.recorded_yamada import means_by_radius, sharpness_of_curve

    return means_by_radius(record["curves"], sharpness_of_curve, noise=noise)


def sharper_with_radius(record: Any) -> tuple[float, int, str]:
    """The smallest relative rise of the sharpness between neighbouring radii, attack."""
    from theory.tables.recorded_yamada import rises

    found = sharpness(record, "pgd")
    shown = ", ".join(f"{float(eps):.3g}: {value:.3g}" for eps, value in found.items())
    return rises(list(found.values())), len(found), f"Rise of the loss by radius: {shown}."


def flatter_for_noise(record: Any) -> tuple[float, int, str]:
    """How far the sharpness under random noise stays below the one under the attack, eps > 0."""
    attack, noise = sharpness(record, "pgd"), sharpness(record, "random")
    common = [eps for eps in attack if eps in noise and eps > 0]
    share = max(noise[eps] / attack[eps] for eps in common)
    return 1 - share, len(common), f"Noise gives at most {share:.3f} of the rise under the attack."


def eigenvalues(record: Any, norm: str, k: int) -> Any:
    from theory.tables.recorded_yamada import means_by_radius

    return means_by_radius(record["rows"], lambda row: row["eigenvalues"][k], norm=norm)


def nearly_linear(norm: str, record: Any) -> tuple[float, int, str]:
    """The smallest R² of a straight line through one of the top three eigenvalues."""
    from theory.tables.recorded_yamada import linear_fit

    fits = []
    for k in range(3):
        found = eigenvalues(record, norm, k)
        fits.append(linear_fit([float(e) for e in found], list(found.values())).r_squared)
    shown = ", ".join(f"{value:.4f}" for value in fits)
    return min(fits) - R_SQUARED, 3, f"R² of the three eigenvalues: {shown}; 0.95 is asked for."


def proportional(norm: str, record: Any) -> tuple[float, int, str]:
    """The smaller margin of two for the largest eigenvalue: the share at eps = 0, R² of a line."""
    from theory.tables.recorded_yamada import linear_fit

    found = eigenvalues(record, norm, 0)
    if 0 not in found:
        raise ValueError(f"the record has no radius 0 for the norm {norm}")
    share = found[min(found)] / found[max(found)]
    fit = linear_fit([float(e) for e in found], list(found.values())).r_squared
    detail = f"At radius 0 there is {share:.3f} of the largest value; R² of a line: {fit:.4f}."
    return min(SHARE_AT_ZERO - share, fit - R_SQUARED), len(found), detail


def constant_norm(norm: str, record: Any) -> tuple[float, int, str]:
    """The largest relative change of the norm of the weights against eps = 0."""
    from theory.tables.recorded_yamada import means_by_radius

    found = means_by_radius(record["rows"], lambda row: row["weight_norm"], norm=norm)
    start = found[min(found)]
    change = max(abs(value - start) / start for value in found.values())
    return NORM_CHANGE - change, len(found), f"The norm changes by up to {100 * change:.1f} %."


def gap_without_early_stopping(record: Any) -> tuple[float, int, str]:
    """Runs without early stopping: positive only if no test accuracy is above the training one."""
    from theory.tables.recorded_yamada import means_by_radius

    n, m = record["n_train"], record["n_test"]
    gaps = means_by_radius(
        record["rows"], lambda row: 100 * (row["train_correct"] / n - row["test_correct"] / m)
    )
    shown = ", ".join(f"{float(eps):.3g}: {gap:.2f}" for eps, gap in gaps.items())
    return min(gaps.values()), len(gaps), f"Training minus test accuracy by radius: {shown}."


def _figure(
    id_: str,
    where: str,
    title: str,
    statement: str,
    key: str,
    measure: Measure,
    notes: str = "",
    expected: Verdict = Verdict.UNDECIDED,
) -> None:
    claim = register(
        Claim(
            id=id_,
            kind=Kind.EXPERIMENT,
            source=yamada(where),
            title=title,
            statement=statement,
            expected=expected,
            notes=notes,
        )
    )
    claim.check(Method.EMPIRICAL, expected, "recorded runs")(recorded(key, measure))


_SHARPER = "“We can confirm that the weight loss landscape becomes sharp as the noise magnitude "
_MEASURED = (
    " Measured: the mean rise of the loss from α = 0 to α = ±1 along filter-normalised random "
    "directions, the attack made anew at every α."
)
for _figure_number, _norm in (("1", "L2"), ("2", "L∞")):
    _figure(
        f"yamada.figure-{_figure_number}.sharper",
        f"Section 5.1 and Figure {_figure_number}",
        f"Figure {_figure_number}: under the {_norm} attack the landscape is sharper for larger ε",
        _SHARPER + f"increases.” MNIST2, {_norm}." + _MEASURED,
        f"yamada-figure{_figure_number}",
        sharper_with_radius,
        expected=Verdict.SUPPORTED,
    )
    _figure(
        f"yamada.figure-{_figure_number}.random",
        f"Section 5.1 and Figure {_figure_number}",
        f"Figure {_figure_number}: {_norm} noise sharpens less than the {_norm} attack",
        "“The adversarial noise sharpens the weight loss landscape much more than the weight "
        f"landscape on training with random noise.” MNIST2, {_norm}, every ε > 0." + _MEASURED,
        f"yamada-figure{_figure_number}",
        flatter_for_noise,
        expected=Verdict.SUPPORTED,
    )
_OPPOSITE = "The recorded runs say the opposite."
_RADII = (
    " The paper does not say which of its L∞ radii Figure 3 (b) shows. All eight count here, and "
    "for them the recorded runs say the opposite; over the five up to 16/255 a line would do."
)
for _letter, _norm, _name in (("a", "l2", "L2"), ("b", "linf", "L∞")):
    _figure(
        f"yamada.figure-3.linear-{_norm}",
        f"Section 5.1 and Figure 3 ({_letter})",
        f"Figure 3 ({_letter}): the top three eigenvalues are nearly linear in ε, {_name}",
        "“These figures show that the eigenvalues are nearly linear with respect to epsilon, as in "
        "our theoretical analysis.” Taken to mean R² ≥ 0.95 for each of the three.",
        "yamada-figure3",
        partial(nearly_linear, _norm),
        notes="Nothing in (9) is linear in ε alone: the norm of the weights depends on ε, too."
        + (_RADII if _norm == "linf" else ""),
        expected=Verdict.SUPPORTED if _norm == "l2" else Verdict.UNDECIDED,
    )
    _figure(
        f"yamada.figure-3.proportional-{_norm}",
        f"Section 1 and Figure 3 ({_letter})",
        f"Figure 3 ({_letter}): the largest eigenvalue is proportional to ε, {_name}",
        "“We show that the eigenvalues of the Hessian matrix in the weight loss landscape are "
        "proportional to the norm of the noise in the adversarial noise.” So at ε = 0 the largest "
        "eigenvalue is 0, or below 5 % of its value at the largest ε, and a line through the "
        "values has R² ≥ 0.95.",
        "yamada-figure3",
        partial(proportional, _norm),
        notes=_OPPOSITE,
    )
    _figure(
        f"yamada.figure-3.norm-{_norm}",
        f"Section 5.1 and Figure 3 ({_letter})",
        f"Figure 3 ({_letter}): the norm of the weights changes little with ε, {_name}",
        "“We estimated the eigenvalues without filter normalization, but we checked that the norm "
        "of weight does not change significantly with each epsilon.” Taken to mean less than 10 %.",
        "yamada-figure3",
        partial(constant_norm, _norm),
        notes=_OPPOSITE,
    )
for _data in ("CIFAR10", "SVHN"):
    _figure(
        f"yamada.figure-4.{_data.lower()}",
        "Section 5.2 and Figure 4",
        f"Figure 4: ResNet18 on {_data}, the landscape is sharper for larger ε",
        "“We confirmed that the weight loss landscape becomes sharper as the noise magnitude of "
        f"adversarial training becomes larger.” ResNet18, {_data}, L∞." + _MEASURED,
        f"yamada-figure4-{_data.lower()}",
        sharper_with_radius,
        notes="Started at the image, the training attack does not reach all radii: "
        f"`yamada.table-{5 if _data == 'CIFAR10' else 6}.attack-reach`. The start is not stated.",
    )
_figure(
    "yamada.figure-5.sharper",
    "Appendix D.1 and Figure 5",
    "Figure 5: the same for the large L∞ radii up to 76.5/255",
    "“The results are similar: the larger the noise magnitude, the sharper the weight loss "
    "landscape.” MNIST2, ε = 0, 25.5/255, 51/255, 76.5/255." + _MEASURED,
    "yamada-figure5",
    sharper_with_radius,
    expected=Verdict.SUPPORTED,
)
_figure(
    "yamada.table-1.early-stopping",
    "Section 5.1",
    "test accuracy is above training accuracy because of early stopping",
    "“The test robust accuracy is larger than the training accuracy because of early stopping in "
    "the test robust accuracy.” So without early stopping no test accuracy is above the training "
    "accuracy.",
    "yamada-table3-no-early-stopping",
    gap_without_early_stopping,
)

NOT_CLAIMS = (
    NotAClaim(
        "Section 5.1",
        "“Since the linear logistic regression model did not perform well in classifying the "
        "two-class CIFAR10, we evaluated on MNIST.”",
        "No number says what performing well would be.",
    ),
    NotAClaim(
        "Section 1",
        "“Adversarial training always has a larger generalization gap than standard training "
        "because the sharp weight loss landscape degrades the generalization performance.”",
        "Conditional on an answer that the paper goes on to look for; no measure is fixed.",
    ),
)

ERRATA = (
    Erratum(
        "yamada.erratum-31",
        "Appendix C and Section 5.2",
        "CIFAR10: “model architecture [...] the same as in Madry et al. (2018)”",
        "The model of Section 5.2 is ResNet18, which is not the architecture of Madry et al.",
        why="Sections 5.2 and Appendix C contradict each other.",
    ),
    Erratum(
        "yamada.erratum-32",
        "Section 5.1, Comparison with Random Noise",
        r"$L_2 = \{0, 0.2, 0.4, 0.8, 1\}$",
        r"$\{0, 0.2, 0.4, 0.6, 0.8, 1\}$",
        why="Table 2 has a row for 0.6.",
    ),
    Erratum(
        "yamada.erratum-34",
        "Appendix C",
        "“We use five image datasets: MNIST, MNIST2, CIFAR10, CIFAR2, and SVHN”",
        "Results are given for MNIST2, CIFAR10 and SVHN only.",
        why="No table or figure is about CIFAR2 or about MNIST with ten classes.",
    ),
    Erratum(
        "yamada.erratum-35",
        "Section 2.2",
        "“Projected gradient decent (PGD)”",
        "projected gradient descent",
        why="A misprint.",
    ),
    Erratum(
        "yamada.erratum-38",
        "Section 4.1",
        r"“where $w^*_a$ and $w^*_a$ mean each optimal weights”",
        r"$w^*_a$ and $w^*_b$",
        why="The losses before it are taken at $w^*_a$ and $w^*_b$.",
    ),
)
