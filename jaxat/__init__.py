"""Adversarial training in JAX: attacks, optimisers and training loops that anyone can take apart.

`ThreatModel` says what an attacker may do, `attacks` do it; `jaxat.optim` has AWP and EntropySGD as
optax transformations, `jaxat.models` and `jaxat.data` what they are used on. `jaxat.trainer` joins
them, ``python -m jaxat train`` runs the experiments of `jaxat.presets`, and `jaxat.restore` gives
the trained weights back. What the papers claim about all this is in ``theory``, checked by
``python -m verify``.
"""

from __future__ import annotations

from jaxat import attacks
from jaxat.threat import ThreatModel

__all__ = ["ThreatModel", "__version__", "attacks"]

__version__ = "0.1.0"
