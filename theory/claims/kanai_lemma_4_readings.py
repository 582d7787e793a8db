"""Readings of Lemma 4 of Kanai et al. that fail: the global optimum, and c taken at one point."""

from __future__ import annotations

from theory.claim import Claim, Hypothesis, Kind, Source
from theory.claims.kanai_lemma_4 import INTERIOR, LOCAL_MAXIMUM, MIXED, lipschitz
from theory.errata import Erratum
from theory.evidence import Verdict
from theory.exact import Comparison
from theory.exact.models import attacks, global_maximum_inside, input_hessian
from theory.registry import register

register(
    Claim(
        id="kanai.lemma-4.optimal",
        kind=Kind.LEMMA,
        source=Source("kanai", "Lemma 4, “the optimal adversarial example”", "both"),
        title="Lemma 4 holds for the optimal adversarial example",
        statement=(
            r"“…the *optimal* adversarial example $x'^*$ in some neighborhood $U$ of $\theta$ is a "
            r"continuously differentiable function $x'(\theta)$ …” under the hypotheses of "
            r"Lemma 4, the optimal example being the global maximum over the feasible region."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.lemma-4",),
        depends=("kanai.lemma-4",),
        hypotheses=(
            LOCAL_MAXIMUM,
            INTERIOR,
            Hypothesis(
                "c at the maxima",
                r"$\max_i\lambda_i(\nabla_x^2\ell(x',\theta))\le -c$ at both maxima",
                lambda w: (
                    Comparison(w["c"], ">", 0),
                    *(Comparison(input_hessian(w, d)[0][0], "<=", -w["c"]) for _, d in attacks(w)),
                ),
            ),
            MIXED,
            Hypothesis(
                "optimal",
                r"$x'(\theta)$ is the global maximum over the feasible region",
                global_maximum_inside,
            ),
        ),
        conclusion=lipschitz,
    )
)

register(
    Claim(
        id="kanai.lemma-4.c-at-point",
        kind=Kind.REMARK,
        source=Source("kanai", "discussion after Lemma 4", "both"),
        title="Lemma 4 with c measured at x'* alone",
        statement=(
            r"“$x'^*$ is expected to have a constant $c$ such as "
            r"$\max_i\lambda_i(\nabla_x^2\ell(x'^*,\theta))\le -c$”: the bound $C_{\theta x}/c$ on "
            r"$U$ with $c$ taken at the single point $x'^*$."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.lemma-4",),
        depends=("kanai.lemma-4",),
        hypotheses=(
            LOCAL_MAXIMUM,
            INTERIOR,
            Hypothesis(
                "c at x'*",
                r"$\max_i\lambda_i(\nabla_x^2\ell(x'^*,\theta^*))\le -c$ at $\theta^*=\theta_2$",
                lambda w: (
                    Comparison(w["c"], ">", 0),
                    Comparison(input_hessian(w, w["delta_2"])[0][0], "<=", -w["c"]),
                ),
            ),
            MIXED,
        ),
        conclusion=lipschitz,
    )
)

ERRATA = (
    Erratum(
        id="kanai.erratum-26",
        where="Lemma 4, “the optimal adversarial example”",
        printed=r"the optimal adversarial example $x'^*$ … is a continuously differentiable "
        r"function",
        correct=(
            r"the *local* maximum point $x'^*$ continues to a branch $x'(\theta)$ that is "
            r"continuously differentiable. The global maximum can jump from one branch to another."
        ),
        claim="kanai.lemma-4.optimal",
    ),
    Erratum(
        id="kanai.erratum-27",
        where="Discussion after Lemma 4",
        printed=r"$\max_i\lambda_i(\nabla_x^2\ell(x'^*,\theta))\le -c$ at $x'^*$",
        correct=r"the same $c$ along the whole branch $x'(\theta)$, $\theta\in U$",
        claim="kanai.lemma-4.c-at-point",
    ),
)
