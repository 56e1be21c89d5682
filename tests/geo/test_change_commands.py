"""`geo change` as it is typed, from delivered sheets to what is kept; every pair that cannot be compared is refused."""

import json
import shutil
from datetime import date

import cv2
import geopandas as gpd
import numpy as np
import pytest
import rasterio
from affine import Affine
from shapely.geometry import Point, box

from geo import audit
from geo.change import model, store
from geo.change.training.refit import Figures
from geo.crs import CITY
from geo.database import open_city
from geo.orthophoto import store as orthophoto

LEFT, TOP, PX = 184_832.0, 587_264.0, 512  # in 율곡리
HOUSE = Point(LEFT + 130, TOP - 125)


def ground(seed):
    """Stony fields, rough enough to be aligned by; (PX, PX, 3)."""
    random = np.random.default_rng(seed)
    image = np.full((PX, PX, 3), (128.0, 118.0, 98.0)) + 8 * random.standard_normal((PX, PX, 1))
    for x, y in random.integers(0, PX, (300, 2)):
        cv2.circle(image, (int(x), int(y)), int(random.integers(1, 6)), [float(random.uniform(50, 190))] * 3, -1)
    return np.clip(image, 0, 255).astype(np.uint8)


FIELD = ground(1)
BUILT = FIELD.copy()
BUILT[222:262, 226:282] = (30, 32, 38)  # the shadow of
BUILT[230:270, 230:290] = (200, 200, 206)  # a house


def sheet(path, pixels, *, left=LEFT, nodata=None):
    with rasterio.open(
        path, "w", driver="GTiff", width=PX, height=PX, count=pixels.shape[2], dtype=pixels.dtype, crs="EPSG:5186",
        nodata=nodata, transform=Affine(0.5, 0, left, 0, -0.5, TOP),
    ) as file:  # fmt: skip
        file.write(np.moveaxis(pixels, 2, 0))
    return path


@pytest.fixture(scope="module")
def flown(tmp_path_factory):
    """A city with surveys and no register: a field, the same with a house, one beside it, one 10 m off, one grey."""
    folder = tmp_path_factory.mktemp("flown")
    sheets = {
        "field": sheet(folder / "a.tif", FIELD),
        "built": sheet(folder / "b.tif", BUILT),
        "beside": sheet(folder / "c.tif", ground(2), left=LEFT + 1024),
        "off": sheet(folder / "d.tif", np.roll(FIELD, 20, axis=1)),
        "grey": sheet(folder / "e.tif", BUILT[..., :1]),
    }
    city = open_city(folder / "data", create=True)
    for year, (name, path) in enumerate(sheets.items(), 2024):
        orthophoto.ingest(city, [path], survey=name, captured_on=date(year, 5, 1))
    return city


def test_a_polygon_is_the_area_without_any_register(geo, flown, tmp_path):
    shape = box(LEFT + 20, TOP - 236, LEFT + 236, TOP - 20)
    gpd.GeoDataFrame(geometry=[shape], crs=CITY).to_crs(4326).to_file(tmp_path / "site.geojson")
    words = "field", "built", "--area", tmp_path / "site.geojson", "--workers", "1", "--json"
    run = json.loads(geo("change", "detect", *words, data=flown.folder).stdout)
    assert run["area_km2"] == pytest.approx(shape.area / 1e6, abs=1e-4)
    assert (run["counts"], run["hidden_m2"]) == ({"building_gained": 1}, 0)
    (house,) = store.changes(flown, run["id"]).geometry
    assert house.contains(HOUSE)


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("field", "beside", "do not overlap"),
        ("field", "off", "100% of the ground of field and off cannot be aligned"),
        ("built", "field", "name the older one first"),
        ("field", "grey", "survey grey has 1 band(s)"),
    ],
)
def test_surveys_that_cannot_be_compared_are_refused(geo, flown, before, after, why):
    left = geo("change", "detect", before, after, "--workers", "1", data=flown.folder)
    assert (left.returncode, left.stdout) == (2, "")
    assert why in left.stderr
    assert "Traceback" not in left.stderr
    assert not [run for run in store.runs(flown) if (run["before"], run["after"]) == (before, after)]


