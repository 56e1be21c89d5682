"""Figures against counts made by hand, and against the formulas of the confusion matrix."""

import numpy as np
import pytest

from geo.change.accuracy import Count, Objects, false_alarms, objects, pixels, summary
from geo.errors import BadInput


def test_pixels_counted_by_hand():
    found = np.array([[1, 1, 0], [0, 1, 0]], bool)
    truth = np.array([[1, 0, 0], [1, 1, 0]], bool)
    count = pixels(found, truth)
    assert count == Count(found_right=2, found_wrong=1, missed=1)
    assert count.precision == pytest.approx(2 / 3)
    assert count.recall == pytest.approx(2 / 3)
    assert count.f1 == pytest.approx(2 / 3)
    assert count.iou == pytest.approx(2 / 4)


def test_figures_are_those_of_the_confusion_matrix():
    rng = np.random.default_rng(3)
    found, truth = rng.random((2, 50, 70)) < 0.4
    table = np.zeros((2, 2), int)
    np.add.at(table, (truth.astype(int).ravel(), found.astype(int).ravel()), 1)
    (_, fp), (fn, tp) = table
    count = pixels(found, truth)
    assert count.precision == pytest.approx(tp / (tp + fp))
    assert count.recall == pytest.approx(tp / (tp + fn))
    assert count.f1 == pytest.approx(2 / (1 / count.precision + 1 / count.recall))
    assert count.iou == pytest.approx(count.f1 / (2 - count.f1))


def test_nothing_found_and_nothing_there_has_no_figures():
    count = pixels(np.zeros((2, 2), bool), np.zeros((2, 2), bool))
    assert (count.precision, count.recall, count.f1, count.iou) == (None, None, None, None)


def test_objects_match_from_an_overlap_of_three_tenths():
    found, truth = np.zeros((2, 60, 60), bool)
    truth[0:10, 0:10] = found[0:10, 4:14] = True  # 60 shared of 140: 0.43
    truth[20:30, 0:10] = found[20:30, 6:16] = True  # 40 of 160: 0.25
    truth[40:50, 0:10] = True  # not found at all
    found[40:50, 30:40] = True  # nothing there
    found[55:58, 50:60] = True  # 30 px: too small to count
    assert objects(found, truth) == Objects(found=3, found_right=1, there=3, there_met=1)


def test_corners_that_touch_are_one_object():
    found = np.zeros((20, 20), bool)
    found[0:5, 0:5] = found[5:10, 5:10] = True  # 25 px each: too small alone
    assert objects(found, found) == Objects(1, 1, 1, 1)


def test_masks_of_other_sizes_do_not_meet():
    with pytest.raises(BadInput, match=r"\(2, 2\).*\(2, 3\)"):
        pixels(np.zeros((2, 2), bool), np.zeros((2, 3), bool))


def test_figures_add_up_over_images():
    told = summary([Count(1, 1, 0), Count(3, 1, 4)], [Objects(2, 1, 4, 1), Objects(0, 0, 1, 0)])
    assert told["precision"] == round(4 / 6, 4)
    assert told["recall"] == 0.5
    assert told["pairs"] == 2
    assert (told["object_precision"], told["object_recall"]) == (0.5, 0.2)


def test_a_false_alarm_is_an_object_that_touches_nothing_there():
    found, truth = np.zeros((40, 60), bool), np.zeros((40, 60), bool)
    found[0:10, 0:10] = found[0:10, 20:30] = found[20:22, 0:10] = True  # right, false, too small
    truth[9:20, 9:20] = True
    assert false_alarms(found, truth) == 1
