"""In one dimension θ/|θ| is locally constant: its Jacobian is 0."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.lemma-2.spectral-norm",
    intuition=(
        "For $d=1$, $I-\\theta\\theta^\\top/\\|\\theta\\|^2=0$. Of the eigenvalues "
        "$\\lambda_1,\\dots,"
        "\\lambda_{d-1}$ and $\\lambda_d=0$ only the last one is left."
    ),
    catch="The eigenvalue $-\\varepsilon/\\|\\theta\\|$ has multiplicity $d-1$, which is 0 here.",
    witness={"theta": "(1,)", "eps": "1"},
    disappears="$d\\ge2$. (Lemma 2 holds for $d=1$ too, but not because of the Jacobian.)",
)
