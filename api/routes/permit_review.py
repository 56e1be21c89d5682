"""The permit review of a building site."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from api import review_page
from api.access import REVIEWER, ServedCity
from geo import answers
from geo.clock import now, today
from geo.database import City
from geo.errors import BadInput
from geo.geojson import dumps, polygon
from geo.registry import store
from geo.registry.review import Site
from geo.statement import snapshot

router = APIRouter(prefix="/permit-review", tags=["permit review"], dependencies=[REVIEWER])
Pnu = Annotated[str, Field(max_length=40)]


class SiteGiven(BaseModel):
    """A site: its parcels, or a GeoJSON polygon in longitude and latitude."""

    model_config = ConfigDict(extra="forbid")
    pnus: Annotated[list[Pnu], Field(min_length=1, max_length=100)] | None = None
    geometry: dict[str, Any] | None = None


class Question(BaseModel):
    """What is asked: may this be built here, as of a day."""

    model_config = ConfigDict(extra="forbid")
    site: SiteGiven
    use: Annotated[str, Field(max_length=60)] | None = None
    gfa_m2: Annotated[float, Field(gt=0, lt=1e7)] | None = None
    as_of: date | None = None


@router.get("")
def review(
    city: ServedCity,
    pnu: Annotated[str | None, Query(max_length=400)] = None,
    address: Annotated[str | None, Query(max_length=200)] = None,
    x: float | None = None,
    y: float | None = None,
    use: Annotated[str | None, Query(max_length=60)] = None,
    gfa_m2: Annotated[float | None, Query(gt=0, lt=1e7)] = None,
    as_of: date | None = None,
    f: Literal["json", "html"] = "json",
) -> Response:
    """Review one parcel (several with '+', or 세움터's codes), an address, or the parcel at x, y (EPSG:5186).

    `f=html` is the page to file. Most questions, of one parcel alone, `api.review_path` answers, by the same policy.
    """
    point = (x, y) if x is not None and y is not None else None
    if sum(given is not None for given in (pnu, address, point)) != 1:
        raise BadInput(
            "give one of pnu, address, or x and y",
            korean="pnu, address, 또는 x와 y 가운데 하나를 지정하십시오.",
            parameter="pnu",
        )
    pnus = pnu.replace(" ", "+").split("+") if pnu is not None else None  # a '+' in a query reads as a blank
    with snapshot(city):
        site = store.site(city, pnus=pnus, address=address, point=point)
        return _answer(city, site, use, gfa_m2, as_of, f)


@router.post("")
def review_site(city: ServedCity, question: Question, f: Literal["json", "html"] = "json") -> Response:
    """Review a site of several parcels or of a drawn polygon."""
    given = question.site
    if (given.pnus is None) == (given.geometry is None):
        raise BadInput(
            "give either site.pnus or site.geometry",
            korean="site.pnus와 site.geometry 가운데 하나를 지정하십시오.",
            parameter="site",
        )
    ground = polygon(given.geometry, "site.geometry") if given.geometry is not None else None
    site = store.site(city, pnus=given.pnus, polygon=ground)
    return _answer(city, site, question.use, question.gfa_m2, question.as_of, f)


def of_parcel(city: City, pnu: str, *, use: str | None, gfa_m2: float | None, as_of: date | None) -> Response:
    """Review one parcel of that PNU."""
    with snapshot(city):
        return _answer(city, store.site(city, pnus=[pnu]), use, gfa_m2, as_of, "json")


def _answer(
    city: City, site: Site, use: str | None, gfa_m2: float | None, as_of: date | None, f: Literal["json", "html"]
) -> Response:
    found = answers.permit_review(city, site, as_of=as_of or today(), use=use, gfa_m2=gfa_m2)
    if f == "html":
        headers = {"Content-Security-Policy": review_page.policy()}
        return HTMLResponse(review_page.page(found, printed_at=now()), headers=headers)
    return Response(dumps(found.to_dict()), media_type="application/json")
