"""The API's documentation, drawn by Swagger UI from the copy that the wheel of fastapi-offline carries."""

from importlib.resources import files

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from api.access import PUBLIC

router = APIRouter(prefix="/docs", tags=["docs"], dependencies=[PUBLIC], include_in_schema=False)
PAGES = files("api") / "pages"


@router.get("", response_class=HTMLResponse)
def docs() -> str:
    """Show every route, its parameters and answers."""
    return (PAGES / "docs.html").read_text(encoding="utf-8")


@router.get("/start.js")
def start() -> Response:
    """The script that starts the page: in a file, since the page runs no inline script."""
    return Response((PAGES / "docs.js").read_text(encoding="utf-8"), media_type="text/javascript")
