"""The operator's page: what the service holds, how it stands, and one light."""

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from api import html
from api.access import REVIEWER, ServedCity
from geo.clock import now
from geo.operations import store as operations

router = APIRouter(prefix="/status", tags=["operations"], dependencies=[REVIEWER])
KINDS = {
    "parcels": "필지",
    "roads": "지정도로",
    "permits": "인허가",
    "zoning": "용도지역",
    "coverage": "대장 구축 범위",
}


@router.get("", response_class=HTMLResponse)
def status(city: ServedCity) -> Response:
    """Show the condition of the service as a page in Korean."""
    return html.answer("status", {"found": operations.condition(city, now()), "kinds": KINDS, "size": _size})


def _size(count: float) -> str:
    """Return a number of bytes as people read it."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:,.3g} TB"
