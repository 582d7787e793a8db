"""Builds the wheel and fails if it holds anything but the package jaxat and its metadata."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

with tempfile.TemporaryDirectory() as folder:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, "."]
    subprocess.run(command, check=True)
    (wheel,) = Path(folder).glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()

tops = {name.split("/")[0] for name in names}
packages = {top for top in tops if not top.endswith(".dist-info")}
if packages != {"jaxat"}:
    sys.exit(f"the wheel must hold jaxat alone, it holds {sorted(packages)}")
print(f"{wheel.name}: {len(names)} files")
