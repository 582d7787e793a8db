"""A large factor in the exponent means a small variance."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.theorem-3.gaussian-variance",
    intuition=(
        "The density of $\\mathcal{N}(\\theta, \\sigma^2 I)$ is proportional to "
        "$\\exp(-\\|\\theta-\\theta'\\|^2/(2\\sigma^2))$, so $\\exp(-\\frac\\gamma2\\|\\theta-"
        "\\theta'\\|^2)$ has $\\sigma^2 = 1/\\gamma$. For the paper's $\\gamma = 0.03$ that is "
        "$33\\frac13$."
    ),
    catch="$\\gamma$ is the precision, not the variance.",
    witness={"gamma": "3/100"},
    disappears="$\\gamma = 1$, or $\\gamma^{-1}I$ is written.",
)
