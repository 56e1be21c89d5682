"""Takes the README's pictures of a sample city that `geo up` built: `python docs/screenshots.py [DATA]` (else ./data).

It serves the city itself, drives a real Chromium with no network, and writes docs/*.webp; the database is only read.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import cv2
import numpy as np
from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).parent
PORT = 8931
QUALITY = 60  # WebP: streets and letters stay sharp under 250 kB
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
FLAGS = ("--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1")
HERE_AND_NOW = {"locale": "ko-KR", "timezone_id": "Asia/Seoul"}
SITE = "pnu=4148036024101000001&use=단독주택&gfa_m2=150"
"""파평면 율곡리 100-1, the planted site on a road of 3 m."""
SHOTS = {
    "review": f"#c=183795,587105&r=0.25&l=2024&n=2026&s=45&tab=review&{SITE}",
    "changes": "#l=2025&n=2026&s=50&tab=changes&unpermitted=1&run=2025-2026&change={change}",
    "roads": "#c=183800,587120&r=0.4&l=2025&n=2026&s=50&tab=roads&road_day=2019-03-15&road={road}",
    "scenarios": "#c=183680,587620&r=1.6&s=50&tab=disaster&flood_zone=yulgok&flood=r300-s13-none",
}
TOGETHER = ("review", "changes", "scenarios")  # side by side as phones


def main(data: Path) -> None:
    """Take every picture. Raises TimeoutError when the city cannot be served."""
    address = f"http://127.0.0.1:{PORT}/"
    command = [sys.executable, "-m", "geo", "serve", "--data", str(data), "--port", str(PORT)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        _wait(address)
        with sync_playwright() as playwright:
            chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
            desk = browser.new_context(viewport=DESKTOP, **HERE_AND_NOW).new_page()
            asked = _fragments(desk, address)
            for name, fragment in asked.items():
                _keep(f"viewer-{name}", _take(desk, address + fragment))
            phone = browser.new_context(viewport=PHONE, device_scale_factor=1.5, **HERE_AND_NOW).new_page()
            _keep("viewer-phone", _beside([_take(phone, address + asked[name]) for name in TOGETHER]))
            browser.close()
    finally:
        server.terminate()
        server.wait()


def _wait(address: str) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            urlopen(address + "health/live", timeout=2)
        except OSError:
            time.sleep(0.3)
        else:
            return
    raise TimeoutError(f"{address} does not answer")


def _fragments(page: Page, address: str) -> dict[str, str]:
    """The addresses with the first unexplained change and a planted road filled in."""
    page.goto(address + "health/live")
    ask = "path => fetch(path).then(answer => answer.json())"
    roads = page.evaluate(ask, "/collections/designated_roads/items?limit=1&filter=designation_no='2011-030'")
    changes = page.evaluate(ask, "/change-runs/2025-2026/changes?unpermitted=true&class=building_gained")
    found = {"road": roads["features"][0]["id"], "change": changes["features"][0]["id"]}
    return {name: fragment.format(**found) for name, fragment in SHOTS.items()}


def _take(page: Page, address: str) -> bytes:
    page.goto("about:blank")
    page.goto(address)
    end = time.monotonic() + 60
    while not page.evaluate("window.__ready && !document.querySelector('[aria-busy]')"):
        if time.monotonic() > end:
            raise TimeoutError(f"{address} is not drawn")
        time.sleep(0.1)
    page.wait_for_timeout(7500)  # tiles, and the line that says what was opened goes after 6 s
    page.evaluate("document.activeElement.blur()")
    return page.screenshot()


def _beside(shots: list[bytes]) -> bytes:
    """Put pictures of one size beside one another on white."""
    drawn = [cv2.imdecode(np.frombuffer(shot, np.uint8), cv2.IMREAD_COLOR) for shot in shots]
    framed = [cv2.copyMakeBorder(one, 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=(90, 90, 90)) for one in drawn]
    gap = np.full((framed[0].shape[0], 40, 3), 255, np.uint8)
    row = np.hstack([part for one in framed for part in (gap, one)][1:])
    return cv2.imencode(".png", row)[1].tobytes()


def _keep(name: str, shot: bytes) -> None:
    drawn = cv2.imdecode(np.frombuffer(shot, np.uint8), cv2.IMREAD_COLOR)
    written = cv2.imencode(".webp", drawn, [cv2.IMWRITE_WEBP_QUALITY, QUALITY])[1].tobytes()
    (HERE / f"{name}.webp").write_bytes(written)
    print(f"docs/{name}.webp {len(written) / 1000:.0f} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "data"))
