import re

import geo.pages
from geo.change.store import runs


def test_a_change_map_is_of_the_run_that_is_named(client, town):
    newest, *_, oldest = runs(town)
    assert newest["id"] != oldest["id"]
    pages = {id: client.get("/maps/changes", params=id and {"run": id}).text for id in ("", newest["id"], oldest["id"])}
    assert f"{oldest['before_on']}" in pages[oldest["id"]]
    assert bare(pages[""]) == bare(pages[newest["id"]]) != bare(pages[oldest["id"]])


def test_a_zone_map_is_of_the_zone_that_is_named(client, town):
    named = client.get("/maps/disaster-zone?zone=yulgok")
    assert named.status_code == 200
    assert bare(named.text) == bare(client.get("/maps/disaster-zone").text)


def test_a_file_is_of_the_run_that_is_named(town, at):
    oldest = runs(town)[-1]
    assert str(oldest["after_on"]) in geo.pages.alone(town, "changes", at.date(), of=oldest["id"])


def bare(page):
    """A page without the names that Folium draws at random."""
    return re.sub(r"[0-9a-f]{32}", "", page)
