from types import SimpleNamespace
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.review_path import ReviewPath
from api.settings import Settings
from geo import access
from geo.access import Role
from geo.database import open_city

PNU = "4148036024105090000"
TO_THE_ROUTE = "&f=json"  # says what is meant anyway, and is not among the plain words
SAID = (
    f"pnu={PNU}&as_of=2026-11-20",
    f"as_of=2019-03-01&pnu={PNU}",
    f"pnu={PNU}&use={quote('단독주택')}&gfa_m2=150.5&as_of=2026-11-20",
    f"pnu={PNU}&use=%3Cb%3E+x&gfa_m2=5000&as_of=2026-11-20",
)
REFUSED = (
    "pnu=4148036024199990000",
    "pnu=1148036024105090000",
    f"pnu={PNU[:-1]}",
    f"pnu={PNU}&as_of=2026-02-30",
    f"pnu={PNU}&gfa_m2=0",
    f"pnu={PNU}&use={'x' * 61}",
    f"pnu={PNU}&x=1&y=2&address=a",
)


def told(answer):
    return answer.status_code, answer.content, answer.headers


@pytest.mark.parametrize("query", SAID)
def test_a_plain_question_is_answered_as_by_the_route(client, query):
    short = client.get(f"/permit-review?{query}")
    assert short.status_code == 200
    assert told(short) == told(client.get(f"/permit-review?{query}{TO_THE_ROUTE}"))


@pytest.mark.parametrize("query", REFUSED)
def test_a_refusal_is_the_routes(client, query):
    short = client.get(f"/permit-review?{query}")
    assert short.status_code in (400, 404, 422)
    assert told(short) == told(client.get(f"/permit-review?{query}{TO_THE_ROUTE}"))


def test_other_methods_are_the_routes(client):
    assert client.head(f"/permit-review?pnu={PNU}").status_code == 405


async def no_route(scope, receive, send):
    raise LookupError(scope["query_string"])


async def asked(town, query, role=Role.REVIEWER):
    """Ask the short way alone; return the status it answered with."""
    sent = []

    async def send(message):
        sent.append(message)

    served = SimpleNamespace(state=SimpleNamespace(city=town, role_without_key=role))
    scope = {"type": "http", "method": "GET", "path": "/permit-review", "query_string": query.encode(), "headers": [],
             "app": served}  # fmt: skip
    await ReviewPath(no_route)(scope, None, send)
    return sent[0]["status"]


def test_the_short_way_is_taken_for_what_is_plain_and_allowed_alone(town, run_apart):
    assert run_apart(asked(town, SAID[0])) == 200
    beside = [SAID[0] + "&as_of=2026-11-21", SAID[0] + TO_THE_ROUTE, f"pnu={PNU}+{PNU}", *REFUSED]
    for query, role in ((SAID[0], Role.PUBLIC), *((each, Role.REVIEWER) for each in beside)):
        with pytest.raises(LookupError):
            run_apart(asked(town, query, role))


def test_it_asks_for_the_key_that_the_route_asks_for(outside, tmp_path, at):
    refused = outside.get(f"/permit-review?pnu={PNU}")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"
    city = open_city(tmp_path / "data", create=True)
    key = access.add(city, "kim", "reviewer", at=at)
    client = TestClient(create_app(Settings(data=city.folder, host="0.0.0.0")))
    keyed = {"Authorization": f"Bearer {key}"}
    assert client.get(f"/permit-review?pnu={PNU}", headers=keyed).status_code == 404, "no parcels are held"
    assert client.get(f"/permit-review?pnu={PNU}", headers={"Authorization": "Bearer pj_wrong"}).status_code == 401
