"""What a good GeoDataFrame is: the columns it promises, the city's CRS, valid shapes."""

from collections.abc import Collection

import geopandas as gpd
import shapely

from geo.crs import CITY
from geo.errors import BadInput, CrsMismatch


def check(frame: gpd.GeoDataFrame, columns: Collection[str], shapes: Collection[str] = ()) -> gpd.GeoDataFrame:
    """Return `frame` if it keeps its contract: `columns`, EPSG:5186, non-empty valid geometries of the types `shapes`.

    Raises CrsMismatch for another CRS and BadInput, naming the first row at fault, for anything else.
    """
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise BadInput(f"columns missing: {', '.join(missing)}")
    if frame.crs is None or frame.crs != CITY:
        raise CrsMismatch(f"expected EPSG:5186, got {frame.crs.to_string() if frame.crs else 'no CRS'}")
    geometry = frame.geometry
    absent = geometry.isna() | geometry.is_empty
    if absent.any():
        raise BadInput(f"row {absent.idxmax()}: no geometry")
    wrong = ~geometry.geom_type.isin(list(shapes)) if shapes else absent
    if wrong.any():
        row = wrong.idxmax()
        raise BadInput(f"row {row}: {geometry[row].geom_type}, expected {' or '.join(shapes)}")
    broken = ~geometry.is_valid
    if broken.any():
        row = broken.idxmax()
        raise BadInput(f"row {row}: {shapely.is_valid_reason(geometry[row])}")
    return frame
