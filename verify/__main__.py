"""``python -m verify``: run the claims."""

from __future__ import annotations

import sys


def _run() -> int:
    try:
        # What it needs takes a second to load, and that can be interrupted too.
        from verify.cli import main

        return main(sys.argv[1:])
    except KeyboardInterrupt:
        print("verify: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(_run())
