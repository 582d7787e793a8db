"""Special functions that JavaScript lacks, with coefficients fitted when a page is built."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import erfcx

__all__ = ["RUNTIME"]

_DEGREE = 30


def _coefficients() -> list[float]:
    """Chebyshev coefficients of log(erfcx(x) / t) in s = 2 t - 1, t = 2 / (2 + x), x >= 0."""

    def target(s: np.ndarray) -> np.ndarray:
        t = (s + 1.0) / 2.0
        x = 2.0 / np.maximum(t, 1e-300) - 2.0
        # erfcx(x) ~ 1 / (x sqrt(pi)) far out, where t ~ 2 / x.
        far = t < 1e-8
        ratio = np.where(far, 1.0 / (2.0 * np.sqrt(np.pi)), erfcx(x) / np.where(far, 1.0, t))
        return np.log(ratio)

    fit: Any = np.polynomial.chebyshev.chebinterpolate
    return fit(target, _DEGREE).tolist()


_ERFC = ", ".join(repr(c) for c in _coefficients())

RUNTIME = f"""function logistic(x) {{
  return x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x));
}}
const ERFC = [{_ERFC}];
function erfc(x) {{
  const z = Math.abs(x), t = 2 / (2 + z), s = 2 * t - 1;
  let b = 0, c = 0;
  for (let k = ERFC.length - 1; k > 0; k--) [b, c] = [2 * s * b - c + ERFC[k], b];
  const value = t * Math.exp(-z * z + s * b - c + ERFC[0]);
  return x < 0 ? 2 - value : value;
}}
function erf(x) {{
  if (Math.abs(x) > 1) return 1 - erfc(x);
  let term = x, sum = x;
  for (let k = 1; k < 30; k++) {{ term *= -x * x / k; sum += term / (2 * k + 1); }}
  return 2 / Math.sqrt(Math.PI) * sum;
}}
"""
