"""One unit on two inputs sees one direction only."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.lemma-4.swish",
    intuition=(
        "The loss depends on $x'$ through $u=\\theta^\\top x'$ alone, so along any "
        "$v\\perp\\theta$ it is constant: $v^\\top\\nabla_x^2\\ell\\,v=0$. The "
        "maximisers are all points of the region with $u=u^*$, a segment."
    ),
    catch=(
        "A stationary point inside the region is not yet a *nondegenerate* maximum, which is what "
        "Lemma 4 asks for."
    ),
    witness={
        "theta": "(3/2, -3/2)",
        "v": "(1, 1)",
        "u": "-1278464542761/1000000000000",
        "radius": "1/1000000000",
    },
    disappears=(
        "there is one input, or as many units as inputs with independent weights and positive "
        "output weights: then the maximiser is unique and the Hessian negative definite."
    ),
)
