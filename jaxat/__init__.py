"""Adversarial training in JAX: attacks, optimisers and training loops that anyone can take apart.

The trainer is being built; nothing is here yet. The claims that it will be measured against are in
``theory`` and are run by ``python -m verify``.
"""

from __future__ import annotations

__version__ = "0.1.0"
