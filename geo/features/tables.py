"""The tables that only collections have: the boundaries shipped with the product, and imported layers."""

from sqlalchemy import Column, Float, Index, Integer, Table, Text

from geo.database import METADATA, Geo

EMD = Table(
    "emd",
    METADATA,
    Column("fid", Integer, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("area_m2", Float, nullable=False),
    Column("geom", Geo("GEOMETRY"), nullable=False),
)
RI = Table(
    "ri",
    METADATA,
    Column("fid", Integer, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("emd", Text, nullable=False),
    Column("area_m2", Float, nullable=False),
    Column("geom", Geo("GEOMETRY"), nullable=False),
)
LAYERS = Table(  # one row for each imported layer
    "layers",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("properties", Text, nullable=False),  # JSON: [[name, kind], …]
    Column("file", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("crs", Text, nullable=False),
    Column("imported_at", Text, nullable=False),
)
LAYER_FEATURES = Table(  # the rows of all imported layers
    "layer_features",
    METADATA,
    Column("fid", Integer, primary_key=True),
    Column("layer", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("properties", Text, nullable=False),  # JSON: {name: value}
    Column("geom", Geo("GEOMETRY"), nullable=False),
)
Index("layer_features_key", LAYER_FEATURES.c.layer, LAYER_FEATURES.c.id, unique=True)
