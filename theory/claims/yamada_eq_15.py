"""Eq. (15) of Yamada et al.: does the Hessian with noise factorise?"""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, absolute, ball, exp, rational
from theory.exact.noise import slope_of_sigmoid, uniform_mean
from theory.registry import register
from theory.run import Run
from theory.support.yamada import yamada


def curvature(point: Point) -> Any:
    """E[κ/(1 + κ)² (x + η)²] for one sample with label 1 in one dimension, by quadrature."""
    w, x = ball(point["w"]), ball(point["x"])
    return uniform_mean(lambda eta: slope_of_sigmoid(w * (x + eta)) * (x + eta) ** 2, point["eps"])


def factorised(point: Point) -> Any:
    """(x² + ε²/3) E[κ/(1 + κ)²]."""
    w, x, eps = ball(point["w"]), ball(point["x"]), point["eps"]
    weight = uniform_mean(lambda eta: slope_of_sigmoid(w * (x + eta)), eps)
    return (x * x + eps**2 / 3) * weight


SMALL = Hypothesis(
    "kappa small",
    r"$\kappa \le 1/1000$ for every $|\eta| \le \varepsilon$",
    lambda w: Comparison(
        exp(absolute(w["w"]) * w["eps"] - w["w"] * w["x"]), "<=", rational("1/1000")
    ),
)

register(
    Claim(
        id="yamada.eq-15",
        kind=Kind.EQUATION,
        source=yamada("Section 3.2, proof of Theorem 2", "15"),
        title="for small κ the mean Hessian is (x xᵀ + (ε²/3) I) times κ/(κ + 1)², within 5 %",
        statement=(
            r"“$\lim_{\kappa^n\to0}\frac{\partial^2L_\eta}{\partial w_i\partial w_j}$ in the "
            r"large $N$ can be written as $\frac1N\sum_n\left(x^n_ix^n_j + "
            r"\frac{\varepsilon^2}3\delta_{ij}\right)\lim_{\kappa^n\to0}"
            r"\frac{\kappa^n}{(\kappa^n+1)^2} = 0$.” Read as a statement about "
            r"small $\kappa$, since both sides vanish in the limit: the mean of $\frac{\kappa}"
            r"{(\kappa+1)^2}(x+\eta)(x+\eta)^\top$ over the noise is the mean of $\frac{\kappa}"
            r"{(\kappa+1)^2}$ times $xx^\top + \frac{\varepsilon^2}3I$, up to 5 % where "
            r"$\kappa \le 1/1000$."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("jaxat.noise-langevin-law", "yamada.eq-15.limit"),
        depends=("yamada.eq-14", "yamada.moments"),
        hypotheses=(
            Hypothesis("eps > 0", r"$\varepsilon > 0$", lambda w: Comparison(w["eps"], ">", 0)),
            SMALL,
        ),
        conclusion=lambda w: Comparison(
            abs(curvature(w) - factorised(w)), "<=", factorised(w) / 20
        ),
    )
)

LIMIT = register(
    Claim(
        id="yamada.eq-15.limit",
        kind=Kind.EQUATION,
        source=yamada("Section 3.2, proof of Theorem 2", "15"),
        title="as κ → 0 the Hessian tends to 0, whatever stands beside κ/(κ + 1)²",
        statement=(
            r"$0 \le \frac{\kappa}{(\kappa+1)^2} \le \kappa$ for $\kappa \ge 0$. So the limit 0 "
            r"in (15) is right, and it would be with any bounded factor in place of "
            r"$x^n_ix^n_j + \frac{\varepsilon^2}3\delta_{ij}$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            Hypothesis("kappa >= 0", r"$\kappa \ge 0$", lambda w: Comparison(w["kappa"], ">=", 0)),
        ),
        conclusion=lambda w: Comparison(w["kappa"] / (w["kappa"] + 1) ** 2, "<=", w["kappa"]),
        necessity=(
            Necessity(
                "kappa >= 0",
                witness={"kappa": "-3"},
                detail="κ is an exponential, so this always holds.",
            ),
        ),
    )
)


@LIMIT.check(Method.EXACT, Verdict.PROVED)
def smt(run: Run) -> Evidence:
    """0 ≤ κ/(κ + 1)² ≤ κ."""
    import z3

    from theory.smt import prove, reals

    (kappa,) = reals("kappa")
    weight = kappa / (kappa + 1) ** 2
    proof = prove(z3.And(weight >= 0, weight <= kappa), given=[kappa >= 0])
    return Evidence.from_proofs(Method.EXACT, [proof], witness={"kappa": "1/1000000"})


ERRATA = (
    Erratum(
        "yamada.erratum-21",
        "Section 3.2, Eq. (15)",
        (
            r"$\frac1N\sum_n\left(x^n_ix^n_j + \frac{\varepsilon^2}3\delta_{ij}\right)"
            r"\lim\frac{\kappa^n}{(\kappa^n+1)^2}$"
        ),
        (
            r"$\kappa^n$ depends on $\eta^n$ and cannot be taken out of the mean over the noise. "
            r"For small $\kappa$: $e^{-y\,w\cdot x}M\left[(x+a)(x+a)^\top + "
            r"\mathrm{diag}(\tau)\right]$ with the terms of `jaxat.noise-langevin-law`. For "
            r"$\varepsilon\|w\| \to 0$ it becomes (15); for large $\varepsilon|w_k|$, $x + a$ "
            r"becomes the $L_\infty$ adversarial example."
        ),
        claim="yamada.eq-15",
    ),
)
