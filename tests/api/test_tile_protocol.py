"""The short way to stored tiles, over real sockets, and beside uvicorn's own protocol on requests of every kind."""

import asyncio
import contextlib
import re
import socket
import threading
import time
from datetime import date

import numpy as np
import pytest
import rasterio
import uvicorn
from affine import Affine
from hypothesis import example, given, settings
from hypothesis import strategies as st
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from api.tile_path import TilePath
from api.tile_protocol import TileProtocol
from geo.database import open_city
from geo.grid import KOREA_CENTRAL
from geo.orthophoto import store

X, Y, _, _ = KOREA_CENTRAL.tiles_over((183_040.5, 582_924.0, 183_540.5, 583_424.0), 12)
TILE = f"/tiles/2024/KoreaCentral5186Quad/12/{X + 1}/{Y + 1}"
OUTSIDE = "/tiles/2024/KoreaCentral5186Quad/12/0/0"
DATE = re.compile(rb"date: [^\r]+\r\n")


class Counting(TilePath):
    """The tile path, with a count of what came through it as an application."""

    calls = 0

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            self.calls += 1
        await super().__call__(scope, receive, send)


async def application(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 418, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"no"})


@pytest.fixture(scope="module")
def door(tmp_path_factory):
    folder = tmp_path_factory.mktemp("protocol")
    with rasterio.open(folder / "sheet.tif", "w", driver="GTiff", width=1000, height=1000, count=3, dtype="uint8",
                       crs="EPSG:5186", transform=Affine(0.5, 0, 183_040.5, 0, -0.5, 583_424.0)) as out:  # fmt: skip
        out.write(np.random.default_rng(1).integers(0, 255, (3, 1000, 1000), np.uint8))
    city = open_city(folder / "data", create=True)
    store.ingest(city, [folder / "sheet.tif"], survey="2024", captured_on=date(2024, 5, 14))
    return Counting(application, store.Shelf(city))


def config(door, protocol=TileProtocol):
    made = uvicorn.Config(door, http=protocol, port=0, access_log=False, log_config=None, proxy_headers=False,
                          timeout_keep_alive=2)  # fmt: skip
    made.load()
    return made


class Running:
    """A server in a thread of its own."""

    def __init__(self, door):
        self.door, self.server = door, uvicorn.Server(config(door))
        self.thread = threading.Thread(target=self.server.run)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]

    def stop(self):
        self.server.should_exit = True
        self.thread.join(10)

    def connect(self):
        held = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        held.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return held


@pytest.fixture(scope="module")
def running(door):
    made = Running(door)
    yield made
    made.stop()
    assert not made.thread.is_alive()


@pytest.fixture
def line(running):
    held = running.connect()
    yield held
    held.close()


def ask(path, *headers, method="GET", version="1.1"):
    return "\r\n".join([f"{method} {path} HTTP/{version}", "Host: city", *headers, "", ""]).encode()


