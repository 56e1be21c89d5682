"""The same basin in EPA SWMM 5.2.4, at a step of one second: one simulation to a process, as SWMM asks for."""

import json
import subprocess
import sys

import numpy as np
import pytest

from geo.disaster.basin import Pumps, StageStorage
from geo.disaster.hydrograph import Inflow
from geo.disaster.rainfall import huff
from geo.disaster.runoff import clark, excess, wet
from geo.disaster.storage import route

pytest.importorskip("pyswmm", reason="pyswmm, a development dependency, is not installed")

HOURS, STEP_S, START_M = 48, 60, 0.3
BASIN = [(0, 40_245), (6.56, 40_245), (6.561, 290_245), (12, 290_245)]
RUN = """
import json, sys
from pyswmm import Links, Nodes, Simulation
with Simulation(sys.argv[1]) as run:
    pond, links = Nodes(run)["POND"], Links(run)
    highest = 0.0
    for _ in run:
        highest = max(highest, pond.depth)
    pumped = [link.pump_statistics["total_volume"] for link in links]
print(json.dumps({"peak": highest, "pumped": sum(pumped)}))
"""
FORM = """[OPTIONS]
FLOW_UNITS CMS
FLOW_ROUTING DYNWAVE
START_DATE 01/01/2026
START_TIME 00:00:00
REPORT_START_DATE 01/01/2026
REPORT_START_TIME 00:00:00
END_DATE 01/03/2026
END_TIME 00:00:00
REPORT_STEP 00:05:00
WET_STEP 00:05:00
DRY_STEP 00:05:00
ROUTING_STEP 1
VARIABLE_STEP 0
THREADS 1
[EVAPORATION]
CONSTANT 0.0
[STORAGE]
POND 0 12 {start} TABULAR SC 0 0
[OUTFALLS]
{outfalls}
[PUMPS]
{pumps}
[CURVES]
{curves}
[INFLOWS]
POND FLOW TSI FLOW 1.0 1.0
[TIMESERIES]
{series}
"""


def inflow():
    """300 mm in 24 h by Huff's third quartile on 4 km2, constant within each minute."""
    rain = np.pad(huff(300, duration_s=86_400, step_s=STEP_S), (0, (HOURS - 24) * 60))
    run_off = np.diff(excess(np.append(0, np.cumsum(rain)), wet(75)))
    _, volumes = clark(run_off, area_m2=4e6, concentration_s=4320, storage_s=6120, step_s=STEP_S)
    return volumes / STEP_S


def swmm(folder, pumps, flow):
    shape = [f"SC {'STORAGE' if not place else ''} {level} {area}" for place, (level, area) in enumerate(BASIN)]
    lift = [
        line for n, p in enumerate(pumps) for line in (f"PC{n} PUMP4 0 {p.capacity_m3s}", f"PC{n} 12 {p.capacity_m3s}")
    ]
    series = []
    for place, q in enumerate(flow.tolist()):  # SWMM draws lines between points: a step is a pair
        first, last = place * STEP_S / 3600, ((place + 1) * STEP_S - 1) / 3600
        series += [f"TSI {first:.8f} {q:.8f}", f"TSI {last:.8f} {q:.8f}"]
    text = FORM.format(
        start=START_M,
        outfalls="\n".join(f"O{n} -5 FREE" for n in range(len(pumps))),  # an outfall takes one link
        pumps="\n".join(f"P{n} POND O{n} PC{n} OFF {pump.on_m} {pump.off_m}" for n, pump in enumerate(pumps)),
        curves="\n".join(shape + lift),
        series="\n".join(series),
    )
    file = folder / "case.inp"
    file.write_text(text)
    done = subprocess.run([sys.executable, "-c", RUN, file], cwd=folder, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.mark.parametrize(("capacity", "first_m"), [(5.321, 1.0), (3.192, 1.0), (5.321, 99.0)])
def test_swmm_finds_the_same_peak_and_pumps_the_same_volume(tmp_path, capacity, first_m):
    """Four pumps staggered by 0.2 m: large, small, and so high that none ever starts."""
    pumps = [Pumps(1, capacity, first_m + 0.2 * n, first_m - 0.5 + 0.2 * n) for n in range(4)]
    flow = inflow()
    edges = np.arange(len(flow) + 1) * float(STEP_S)
    ours = route(
        StageStorage(BASIN), Inflow(edges, flow, flow), initial_level_m=START_M, duration_s=HOURS * 3600, step_s=STEP_S,
        pumps=pumps,
    )  # fmt: skip
    theirs = swmm(tmp_path, pumps, flow)
    assert ours.peak_level_m == pytest.approx(theirs["peak"], abs=0.002)
    assert ours.pumped_volume_m3 == pytest.approx(theirs["pumped"], rel=5e-4)
