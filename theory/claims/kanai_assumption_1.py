"""Assumption 1 of Kanai et al.: does their own model satisfy it, and what do its constants mean?"""

from __future__ import annotations

from theory.claim import Claim, Hypothesis, Kind, Source
from theory.errata import Erratum
from theory.evidence import Verdict
from theory.exact import Comparison, Point, norm, subtract
from theory.exact.linear import clean_gradient, clean_loss
from theory.registry import register
from theory.scope import Integers


def assumption_1(point: Point) -> tuple[Comparison, ...]:
    """(5), (6) and (7) for the logistic loss at θ, θ₁, θ₂, x, x₁, x₂."""
    x, y, theta = point["x"], point["y"], point["theta"]
    first, second, apart = (
        point["theta_1"],
        point["theta_2"],
        norm(subtract(point["theta_1"], point["theta_2"])),
    )
    moved = norm(subtract(point["x_1"], point["x_2"]))
    values = clean_loss(first, x, y) - clean_loss(second, x, y)
    slopes = subtract(clean_gradient(first, x, y), clean_gradient(second, x, y))
    mixed = subtract(clean_gradient(theta, point["x_1"], y), clean_gradient(theta, point["x_2"], y))
    return (
        Comparison(abs(values), "<=", point["C_theta"] * apart),
        Comparison(norm(slopes), "<=", point["C_thetatheta"] * apart),
        Comparison(norm(mixed), "<=", point["C_thetax"] * moved),
    )


register(
    Claim(
        id="kanai.assumption-1",
        kind=Kind.ASSUMPTION,
        source=Source("kanai", "Assumption 1", "both", ("5", "6", "7", "11 to 13 (early)")),
        title="The logistic loss of Section 3.1 satisfies Assumption 1 for all weights",
        statement=(
            r"For loss function $\ell(x,\theta)$: $|\ell(x,\theta_1)-\ell(x,\theta_2)|\le C_\theta"
            r"\|\theta_1-\theta_2\|$, "
            r"$\|\nabla_\theta\ell(x,\theta_1)-\nabla_\theta\ell(x,\theta_2)"
            r"\|\le C_{\theta\theta}\|\theta_1-\theta_2\|$, $\|\nabla_\theta\ell(x_1,\theta)-"
            r"\nabla_\theta\ell(x_2,\theta)\|\le C_{\theta x}\|x_1-x_2\|$ with $0\le C_\theta,"
            r"C_{\theta\theta},C_{\theta x}<\infty$ [the sets of $x$ and $\theta$ are not stated; "
            r"here "
            r"$\|x\|\le2$ and every $\theta$, for $\ell=\log(1+\exp(-y\theta^\top x))$]."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("jaxat.logistic-constants",),
        hypotheses=(
            Hypothesis(
                "||x|| <= 2",
                r"$\|x\|, \|x_1\|, \|x_2\| \le 2$",
                lambda w: tuple(Comparison(norm(w[n]), "<=", 2) for n in ("x", "x_1", "x_2")),
            ),
            Hypothesis("label", r"$y \in \{-1, 1\}$", lambda w: abs(w["y"]) == 1),
            Hypothesis(
                "constants",
                r"any candidates $0 \le C_\theta, C_{\theta\theta}, C_{\theta x} < \infty$",
                lambda w: [w[n] >= 0 for n in ("C_theta", "C_thetatheta", "C_thetax")],
            ),
        ),
        conclusion=assumption_1,
        domain={"d": Integers(1)},
        notes=(
            "On bounded sets of data and weights Assumption 1 holds, with the constants of "
            "[jaxat.logistic-constants](jaxat.logistic-constants.md). For $\\|x\\|\\le R$ and all "
            "weights (5) and (6) hold too, and in one dimension (7) as well."
        ),
    )
)

register(
    Claim(
        id="kanai.assumption-1.c-theta-x-name",
        kind=Kind.REMARK,
        source=Source("kanai", "Section 2, after Assumption 1", "both", ("7", "13 (early)")),
        title="(7) says that ℓ is C_θx-smooth with respect to x",
        statement=(
            r"Assumption 1 states that $\ell(x,\theta)$ is … $C_{\theta x}$-smooth with respect to "
            r"$x$ [by Definition 1: $\|\nabla_x\ell(x_1,\theta)-\nabla_x\ell(x_2,\theta)\|\le "
            r"C_{\theta x}\|x_1-x_2\|$]."
        ),
        expected=Verdict.REFUTED,
        hypotheses=(
            Hypothesis(
                "model",
                r"$\ell(x,\theta)=\theta x+a x^2$ in one dimension, $|x|\le1$",
                lambda w: [abs(w[n]) <= 1 for n in ("x_1", "x_2")],
            ),
            Hypothesis(
                "Assumption 1",
                r"$\nabla_\theta\ell=x$, so (5) to (7) hold with $C_\theta=1$, "
                r"$C_{\theta\theta}=0$ and any $C_{\theta x}\ge1$",
                lambda w: w["C_thetax"] >= 1,
            ),
        ),
        conclusion=lambda w: Comparison(
            abs(2 * w["a"] * (w["x_1"] - w["x_2"])), "<=", w["C_thetax"] * abs(w["x_1"] - w["x_2"])
        ),
        notes=(
            "What (7) says: $\\nabla_\\theta\\ell$ is $C_{\\theta x}$-Lipschitz in $x$. This is "
            "how the "
            "paper uses it."
        ),
    )
)

ERRATA = (
    Erratum(
        "kanai.erratum-19",
        "Section 2, after Assumption 1 (both versions)",
        r"“$C_{\theta x}$-smooth with respect to $x$”",
        r"$\nabla_\theta\ell$ is $C_{\theta x}$-Lipschitz in $x$; $\ell$ need not even be "
        r"differentiable in $x$, as $\ell=\theta x+|x|$ shows",
        claim="kanai.assumption-1.c-theta-x-name",
    ),
)
