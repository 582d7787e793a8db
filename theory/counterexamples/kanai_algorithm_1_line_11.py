"""The printed noise is eight orders of magnitude too small for what it should sample."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.algorithm-1.line-11",
    intuition=(
        "In a flat direction ($\\rho=0$) $p_\\theta$ is a Gaussian of variance "
        "$1/\\gamma=100/3$. The chain settles at $\\eta'\\varepsilon_E^2/(1-(1-\\eta'\\gamma)^2)"
        "\\approx\\varepsilon_E^2/(2\\gamma)$, which is $1.67\\cdot10^{-7}$."
    ),
    catch=(
        "The noise of Langevin dynamics for $\\exp(-\\beta U)$ is $\\sqrt{2\\eta'/\\beta}$. "
        "Written as $\\sqrt{\\eta'}\\varepsilon_E$, it fixes the temperature: "
        "$\\beta=2/\\varepsilon_E^2$. "
        "Small noise is a sensible choice in practice, but then $\\bar\\xi-\\bar\\theta^2$ is not "
        "the variance $\\sigma$ that Eq. (77) needs."
    ),
    witness={"gamma": "3/100", "rho": "0", "eta_prime": "1/10", "eps_E": "1/10000"},
    disappears=(
        "$\\varepsilon_E=\\sqrt2$, or $p_\\theta$ is understood as $\\exp(-\\beta U)$ with "
        "$\\beta=2/\\varepsilon_E^2$ and Eq. (77) gets the factor $\\beta$ that belongs to it. "
        "All values of the witness are those of Appendix E."
    ),
)
