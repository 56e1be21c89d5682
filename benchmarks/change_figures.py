"""Figures of the building channel on real pairs that it was not trained on, the whole way of `geo change evaluate`.

    python benchmarks/change_figures.py ../shared/data/change

prints a line for the scenes of train_gz that were left out of training (at 0.55 m taken as 0.5 m, as plain images
are), and one for dev_levir.
"""

import argparse
import tempfile
from pathlib import Path

from geo.change import store
from geo.change.training.sources import GZ_HELD

FIGURES = ("f1", "precision", "recall", "object_recall", "object_precision", "false_alarms_km2", "mpx_per_cpu_s")


def held(pairs: Path, folder: Path) -> Path:
    """Lay links to the pairs of GZ_HELD into `folder`."""
    for part in ("A", "B", "label"):
        (folder / part).mkdir()
        for path in (pairs / part).iterdir():
            if any(f"{scene}_" in path.name for scene in GZ_HELD):
                (folder / part / path.name).symlink_to(path.resolve())
    return folder


def main() -> None:
    """Evaluate and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    data = parser.parse_args().data
    print(f"| set | pairs | {' | '.join(FIGURES)} |\n|{'---|' * (len(FIGURES) + 2)}")
    with tempfile.TemporaryDirectory() as folder:
        sets = {"train_gz, scenes left out": held(data / "train_gz", Path(folder)), "dev_levir": data / "dev_levir"}
        for name, pairs in sets.items():
            told = store.evaluate(pairs)
            print(f"| {name} | {told['pairs']} | {' | '.join(str(told[figure]) for figure in FIGURES)} |", flush=True)


if __name__ == "__main__":
    main()
