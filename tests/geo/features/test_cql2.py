import pytest

from geo.errors import Unreadable
from geo.features import cql2


@pytest.mark.parametrize(
    "text",
    [
        "(" * 20_000 + "a=1" + ")" * 20_000,
        "(" * 60 + "a=1" + ")" * 60,
        "-" * 5_000 + "1=a",
        "- " * 2_000 + "1=a",
        "NOT " * 1_900 + "a=1",
        " OR ".join(["a=1"] * 3000),
        " OR ".join(["a=1"] * 200),
        "a IN (" + ",".join(map(str, range(1000))) + ")",
        "f(" * 300 + "1" + ")" * 300 + "=1",
        "a=" + "^".join(["2"] * 1000),
        "a = 'x",
        "a ==== 1",
        "",
        "a = 1; DROP TABLE parcels",
    ],
    ids=range(14),
)
def test_hostile_text_is_refused(text):
    with pytest.raises(Unreadable) as refused:
        cql2.parse(text, "cql2-text")
    assert refused.value.parameter == "filter"


@pytest.mark.parametrize(
    "text",
    [
        '{"op":"not","args":[' * 3000 + "true" + "]}" * 3000,
        "[" * 100_000,
        '{"op":"not","args":[' * 24 + "true" + "]}" * 24,
        '{"op":"=","args":[{"property":"a"},NaN]}',
        '{"op":',
        "{}",
        '{"op":5,"args":[]}',
    ],
    ids=range(7),
)
def test_hostile_json_is_refused(text):
    with pytest.raises(Unreadable):
        cql2.parse(text, "cql2-json")


def test_text_and_json_are_one_tree():
    tree = {"op": "=", "args": [{"property": "지목"}, "대"]}
    assert cql2.parse("\"지목\" = '대'", "cql2-text") == tree
    assert cql2.parse('{"op":"=","args":[{"property":"지목"},"대"]}', "cql2-json") == tree
