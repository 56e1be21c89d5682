"""GDAL, through rasterio's wheel, rio-tiler and rio-cogeo: the services and the files as programs read them."""

import numpy as np
import pytest
import rasterio
from rasterio.windows import Window
from rio_cogeo.cogeo import cog_validate
from rio_tiler.io import Reader

from geo.grid import KOREA_CENTRAL, WEB_MERCATOR
from geo.orthophoto import store

SETS = {"KoreaCentral5186Quad": (5186, 12), "WebMercatorQuad": (3857, 18)}

TMS = """<GDAL_WMS><Service name="TMS">
<ServerUrl>{url}tiles/2024/{tms}/${{z}}/${{x}}/${{y}}?f=jpeg</ServerUrl></Service>
<DataWindow><UpperLeftX>{left}</UpperLeftX><UpperLeftY>{top}</UpperLeftY><LowerRightX>{right}</LowerRightX>
<LowerRightY>{bottom}</LowerRightY><TileLevel>{z}</TileLevel><TileCountX>1</TileCountX><TileCountY>1</TileCountY>
<YOrigin>top</YOrigin></DataWindow><Projection>EPSG:{epsg}</Projection><BlockSizeX>256</BlockSizeX>
<BlockSizeY>256</BlockSizeY><BandsCount>3</BandsCount><ZeroBlockHttpCodes>204,404</ZeroBlockHttpCodes></GDAL_WMS>"""


@pytest.fixture(autouse=True)
def caching_nothing(tmp_path):
    with rasterio.Env(GDAL_DEFAULT_WMS_CACHE_PATH=str(tmp_path), CPL_VSIL_CURL_NON_CACHED="/vsicurl/http://127.0.0.1"):
        yield


def around(source, service):
    """Pixels round the survey point, their corner, and where in them the point must be."""
    x, y = service.point if source.crs.to_epsg() == 5186 else service.web
    col, row = ~source.transform @ (x, y)
    corner = int(col) - 20, int(row) - 20
    pixels = source.read(window=Window(*corner, 41, 41))
    return pixels, (col - corner[0], row - corner[1])


def tms_document(service, tms):
    matrices = {"KoreaCentral5186Quad": KOREA_CENTRAL, "WebMercatorQuad": WEB_MERCATOR}[tms]
    epsg, z = SETS[tms]
    left, bottom, right, top = matrices.tile(0, 0, 0).bounds
    return TMS.format(url=service.url, tms=tms, epsg=epsg, z=z, left=left, bottom=bottom, right=right, top=top)


def opened(how, service, tms):
    base = service.url
    return {
        "wmts-query": f"WMTS:{base}wmts?service=WMTS&request=GetCapabilities,layer=orthophoto,tilematrixset={tms}",
        "wmts-path": f"WMTS:{base}wmts/1.0.0/WMTSCapabilities.xml,layer=orthophoto,tilematrixset={tms}",
        "stacit": f'STACIT:"{base}stac/search?collections=orthophotos&ids=2024":asset={tms}',
        "tms": tms_document(service, tms),
        "cog": f"/vsicurl/{base}surveys/2024/assets/{tms}.tif",
    }[how]


@pytest.mark.parametrize("tms", SETS)
@pytest.mark.parametrize("how", ["wmts-query", "wmts-path", "stacit", "tms", "cog"])
def test_a_survey_point_lies_on_its_pixel(service, middle_of_light, how, tms):
    with rasterio.open(opened(how, service, tms)) as source:
        assert source.crs.to_epsg() == SETS[tms][0]
        pixels, expected = around(source, service)
        assert source.res[0] == pytest.approx(0.5 if tms == "KoreaCentral5186Quad" else 0.597164, rel=1e-5)
    day = "2026" if how.startswith("wmts") else "2024"  # GDAL takes the dimension's default, the newest day
    assert np.median(pixels[0]) == pytest.approx(service.shade[day], abs=2)
    assert middle_of_light(pixels) == pytest.approx(expected, abs=0.5)


def test_all_days_of_the_search_are_one_mosaic(service):
    with rasterio.open(f'STACIT:"{service.url}stac/search?collections=orthophotos":asset=KoreaCentral5186Quad') as all:
        assert all.crs.to_epsg() == 5186
        pixels, _ = around(all, service)
    assert np.median(pixels[0]) > 30


@pytest.mark.parametrize("tms", SETS)
def test_the_files_are_valid_cogs(service, tms):
    survey = store.survey(service.city, "2024")
    valid, errors, warnings = cog_validate(survey.files[tms])
    assert valid
    assert errors == []
    assert [w for w in warnings if "internal tiles" not in w] == []


@pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")  # in rio-tiler's own code
def test_rio_tiler_reads_the_tile_that_is_served(service, middle_of_light):
    survey = store.survey(service.city, "2024")
    x, y = service.web
    col, row, _, _ = WEB_MERCATOR.tiles_over((x, y, x + 0.01, y + 0.01), 18)
    with Reader(str(survey.files["WebMercatorQuad"])) as reader:
        theirs = reader.tile(col, row, 18)
    ours = store.Shelf(service.city).made(survey, WEB_MERCATOR, 18, col, row, media_type="image/png")
    with (
        rasterio.MemoryFile(ours.body) as memory,
        pytest.warns(rasterio.errors.NotGeoreferencedWarning),
        memory.open() as o,
    ):
        pixels = o.read()[:3]
    assert np.abs(theirs.data.astype(int) - pixels)[:, theirs.mask == 255].mean() < 1
    left, _, _, top = WEB_MERCATOR.tile(18, col, row).bounds
    cell = WEB_MERCATOR.cell(18)
    assert middle_of_light(theirs.data) == pytest.approx(((x - left) / cell, (top - y) / cell), abs=0.5)


def test_a_file_is_handed_out_in_ranges(service):
    import httpx2

    url = f"{service.url}surveys/2024/assets/KoreaCentral5186Quad.tif"
    survey = store.survey(service.city, "2024")
    data = survey.files["KoreaCentral5186Quad"].read_bytes()
    part = httpx2.get(url, headers={"Range": "bytes=100-299"})
    assert (part.status_code, part.content) == (206, data[100:300])
    assert part.headers["content-range"] == f"bytes 100-299/{len(data)}"
    assert httpx2.get(url, headers={"Range": f"bytes={len(data)}-"}).status_code == 416
    whole = httpx2.get(f"{url}?v={survey.version}")
    assert whole.content == data
    assert "immutable" in whole.headers["cache-control"]
    assert httpx2.head(url).headers["content-length"] == str(len(data))
    assert httpx2.get(url, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304
    for name in ("Mars", "..%2f..%2fcity", "KoreaCentral5186Quad.nir"):
        assert httpx2.get(f"{service.url}surveys/2024/assets/{name}.tif").status_code == 404
