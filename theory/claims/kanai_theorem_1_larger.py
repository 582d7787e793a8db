"""Whether an attack makes the smoothness constant of the linear model larger (Kanai et al.)."""

from __future__ import annotations

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, dot, norm
from theory.exact.linear import largest_hessian_norm
from theory.registry import register
from theory.run import Run
from theory.scope import Integers

POSITIVE_RADIUS = Hypothesis(
    "eps > 0", r"$\varepsilon > 0$", lambda w: Comparison(w["eps"], ">", 0)
)

register(
    Claim(
        id="kanai.theorem-1.larger-than-standard",
        kind=Kind.REMARK,
        source=Source("kanai", "Section 3.1, after Theorem 1", "both"),
        title="L2: the adversarial loss has a larger smoothness constant than the standard loss",
        statement=(
            r"Note that the Lipschitz constant $(C_{\theta\theta}+\frac{\varepsilon C_{\theta x}}"
            r"{\theta_{\min}})$ is larger than that for standard training $(C_{\theta\theta})$ "
            r"[read as: the smallest constants of the two losses compare like this]."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.theorem-1.larger-than-standard.repaired",),
        depends=("jaxat.hessian-l2.inner-sphere",),
        hypotheses=(
            POSITIVE_RADIUS,
            Hypothesis(
                "convex set",
                r"$\theta \in K = \{\langle a, \theta\rangle \ge \theta_{\min}\}$, $\|a\| = 1$, "
                r"$a \perp x$, $\theta_{\min} > 0$, for one sample $x$",
                lambda w: (
                    Comparison(norm(w["a"]), "==", 1),
                    Comparison(dot(w["a"], w["x"]), "==", 0),
                    Comparison(w["theta_min"], ">", 0),
                ),
            ),
        ),
        # At θ_min·a the standard Hessian is xxᵀ/4, so R²/4 is its smallest constant on K.
        conclusion=lambda w: Comparison(
            largest_hessian_norm(norm(w["x"]), w["eps"], w["theta_min"]),
            ">",
            dot(w["x"], w["x"]) / 4,
        ),
        domain={"d": Integers(2)},
    )
)

LARGER = register(
    Claim(
        id="kanai.theorem-1.larger-than-standard.repaired",
        kind=Kind.REMARK,
        source=Source("kanai", "Section 3.1, after Theorem 1, repaired", "both"),
        title="L2: the bound of Theorem 1 is larger than C_θθ",
        statement=(
            r"For $\varepsilon>0$, $\theta_{\min}>0$, $C_{\theta x}>0$: $C_{\theta\theta}+"
            r"\frac{\varepsilon C_{\theta x}}{\theta_{\min}}>C_{\theta\theta}$. It compares two "
            r"upper "
            r"bounds."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            POSITIVE_RADIUS,
            Hypothesis(
                "constants",
                r"$\theta_{\min} > 0$, $C_{\theta x} > 0$",
                lambda w: (
                    Comparison(w["theta_min"], ">", 0),
                    Comparison(w["C_thetax"], ">", 0),
                ),
            ),
        ),
        conclusion=lambda w: Comparison(
            w["C_thetatheta"] + w["eps"] * w["C_thetax"] / w["theta_min"], ">", w["C_thetatheta"]
        ),
        necessity=(
            Necessity(
                "eps > 0",
                witness={"C_thetatheta": "1", "C_thetax": "1", "theta_min": "1", "eps": "0"},
                detail="Without an attack the two are equal.",
            ),
            Necessity(
                "constants",
                witness={"C_thetatheta": "1", "C_thetax": "0", "theta_min": "1", "eps": "1"},
                detail="If the gradient does not depend on x, the attack does nothing.",
            ),
        ),
    )
)


@LARGER.check(Method.EXACT, Verdict.PROVED)
def smt(run: Run) -> Evidence:
    """Multiplied out: εC_θx > 0."""

    from theory.smt import prove, reals

    tt, tx, eps, r = reals("C_tt C_tx eps r")
    proof = prove(tt * r + eps * tx > tt * r, given=[eps > 0, tx > 0, r > 0])
    return Evidence.from_proofs(
        Method.EXACT,
        [proof],
        witness={"C_thetatheta": 1, "C_thetax": 1, "theta_min": 1, "eps": "1/1000"},
    )


ERRATA = (
    Erratum(
        "kanai.erratum-37",
        "Section 3.1, after Theorem 1 (both versions)",
        r"“the Lipschitz constant $(C_{\theta\theta}+\varepsilon C_{\theta x}/\theta_{\min})$ is "
        r"larger than that for standard training”",
        "the *bound* is larger; the smallest constant of the adversarial loss can be smaller than "
        "that of the standard loss",
        claim="kanai.theorem-1.larger-than-standard",
    ),
)
