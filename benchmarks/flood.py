"""Connected flooding of 100 km2 at 2 m: which cells each of 100 levels reaches, and what it holds, on one core.

    python benchmarks/flood.py [--side 5000] [--ground hills|noise] [--label]

`--label` runs the peer on the same terrain: scipy.ndimage.label at every level (the same answer, checked).
Prints CPU seconds and the peak of resident memory, the terrain included.
"""

import argparse
import resource
import time

import numpy as np
from scipy import ndimage

from geo.disaster.flood import Pool

LEVELS = 100


def ground(side, kind):
    """Return heights in metres, float32: red noise as rough as a real plain with hills, or noise without any order."""
    draw = np.random.default_rng(0)
    white = draw.standard_normal((side, side), dtype=np.float32)
    if kind == "noise":
        return white
    wave = np.hypot(np.fft.fftfreq(side, 2)[:, None], np.fft.rfftfreq(side, 2)[None])
    wave[0, 0] = np.inf
    z = np.fft.irfft2(np.fft.rfft2(white) * wave**-1.6).astype(np.float32)
    return z / z.std() * np.float32(1.2) + np.float32(11)


def main():
    """Measure, and check against the peer where asked."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--side", type=int, default=5000)
    options.add_argument("--ground", choices=("hills", "noise"), default="hills")
    options.add_argument("--label", action="store_true")
    given = options.parse_args()
    z = ground(given.side, given.ground)
    seed = np.unravel_index(np.argmin(z), z.shape)
    levels = np.linspace(float(z.min()), float(np.percentile(z, 99)), LEVELS + 1)[1:]
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, time.process_time()
    pool = Pool(z, seed, cell_m=2.0)
    linked = time.process_time() - began
    volumes, areas = pool.volumes(levels), pool.areas(levels)
    jumps = len(pool.jumps(1000.0))
    spent, memory = time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{z.size:,} cells, {given.ground}, {LEVELS} levels: {spent:.1f} s CPU (linked in {linked:.1f} s), "
          f"{memory:,.0f} MB at most ({before:,.0f} MB before)")  # fmt: skip
    print(f"highest level {levels[-1]:.3f} m: {areas[-1] / 1e6:.2f} km2, {volumes[-1]:,.0f} m3, {jumps} jumps")
    if given.label:
        began = time.process_time()
        for level, area in zip(levels, areas, strict=True):
            parts, _ = ndimage.label(z <= level, np.ones((3, 3)))
            found = int((parts == parts[seed]).sum()) * 4
            assert found == area, (level, found, area)
        print(f"scipy.ndimage.label at each level: {time.process_time() - began:.1f} s CPU, the same cells")


main()