def read(line, body=True):
    """Return the status, the headers and the body of the next answer."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        part = line.recv(1)
        assert part, f"closed after {head!r}"
        head += part
    status = int(head.split()[1])
    headers = dict(one.split(": ", 1) for one in head.decode().split("\r\n")[1:-2])
    rest = b""
    while body and len(rest) < int(headers.get("content-length", 0)):
        rest += line.recv(int(headers["content-length"]) - len(rest))
    return status, headers, rest


def closed_within(line, seconds):
    began = time.monotonic()
    with contextlib.suppress(ConnectionResetError):
        assert line.recv(1) == b""
    return time.monotonic() - began < seconds


def test_a_stored_tile_goes_the_short_way(running, line):
    before = running.door.calls
    line.sendall(ask(TILE))
    status, headers, body = read(line)
    assert running.door.calls == before
    line.sendall(ask(OUTSIDE))
    assert read(line)[0] == 204
    assert running.door.calls == before + 1
    assert (status, headers["content-type"]) == (200, "image/jpeg")
    assert body.startswith(b"\xff\xd8")
    assert body.endswith(b"\xff\xd9")
    assert headers["x-content-type-options"] == "nosniff"


def test_versions_are_immutable_on_the_short_way(running, line):
    version = running.door._shelf.survey("2024").version
    before = running.door.calls
    for query, rule in (("", "public, no-cache"), (f"?v={version}", "public, max-age=31536000, immutable")):
        line.sendall(ask(TILE + query, "Connection: keep-alive", "Accept: image/*,*/*;q=0.8"))
        _, headers, _ = read(line)
        assert headers["cache-control"] == rule
        assert headers["etag"] == f'"{version}"'
    assert running.door.calls == before


def test_short_and_long_answers_share_a_connection(line):
    for _ in range(3):
        for path, status in ((TILE, 200), (OUTSIDE, 204), ("/surveys", 418), (TILE + "?f=png", 200), (TILE, 200)):
            line.sendall(ask(path))
            assert read(line)[0] == status


def test_pipelined_requests_are_answered_in_their_order(line):
    paths = [TILE, OUTSIDE, "/surveys", TILE + "?f=webp", TILE, "/tiles/1999/KoreaCentral5186Quad/12/0/0", TILE]
    line.sendall(b"".join(map(ask, paths)))
    line.sendall(ask(TILE))
    found = [read(line) for _ in range(len(paths) + 1)]
    assert [status for status, _, _ in found] == [200, 204, 418, 200, 200, 404, 200, 200]
    assert [found[n][1]["content-type"] for n in (0, 3, 5)] == ["image/jpeg", "image/webp", "application/problem+json"]


@pytest.mark.parametrize("at", [1, 4, 30, -3, -1])
def test_a_request_in_pieces(line, at):
    request = ask(TILE)
    for part in (request[:at], request[at:] + request[:at], request[at:], request):
        line.sendall(part)
        time.sleep(0.02)
    assert [read(line)[0] for _ in range(3)] == [200, 200, 200]


@pytest.mark.parametrize(
    ("request_", "status", "stays"),
    [
        (ask(TILE, "If-None-Match: *"), 304, True),
        (ask(TILE, "If-None-Match: W/\"old\""), 200, True),
        (ask(TILE, "Range: bytes=0-9"), 200, True),
        (ask(TILE, "Connection: close"), 200, False),
        (ask(TILE, version="1.0"), 200, False),
        (ask(TILE, "X-Long: " + "a" * 60_000), 200, True),
        (ask(TILE, "Expect: 100-continue"), 200, True),
        (ask(TILE, "Name : space before the colon"), 400, False),
        (ask(TILE, "X-Nul: a\0b"), 400, False),
        (ask(TILE, "Content-Length: 1", "Content-Length: 2"), 400, False),
        (ask(TILE, "Content-Length: 4", "Transfer-Encoding: chunked"), 400, False),
        (ask(TILE, method="get"), 400, False),
        (ask(TILE, method="POST"), 405, True),
        (ask("http://city" + TILE), 200, True),
        (ask(TILE.replace("2024", "20%324")), 200, True),
        (ask("/tiles/../tiles" + TILE[6:]), 418, True),
    ],
)  # fmt: skip
def test_what_is_not_plain_is_answered_as_ever(line, request_, status, stays):
    line.sendall(request_)
    assert read(line)[0] == status
    if stays:
        line.sendall(ask(TILE))
        assert read(line)[0] == 200
    else:
        assert closed_within(line, 1.5)


def test_a_head_has_the_headers_alone(line):
    line.sendall(ask(TILE))
    _, headers, body = read(line)
    line.sendall(ask(TILE, method="HEAD") + ask(OUTSIDE))
    status, shown, _ = read(line, body=False)
    assert (status, shown["content-length"], shown["etag"]) == (200, str(len(body)), headers["etag"])
    assert read(line)[0] == 204


def test_no_request_hides_in_the_body_of_another(line):
    hidden = ask("/surveys")
    line.sendall(ask(TILE, f"Content-Length: {len(hidden)}") + hidden + ask(OUTSIDE))
    assert [read(line)[0], read(line)[0]] == [200, 204]
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(hidden), hidden)
    line.sendall(ask(TILE, "Transfer-Encoding: chunked") + chunked + ask(OUTSIDE))
    assert [read(line)[0], read(line)[0]] == [200, 204]


def test_an_idle_connection_is_closed_and_one_in_use_is_not(line):
    for _ in range(5):
        line.sendall(ask(TILE))
        assert read(line)[0] == 200
        time.sleep(0.6)
    assert not closed_within(line, 0.3)


def test_readers_that_do_not_read_hold_nobody_up(running):
    asked, slow = 200, [running.connect() for _ in range(64)]
    for held in slow:
        for _ in range(asked):
            held.sendall(ask(TILE))
    time.sleep(0.5)
    waiting = [one.transport.get_write_buffer_size() for one in list(running.server.server_state.connections)]
    assert max(waiting) < 1_000_000  # of 200 tiles of 80 kB each
    began = time.monotonic()
    with running.connect() as quick:
        quick.sendall(ask(TILE))
        assert read(quick)[0] == 200
    assert time.monotonic() - began < 2
    for held in slow[:3]:
        assert {read(held)[0] for _ in range(asked)} == {200}
    for held in slow:
        held.close()


def test_a_stop_lets_what_was_answered_arrive(door):
    made = Running(door)
    with made.connect() as line:
        line.sendall(ask(TILE))
        time.sleep(0.2)
        made.stop()
        assert not made.thread.is_alive()
        assert read(line)[0] == 200
        assert closed_within(line, 1.5)


class Wire(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self):
        super().__init__()
        self.sent, self.over = b"", False

    def write(self, data):
        self.sent += data

    def close(self):
        self.over = True

    def is_closing(self):
        return self.over

    def pause_reading(self):
        pass

    def resume_reading(self):
        pass


async def answered(door, protocol, parts):
    """Return what a protocol writes on a connection where these bytes arrive one after the other."""
    state, wire = ServerState(), Wire()
    made = protocol(config(door, protocol), state, {}, asyncio.get_running_loop())
    made.connection_made(wire)
    for part in parts:
        if not wire.over:
            made.data_received(part)
        for _ in range(200):
            if not state.tasks:
                break
            await asyncio.sleep(0.001)
    made.connection_lost(None)
    return DATE.sub(b"", wire.sent), wire.over


def test_a_reader_that_is_behind_gets_no_more_until_it_has_caught_up(door, run_apart):
    async def behind():
        state, wire = ServerState(), Wire()
        made = TileProtocol(config(door), state, {}, asyncio.get_running_loop())
        made.connection_made(wire)
        made.pause_writing()
        made.data_received(ask(TILE))
        await asyncio.sleep(0.01)
        before = len(wire.sent)
        made.resume_writing()
        await asyncio.gather(*state.tasks)
        made.connection_lost(None)
        return before, wire.sent

    before, sent = run_apart(behind())
    assert before == 0
    assert sent.endswith(b"\xff\xd9")


LINES = st.sampled_from([
    "Host: city", "Connection: keep-alive", "Connection: close", "connection:close", "Connection: keep-alive, close",
    "Content-Length: 0", "Content-Length: 5", "Content-Length: +5", "content-length : 5", "Transfer-Encoding: chunked",
    "Transfer-Encoding : chunked", " folded", "\tfolded", "Transfer-Encoding:\tchunked", "Upgrade: h2c",
    "Expect: 100-continue", "If-None-Match: *", "Range: bytes=0-1", "X: \x7f", "X: \x80", "X:", ": x", "", "\0: x",
    "Proxy-Connection: close", "Accept: */*", "X\r: y", "X: y\rContent-Length: 5", "X: y\nContent-Length: 5",
])  # fmt: skip
FIRST = st.sampled_from(
    [f"GET {TILE} HTTP/1.1"] * 4
    + [f"GET {TILE} HTTP/1.0", f"GET {TILE}  HTTP/1.1", f" GET {TILE} HTTP/1.1", f"GET {TILE} HTTP/2.0"]
    + [f"GET {OUTSIDE} HTTP/1.1", f"HEAD {TILE} HTTP/1.1", f"POST {TILE} HTTP/1.1", f"GET {TILE}#x HTTP/1.1"]
    + [f"GET {TILE}? HTTP/1.1", f"GET {TILE}?v=1&v=2 HTTP/1.1", f"GET {TILE}?style=x HTTP/1.1", "GET / HTTP/1.1"]
    + [f"GET {TILE}/ HTTP/1.1", f"GET {TILE};x HTTP/1.1", "GET /tiles/a/b HTTP/1.1", f"GET {TILE[:-1]}x HTTP/1.1"]
)
REQUEST = st.builds(
    lambda first, lines, end, body: ("\r\n".join([first, *lines]) + end + body).encode("latin-1"),
    FIRST,
    st.lists(LINES, max_size=4),
    st.sampled_from(["\r\n\r\n"] * 5 + ["\n\n", "\r\n\n", "\r\n"]),
    st.sampled_from(["", "", "", "hello", "5\r\nhello\r\n0\r\n\r\n", "\r\n"]),
)


@settings(max_examples=250, deadline=None)
@given(requests=st.lists(REQUEST, min_size=1, max_size=3), cuts=st.lists(st.integers(0, 400), max_size=3))
@example(requests=[ask(TILE)], cuts=[])
@example(requests=[ask(TILE, "Content-Length: 5"), b"hello", ask(TILE)], cuts=[])
@example(requests=[ask(TILE, "Transfer-Encoding: chunked"), b"5\r\nhello\r\n0\r\n\r\n", ask(TILE)], cuts=[])
@example(requests=[ask(TILE, "Connection: close"), ask(TILE)], cuts=[])
@example(requests=[ask(TILE, "Proxy-Connection: close"), ask(TILE)], cuts=[])
@example(requests=[ask(TILE, "Connection: upgrade", "Upgrade: h2c"), ask(TILE)], cuts=[])
@example(requests=[ask(TILE, version="1.0"), ask(TILE)], cuts=[])
def test_it_answers_all_bytes_as_uvicorn_does(door, run_apart, requests, cuts):
    stream, at = b"".join(requests), sorted({0, *cuts})
    whole = [stream[a:b] for a, b in zip(at, [*at[1:], len(stream)], strict=True)]
    for parts in ([part for part in whole if part], requests):
        ours, theirs = (run_apart(answered(door, one, parts)) for one in (TileProtocol, HttpToolsProtocol))
        assert ours == theirs
