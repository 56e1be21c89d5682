"""A layer of six places with a property of every kind, on both stores."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.features import store

X, Y = 190_000, 580_000  # EPSG:5186, within the city
SHAPES = {
    "A": shapely.box(0, 0, 100, 100),
    "B": shapely.box(100, 0, 200, 100),
    "C": shapely.box(50, 50, 150, 150),
    "D": shapely.Point(50, 50),
    "E": shapely.LineString([(0, 50), (300, 50)]),
    "F": shapely.box(20, 20, 40, 40),
}
COLUMNS = {
    "id": list(SHAPES),
    "name": ["Café Munsan", "cafe munsan", "금촌", "O'Brien 100%", None, "x_y"],
    "pop": [100, 200, 300, None, 0, -5],
    "area": [1.5, 2.5, 3.0, 4.25, 0.5, 10.0],
    "open": [True, False, True, None, False, True],
    "since": ["2020-01-01", "2021-06-15", "2022-03-01", None, "2020-12-31", "2024-02-29"],
    "until": ["2021-01-01", None, "2023-01-01", None, "2021-06-15", "2024-03-01"],
    "seen": ["2024-05-01T00:00:00Z", "2024-05-01T09:00:00+09:00", "2024-05-01T15:30:00Z", None,
             "2024-05-02T00:00:00+09:00", "2024-05-03T12:00:00.5Z"],
    "langs": [["ko", "en"], ["ko"], ["ko", "en", "zh"], None, [], ["vi"]],
}  # fmt: skip
KINDS = {"id": "text", "name": "text", "pop": "integer", "area": "number", "open": "flag", "since": "date",
         "until": "date", "seen": "time", "langs": "list"}  # fmt: skip


def draw(folder, columns=COLUMNS):
    shapes = [shapely.transform(shape, lambda points: np.add(points, (X, Y))) for shape in SHAPES.values()]
    frame = gpd.GeoDataFrame({name: gpd.pd.Series(values, dtype=object) for name, values in columns.items()},
                             geometry=shapes, crs="EPSG:5186")  # fmt: skip
    path = folder / "places.parquet"
    frame.to_parquet(path)
    return path


@pytest.fixture
def places(either, tmp_path, at):
    store.import_layer(either, "places", draw(tmp_path), title="장소", at=at)
    return either
