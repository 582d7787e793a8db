"""Adversarial training in JAX: attacks, optimisers and training loops that anyone can take apart.

The parts are here: `attacks` and `ThreatModel`, and, imported by their own names, `jaxat.optim`,
`jaxat.models`, `jaxat.data`; the training loop that joins them is not built yet. The claims that it
will be measured against are in ``theory`` and are run by ``python -m verify``.
"""

from __future__ import annotations

from jaxat import attacks
from jaxat.threat import ThreatModel

__all__ = ["ThreatModel", "__version__", "attacks"]

__version__ = "0.1.0"
