"""What makes a SQLite file a GeoPackage 1.3 (OGC 12-128r17): its header and the tables that describe its tables."""

from __future__ import annotations

from sqlalchemy import Connection

from geo.crs import CITY
from geo.errors import Damaged
from geo.geometry_type import SRID


def make(connection: Connection) -> bool:
    """Make the file a GeoPackage and say True; False when it is one. Raises Damaged for another program's file."""
    run = connection.exec_driver_sql
    held = run("PRAGMA application_id").scalar()
    if held == 0x47504B47:
        return False
    if held:
        raise Damaged("city.gpkg is a SQLite file of another program; move it away")
    run("PRAGMA application_id = 1196444487")
    run("PRAGMA user_version = 10300")
    run(
        "CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization "
        "TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT)"
    )
    for name, srid, authority, definition in (
        ("Undefined Cartesian SRS", -1, "NONE", "undefined"),
        ("Undefined geographic SRS", 0, "NONE", "undefined"),
        ("WGS 84", 4326, "EPSG", 'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],'
         'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],AUTHORITY["EPSG","4326"]]'),
        (CITY.name, SRID, "EPSG", CITY.to_wkt("WKT1_GDAL")),
    ):  # fmt: skip
        run("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, NULL)", (name, srid, authority, srid, definition))
    run(
        "CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT "
        "UNIQUE, description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT "
        "(strftime('%Y-%m-%dT%H:%M:%fZ','now')), min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id "
        "INTEGER REFERENCES gpkg_spatial_ref_sys(srs_id))"
    )
    run(
        "CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL UNIQUE REFERENCES gpkg_contents(table_name), "
        "column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL REFERENCES "
        "gpkg_spatial_ref_sys(srs_id), z TINYINT NOT NULL, m TINYINT NOT NULL, PRIMARY KEY (table_name, column_name))"
    )
    run(
        "CREATE TABLE gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition "
        "TEXT NOT NULL, scope TEXT NOT NULL, UNIQUE (table_name, column_name, extension_name))"
    )
    return True
