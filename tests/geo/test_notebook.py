import json
from datetime import date

import cv2
import numpy as np
from affine import Affine

from geo import answers, notebook
from geo.crs import CITY
from geo.disaster import store as disaster
from geo.disaster import works
from geo.grid import Grid
from geo.orthophoto import store as orthophoto
from geo.raster import Raster


def test_a_table_escapes_what_it_shows():
    html = notebook.table("<b>", ("a&b",), [("<script>",), (None,)], under="'\"<")
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "<td style=\"text-align:left\"></td>" in html  # fmt: skip
    assert html.endswith("<p>&#x27;&quot;&lt;</p>")


def test_results_show_themselves(town):
    (known, *_) = json.loads((town.folder / "sample" / "truth" / "sites.json").read_text(encoding="utf-8"))
    site = answers.site(town, known["pnu"])
    review = answers.permit_review(town, site, as_of=date(2026, 11, 1), use=None, gfa_m2=None)
    assert review.sentence in review._repr_html_()
    assert review.notice in review._repr_html_()
    (survey, *_) = orthophoto.surveys(town)
    assert "2026-04-22" in survey._repr_html_()
    status = works.status(disaster.zone_record(town, "yulgok"), date(2026, 3, 15))
    assert status.sentence in status._repr_html_()


def test_pixels_show_themselves_as_a_png_that_is_clear_where_there_is_no_ground():
    grid = Grid(CITY, Affine(1, 0, 0, 0, -1, 2), 3, 2)
    data = np.arange(18, dtype=np.uint8).reshape(3, 2, 3)
    valid = np.array([[True, True, False], [True, True, True]])
    png = Raster(data, valid, grid)._repr_png_()
    back = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    assert (back[..., 2::-1].transpose(2, 0, 1) == data).all()
    assert (back[..., 3] == valid * 255).all()
    assert Raster(data[:1], valid, grid)._repr_png_() is not None
    assert Raster(data.astype(np.float32), valid, grid)._repr_png_() is None
