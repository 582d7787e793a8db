"""The closing sentences of Theorem 1 of Kanai et al., and its averaging step."""

from __future__ import annotations

from theory.claim import Claim, Hypothesis, Kind, Source
from theory.claims.kanai_theorem_1 import (
    AWAY_FROM_ZERO,
    LABELS,
    RADIUS,
    gradient_differences,
    smooth_with,
)
from theory.errata import Erratum
from theory.evidence import Verdict
from theory.exact import Comparison, norm, subtract
from theory.exact.linear import clean_gradient, mean
from theory.registry import register
from theory.scope import Integers

register(
    Claim(
        id="kanai.theorem-1.bounded-set",
        kind=Kind.THEOREM,
        source=Source("kanai", "Theorem 1, last sentence", "final"),
        title="L2: L_ε is smooth on a bounded set without θ = 0",
        statement=(
            r"Thus, adversarial loss $L_\varepsilon$ is $(C_{\theta\theta}+\frac{\varepsilon "
            r"C_{\theta x}}{\theta_{\min}})$-smooth on a bounded set that does not include "
            r"$\theta=0$."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.theorem-1", "jaxat.theorem-1-sharp"),
        depends=("kanai.theorem-1",),
        hypotheses=(
            RADIUS,
            LABELS,
            Hypothesis(
                "bounded set without 0",
                r"$\theta_1, \theta_2 \in \{0 < \|\theta\|_2 \le 1\}$",
                lambda w: tuple(
                    Comparison(norm(w[name]), relation, end)
                    for name in ("theta_1", "theta_2")
                    for relation, end in ((">", 0), ("<=", 1))
                ),
            ),
            Hypothesis("constant", r"any candidate $0 \le C < \infty$", lambda w: w["C"] >= 0),
        ),
        conclusion=lambda w: smooth_with(w, w["C"]),
        domain={"d": Integers(1)},
    )
)

register(
    Claim(
        id="kanai.early.theorem-1.closed-set",
        kind=Kind.THEOREM,
        source=Source("kanai", "Theorem 1, last sentence", "early", ("28",)),
        title="L2: the constant of Theorem 1 is finite on every closed set without θ = 0",
        statement=(
            r"Thus, loss function $L_\varepsilon$ is $(C_{\theta\theta}+\frac{\varepsilon "
            r"C_{\theta x}}{\theta_{\min}})$-smooth for a closed set that does not include the "
            r"origin [with a finite $C_{\theta x}$ as in (13)]."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("jaxat.theorem-1-sharp",),
        hypotheses=(
            Hypothesis(
                "closed set",
                r"$\theta \in \{\|\theta\|_2 \ge 1\}$",
                lambda w: Comparison(norm(w["theta"]), ">=", 1),
            ),
            Hypothesis(
                "||x|| <= 2",
                r"$\|x_1\|_2, \|x_2\|_2 \le 2$",
                lambda w: tuple(Comparison(norm(w[n]), "<=", 2) for n in ("x_1", "x_2")),
            ),
            Hypothesis("constant", r"any candidate $C_{\theta x}$", lambda w: w["C_thetax"] >= 0),
        ),
        conclusion=lambda w: Comparison(
            norm(
                subtract(
                    clean_gradient(w["theta"], w["x_1"], 1), clean_gradient(w["theta"], w["x_2"], 1)
                )
            ),
            "<=",
            w["C_thetax"] * norm(subtract(w["x_1"], w["x_2"])),
        ),
        domain={"d": Integers(2)},
        notes=(
            "What fails is the constant, not the smoothness: on "
            "$\\{\\|\\theta\\|\\ge\\theta_{\\min}\\}$ "
            "$L_\\varepsilon$ is smooth with the constant of "
            "[jaxat.theorem-1-sharp](jaxat.theorem-1-sharp.md)."
        ),
    )
)

register(
    Claim(
        id="kanai.theorem-1.average",
        kind=Kind.STEP,
        source=Source("kanai", "Theorem 1, proof", "both"),
        title="The norm of the mean of the gradients' differences is the mean of their norms",
        statement=(
            r"$\left\|\frac1N\sum_n(\nabla_\theta\ell_\varepsilon(x_n,\theta_1)-\nabla_\theta"
            r"\ell_\varepsilon(x_n,\theta_2))\right\|=\frac1N\sum_n\|\nabla_\theta\ell_\varepsilon"
            r"(x_n,\theta_1)-\nabla_\theta\ell_\varepsilon(x_n,\theta_2)\|$"
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.theorem-1",),
        hypotheses=(RADIUS, LABELS, AWAY_FROM_ZERO),
        conclusion=lambda w: Comparison(
            norm(mean(gradient_differences(w))),
            "==",
            mean([norm(g) for g in gradient_differences(w)]),
        ),
        domain={"d": Integers(1)},
    )
)


ERRATA = (
    Erratum(
        "kanai.erratum-2",
        "Theorem 1, last sentence (early version)",
        "“for a closed set that does not include the origin”",
        r"closed and bounded, because $C_{\theta x}=\infty$ on an unbounded set of weights; or the "
        "constant of our sharper form, which needs only a set bounded away from 0",
        claim="kanai.early.theorem-1.closed-set",
    ),
    Erratum(
        "kanai.erratum-16",
        "Theorem 1, proof, last lines (both versions); also Theorem 2, proof",
        r"$\|\frac1N\sum_n\cdot\|=\frac1N\sum_n\|\cdot\|$; "
        r"$\|\nabla L_\varepsilon(\theta_1)-\nabla L_\varepsilon(\theta_1)\|$; $\theta_n$",
        r"$\le$ in place of $=$; $\theta_2$ in place of the second $\theta_1$; $\theta_1$ in place "
        r"of $\theta_n$",
        claim="kanai.theorem-1.average",
    ),
)
