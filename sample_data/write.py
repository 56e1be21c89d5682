"""Files with equal bytes on every run: no clock in any header."""

from pathlib import Path

import geopandas as gpd
import pyogrio

DRAWN_ON = "2026-06-30"
"""The date that stands in file headers in place of the day they are written."""


def geopackage(frame: gpd.GeoDataFrame, path: Path, layer: str) -> None:
    """Add `frame` to the GeoPackage at `path` as `layer`."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{DRAWN_ON}T00:00:00.000Z"})
    try:
        pyogrio.write_dataframe(frame, path, layer=layer, driver="GPKG", append=False)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def shapefile(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Write `frame` in CP949 without a .cpg file, as the cadastre is delivered."""
    pyogrio.write_dataframe(
        frame, path, driver="ESRI Shapefile", encoding="CP949", layer_options={"DBF_DATE_LAST_UPDATE": DRAWN_ON}
    )
    path.with_suffix(".cpg").unlink(missing_ok=True)
