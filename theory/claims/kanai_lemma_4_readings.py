"""Readings of Lemma 4 of Kanai et al. that fail: the optimum, c at one point, the swish example."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Source
from theory.claims.kanai_lemma_4 import INTERIOR, LOCAL_MAXIMUM, MIXED, lipschitz
from theory.errata import Erratum
from theory.evidence import Verdict
from theory.exact import Comparison, ball, dot, sigmoid
from theory.exact_models import attacks, global_maximum_inside, input_hessian
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


def _swish_second_derivative(u: Any) -> Any:
    """φ''(u) for φ(u) = softplus(−swish(u))."""
    u = ball(u)
    s = sigmoid(u)
    slope = s + u * s * (1 - s)
    curvature = s * (1 - s) * (2 + u * (1 - 2 * s))
    z = sigmoid(-u * s)
    return z * (1 - z) * slope**2 - z * curvature


register(
    Claim(
        id="kanai.lemma-4.swish",
        kind=Kind.EXPERIMENT,
        source=Source("kanai", "Section 3.2.4 (early), Section 5.1 (final)", "both"),
        title="The one-unit swish example satisfies the hypothesis ∇²_xℓ ≺ 0 of Lemma 4",
        statement=(
            r"“This is because the optimal attacks are inside the feasible region and satisfy "
            r"Lemma 4”, for $\ell=\log(1+e^{-z})$, $z=u\,\sigma(u)$, $u=\theta^\top x'$ and "
            r"$\theta\in\mathbb R^2$: so $v^\top\nabla_x^2\ell\,v<0$ for every $v\ne0$."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.lemma-4",),
        hypotheses=(
            Hypothesis("v", r"$v\ne 0$", lambda w: any(e != 0 for e in w["v"])),
            Hypothesis(
                "u",
                r"$u$ is within $10^{-9}$ of the stationary point $u^*$ of swish",
                lambda w: (
                    Comparison(_stationarity(w["u"] - w["radius"]), "<", 0),
                    Comparison(_stationarity(w["u"] + w["radius"]), ">", 0),
                    Comparison(w["radius"] * 10**9, "<=", 1),
                ),
            ),
        ),
        conclusion=lambda w: Comparison(
            _swish_second_derivative(w["u"]) * dot(w["theta"], w["v"]) ** 2, "<", 0
        ),
    )
)


def _stationarity(u: Any) -> Any:
    """1 + e^u + u, whose only root is u* (theory.swish)."""
    u = ball(u)
    return 1 + u.exp() + u


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
    Erratum(
        id="kanai.erratum-32",
        where="Early Section 3.2.4, final Section 5.1: the swish example",
        printed="the optimal attacks are inside the feasible region and satisfy Lemma 4",
        correct=(
            r"$\nabla_x^2\ell=\varphi''(u^*)\,\theta\theta^\top$ has rank one, so it is not "
            r"negative definite for $d\ge2$ and the maximisers are a whole segment; Lemma 4 does "
            r"not apply. (A swish network with as many units as inputs satisfies it.)"
        ),
        claim="kanai.lemma-4.swish",
    ),
)
