"""The short way to a stored tile: a plain GET of one is answered as it comes off the socket, with no task in between.

Whatever is not exactly that goes on to uvicorn's own protocol and the application: other paths and methods, HTTP/1.0,
bodies, conditions, upgrades, requests that come in pieces or several at once, and readers slower than we write. So
there is one parser of HTTP, and no request that this one and that one could divide differently.
"""

from __future__ import annotations

import re
from functools import lru_cache

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.tile_path import Headers, TilePath

# A GET with no header that tells of a body (RFC 9112, 6), of the connection's fate (9.3, 9.6), or of a condition.
_PLAIN = re.compile(
    rb"GET /tiles/([\w.~-]++)/(\w++)/(\d{1,2})/(\d{1,9})/(\d{1,9})(?:\?([\w.=&~-]*+))? HTTP/1\.1\r\n"
    rb"(?:(?!(?i:content-length|transfer-encoding|connection:(?! keep-alive\r)|proxy-connection|if-))"
    rb"[A-Za-z0-9-]++: [\x20-\x7e]*+\r\n)*+\r\n"
)


class TileProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with stored tiles answered in front of it."""

    app: TilePath
    _parsing = False
    _answered_at = 0.0

    def on_message_begin(self) -> None:
        """Note that uvicorn's parser stands inside a request."""
        self._parsing = True
        super().on_message_begin()

    def on_message_complete(self) -> None:
        """Note that it stands between two requests again."""
        self._parsing = False
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        """Answer a plain GET of a stored tile, or pass the bytes on."""
        if not self._answer(data):
            super().data_received(data)

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that asks for nothing; one that was answered on the short way has its time anew."""
        left = self._answered_at + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self.timeout_keep_alive_task = self.loop.call_later(left, self.timeout_keep_alive_handler)
        else:
            super().timeout_keep_alive_handler()

    def _answer(self, data: bytes) -> bool:
        if self._parsing or self.flow.write_paused or not (self.cycle is None or self.cycle.response_complete):
            return False
        found = _PLAIN.fullmatch(data)
        if found is None:
            return False
        survey, tms, z, x, y, query = found.groups(b"")
        answer = self.app.ready(survey.decode(), tms.decode(), (int(z), int(x), int(y)), query)
        if answer is None:
            return False
        headers, body = answer
        common = tuple(self.server_state.default_headers)
        self.transport.write(
            b"HTTP/1.1 200 OK\r\n%b%bcontent-length: %d\r\n\r\n%b" % (_lines(common), _lines(headers), len(body), body)
        )
        self._answered_at = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_handler()
        return True


@lru_cache(maxsize=256)
def _lines(headers: Headers) -> bytes:
    return b"".join(b"%b: %b\r\n" % header for header in headers)
