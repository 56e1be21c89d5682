"""Pairs of image files: what comes out, what is refused, and the figures on real pairs."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import rasterio
from affine import Affine

from geo.change import store
from geo.errors import BadFile, BadInput, NotFound, Unreadable

REAL = Path(__file__).parents[5] / "shared" / "data" / "change" / "dev_levir"


def write_png(path, image):
    cv2.imwrite(str(path), cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    return path


def write_tif(path, image, *, gsd=0.5, left=190_464.0, crs="EPSG:5186"):
    data = np.moveaxis(np.atleast_3d(image), 2, 0)
    shape = {"count": data.shape[0], "height": data.shape[1], "width": data.shape[2]}
    with rasterio.open(
        path, "w", driver="GTiff", dtype=data.dtype, crs=crs, transform=Affine(gsd, 0, left, 0, -gsd, 590_080), **shape
    ) as file:
        file.write(data)
    return path


@pytest.fixture
def images(scene):
    return [np.clip(image, 0, 255).astype(np.uint8) for image in scene]


@pytest.fixture
def pngs(tmp_path, images):
    return [write_png(tmp_path / f"{name}.png", image) for name, image in zip("ab", images, strict=True)]


def test_a_new_house_is_probable_in_plain_images(tmp_path, pngs, truth):
    told = store.predict(*pngs, tmp_path / "out.png")
    found = cv2.imread(str(tmp_path / "out.png"), cv2.IMREAD_UNCHANGED)
    assert found.shape == (512, 512)
    assert found.dtype == np.uint8
    col, row, width, height = truth["building_gained"]
    assert (found[row : row + height, col : col + width] >= 128).mean() > 0.7
    assert found[200:280, 20:150].max() < 60
    assert told["gsd_m"] == 0.5
    assert told["changed_share"] == pytest.approx((found >= 128).mean(), abs=1e-4)
    assert told["unaligned"] == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.png", "b.png", "out.png"]


def test_geotiff_keeps_its_grid_and_gives_what_png_gives(tmp_path, images, pngs):
    tifs = [write_tif(tmp_path / f"{name}.tif", image) for name, image in zip("ab", images, strict=True)]
    store.predict(*tifs, tmp_path / "out.tif")
    store.predict(*pngs, tmp_path / "out.png")
    with rasterio.open(tmp_path / "out.tif") as out, rasterio.open(tifs[0]) as like:
        assert (out.crs, out.transform, out.shape, out.dtypes) == (like.crs, like.transform, like.shape, ("uint8",))
        assert (out.read(1) == cv2.imread(str(tmp_path / "out.png"), cv2.IMREAD_UNCHANGED)).all()


def test_finer_imagery_is_compared_at_half_a_metre(tmp_path, images, truth):
    fine = [cv2.resize(image[:300, :350], None, fx=2.5, fy=2.5, interpolation=cv2.INTER_LINEAR) for image in images]
    tifs = [write_tif(tmp_path / f"{name}.tif", image, gsd=0.2) for name, image in zip("ab", fine, strict=True)]
    assert store.predict(*tifs, tmp_path / "out.tif")["gsd_m"] == 0.2
    with rasterio.open(tmp_path / "out.tif") as out:
        found = out.read(1)
    assert found.shape == (750, 875)
    col, row, width, height = (int(v * 2.5) for v in truth["building_gained"])
    assert (found[row : row + height, col : col + width] >= 128).mean() > 0.7


def test_odd_sizes_are_taken(tmp_path, images):
    odd = [write_png(tmp_path / f"{name}.png", image[:301, :203]) for name, image in zip("ab", images, strict=True)]
    assert store.predict(*odd, tmp_path / "out.png")["width"] == 203


def test_pairs_that_do_not_fit(tmp_path, images, pngs):
    for other, error, why in (
        (write_png(tmp_path / "x.png", images[1][:400]), BadInput, "512 x 512 pixels and x.png 512 x 400"),
        (write_tif(tmp_path / "x.tif", images[1]), BadInput, "different grids"),
        (tmp_path / "none.png", NotFound, "none"),
    ):
        with pytest.raises(error, match=why):
            store.predict(pngs[0], other, tmp_path / "out.png")
    assert not (tmp_path / "out.png").exists()


def test_geotiffs_on_other_grids(tmp_path, images):
    a = write_tif(tmp_path / "a.tif", images[0])
    b = write_tif(tmp_path / "b.tif", images[1], left=190_465.0)
    with pytest.raises(BadInput, match="different grids"):
        store.predict(a, b, tmp_path / "out.tif")


def test_bands_bits_and_nodata(tmp_path, images):
    good = write_tif(tmp_path / "a.tif", images[0])
    one = write_tif(tmp_path / "one.tif", images[0][..., 0])
    deep = write_tif(tmp_path / "deep.tif", images[0].astype(np.uint16))
    empty = write_tif(tmp_path / "empty.tif", images[0] * 0)
    with rasterio.open(empty, "r+") as file:
        file.nodata = 0
    for other, error, why in (
        (one, BadFile, "1 band"),
        (deep, BadFile, "uint16"),
        (empty, BadInput, "no pixel that is valid"),
    ):
        with pytest.raises(error, match=why):
            store.predict(good, other, tmp_path / "out.tif")
    assert not (tmp_path / "out.tif").exists()


def test_a_cut_off_file_is_refused(tmp_path, images):
    good = write_tif(tmp_path / "a.tif", images[0])
    cut = tmp_path / "cut.tif"
    cut.write_bytes(good.read_bytes()[:200_000])
    with pytest.raises(Unreadable, match=r"cut\.tif"):
        store.predict(good, cut, tmp_path / "out.tif")
    text = tmp_path / "text.png"
    text.write_text("no image")
    with pytest.raises(Unreadable, match=r"text\.png"):
        store.predict(good, text, tmp_path / "out.tif")


def test_the_result_does_not_overwrite_an_image_or_take_another_form(tmp_path, pngs):
    with pytest.raises(BadInput, match="one of the two"):
        store.predict(*pngs, pngs[1])
    with pytest.raises(BadInput, match=r"out\.jpg.*\.tif"):
        store.predict(*pngs, tmp_path / "out.jpg")


@pytest.fixture
def labelled(tmp_path, images, truth):
    """One pair whose label is the new, lost and extended building."""
    label = np.zeros((512, 512), np.uint8)
    for name in ("building_gained", "building_lost", "building_extended"):
        col, row, width, height = truth[name]
        label[row : row + height, col : col + width] = 255
    for part, image in (("A", images[0]), ("B", images[1]), ("label", label[..., None].repeat(3, 2))):
        (tmp_path / part).mkdir()
        write_png(tmp_path / part / "x.png", image)
    return tmp_path


def test_figures_of_a_drawn_pair(labelled):
    told = store.evaluate(labelled)
    assert told["pairs"] == 1
    assert told["recall"] > 0.75
    assert told["precision"] > 0.35  # the clearing and the dug field are change too, and bear no label here
    assert told["object_recall"] == 1
    assert told["mpx_per_cpu_s"] > 0
    precision, recall = told["precision"], told["recall"]
    assert told["f1"] == pytest.approx(2 * precision * recall / (precision + recall), abs=2e-4)


def test_files_without_a_partner_are_named(labelled):
    (labelled / "label" / "x.png").rename(labelled / "label" / "y.png")
    with pytest.raises(BadInput, match="x stands in only one"):
        store.evaluate(labelled)
    with pytest.raises(NotFound, match="A, B and label"):
        store.evaluate(labelled / "A")


@pytest.mark.skipif(not REAL.is_dir(), reason="the real pairs of ../shared/data/change/dev_levir are not here")
def test_real_pairs_reach_the_classical_best():
    told = store.evaluate(REAL)
    assert told["pairs"] == 14
    assert told["f1"] >= 0.21  # the best classical figure measured before
    assert told["precision"] > 0.1
