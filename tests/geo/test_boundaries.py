import pytest

from geo import boundaries


def test_the_city_has_its_area():
    # announced 673.9 km2; the boundary holds 진서면, which the statistics leave out: within 3 %
    assert boundaries.city().area / 1e6 == pytest.approx(673.9, rel=0.03)


def test_all_districts_are_there_and_fill_the_city():
    emd = boundaries.emd()
    assert len(emd) == 35
    assert emd.area.sum() == pytest.approx(boundaries.city().area, rel=0.001)
    assert emd["code"].str.fullmatch(r"41480\d{5}").all()


def test_every_ri_is_one_of_the_legal_dongs_but_for_a_spelling():
    ri, dongs = boundaries.ri(), boundaries.legal_dongs()
    named = ri.merge(dongs, on="code", suffixes=("", "_legal"))
    assert len(named) == len(ri) == 104  # 106, of which 덕산리 and 선적리 have no boundary
    assert set(named.loc[named["name"] != named["ri"], "name"]) == {"어용리"}  # 어룡리 in the code table


def test_legal_dongs_are_22_dong_13_eup_and_myeon_106_ri():
    dongs = boundaries.legal_dongs()
    assert (dongs["ri"] != "").sum() == 106
    assert ((dongs["ri"] == "") & dongs["emd"].str.endswith("동")).sum() == 22
    assert ((dongs["ri"] == "") & dongs["emd"].str.endswith(("읍", "면"))).sum() == 13
    yulgok = dongs[dongs["ri"] == "율곡리"]
    assert yulgok["code"].tolist() == ["4148036024"]
