"""영 28② on drawn sites: one building on several parcels, and by how much a road falls short."""

import pytest


def three(board, contact_m):
    """A factory on three parcels, of which one meets the road south of it by a strip of `contact_m`."""
    lots = (board.box(0, 10, 20, 40), board.box(20, 10, 40, 40), board.box(0, 0, contact_m, 10))
    return board.site(*lots)


@pytest.mark.parametrize(
    ("width", "contact", "verdict", "said"),
    [
        (5.6, 3.3, "FAIL", "너비 5.6 m, 접한 길이 3.3 m로 너비가 0.4 m, 접한 길이가 0.7 m 모자란다"),
        (6.0, 3.3, "FAIL", "접한 길이 3.3 m로 접한 길이가 0.7 m 모자란다"),
        (5.6, 9.0, "FAIL", "접한 길이 9 m로 너비가 0.4 m 모자란다"),
        (6.0, 4.5, "PASS", "너비 6 m 이상 도로에 4 m 이상"),
    ],
)
def test_a_factory_on_three_parcels_is_told_what_it_lacks(board, width, contact, verdict, said):
    road = board.road(board.box(-9, -width, 60, 0), width_m=width)
    review = board.ask(three(board, contact), road, use="공장", gfa_m2=3200.0)
    finding = next(each for each in review.tests if each.id == "art28_2")
    assert (finding.verdict, review.verdict) == (verdict, verdict)
    assert said in finding.sentence
    assert finding.measured == {"width_m": width, "contact_m": contact}
