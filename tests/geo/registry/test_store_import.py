"""Files of parcels, roads, permits, zoning and coverage, through real files into a real database, on both stores."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from sqlalchemy import func, select

from geo import audit, boundaries
from geo.audit import AUDIT
from geo.crs import CITY
from geo.database import read
from geo.errors import BadFile, BadInput, NotFound, Unreadable
from geo.registry import store
from geo.registry.delivery import BadRows
from geo.registry.store import parts
from geo.registry.store.tables import HISTORY, SITES, SOURCES

X, Y = 184_000.0, 587_000.0  # in 율곡리, far from its edges
PNU = "4148036024101000000"  # 율곡리 100


def pnu(n):
    return f"41480360241{100 + n:04d}0000"


def lots(count=6, east=0.0, north=0.0):
    """Return parcels of 20 x 30 m side by side, as 연속지적도 delivers them."""
    boxes = [shapely.box(X + east + 20 * n, Y + north, X + east + 20 * n + 20, Y + north + 30) for n in range(count)]
    table = {
        "PNU": [pnu(n) for n in range(count)],
        "JIBUN": [f"{100 + n}{'대전답임도'[n % 5]}" for n in range(count)],
        "BCHK": "1",
        "SGG_OID": range(count),
        "COL_ADM_SE": "41480",
        "AREA": 600.0,
        "SYNTHETIC": "Y",
        "OWNER": "김아무개",
    }
    return gpd.GeoDataFrame(table, geometry=boxes, crs=CITY)


def roads(**changed):
    row = {
        "road_uid": "r-1", "legal_basis": "NAMOK", "designation_route": "CONSENT", "status": "DESIGNATED",
        "valid_from": "2010-03-02", "valid_to": None, "lead_pnu": pnu(0), "related_pnus": f"{pnu(0)};{pnu(1)}",
        "width_m": 4.0, "is_dead_end": True, "dead_end_length_m": 34.5, "consents_required": 3,
        "consents_obtained": 2, "consents_scope": "통행;굴착", "synthetic": True,
        "centerline_wkt": f"LINESTRING ({X} {Y - 2}, {X + 120} {Y - 2})",
    } | changed  # fmt: skip
    return gpd.GeoDataFrame([row], geometry=[shapely.box(X, Y - 4, X + 120, Y)], crs=CITY)


def permits(**changed):
    row = {
        "permit_id": "p-1", "kind": "건축허가", "state": "허가", "applied_on": "2024-05-01", "use": "단독주택",
        "gfa_m2": 150.0, "main_pnu": pnu(0), "pnus": f"{pnu(0)};{pnu(1)}", "road_uid": "r-1",
    } | changed  # fmt: skip
    return gpd.GeoDataFrame([row], geometry=[shapely.Point(X + 10, Y + 15)], crs=CITY)


def zoning(*names):
    rows = [{"kind": "용도지역", "name": name, "valid_from": "2000-01-01"} for name in names]
    shapes = [shapely.box(X - 500 + 600 * n, Y - 500, X + 100 + 600 * n, Y + 500) for n in range(len(names))]
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=CITY)


def coverage():
    row = {"legal_basis": "NAMOK", "complete_as_of": "2026-01-01", "source": "도로관리대장 전수조사"}
    return gpd.GeoDataFrame([row], geometry=[shapely.box(X - 500, Y - 500, X + 500, Y + 500)], crs=CITY)


@pytest.fixture
def save(tmp_path):
    def write(frame, name, *, encoding=None):
        file = tmp_path / name
        if file.suffix == ".parquet":
            frame.to_parquet(file)
        elif file.suffix == ".shp":
            frame.to_file(file, encoding=encoding or "CP949", engine="pyogrio")
            file.with_suffix(".cpg").unlink()  # as LSMD files come
        else:
            frame.to_file(file, engine="pyogrio")
        return file

    return write


def state(city):
    """Return every row of every table an import may touch: what 'nothing changed' is measured by."""
    tables = [*store.tables.CURRENT.values(), *HISTORY.values(), SITES, SOURCES, AUDIT]
    with read(city, *tables) as connection:
        return {t.name: [tuple(map(str, row)) for row in connection.execute(select(t))] for t in tables}


def test_the_five_kinds_come_in(either, save, at):
    files = {
        "parcels": save(lots(), "LSMD_CONT_LDREG_41480_202604.shp"),
        "roads": save(roads(), "roads.gpkg"),
        "permits": save(permits(), "permits.parquet"),
        "zoning": save(zoning("자연녹지지역", "계획관리지역"), "zoning.geojson"),
        "coverage": save(coverage(), "coverage.gpkg"),
    }
    for kind, file in files.items():
        done = store.import_file(either, kind, file, at=at)
        assert (done.rows, done.added, done.changed, done.unchanged) == (done.added, done.added, 0, 0)
    held = store.everything(either, "parcels")
    assert list(held["pnu"]) == [pnu(n) for n in range(6)]
    assert list(held["jibun"][:3]) == ["100", "101", "102"]
    assert list(held["jimok"][:5]) == list("대전답임도")
    assert held["area_m2"].tolist() == [600.0] * 6
    assert held["synthetic"].all()
    assert shapely.area(held.geometry.to_numpy()) == pytest.approx(600.0)
    assert held.crs == CITY
    road = store.everything(either, "roads").iloc[0]
    assert (road["width_m"], road["consents_obtained"], road["is_dead_end"]) == (4.0, 2, True)
    assert road["motor_only"] is None, "a fact that was not stated is not False"
    assert len(store.everything(either, "zoning")) == 2
    assert store.everything(either, "coverage")["source"].tolist() == ["도로관리대장 전수조사"]
    assert "OWNER" not in str(state(either))
    assert "김아무개" not in str(state(either))


def test_an_import_leaves_its_source_and_an_audit_entry(either, save, at):
    file = save(lots(), "parcels.gpkg")
    done = store.import_file(either, "parcels", file, at=at, officer="kim")
    source = store.sources(either).iloc[0]
    assert (source["file"], source["rows"], source["sha256"]) == ("parcels.gpkg", 6, done.source_sha256)
    assert (source["officer"], source["imported_at"]) == ("kim", at.isoformat())
    with read(either, AUDIT) as connection:
        entry = connection.execute(select(AUDIT)).one()
    assert (entry.officer, entry.action, entry.subject) == ("kim", "registry.import", "parcels")
    assert done.source_sha256 in entry.after
    assert audit.faults(either) == []


def test_importing_the_same_file_again_changes_nothing(either, save, at):
    file = save(lots(), "parcels.shp")
    store.import_file(either, "parcels", file, at=at)
    before = state(either)
    again = store.import_file(either, "parcels", file, at=at)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 6)
    assert "nothing changed" in again.sentence
    assert state(either) == before


def test_a_changed_row_closes_the_old_record_and_writes_a_new_one(either, save, at):
    store.import_file(either, "roads", save(roads(), "a.gpkg"), at=at)
    later = at.replace(month=6)
    done = store.import_file(either, "roads", save(roads(width_m=6.0), "b.gpkg"), at=later)
    assert (done.added, done.changed, done.unchanged) == (0, 1, 0)
    assert store.everything(either, "roads")["width_m"].tolist() == [6.0]
    past = HISTORY["roads"]
    with read(either, past) as connection:
        old = connection.execute(select(past)).one()
    assert (old.width_m, old.version) == (4.0, 1)
    assert (old.recorded_from, old.recorded_to) == (at.isoformat(), later.isoformat())
    assert old.geom.area == pytest.approx(480.0)
    now = store.tables.ROADS
    with read(either, now) as connection:
        assert connection.execute(select(now.c.version, now.c.recorded_from)).one() == (2, later.isoformat())
    assert store.verify(either) == []


def test_a_file_of_some_parcels_leaves_the_others_alone(either, save, at):
    store.import_file(either, "parcels", save(lots(6), "all.gpkg"), at=at)
    some = lots(2)
    some["AREA"] = 599.0
    done = store.import_file(either, "parcels", save(some, "some.gpkg"), at=at)
    assert (done.changed, done.closed) == (2, 0)
    assert len(store.everything(either, "parcels")) == 6


def test_zoning_comes_as_a_whole_layer(either, save, at):
    store.import_file(either, "zoning", save(zoning("자연녹지지역", "계획관리지역"), "old.gpkg"), at=at)
    done = store.import_file(either, "zoning", save(zoning("자연녹지지역", "농림지역"), "new.gpkg"), at=at)
    assert (done.added, done.unchanged, done.closed) == (1, 1, 1)
    assert set(store.everything(either, "zoning")["name"]) == {"자연녹지지역", "농림지역"}
    with read(either, HISTORY["zoning"]) as connection:
        assert connection.scalar(select(HISTORY["zoning"].c.name)) == "계획관리지역"


def test_a_permit_that_moves_to_other_parcels_is_found_by_them_only(either, save, at):
    store.import_file(either, "permits", save(permits(), "a.gpkg"), at=at)
    store.import_file(either, "permits", save(permits(pnus=f"{pnu(0)};{pnu(2)}"), "b.gpkg"), at=at)
    day = at.date()
    assert len(store.permits_of(either, [pnu(2)], day)) == 1
    assert len(store.permits_of(either, [pnu(1)], day)) == 0


def bow_tie(frame):
    frame.geometry = [shapely.Polygon([(X, Y), (X + 9, Y + 9), (X + 9, Y), (X, Y + 9)]), *frame.geometry[1:]]
    return frame


def with_nan(frame):
    frame.geometry = [shapely.Polygon([(X, Y), (X + 9, np.nan), (X + 9, Y), (X, Y)]), *frame.geometry[1:]]
    return frame


def far(frame):
    frame.geometry = [shapely.box(X + 5000, Y - 9000, X + 5020, Y - 8980), *frame.geometry[1:]]
    return frame


def as_points(frame):
    frame.geometry = frame.geometry.centroid
    return frame


BAD_PARCELS = {
    "a PNU of 18 digits": (lambda f: f.assign(PNU=[PNU[:18], *f["PNU"][1:]]), "row 1, pnu: .*18 digits, expected 19"),
    "a PNU of another city": (
        lambda f: f.assign(PNU=["1" + PNU[1:], *f["PNU"][1:]]),
        "row 1, pnu: .*begins with 11480",
    ),
    "a PNU of 세움터": (
        lambda f: f.assign(PNU=[PNU[:10] + "0" + PNU[11:], *f["PNU"][1:]]),
        "row 1, pnu: .*11th digit is 0",
    ),
    "no such legal dong": (
        lambda f: f.assign(PNU=["4148036025" + PNU[10:], *f["PNU"][1:]]),
        "row 1, pnu: .*4148036025",
    ),
    "PNUs as floats": (lambda f: f.assign(PNU=f["PNU"].astype(float)), "lost digits"),
    "a PNU twice": (lambda f: f.assign(PNU=[pnu(0), pnu(0), *f["PNU"][2:]]), f"row 2, pnu: {pnu(0)} stands in row 1"),
    "no PNU column": (lambda f: f.drop(columns="PNU"), "columns missing for parcels: pnu; the file has JIBUN"),
    "no lot number": (lambda f: f.assign(JIBUN=[None, *f["JIBUN"][1:]]), "row 1, jibun: is empty"),
    "an area of nothing": (lambda f: f.assign(AREA=[0.0, *f["AREA"][1:]]), "row 1, area_m2: 0 is not above 0"),
    "an unknown 지목": (lambda f: f.assign(JIBUN=["100힣", *f["JIBUN"][1:]]), "row 1, jibun: '힣' is none of"),
    "a bow tie": (bow_tie, "row 1, geometry: Self-intersection"),
    "a NaN coordinate": (with_nan, "row 1, geometry: .*(finite|Invalid)"),
    "a parcel elsewhere": (far, "row 1, .*lies .* m"),
    "points": (as_points, "row 1, geometry: is a Point, not a Polygon or MultiPolygon"),
    "no rows": (lambda f: f.iloc[:0], "holds no rows"),
    "no geometry": (lambda f: f.set_geometry([None, *f.geometry[1:]], crs=CITY), "row 1, geometry: is missing"),
    "no CRS": (lambda f: f.set_crs(None, allow_override=True), "does not say its coordinate system.*--crs"),
    "another belt": (lambda f: f.to_crs(5187), "none that Paju's data comes in.*--crs"),
}


@pytest.mark.parametrize("name", BAD_PARCELS)
def test_a_bad_file_is_refused_in_one_sentence_and_changes_nothing(city, save, at, name):
    store.import_file(city, "parcels", save(lots(), "good.gpkg"), at=at)
    before = state(city)
    spoil, sentence = BAD_PARCELS[name]
    with np.errstate(invalid="ignore"):
        frame = spoil(lots(6, north=60))
        file = save(frame, "bad.gpkg" if frame.crs else "bad.parquet")
    with pytest.raises(BadFile, match=sentence) as refusal:
        store.import_file(city, "parcels", file, at=at)
    assert "\n" not in str(refusal.value)
    assert state(city) == before


def test_every_row_at_fault_is_told(city, save, at):
    frame = lots(40)
    frame["PNU"] = [f"{n}" for n in range(40)]
    frame["JIBUN"] = "?"
    with pytest.raises(BadRows, match="40 rows at fault, nothing was imported; row 1, jibun") as refusal:
        store.import_file(city, "parcels", save(frame, "bad.gpkg"), at=at)
    assert len(refusal.value.faults) == 80
    assert {fault.row for fault in refusal.value.faults} == set(range(1, 41))


BAD_ROADS = {
    "legal basis": ({"legal_basis": "다목"}, "legal_basis: '다목' is none of NAMOK, GAMOK"),
    "width below zero": ({"width_m": -4.0}, "width_m: -4 is not above 0"),
    "infinite width": ({"width_m": np.inf}, "width_m: inf is no finite number"),
    "no such day": ({"valid_from": "2021-02-30"}, "valid_from: '2021-02-30' is no date"),
    "ends before it begins": ({"valid_to": "2010-03-02"}, "valid_to: 2010-03-02 is not after valid_from 2010-03-02"),
    "half a consent": ({"consents_obtained": 2.5}, "consents_obtained: 2.5 is no count"),
    "an unheard-of obstacle": ({"opposite_obstacle": "바다"}, "opposite_obstacle: '바다' is none of 없음, 경사지"),
    "neither yes nor no": ({"is_dead_end": "maybe"}, "is_dead_end: 'maybe' is neither Y nor N"),
    "a related PNU of 18 digits": ({"related_pnus": f"{pnu(0)};{PNU[:18]}"}, "related_pnus: .*18 digits"),
    "a centre line that is none": ({"centerline_wkt": "POINT (1 1)"}, "centerline_wkt: 'POINT .1 1.' is no LINESTRING"),
    "a centre line elsewhere": ({"centerline_wkt": "LINESTRING (0 0, 1 1)"}, "centerline_wkt: .* outside Paju"),
    "deeply nested text": ({"centerline_wkt": "GEOMETRYCOLLECTION (" * 30000}, "centerline_wkt: .* is no LINESTRING"),
}


@pytest.mark.parametrize("name", BAD_ROADS)
def test_a_road_with_a_bad_value_is_refused(city, save, at, name):
    change, sentence = BAD_ROADS[name]
    with pytest.raises(BadRows, match=f"row 1, {sentence}"):
        store.import_file(city, "roads", save(roads(**change), "bad.gpkg"), at=at)
    assert state(city)["sources"] == []


def test_a_road_file_by_the_names_of_the_domain_model(city, save, at):
    file = save(roads().rename(columns={"width_m": "Width_m_nominal"}), "roads.gpkg")
    store.import_file(city, "roads", file, at=at)
    assert store.everything(city, "roads")["width_m"].tolist() == [4.0]


def test_a_permit_must_stand_on_its_main_parcel(city, save, at):
    with pytest.raises(BadRows, match=f"row 1, pnus: does not hold main_pnu {pnu(0)}"):
        store.import_file(city, "permits", save(permits(pnus=pnu(3)), "bad.gpkg"), at=at)


def test_an_unknown_kind_and_a_missing_file(city, save, at, tmp_path):
    with pytest.raises(BadInput, match="kind 'houses' is none of parcels, roads"):
        store.import_file(city, "houses", save(lots(), "p.gpkg"), at=at)
    with pytest.raises(NotFound, match="no file"):
        store.import_file(city, "parcels", tmp_path / "nothing.gpkg", at=at)


def test_the_citys_own_database_is_no_delivery(city, save, at):
    store.import_file(city, "parcels", save(lots(), "p.gpkg"), at=at)
    with pytest.raises(BadFile, match="own database"):
        store.import_file(city, "parcels", city.folder / "city.gpkg", at=at)


def tiled(codes, step=110.0):
    """Return parcels that tile three neighbouring ri, clipped to their real boundaries."""
    ri = boundaries.ri().set_index("code").geometry
    parts = []
    for code in codes:
        left, bottom, right, top = ri[code].bounds
        x, y = np.meshgrid(np.arange(left, right, step), np.arange(bottom, top, step))
        cells = shapely.intersection(shapely.box(x.ravel(), y.ravel(), x.ravel() + step, y.ravel() + step), ri[code])
        cells = cells[(shapely.area(cells) > 50) & (shapely.get_type_id(cells) == 3)]
        names = [f"{code}1{n + 1:04d}0000" for n in range(len(cells))]
        parts.append(
            gpd.GeoDataFrame(
                {"PNU": names, "JIBUN": [f"{n + 1}답" for n in range(len(cells))]}, geometry=cells, crs=CITY
            )
        )
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=CITY)


@pytest.fixture(scope="module")
def valley():
    return tiled(["4148036024", "4148025030", "4148036022"])


@pytest.mark.parametrize("seed", range(2))
def test_parcels_in_2097_that_are_declared_5174(city, save, at, valley, seed, tmp_path):
    rng = np.random.default_rng(seed)
    for size in (len(valley), 500, 40):
        some = valley.iloc[np.sort(rng.choice(len(valley), size, replace=False))]
        wrong = save(some.to_crs(2097).set_crs(5174, allow_override=True), f"wrong{size}.shp")
        with pytest.raises(BadFile, match=r"--crs") as refusal:
            store.import_file(city, "parcels", wrong, at=at)
        if size > 400:
            assert "contradict EPSG:5174" in str(refusal.value)
            assert "fit EPSG:2097" in str(refusal.value)
            with pytest.raises(BadFile, match="contradict EPSG:5174"):
                store.import_file(city, "parcels", wrong, at=at, crs=5174)
    assert state(city)["sources"] == []
    right = save(valley.to_crs(5174), "right.shp")
    assert store.import_file(city, "parcels", right, at=at).crs == "EPSG:5174"
    away = shapely.hausdorff_distance(store.everything(city, "parcels").geometry.to_numpy(), valley.geometry.to_numpy())
    assert away.max() < 0.01
    # now that the parcels are held, forty are evidence enough, and the officer's word can correct the file
    forty = valley.iloc[rng.choice(len(valley), 40, replace=False)]
    with pytest.raises(BadFile, match="contradict EPSG:5174"):
        store.import_file(city, "parcels", save(forty.to_crs(2097).set_crs(5174, allow_override=True), "w.shp"), at=at)
    assert store.import_file(city, "parcels", save(forty.to_crs(5174), "r.shp"), at=at).unchanged == 40
    assert store.import_file(city, "parcels", tmp_path / "w.shp", at=at, crs=2097).unchanged == 40


def test_more_rows_than_one_statement_holds(city, save, at, valley, monkeypatch):
    monkeypatch.setattr(parts, "AT_ONCE", 700)
    store.import_file(city, "parcels", save(valley, "valley.parquet"), at=at)
    with read(city, store.PARCELS) as connection:
        assert connection.scalar(select(func.count()).select_from(store.PARCELS)) == len(valley)


def test_unreadable_files_are_told_apart(city, at, tmp_path):
    for name, content, sentence in (
        ("text.gpkg", b"these are words", "not what its ending says: it begins with b'these ar'"),
        ("empty.gpkg", b"", "empty.gpkg is empty"),
        ("words.geojson", b"PNU,JIBUN", "not what its ending says"),
        ("cut.geojson", b'{"type": "FeatureCollection", "features": [{', "cannot be read"),
        ("fake.parquet", b"PAR1 and nothing more", "cannot be read as GeoParquet"),
        ("other.shp", b"\x00\x00\x00\x00", "not what its ending says"),
    ):
        file = tmp_path / name
        file.write_bytes(content)
        with pytest.raises(Unreadable, match=sentence):
            store.import_file(city, "parcels", file, at=at)
    assert state(city)["sources"] == []


def test_only_four_formats_are_opened(city, at, tmp_path):
    vrt = tmp_path / "p.vrt"
    vrt.write_text("<OGRVRTDataSource/>")
    with pytest.raises(BadFile, match=r"files come as \.shp"):
        store.import_file(city, "parcels", vrt, at=at)
    disguised = tmp_path / "p.geojson"
    disguised.write_text("<OGRVRTDataSource/>")
    with pytest.raises(Unreadable, match="not what its ending says"):
        store.import_file(city, "parcels", disguised, at=at)
    other = tmp_path / "t.json"
    other.write_text('{"type": "Topology", "objects": {}, "arcs": []}')
    with pytest.raises(Unreadable, match=r"TopoJSON|cannot be read"):
        store.import_file(city, "parcels", other, at=at)
