"""The viewer's committed bundle: as new as its sources, with its licences, fetching nothing from outside."""

import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

VIEWER = Path(__file__).parents[2] / "api" / "viewer"
STYLE = VIEWER.parents[1] / "geo" / "maps" / "static" / "style.json"


def test_the_bundle_is_built_from_the_sources_that_stand_beside_it():
    """`npm install && npm run build` in api/viewer writes the fingerprint."""
    sources = [*sorted((VIEWER / "src").iterdir()), STYLE, VIEWER / "package.json", VIEWER / "build.mjs"]
    held = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    assert (VIEWER / "dist" / "sources.sha256").read_text().strip() == held


def test_versions_are_pinned_and_no_download_address_is_kept():
    about = json.loads((VIEWER / "package.json").read_text())
    for version in (about["dependencies"] | about["devDependencies"]).values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    lock = json.loads((VIEWER / "package-lock.json").read_text())
    assert not [name for name, entry in lock["packages"].items() if "resolved" in entry]


def test_every_package_in_the_bundle_brings_its_licence():
    licences = (VIEWER / "THIRD_PARTY_LICENSES").read_text(encoding="utf-8")
    for name in ("ol", "proj4", "rbush", "pretendard-gov"):
        assert re.search(rf"^{name} \d+\.\d+\.\d+ \(", licences, re.MULTILINE)
    assert "SIL OPEN FONT LICENSE" in licences.upper()


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def test_the_page_keeps_its_own_content_security_policy():
    page = _Tags()
    page.feed((VIEWER / "dist" / "index.html").read_text(encoding="utf-8"))
    for tag, attributes in page.tags:
        assert tag != "style"
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("src", "href"):
            assert not re.match(r"(https?:)?//|/", attributes.get(name, ""))
        assert tag != "script" or attributes["src"] == "viewer/app.js"
    assert ("html", {"lang": "ko"}) in page.tags


def test_nothing_from_the_server_becomes_markup():
    for path in (VIEWER / "src").glob("*.js"):
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", path.read_text()), (
            path.name
        )


def test_style_sheets_load_from_their_own_folder():
    css = (VIEWER / "dist" / "app.css").read_text(encoding="utf-8")
    for address in re.findall(r"url\(['\"]?([^'\")]+)", css):
        assert address.startswith(("data:", "./fonts/"))
        assert address.startswith("data:") or (VIEWER / "dist" / address).is_file()
    assert "@import" not in css
