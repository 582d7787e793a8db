"""What Kanai et al. draw from Lemma 5, and the errata of the lemma."""

from __future__ import annotations

from theory.claim import Claim, Kind, Necessity, Source
from theory.claims.kanai_lemma_4 import MIXED
from theory.claims.kanai_lemma_4_corollary import WEIGHTS, composition, smooth
from theory.claims.kanai_lemma_5 import BOUNDARY, COMPLEMENTARY, CURVED, DETERMINANT, MAXIMUM
from theory.claims.kanai_lemma_5 import REPAIRED as LEMMA_5
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import format_point
from theory.registry import register
from theory.run import Run

register(
    Claim(
        id="kanai.lemma-5.corollary",
        kind=Kind.COROLLARY,
        source=Source("kanai", "after Lemma 5", "final"),
        title="With the L2 constraint active the loss is locally (C_θθ + C_θx²/c)-smooth",
        statement=(
            r"From Lemmas 1 and 5, adversarial loss can be locally $(C_{\theta\theta}+C_{\theta "
            r"x}^2/c)$-smooth under the $L_2$ constraint even if the constraint is active (under "
            r"the hypotheses of Lemma 5 as printed)."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.lemma-5.corollary.repaired",),
        hypotheses=(MAXIMUM, BOUNDARY, DETERMINANT, CURVED, MIXED, WEIGHTS),
        conclusion=smooth,
    )
)

CIRCLE = {
    "model": "quadratic",
    "A": ((1, 0), (0, 1)),
    "B": ((1, 0), (0, 1)),
    "g": (0, 0),
    "H": ((0, 0), (0, 0)),
    "eps": 2,
    "C_theta_theta": 1,
    "C_theta_x": 1,
    "c": "4999/10000",
    "theta_1": ("9999/10001", "200/10001"),
    "delta_1": ("19998/10001", "400/10001"),
    "mu_1": 1,
    "theta_2": ("9999/10001", "-200/10001"),
    "delta_2": ("19998/10001", "-400/10001"),
    "mu_2": 1,
}

REPAIRED = register(
    Claim(
        id="kanai.lemma-5.corollary.repaired",
        kind=Kind.COROLLARY,
        source=Source("kanai", "after Lemma 5, repaired", "final"),
        title="L2 constraint active, μ > 0 and H_t ≺ 0: locally (C_θθ + C_θx²/c)-smooth",
        statement=(
            r"Under the repaired Lemma 5 the adversarial loss of the branch is locally "
            r"$(C_{\theta\theta}+C_{\theta x}^2/c)$-smooth."
        ),
        expected=Verdict.PROVED,
        depends=("kanai.lemma-1", "kanai.lemma-5.repaired"),
        hypotheses=(MAXIMUM, COMPLEMENTARY, CURVED, MIXED, WEIGHTS),
        conclusion=smooth,
        necessity=(
            # For l = theta.x' + g.x' + ... without a theta-theta term the gradient is the attack.
            *(
                Necessity(n.hypothesis, {**n.witness, "C_theta_theta": "0"}, detail=n.detail)
                for n in LEMMA_5.necessity
                if n.witness is not None
            ),
            Necessity(
                "C_theta_theta",
                witness={**format_point(CIRCLE), "C_theta_theta": "1/2"},
                detail="The clean curvature 1 adds to what the attack gives.",
            ),
        ),
        notes=(
            "Nearly attained by $\\ell=\\frac12\\|\\theta\\|^2+\\theta^\\top x'$ with "
            "$\\|\\theta\\|\\le\\varepsilon$, whose constant is $1+\\varepsilon/\\|\\theta\\|$."
        ),
        cost=0.2,
    )
)


@REPAIRED.check(Method.EXACT, Verdict.PROVED)
def lemma_1_after_lemma_5(run: Run) -> Evidence:
    """Lemma 1 with C = C_θx/c, multiplied by c."""
    return Evidence.from_proofs(
        Method.EXACT,
        composition(run).proofs,
        assumes=(
            "Lemma 5, repaired: implicit function theorem, second-order conditions",
            "chain rule: the loss of the branch has the gradient ∇_θℓ, as ∇_xℓ = μn is orthogonal "
            "to the derivative of an attack that stays on the sphere",
        ),
        witness=CIRCLE,
    )


ERRATA = (
    Erratum(
        id="kanai.erratum-24",
        where="Lemma 5 for odd $d$",
        printed=r"local maximum point satisfying $\det(\nabla_{\tilde x}^2J)>0$",
        correct=(
            r"for odd $d$ a local maximum has $\det(\nabla_{\tilde x}^2J)\le0$, so the hypotheses "
            r"contradict each other; ask for $H_t\prec0$ (then the sign is $(-1)^d$)"
        ),
        claim="kanai.lemma-5.odd-d",
    ),
    Erratum(
        id="kanai.erratum-25",
        where="Lemma 5 for $d=2$ with $\\mu^*=0$",
        printed=r"$x'^*$ … is a continuously differentiable function … $\frac{C_{\theta x}}{c}$",
        correct=(
            r"needs $\mu^*>0$ as well. With $\mu^*=0$ the attack leaves the sphere on one side, "
            r"where the bordered Hessian says nothing about its speed."
        ),
        claim="kanai.lemma-5",
    ),
)