@pytest.mark.parametrize(
    ("pixels", "how", "why"),
    [
        (BUILT, {"left": LEFT + 1024}, "different grids"),
        (BUILT, {"left": LEFT + 0.25}, "different grids"),
        (BUILT[..., :1], {}, "1 band(s)"),
        (BUILT.astype(np.uint16), {}, "uint16"),
        (BUILT * 0, {"nodata": 0}, "no pixel that is valid in both"),
    ],
    ids=["no overlap", "another grid", "one band", "16 bit", "all nodata"],
)
def test_images_that_cannot_be_compared_are_refused(refused, tmp_path, pixels, how, why):
    before, after = sheet(tmp_path / "a.tif", FIELD), sheet(tmp_path / "b.tif", pixels, **how)
    assert why in refused("change", "predict", before, after, tmp_path / "out.tif", data=tmp_path / "none")
    assert not (tmp_path / "out.tif").exists()


def test_images_ten_metres_apart_are_flagged(geo, tmp_path):
    before, after = sheet(tmp_path / "a.tif", FIELD), sheet(tmp_path / "b.tif", np.roll(FIELD, 20, axis=1))
    left = geo("change", "predict", before, after, tmp_path / "out.tif", "--json", data=tmp_path / "none")
    assert json.loads(left.stdout)["unaligned"] == 1


@pytest.fixture
def known(flown, geo, drawing, tmp_path):
    """A copy of the city that knows its parcels there and one approval for use, of the house."""
    folder = shutil.copytree(flown.folder, tmp_path / "data")
    parcels = gpd.read_file(drawing / "registry" / "parcels.shp", encoding="cp949")
    parcels = parcels[parcels.within(box(LEFT, TOP - PX / 2, LEFT + PX / 2, TOP))]
    permit = gpd.read_file(drawing / "registry" / "permits.gpkg").query("state == '사용승인'").iloc[:1]
    pnu = parcels.loc[parcels.contains(HOUSE), "PNU"].iloc[0]
    permit = permit.assign(used_on="2024-11-05", main_pnu=pnu, pnus=pnu).set_geometry([HOUSE], crs=CITY)
    for kind, rows in (("parcels", parcels), ("permits", permit)):
        rows.to_file(tmp_path / f"{kind}.gpkg")
        left = geo("registry", "import", kind, tmp_path / f"{kind}.gpkg", data=folder)
        assert left.returncode == 0, left.stderr
    return open_city(folder)


def test_the_head_is_fitted_to_what_the_city_knows(geo, known, monkeypatch):
    """Without and with a gain: only then it is kept, audited, and what detection uses."""
    words = "change", "train", "field", "built", "--json"
    monkeypatch.setattr(Figures, "no_worse_than", lambda self, other: False)
    told = json.loads(geo(*words, data=known.folder).stdout)
    assert (told["before"], told["after"], told["kept"]) == ("field", "built", False)
    assert told["examples"]["approved"] == 1
    assert told["examples"]["quiet"] > 10
    assert told["held_out"]["before"]["changes"] == 1
    assert store.head(known) is None
    monkeypatch.setattr(Figures, "no_worse_than", lambda self, other: True)
    told = json.loads(geo(*words, data=known.folder).stdout)
    assert told["kept"]
    assert store.head(known) != model.shipped_head()
    entry = audit.entries(known, told["trained_at"][:7])[-1]
    assert (entry["action"], entry["subject"], entry["officer"]) == ("change.train", "field-built", "command line")
    geo("change", "detect", "field", "built", "--workers", "1", data=known.folder)
    assert store.changes(known, "field-built").contains(HOUSE).any()


def test_a_city_that_knows_nothing_is_refused(refused, flown):
    assert "nothing is known of buildings" in refused("change", "train", "field", "built", data=flown.folder)
