"""Makes the package for a machine with no network: the wheels that run here, their checksums, an install script."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.metadata import distribution
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from geo.digest import sha256
from geo.errors import Conflict, Damaged, NotFound

PRODUCT = "paju-geo"
EXTRAS = ("postgis", "dask")
SOURCE = Path(__file__).parents[2]


def bundle(folder: Path) -> dict[str, Any]:
    """Fill the new `folder` with wheels for this Python and platform, pinned to the versions installed here.

    Needs the network, pip and the product's sources. Raises Conflict when the folder is there, NotFound without pip or
    sources, Damaged when pip fails; nothing is left then.
    """
    if folder.exists():
        raise Conflict(f"{folder} is there already: name a new folder")
    if find_spec("pip") is None:
        raise NotFound("pip is not installed here; run 'uv run --with pip geo bundle FOLDER'")
    if not (SOURCE / "pyproject.toml").exists():
        raise NotFound("a bundle is made from the sources: run it in a checkout")
    wheels = folder / "wheels"
    wheels.mkdir(parents=True)
    try:
        _pip("wheel", "--no-deps", f"--wheel-dir={wheels}", str(SOURCE))
        _pip("download", "--no-deps", "--only-binary=:all:", f"--dest={wheels}", *pins())
        _describe(folder, sorted(wheels.glob("*.whl")))
    except BaseException:
        shutil.rmtree(folder)
        raise
    held = list(wheels.iterdir())
    return {"wheels": len(held), "bytes": sum(wheel.stat().st_size for wheel in held), "folder": str(folder)}


def pins() -> list[str]:
    """Return what the product needs to run, with its extras and theirs, as 'name==version' of what is installed."""
    found: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    todo = [(PRODUCT, extra) for extra in ("", *EXTRAS)]
    while todo:
        name, extra = todo.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        held = distribution(name)
        found[name] = held.version
        for text in held.requires or ():
            needed = Requirement(text)
            if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                todo += [(canonicalize_name(needed.name), wanted) for wanted in ("", *needed.extras)]
    return [f"{name}=={version}" for name, version in sorted(found.items()) if name != PRODUCT]


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Damaged(f"pip {arguments[0]} failed: {done.stderr.strip()[-300:]}")


def _describe(folder: Path, wheels: list[Path]) -> None:
    """Write the pins with their hashes, the script and the checksums of everything."""
    lines = []
    for wheel in wheels:
        name, version, _, _ = parse_wheel_filename(wheel.name)
        lines.append(f"{name}=={version} --hash=sha256:{sha256(wheel)}")
    (folder / "requirements.txt").write_text("\n".join(lines) + "\n")
    (folder / "python-version").write_text(f"{sys.version_info.major}.{sys.version_info.minor}\n")
    (folder / "install.sh").write_bytes((files("geo.operations") / "install.sh").read_bytes())
    parts = [*wheels, *(folder / name for name in ("requirements.txt", "python-version", "install.sh"))]
    sums = "".join(f"{sha256(part)}  {part.relative_to(folder)}\n" for part in parts)
    (folder / "SHA256SUMS").write_text(sums)
