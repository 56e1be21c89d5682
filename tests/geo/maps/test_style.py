import pytest

from geo.change.classes import KOREAN
from geo.disaster.works import LABELS
from geo.disaster.zone import TYPES
from geo.maps.style import road_width, style


def test_names_are_those_of_the_subjects():
    said = style()
    assert {id: look.label for id, look in said.change_classes.items()} == dict(KOREAN)
    assert dict(said.zone_types) == dict(TYPES)
    assert set(said.work_states) == set(LABELS)


@pytest.mark.parametrize(
    ("width_m", "label"),
    [
        (2.99, "3 m 미만"),
        (3.0, "3 m 이상 4 m 미만"),
        (4.0, "4 m 이상 6 m 미만"),
        (6.0, "6 m 이상 8 m 미만"),
        (8.0, "8 m 이상"),
        (None, "너비 기재 없음"),
        (float("nan"), "너비 기재 없음"),
    ],
)
def test_widths_fall_on_the_side_that_the_law_has_them(width_m, label):
    assert road_width(width_m).label == label


def test_colour_never_tells_alone():
    for looks in (style().change_classes, style().road_bases):
        told = [(look.pattern, look.dash) for look in looks.values()]
        assert len(set(told)) == len(told)


def test_every_colour_reads_on_white():
    """WCAG 2.1 SC 1.4.11 asks 3:1 of lines; the labels beside them are black."""

    def luminance(colour):
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    said = style()
    looks = [*said.change_classes.values(), *said.road_bases.values(), *said.road_statuses.values()]
    looks += [*said.disaster.values(), said.road_width_unknown, *(one.look for one in said.road_widths)]
    for look in looks:
        assert 1.05 / (luminance(look.colour) + 0.05) >= 3, look
