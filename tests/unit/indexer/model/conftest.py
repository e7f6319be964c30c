"""A chat-completions service of our own on this machine, which answers as it is told."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

pytest.importorskip("httpx", reason="httpx is not installed (extra model)")


@dataclass
class Stub:
    """
    What the service does next, and what it was asked.

    `content` is the message's text; `body` replaces the whole answer; `drip` seconds pass between
    its pieces; `wait` seconds before it begins.
    """

    url: str = ""
    status: int = 200
    content: str = '{"leaves": []}'
    body: bytes | None = None
    drip: float = 0.0
    wait: float = 0.0
    location: str | None = None
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def says(self, *leaves: dict[str, Any]) -> None:
        """Answer with these conditions."""
        self.content = json.dumps({"leaves": leaves}, ensure_ascii=False)

    def answer(self) -> bytes:
        if self.body is not None:
            return self.body
        message = {"choices": [{"message": {"role": "assistant", "content": self.content}}]}
        return json.dumps(message, ensure_ascii=False).encode()


def handler(stub: Stub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            stub.requests.append(json.loads(self.rfile.read(size)) | {"path": self.path})
            stub.headers.append(dict(self.headers))
            time.sleep(stub.wait)
            self.send_response(stub.status)
            if stub.location:
                self.send_header("Location", stub.location)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            try:
                self.pour(stub.answer())
            except OSError:
                return  # the reader had enough

        def pour(self, data: bytes) -> None:
            if not stub.drip:
                self.wfile.write(data)
                return
            for n in range(0, len(data), 8):
                self.wfile.write(data[n : n + 8])
                self.wfile.flush()
                time.sleep(stub.drip)

        def log_message(self, format: str, *arguments: object) -> None:
            return

    return Handler


@pytest.fixture
def stub() -> Iterator[Stub]:
    made = Stub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(made))
    made.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def extractor(stub: Stub) -> Iterator[Callable[..., Any]]:
    """Makes an extractor that asks the stub."""
    from indexer.model.http import HttpExtractor
    from policy_match.settings import ModelSettings, Secret

    made: list[HttpExtractor] = []

    def make(*, seconds: float = 5, key: str | None = "秘钥-k".encode().hex()) -> HttpExtractor:
        settings = ModelSettings(stub.url, Secret(key) if key else None, "stub-1", seconds)
        made.append(HttpExtractor(settings))
        return made[-1]

    yield make
    for one in made:
        one.close()
