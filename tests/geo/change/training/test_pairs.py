"""Made changes carry exact labels, and what only looks like a change carries none."""

import cv2
import numpy as np
import pytest

from geo.change.training import canvas, decoys, light, synthesis
from geo.change.training.pairs import SIZE_PX, Sampler
from geo.change.training.scenes import UNKNOWN, Scene

GREY, ROOF = 90, 200


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture
def town():
    """Grey ground with two bright roofs, and their label."""
    image = np.full((SIZE_PX, SIZE_PX, 3), GREY, np.uint8)
    mask = np.zeros((SIZE_PX, SIZE_PX), np.uint8)
    for y, x in ((30, 40), (120, 100)):
        image[y : y + 30, x : x + 24] = ROOF
        mask[y : y + 30, x : x + 24] = 1
    return image, mask


@pytest.fixture
def sampler(town):
    image, mask = town
    valid = np.ones_like(mask)
    single = np.dstack([image, mask, valid])
    pair = np.dstack([image, image, mask, np.full_like(mask, UNKNOWN), valid])
    return Sampler.of(
        {
            "daejeon_kr_pan": [Scene("daejeon_kr_pan", "single", 0.5, single)],
            "train_gz": [Scene("train_gz", "pair", 0.5, pair)],
        }
    )


def test_changed_is_where_one_date_has_a_building():
    before = np.array([[0, 0, 1, 1, UNKNOWN, 1]], np.uint8)
    after = np.array([[0, 1, 0, 1, 0, UNKNOWN]], np.uint8)
    assert synthesis.changed(before, after).tolist() == [[0, 1, 1, 0, UNKNOWN, UNKNOWN]]


def test_erasing_all_leaves_ground_where_roofs_or_wings_of_them_were(rng, town):
    shares = set()
    for _ in range(12):
        image, mask = synthesis.erase(rng, *town, share=1.0)
        gone = (town[1] == 1) & (mask == 0)
        inner = cv2.erode(gone.astype(np.uint8), np.ones((9, 9))) == 1
        assert np.abs(image[inner].astype(int) - GREY).max() <= 6
        assert (image[cv2.erode(mask, np.ones((9, 9))) == 1] > ROOF - 6).all()  # what stays of a roof still shows
        shares.add(round(gone.sum() / town[1].sum(), 1))
    assert 1.0 in shares
    assert min(shares) < 0.8


def test_erasing_none_leaves_all(rng, town):
    image, mask = synthesis.erase(rng, *town, share=0.0)
    assert (image == town[0]).all()
    assert (mask == town[1]).all()


def test_building_marks_just_what_it_set_down(rng, town, sampler):
    image, mask = synthesis.build(rng, *town, sampler.bank, 0.5)
    new = (mask == 1) & (town[1] == 0)
    assert 300 < new.sum() < 2500
    assert (mask[town[1] == 1] == 1).all()
    assert not (image == town[0]).all(axis=2)[new].all()


def test_ground_in_the_shape_of_a_roof_is_no_building(rng, town, sampler):
    field = np.full_like(town[0], 30)
    image, mask = synthesis.build(rng, *town, sampler.bank, 0.5, field)
    assert (mask == town[1]).all()
    assert (image == 30).any()


def test_replaced_ground_brings_its_own_label(town):
    region = np.zeros(town[1].shape, np.float32)
    region[:96] = 1
    other = np.full_like(town[0], 10)
    image, mask = synthesis.replace(*town, other, np.zeros_like(town[1]), region)
    assert (image[:96] == 10).all()
    assert not mask[:96].any()
    assert (mask[96:] == town[1][96:]).all()


def test_label_moves_with_its_roof(rng, town):
    for _ in range(5):
        image, mask = light.displaced(rng, *town, most_px=3.0)
        assert ((image[:, :, 0] > (GREY + ROOF) / 2) == (mask == 1)).mean() > 0.995


def test_relighting_keeps_shape_and_type(rng, town):
    for _ in range(40):
        image = light.relight(rng, town[0])
        assert image.dtype == np.uint8
        assert image.shape == town[0].shape


def test_a_small_scene_is_pieced_and_a_large_one_cut(rng, sampler):
    (scene,) = sampler.scenes["daejeon_kr_pan"]
    for gsd in (0.2, 0.5, 1.5):
        planes = canvas.canvas(rng, [scene], 64, gsd)
        assert planes.shape == (64, 64, 5)
        assert ((planes[:, :, 0] > (GREY + ROOF) / 2) == (planes[:, :, 3] == 1)).mean() > 0.97


@pytest.mark.parametrize("name", ["daejeon_kr_pan", "train_gz"])
def test_pairs_are_drawn_alike_from_one_seed(sampler, name):
    for seed in range(6):
        a, b = (sampler.draw_from(np.random.default_rng(seed), name) for _ in range(2))
        for field in ("before", "after", "change", "built_before", "built_after"):
            assert (getattr(a, field) == getattr(b, field)).all()
        assert set(np.unique(a.change)) <= {0, 1, UNKNOWN}


def test_where_nothing_was_made_nothing_changed(sampler):
    """Most pairs of one image have places with the same building at both dates; they are not marked as change."""
    for seed in range(12):
        pair = sampler.draw_from(np.random.default_rng(seed), "daejeon_kr_pan")
        both = (pair.built_before == 1) & (pair.built_after == 1)
        assert (pair.change[both] == 1).mean() < 0.35 if both.any() else True  # misplaced edges by 3 px or so


def test_every_source_with_a_weight_is_drawn(rng, sampler):
    greys = {bool((sampler.draw(rng).built_before == UNKNOWN).all()) for _ in range(30)}
    assert greys == {True, False}


def test_decoys_are_drawn_beside_buildings_only(rng, town):
    drawn = 0
    for _ in range(30):
        image = decoys.draw(rng, *town, 0.5)
        assert (image[town[1] == 1] == town[0][town[1] == 1]).all()
        drawn += int((image != town[0]).any())
    assert drawn > 5
