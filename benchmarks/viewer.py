"""The viewer over a whole city in a real Chromium: time to ready, the longest stall of a pan, bytes.

    python benchmarks/viewer.py CITY [--at 186000,583000] [--resolutions 1.5,0.8] [--rounds 3] [--screens 4]

CITY is a data folder (see large_city.py); the service is started on it here. Ready is the first frame with every layer
of the view drawn, counted from the navigation. The pan drags the map with the real mouse over several screens; frames
are what requestAnimationFrame sees, a long task is what the browser reports as one (over 50 ms on its main thread).
Playwright and Chromium are those of the tests; everything shares the cores with the service.
"""

import argparse
import socket
import statistics
import sys
from pathlib import Path

from features import served
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.conftest import CHROMIUM, FLAGS

WATCH = """
window.frames_ms = []; window.tasks_ms = [];
new PerformanceObserver((list) => window.tasks_ms.push(...list.getEntries().map((one) => one.duration)))
  .observe({ type: "longtask", buffered: true });
let last = performance.now();
const frame = (now) => { window.frames_ms.push(now - last); last = now; requestAnimationFrame(frame); };
requestAnimationFrame(frame);
"""
BYTES = "performance.getEntriesByType('resource').reduce((sum, one) => sum + one.transferSize, 0)"
WIDTH, HEIGHT = 1280, 800


def until(page, expression, seconds=60):
    """Wait until an expression is true; the page's policy forbids Playwright's own way."""
    for _ in range(seconds * 20):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise TimeoutError(expression)


def pan(page, screens):
    """Drag the map to the left, most of its width at a time, with pauses as a person makes them."""
    box = page.locator("#map").bounding_box()
    x0, x1, y = box["x"] + 0.9 * box["width"], box["x"] + 0.1 * box["width"], box["y"] + 0.8 * box["height"]
    for _ in range(screens):
        page.mouse.move(x0, y)
        page.mouse.down()
        for step in range(1, 41):
            page.mouse.move(x0 + (x1 - x0) * step / 40, y)
            page.wait_for_timeout(16)
        page.mouse.up()
        page.wait_for_timeout(400)


def once(browser, url, screens):
    """Return ms to ready, longest frame, longest task, how long all long tasks took, megabytes: of one visit."""
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, locale="ko-KR")
    page.add_init_script(WATCH)
    page.goto(url)
    until(page, "window.__ready > 0")
    ready, loaded = page.evaluate("window.__ready"), page.evaluate(BYTES)
    until(page, "performance.now() - performance.getEntriesByType('resource').at(-1).responseEnd > 1500")
    page.evaluate("window.frames_ms.length = window.tasks_ms.length = 0")
    here = page.evaluate("location.hash")
    pan(page, screens)
    frames, tasks = page.evaluate("[window.frames_ms, window.tasks_ms]")
    moved = page.evaluate(BYTES) - loaded
    assert page.evaluate("location.hash") != here, "the map did not move"
    page.close()
    frames.sort()
    return (
        ready / 1e3,
        frames[len(frames) // 2],
        frames[-1],
        max(tasks, default=0),
        sum(tasks),
        loaded / 1e6,
        moved / 1e6,
    )


def main():
    """Serve the city, visit it, print a table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("city", type=Path)
    options.add_argument("--at", default="186000,583000")
    options.add_argument("--resolutions", default="1.5,0.8")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--screens", type=int, default=4)
    given = options.parse_args()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    here = f"http://127.0.0.1:{port}/"
    command = [sys.executable, "-m", "geo", "serve", "--data", str(given.city), "--port", str(port)]
    print("| m/px | ready, s | frame p50, ms | longest frame, ms | longest task, ms | long tasks together, ms | "
          "MB to ready | MB of the pan |\n|---|---|---|---|---|---|---|---|")  # fmt: skip
    with served(command, {}, f"{here}health/live"), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        for resolution in given.resolutions.split(","):
            url = f"{here}#c={given.at}&r={resolution}"
            visits = zip(*(once(browser, url, given.screens) for _ in range(given.rounds)), strict=True)
            print(f"| {resolution} | " + " | ".join(f"{statistics.median(each):.2f}" for each in visits) + " |")
        browser.close()


if __name__ == "__main__":
    main()
