"""The shipped model: the same ground gives the same answer however it is cut, and a bad raster is refused."""

import numpy as np
import onnxruntime
import pytest
from affine import Affine

from geo.change import model
from geo.crs import CITY, WEB
from geo.errors import BadInput
from geo.grid import Grid
from geo.raster import Raster

LEFT, TOP = 190_464.0, 590_080.0  # on multiples of a window


def read(pair):
    """Both readers as one, as a scan has them."""
    return lambda grid: tuple(reader(grid) for reader in pair)


def grid(col, row, width, height):
    return Grid.cover((LEFT, TOP - 1, LEFT + 1, TOP), CITY, model.CELL_M).window(col, row, width, height)


@pytest.fixture(scope="module")
def session():
    return onnxruntime.InferenceSession(str(model.WEIGHTS), providers=["CPUExecutionProvider"])


def test_the_file_is_small_and_takes_bytes(session):
    assert model.WEIGHTS.stat().st_size < 5_000_000
    assert [(i.name, i.type) for i in session.get_inputs()] == [("before", "tensor(uint8)"), ("after", "tensor(uint8)")]
    (maps,) = session.run(["probabilities"], {name: np.zeros((32, 64, 3), np.uint8) for name in ("before", "after")})
    assert maps.shape == (3, 32, 64)
    assert maps.min() >= 0
    assert maps.max() <= 1


def test_two_tilings_give_equal_bytes(pair):
    whole = model.probabilities(read(pair), grid(0, 0, 256, 192))
    for col, row, width, height in ((0, 0, 100, 192), (100, 0, 156, 77), (100, 77, 156, 115)):
        part = model.probabilities(read(pair), grid(col, row, width, height))
        assert (part.data == whole.data[:, row : row + height, col : col + width]).all()
        assert (part.valid == whole.valid[row : row + height, col : col + width]).all()


def test_blocks_meet_across_a_window_border(pair, monkeypatch):
    """A block over four windows is what the blocks of the single windows are."""
    side = 256
    monkeypatch.setattr(model, "CORE_PX", side)  # the drawn ground is smaller than a window
    whole = model.probabilities(read(pair), grid(side - 40, side - 40, 80, 80))
    for col in (side - 40, side):
        for row in (side - 40, side):
            part = model.probabilities(read(pair), grid(col, row, 40, 40))
            y, x = row - side + 40, col - side + 40
            assert (part.data == whole.data[:, y : y + 40, x : x + 40]).all()


def test_any_window_on_the_stride_gives_the_same(session, pair):
    """HALO_PX inside a window, it does not matter where that was cut, nor how large it is."""
    before, after = (np.moveaxis(reader(grid(-96, -96, 704, 704)).data, 0, 2) for reader in pair)
    halo, stride = model.HALO_PX, model.STRIDE_PX
    (whole,) = session.run(
        ["probabilities"], {"before": np.ascontiguousarray(before), "after": np.ascontiguousarray(after)}
    )
    assert whole.max() > 0.9
    for col, row, side in ((0, 0, 512), (7 * stride, 3 * stride, 560), (12 * stride, 12 * stride, 512)):
        part = slice(row, row + side), slice(col, col + side)
        cut = {"before": np.ascontiguousarray(before[part]), "after": np.ascontiguousarray(after[part])}
        (own,) = session.run(["probabilities"], cut)
        inner = slice(halo, side - halo)
        there = whole[:, row + halo : row + side - halo, col + halo : col + side - halo]
        assert (own[:, inner, inner] == there).all()


def test_windows_of_two_sizes_give_probabilities_within_one_step(pair, monkeypatch):
    """End to end, through reading, moving and lighting: another layout of windows over the same ground."""
    whole = model.probabilities(read(pair), grid(0, 0, 512, 512)).data.astype(int)
    monkeypatch.setattr(model, "CORE_PX", 48)
    part = model.probabilities(read(pair), grid(200, 200, 100, 100)).data
    assert np.abs(part - whole[:, 200:300, 200:300]).max() <= 1


def test_a_new_house_is_seen_and_a_standing_one_is_not(pair, truth):
    found = model.probabilities(read(pair), grid(0, 0, 512, 512)).data[0]
    col, row, width, height = truth["building_gained"]
    new = found[row : row + height, col : col + width].mean()
    standing = found[60:84, 60:90].mean()
    assert new > standing + 50


def test_swapped_dates_swap_the_buildings(pair):
    forth = model.probabilities(read(pair), grid(128, 128, 128, 128)).data
    back = model.probabilities(read(pair[::-1]), grid(128, 128, 128, 128)).data
    assert np.abs(forth.astype(int) - back[[0, 2, 1]]).max() <= 1


def test_no_ground_gives_nothing(pair):
    nowhere = model.probabilities(read(pair), grid(5000, 0, 64, 64))
    assert not nowhere.valid.any()
    assert not nowhere.data.any()
    edge = model.probabilities(read(pair), grid(-64, 0, 128, 64))
    assert not edge.data[:, :, :64].any()
    assert edge.valid[:, 64:].all()


def test_of_equal_objects_the_surer_scores_higher_and_scores_are_shares():
    scores = model.calibrated(np.array([0.0, 0.55, 0.7, 0.85, 1.0]))
    assert (np.diff(scores) > 0).all()
    assert 0 <= scores[0] < 0.2
    assert 0.9 < scores[-1] <= 1


def test_found_are_objects_that_are_large_and_sure_enough():
    probability = np.zeros((64, 128), np.uint8)
    probability[4:24, 4:24] = 250  # 100 m2, sure
    probability[4:24, 40:60] = 140  # as large, more doubtful than not
    probability[40:46, 4:10] = 250  # 9 m2
    probability[40:60, 40:60] = 250
    probability[40:60, 62:82] = 140  # apart from the one beside it
    probability[40, 90:120] = 250  # a line of one pixel
    expected = np.zeros(probability.shape, bool)
    expected[4:24, 4:24] = expected[40:60, 40:60] = True
    assert (model.found(probability) == expected).all()
    assert model.found(probability, cell_m=1.0)[42, 6]  # the same pixels are 36 m2 there
    assert not model.found(np.zeros((8, 8), np.uint8)).any()


@pytest.mark.parametrize(
    "wrong",
    [
        Grid.cover((LEFT, TOP - 64, LEFT + 64, TOP), CITY, 0.25),
        Grid(CITY, Affine(0.5, 0, LEFT + 0.2, 0, -0.5, TOP), 64, 64),
    ],
    ids=["pixels of 0.25 m", "off the lattice"],
)
def test_another_lattice_is_refused(pair, wrong):
    with pytest.raises(BadInput, match=r"0\.5 m"):
        model.probabilities(read(pair), wrong)


def test_bands_of_another_kind_are_refused():
    def gray(grid):
        shape = (1, grid.height, grid.width)
        date = Raster(np.zeros(shape, np.uint8), np.ones(shape[1:], bool), grid)
        return date, date

    with pytest.raises(BadInput, match="three bands"):
        model.probabilities(gray, grid(0, 0, 16, 16))


def test_dates_on_two_grids_are_refused(pair):
    def askew(grid):
        return pair[0](grid), pair[1](Grid(WEB, grid.transform, grid.width, grid.height))

    with pytest.raises(BadInput, match="different grids"):
        model.probabilities(askew, grid(0, 0, 16, 16))
