# SPDX-License-Identifier: Apache-2.0
"""The console as an ASGI application: the page, its events, and the letter box. Nothing it does reaches the evidence itself."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harness.console.language import language
from harness.console.live.feed import Feed
from harness.console.live.guard import HEADERS, Guard, cookie
from harness.console.live.words import page_words, refused
from harness.errors import StorageError
from harness.evidence.bundle import is_safe_name
from harness.evidence.storage import make_durable, make_name_durable, open_descriptor, replace_file, write_fully
from harness.watch.notes import BOX, LARGEST, MOST_WAITING, PART, SPARE, Letter, form_of

PAGES = Path(__file__).parent / "pages"
_STATIC = {
    "console.css": "text/css",
    "console.js": "text/javascript",
    "chart.js": "text/javascript",
    "notes.js": "text/javascript",
    "enter.js": "text/javascript",
}
_TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "heic": "image/heic"}
_LONGEST = 64 << 10
_HEAD = 16
_STATUS = {"foreign-host": 421, "no-session": 401}


@dataclass(slots=True)
class Console:
    """One console: its doorkeeper, what it tells, and the bundle it looks at, once there is one. ``entered`` is called for each browser that came in."""

    guard: Guard
    feed: Feed
    root: Callable[[], Path | None]
    entered: Callable[[], None] = lambda: None

    def app(self) -> ASGIApp:
        """Everything behind the doorkeeper."""
        routes = [
            Route("/", self._page("console.html")),
            Route("/enter", self._page("enter.html")),
            Route("/static/{name}", self._static),
            Route("/session", self._session, methods=["POST"]),
            Route("/words", self._words),
            Route("/events", self._events),
            Route("/notes", self._note, methods=["POST"]),
            Route("/photos/{name}", self._photo, methods=["PUT"]),
            Route("/photos/{name}", self._shown),
        ]
        return _Door(Starlette(routes=routes, exception_handlers={404: _absent, 405: _absent}), self.guard)

    @staticmethod
    def _page(name: str) -> Callable[[Request], Awaitable[Response]]:
        async def page(_: Request) -> Response:
            lang = {"zh": "zh-CN", "en": "en"}[language()]
            text = (PAGES / name).read_text("utf-8").replace("{lang}", lang)
            for key, said in (page_words() | {"refused": refused("no-session")}).items():
                text = text.replace(f"{{{key}}}", said)
            return Response(text, media_type="text/html; charset=utf-8")

        return page

    @staticmethod
    async def _static(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in _STATIC:
            return _told("not-found", 404)
        return Response((PAGES / name).read_bytes(), media_type=f"{_STATIC[name]}; charset=utf-8")

    async def _session(self, request: Request) -> Response:
        """A spent or foreign token buys nothing."""
        given = await _json(request)
        session = self.guard.enter(str(given.get("token", "")))
        if session is None:
            return _told("no-session", 401)
        self.entered()
        return JSONResponse({}, headers={"set-cookie": cookie(session)})

    async def _words(self, request: Request) -> Response:
        session = self.guard.session(request.headers)
        assert session is not None  # noqa: S101 - the door let nobody else in
        return JSONResponse({"csrf": session.csrf, "lang": language(), "words": page_words()})

    async def _events(self, request: Request) -> Response:
        return StreamingResponse(
            self.feed.events(request.headers.get("last-event-id", "")),
            media_type="text/event-stream",
            headers={"x-accel-buffering": "no"},
        )

    async def _note(self, request: Request) -> Response:
        """Put a letter into the box; the same letter again is no second one."""
        box = self._box()
        if box is None:
            return _told("not-taking", 409)
        try:
            letter = Letter.model_validate({**await _json(request), "sent_ns": str(time.time_ns())})
        except ValidationError:
            return _told("no-note", 400)
        if any(each["id"] == letter.id for each in self.feed.state.get("notes", ())):
            return JSONResponse({"id": letter.id})
        if sum(1 for _ in box.glob("*.json")) >= MOST_WAITING:
            return _told("box-full", 503)
        try:
            replace_file(box / f"{letter.id}.json", letter.model_dump_json().encode(), scratch=box)
        except StorageError:
            return _told("not-taking" if not box.is_dir() else "disk-full", 409 if not box.is_dir() else 507)
        return JSONResponse({"id": letter.id})

    async def _photo(self, request: Request) -> Response:
        """Take a photo whole or not at all: half of one is gone with the connection."""
        box, name = self._box(), request.path_params["name"]
        length = request.headers.get("content-length", "")
        if box is None:
            return _told("not-taking", 409)
        if len(name) != 32 or not set(name) <= set("0123456789abcdef"):
            return _told("no-note", 400)
        if not length.isdecimal() or not 0 < int(length) <= LARGEST:
            return _told("too-large", 413)
        if shutil.disk_usage(box).free < SPARE + int(length):
            return _told("disk-full", 507)
        part = box / f"{PART}{name}-{secrets.token_hex(4)}"
        try:
            head = await _received(request, part, int(length))
            form = form_of(head)
            if form is None:
                return _told("no-photo", 415)
            part.replace(box / f"{name}.{form}")
            make_name_durable(box)
        except ClientDisconnect:
            _complain(refused("cut-off"))
            return _told("cut-off", 400)
        except OSError:
            return _told("not-taking" if not box.is_dir() else "disk-full", 409 if not box.is_dir() else 507)
        finally:
            part.unlink(missing_ok=True)
        return JSONResponse({"photo": form})

    async def _shown(self, request: Request) -> Response:
        """A photo that the journal names, or that waits for the recorder."""
        root, name = self.root(), request.path_params["name"]
        form = name.rpartition(".")[2]
        if root is None or form not in _TYPES or not is_safe_name(name):
            return _told("not-found", 404)
        found = [
            path for path in (root / "data/notes" / name, root / BOX / name) if path.is_file() and not path.is_symlink()
        ]
        return FileResponse(found[0], media_type=_TYPES[form]) if found else _told("not-found", 404)

    def _box(self) -> Path | None:
        root = self.root()
        return root / BOX if root is not None and (root / BOX).is_dir() else None


class _Door:
    """Asks the doorkeeper before anything else happens, and puts the headers on every answer."""

    def __init__(self, inner: ASGIApp, guard: Guard) -> None:
        self._inner, self._guard = inner, guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                ours = [(key.encode(), value.encode()) for key, value in HEADERS]
                message["headers"] = [*message.get("headers", ()), *ours]
            await send(message)

        request = Request(scope)
        local = scope.get("server") or ("", 0)
        key = self._guard.refusal(scope["method"], scope["path"], request.headers, (local[0], local[1]))
        if key:
            page = scope["path"] == "/" and key == "no-session"
            answer = await Console._page("enter.html")(request) if page else _told(key, _STATUS.get(key, 403))  # noqa: SLF001
            if page:
                answer.status_code = 401
            await answer(scope, receive, sending)
            return
        await self._inner(scope, receive, sending)


async def _received(request: Request, part: Path, length: int) -> bytes:
    """Write the body to ``part``; its first bytes. ClientDisconnect when it ends before ``length``, OSError."""
    head, size = b"", 0
    descriptor = open_descriptor(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        async for piece in request.stream():
            head += piece[: max(0, _HEAD - len(head))]
            size += len(piece)
            for _ in write_fully(descriptor, piece):
                pass
        if size != length:
            raise ClientDisconnect
        make_durable(descriptor)
    finally:
        os.close(descriptor)
    return head


async def _json(request: Request) -> Mapping[str, Any]:
    """The object in a small body; empty for anything else."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LONGEST:
            return {}
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


async def _absent(_: Request, __: Exception) -> Response:
    return _told("not-found", 404)


def _told(key: str, status: int) -> Response:
    return JSONResponse({"told": refused(key)}, status)


def _complain(sentence: str) -> None:
    print(f"yanshou: {sentence}", file=sys.stderr)  # noqa: T201 - to whoever started the console
