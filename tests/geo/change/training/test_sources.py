"""What the building channel learns from: splits, stitched scenes, the manifest, figures."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from geo.change.training import evaluate, scenes, sources
from geo.change.training.pairs import Pair
from geo.errors import BadInput

MANIFEST = Path(sources.__file__).parent / "manifest.json"


def write(path, image):
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image)


def source(**known):
    given = {"name": "s", "folder": "s", "gsd_m": 0.5, "weight": 1.0}
    return sources.Source(**(given | known))


@pytest.mark.parametrize(
    ("stem", "held"),
    [
        ("P_GZ_test2_2006_1106_Level_18-1-1", True),
        ("P_GZ_test21_2006_0127_Level_18-0-0", True),
        ("P_GZ_test22_2006_1230_Level_18-0-0", False),
        ("P_GZ_test12_2011_1223_Level_18-0-7", False),
        ("P_GZ_test1_2013_1221_Level_18-2-2", False),
    ],
)
def test_scenes_of_guangzhou_are_held_out_whole(stem, held):
    gz = next(s for s in sources.SOURCES if s.name == "train_gz")
    assert gz.held(stem) is held


def test_nothing_of_levir_is_among_the_sources():
    assert all("levir" not in (s.name + s.folder).lower() for s in sources.SOURCES)


def test_neighbouring_tiles_become_one_scene_and_lone_ones_stay_alone(tmp_path):
    for (x, y), grey in {(7, 3): 10, (8, 3): 20, (8, 4): 30, (20, 3): 40}.items():
        write(tmp_path / f"s/img/{x}_{y}.png", np.full((4, 6, 3), grey, np.uint8))
        write(tmp_path / f"s/mask/{x}_{y}.png", np.full((4, 6), 255 if x == 8 else 0, np.uint8))
    tiles = source(place=lambda stem: tuple(map(int, stem.split("_"))))
    whole, lone = scenes._scenes(tiles, sources.items(tiles, tmp_path))
    assert whole.shape == (8, 12, 5)
    assert lone.shape == (4, 6, 5)
    assert whole[0, 0].tolist() == [10, 10, 10, 0, 1]
    assert whole[0, 6].tolist() == [20, 20, 20, 1, 1]
    assert whole[4, 6].tolist() == [30, 30, 30, 1, 1]
    assert whole[4, 0].tolist() == [0, 0, 0, 0, 0]  # no tile there: no ground


def test_fine_imagery_is_brought_to_the_finest_size_kept(tmp_path):
    image = np.zeros((100, 100, 3), np.uint8)
    mask = np.zeros((100, 100), np.uint8)
    mask[:, 50:] = 255
    write(tmp_path / "s/img/a.png", image)
    write(tmp_path / "s/mask/a.png", mask)
    fine = source(gsd_m=0.1)
    (planes,) = scenes._scenes(fine, sources.items(fine, tmp_path))
    assert planes.shape == (50, 50, 5)
    assert planes[:, :, 3].sum() == 50 * 25


def test_cache_keeps_held_out_scenes_apart(tmp_path, monkeypatch):
    for name in ("a", "b"):
        write(tmp_path / f"s/A/{name}.png", np.full((8, 8, 3), 50, np.uint8))
        write(tmp_path / f"s/B/{name}.png", np.full((8, 8, 3), 60, np.uint8))
        write(tmp_path / f"s/label/{name}.png", np.full((8, 8), 255, np.uint8))
    pair = source(kind="pair", held=lambda stem: stem == "b")
    monkeypatch.setattr(scenes, "SOURCES", (pair,))
    scenes.build(tmp_path, tmp_path / "cache")
    (train,), (held,) = (scenes.load(tmp_path / "cache", held=h)["s"] for h in (False, True))
    assert train.planes.shape == held.planes.shape == (8, 8, 9)
    assert train.planes[0, 0].tolist() == [50, 50, 50, 60, 60, 60, 1, scenes.UNKNOWN, 1]


def test_an_image_without_its_label_is_named(tmp_path):
    write(tmp_path / "s/img/a.png", np.zeros((4, 4, 3), np.uint8))
    (tmp_path / "s/mask").mkdir()
    with pytest.raises(BadInput, match=r"a\.png has 0 files in mask"):
        sources.items(source(), tmp_path)


def test_manifest_is_of_the_data_at_hand(shared):
    assert json.loads(MANIFEST.read_text()) == json.loads(json.dumps(sources.manifest(shared / "data/change")))


def test_figures_of_a_known_prediction():
    change = np.zeros((64, 64), np.uint8)
    change[8:24, 8:24] = 1
    change[60:] = scenes.UNKNOWN
    unknown = np.full_like(change, scenes.UNKNOWN)
    probabilities = np.zeros((3, 64, 64), np.float32)
    probabilities[0, 8:24, 8:20] = 0.9  # three quarters of the change
    probabilities[0, 40:48, 40:48] = 0.9  # a false alarm
    probabilities[0, 60:, :] = 0.9  # nothing is known there
    image = np.zeros((64, 64, 3), np.uint8)
    figures = evaluate.score(lambda a, b: probabilities, [Pair(image, image, change, change, unknown)], 0.5)
    assert figures["precision"] == 0.75  # 192 of 256
    assert figures["recall"] == 0.75  # 192 of 256
    assert figures["object_precision"] == 0.5
    assert figures["object_recall"] == 1.0
    unchanged_km2 = (60 * 64 - 256) * 0.25 / 1e6
    assert figures["false_alarms_km2"] == round(1 / unchanged_km2, 1)
    assert figures["building_f1"] == 0.0  # none of the 256 px of buildings was found


def test_images_grow_by_reflection_to_the_stride():
    image = np.arange(5 * 16 * 3, dtype=np.uint8).reshape(5, 16, 3)
    grown = evaluate.padded(np.concatenate([image] * 2), 16)
    assert grown.shape == (16, 16, 3)
    assert (grown[10] == grown[8]).all()
