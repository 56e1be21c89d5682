"""The files that ship beside the maps: Leaflet, the page's own style and script, colours and names."""

from importlib.resources import files


def asset(name: str) -> bytes:
    """Return a file of `static/`, by its name there."""
    return (files("geo.maps") / "static" / name).read_bytes()
