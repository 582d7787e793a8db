"""``python -m figures``: compute and draw."""

from __future__ import annotations

import sys

from figures.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
