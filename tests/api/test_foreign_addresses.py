"""Addresses and descriptions in place of a survey's name lead nowhere: nothing is called, nothing is opened."""

from urllib.parse import quote

import pytest

ROUTES = (
    "/tiles/{}/KoreaCentral5186Quad/12/1664/3253",
    "/tiles/2024/{}/12/1664/3253",
    "/surveys/{}",
    "/surveys/{}/image?bbox=126.8,37.7,126.81,37.71",
    "/surveys/{}/assets/KoreaCentral5186Quad.tif",
    "/surveys/2024/assets/{}",
)
NAMES = (
    "http://{}/a.tif",
    "/vsicurl/http://{}/a.tif",
    "/vsicurl?header_file=/etc/passwd&url=http://{}/",
    "GTIFF_RAW:/etc/passwd",
    "<VRTDataset><SRS>http://{}</SRS></VRTDataset>",
    "../../../etc/passwd",
    "2024\0",
)


@pytest.mark.parametrize("route", ROUTES)
def test_a_name_that_is_an_address_is_not_found(client, listener, route):
    address, called = listener
    for name in NAMES:
        answer = client.get(route.format(quote(name.format(address), safe="")))
        assert answer.status_code in (400, 404, 422), name
        assert "root:" not in answer.text
    assert called == []


def test_an_address_as_a_parameter_is_never_called(client, listener):
    address, called = listener
    for route in ROUTES:
        path = route.format("2024")
        client.get(f"{path}{'&' if '?' in path else '?'}url=http://{address}/a.tif&src=/vsicurl/http://{address}/a.tif")
    assert called == []
