# SPDX-License-Identifier: Apache-2.0
"""Visits to points: what is wrong with each, when its page could be used, at what times its frames came. Mergeable, pure.

A visit of which a field is missing or of another kind is damaged and counts for nothing; it is never mended.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple, Self, TypeGuard
from urllib.parse import urlsplit

from harness.kit.lines import Session
from harness.model import Reason
from probes.immersive.traces.words import VISITS

_NO_PAGES = frozenset({"image", "media", "font", "script", "stylesheet", "texttrack", "manifest"})
_CONTENTS = (
    *(".glb", ".gltf", ".bin", ".fbx", ".obj", ".usdz", ".ply", ".splat", ".hdr", ".exr", ".ktx", ".ktx2", ".basis", ".dds"),
    *(".png", ".jpg", ".jpeg", ".webp", ".avif", ".mp3", ".ogg", ".wav", ".m4a", ".mp4", ".webm", ".wasm", ".json", ".js", ".css"),
)  # fmt: skip
"""What a request asked for that no page can be."""
FLAT = 2.0
"""Standard deviation of a picture's luminance, of 255, below which nothing is to be seen in it."""
_DARK = 20.0
LEAST_FRAMES = 10
IN_FLIGHT = 2
"""Requests that may be under way while a page is called quiet (as Lighthouse has it)."""
_BEYOND = 2.0
"""How many times what the scene changes by itself a hand has to change."""
_SEEN = 0.00005
"""Share of a view that has to change before an answer was seen, beside what changes by itself."""
_MOST = 1e300
_NAME = 60
"""Characters of a device's name in a list."""
_SOFTWARE = re.compile(
    r"swiftshader|llvmpipe|softpipe|software|microsoft basic render|virgl|mesa offscreen", re.IGNORECASE
)
_OFFLINE = re.compile(
    r"ERR_(INTERNET_DISCONNECTED|NETWORK_CHANGED|NETWORK_IO_SUSPENDED|PROXY_|TUNNEL_|NETWORK_ACCESS_DENIED)"
)
"""What Chromium says where the network of its own machine is at fault."""
_UNNEEDED = {"ping", "cspviolationreport", "preflight"}


class Asset(NamedTuple):
    """One request: its address and type, from when to when (ms; inf: it did not end), whether its answer was good, its digest."""

    url: str
    type: str
    start_ms: float
    end_ms: float
    good: bool
    sha256: str


@dataclass(frozen=True, slots=True, order=True)
class Visit:
    """One visit: faults that cost it, doubts a person has to settle; ``quiet``: what :func:`interactive` needs of it."""

    point: str
    time_ns: int
    kind: str
    faults: tuple[Reason, ...] = field(compare=False)
    doubts: tuple[Reason, ...] = field(compare=False)
    told: tuple[Reason, ...] = field(compare=False)
    paint_ms: float | None = field(compare=False)
    ready_ms: float = field(compare=False)
    loaded_ms: float = field(compare=False)
    watched_ms: float = field(compare=False)
    tasks: tuple[tuple[float, float], ...] = field(compare=False)
    assets: tuple[Asset, ...] = field(compare=False)
    frames_ms: tuple[float, ...] = field(compare=False)
    renderer: str = field(compare=False)
    scene: str = field(compare=False)
    """Digest of the contents that the point itself gave; empty where it gave none."""
    device: str = field(compare=False)

    @property
    def software(self) -> bool:
        """Whether a program drew the picture in place of a graphics processor, or nobody says who did."""
        return not self.renderer or _SOFTWARE.search(self.renderer) is not None

    @property
    def drawn_by(self) -> str:
        """What drew it in a few words: the software's name, or the device's without the layers that told it."""
        software = _SOFTWARE.search(self.renderer)
        inner = re.fullmatch(r"ANGLE \((.*)\)", self.renderer)
        return software[0] if software else (inner[1] if inner else self.renderer)[:_NAME]


@dataclass(frozen=True, slots=True)
class Visits:
    """All visits in order; ``elsewhere``: they were recorded by another campaign. ``damaged``: lines that cannot be read."""

    visits: tuple[Visit, ...] = ()
    damaged: int = 0
    elsewhere: bool = False
    browsers: tuple[str, ...] = ()

    def merge(self, other: Self) -> Self:
        """Both."""
        return type(self)(
            tuple(sorted({(each.point, each.time_ns): each for each in (*self.visits, *other.visits)}.values())),
            self.damaged + other.damaged,
            self.elsewhere or other.elsewhere,
            tuple(sorted({*self.browsers, *other.browsers})),
        )


def visits(session: Session, *, elsewhere: bool = False) -> Visits:
    """The visits of one session."""
    facts = session.facts
    points = facts.get("points")
    hosts = facts.get("hosts")
    known = points if isinstance(points, dict) else {}
    own = tuple(str(each) for each in hosts) if isinstance(hosts, list) else ()
    found = []
    for row in session:
        made = _visit(row, known, own, str(facts.get("device", "")))
        if made is None:
            session.damaged += 1
        else:
            found.append(made)
    browsers = (str(facts["browser"])[:60],) if "browser" in facts else ()
    return Visits(tuple(sorted(found)), session.damaged, elsewhere, browsers)


def interactive(visit: Visit, quiet_ms: float) -> float | None:
    """Ms until the page was drawn, loaded and free: then no task of 50 ms and no more than two requests for ``quiet_ms``.

    None where it was never drawn, or not watched for long enough to see that quiet (Lighthouse's time to interactive).
    """
    if visit.paint_ms is None:
        return None
    busy = [(start, start + length) for start, length in visit.tasks] + _crowded(visit.assets)
    free = visit.paint_ms
    for start, end in sorted(busy):
        if start - free >= quiet_ms:
            break
        free = max(free, end)
    if visit.watched_ms - free < quiet_ms:
        return None
    blocked = [start + length for start, length in visit.tasks if start + length <= free]
    return max(visit.paint_ms, visit.ready_ms, *blocked)


def _crowded(assets: Sequence[Asset]) -> list[tuple[float, float]]:
    """The stretches in which more than two requests were under way."""
    edges = sorted([(each.start_ms, 1) for each in assets] + [(each.end_ms, -1) for each in assets])
    found, running, since = [], 0, math.inf
    for at, change in edges:
        running += change
        if running > IN_FLIGHT and math.isinf(since):
            since = at
        elif running <= IN_FLIGHT and not math.isinf(since):
            found.append((since, at))
            since = math.inf
    return found


def _visit(row: Mapping[str, Any], points: Mapping[str, Any], hosts: Sequence[str], device: str) -> Visit | None:
    name, began, url = row.get("point"), row.get("t"), row.get("url")
    point = points.get(name) if isinstance(name, str) else None
    if not isinstance(point, dict) or not _whole(began) or url != point.get("url"):
        return None
    kind = point.get("kind")
    if kind not in {"xr", "web"}:
        return None
    for key in ("refused", "broken"):
        if key in row:
            return _failed(str(name), int(began), kind, key, str(row[key])[:200])
    try:
        return _looked(row, str(name), kind, hosts, device)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _failed(name: str, began: int, kind: str, key: str, error: str) -> Visit:
    """A visit without a page; where the testing machine itself had no network, nothing was learnt of the point."""
    away = key == "refused" and _OFFLINE.search(error) is not None
    why = (VISITS.reason("offline" if away else key, error=error),)
    faults, doubts = ((), why) if away else (why, ())
    return Visit(name, began, kind, faults, doubts, (), None, 0.0, 0.0, 0.0, (), (), (), "", "", "")


def _looked(row: Mapping[str, Any], name: str, kind: str, hosts: Sequence[str], device: str) -> Visit:
    assets = tuple(_asset(each) for each in row["requests"] if str(each["url"]).startswith(("http:", "https:")))
    own = {_origin(each) for each in (row["url"], *hosts)}
    own |= {f"https://{each[7:-3]}:443" for each in own if each.startswith("http://") and each.endswith(":80")}
    mine = [each for each in assets if _origin(each.url) in own]
    contents = sorted({each.sha256 for each in mine if each.sha256 and each.good})
    faults = [*_answered(row, own), *_whole_assets(row, assets), *(_thrown(row))]
    doubts: list[Reason] = []
    told = list(_told(row, assets, own))
    if kind == "xr":
        entered, open_ones = _entered(row["xr"])
        faults += entered
        doubts += open_ones
    if (
        _number(row["picture"]["deviation"]) < FLAT
    ):  # as the browser put it on the screen, whatever the page says of its pixels
        faults.append(_blank(row["picture"], ""))
    return Visit(
        point=name,
        time_ns=int(row["t"]),
        kind=kind,
        faults=tuple(faults),
        doubts=tuple(doubts),
        told=tuple(told),
        paint_ms=None if row["paint_ms"] is None else _number(row["paint_ms"]),
        ready_ms=_number(row["ready_ms"] or 0.0),
        loaded_ms=_number(row["loaded_ms"] or 0.0),
        watched_ms=_number(row["watched_ms"]),
        tasks=tuple((_number(start), _number(length)) for start, length in row["long_tasks"]),
        assets=assets,
        frames_ms=tuple(_number(each) for each in row["frames_ms"]),
        renderer=str(row["renderer"]),
        scene=sha256("".join(contents).encode()).hexdigest() if contents else "",
        device=device,
    )


def _answered(row: Mapping[str, Any], own: set[str]) -> Iterator[Reason]:
    status = row["status"]
    if not _whole(status) or not 200 <= status < 300:
        yield VISITS.reason("status", status=str(status))
    if _origin(row["final"]) not in own:
        yield VISITS.reason("elsewhere", url=str(row["final"])[:200])


def _whole_assets(row: Mapping[str, Any], assets: Sequence[Asset]) -> Iterator[Reason]:
    missing = [_shown(each.url) for each in assets if not each.good and each.type not in _UNNEEDED]
    if missing:
        yield VISITS.reason("assets-missing", count=len(missing), names=missing)
    if row["unlisted"]:
        yield VISITS.reason("unlisted", count=int(row["unlisted"]))


def _thrown(row: Mapping[str, Any]) -> Iterator[Reason]:
    if row["errors"]:
        yield VISITS.reason("errors", count=len(row["errors"]), first=str(row["errors"][0])[:200])


def _told(row: Mapping[str, Any], assets: Sequence[Asset], own: set[str]) -> Iterator[Reason]:
    foreign = sorted({_origin(each.url) for each in assets} - own)
    if foreign:
        yield VISITS.reason("foreign", origins=foreign)
    host = urlsplit(str(row["final"])).hostname or ""
    if host in {"localhost", "::1"} or host.startswith("127."):
        yield VISITS.reason("local", host=host)
    if row["console"]:
        yield VISITS.reason("console", count=len(row["console"]), first=str(row["console"][0])[:200])


def _entered(xr: Mapping[str, Any]) -> tuple[list[Reason], list[Reason]]:
    """What is wrong with a session, and what of it could not be told."""
    if not xr["button"]:
        return [VISITS.reason("no-button")], []
    if "stamps_ms" not in xr:
        refused = [str(each) for each in xr.get("refused", ())]
        return [VISITS.reason("not-entered", error=refused[0][:200] if refused else "—")], []
    faults = []
    if xr["mode"] != "immersive-vr":
        faults.append(VISITS.reason("mode", mode=str(xr["mode"])))
    if len(xr["stamps_ms"]) < LEAST_FRAMES:
        faults.append(VISITS.reason("few-frames", count=len(xr["stamps_ms"])))
    if xr["ended"]:
        faults.append(VISITS.reason("ended"))
    if xr["least"] != 2 or xr["most"] != 2:
        faults.append(VISITS.reason("views", least=str(xr["least"]), most=str(xr["most"])))
    if xr["errors"]:
        faults.append(VISITS.reason("frame-errors", count=len(xr["errors"]), first=str(xr["errors"][0])[:200]))
    eyes = xr["eyes"]
    if len(eyes) < 2:
        faults.append(VISITS.reason("no-pixels"))
    for side, eye in zip(("left", "right"), eyes, strict=False):
        if _number(eye["deviation"]) < FLAT:
            faults.append(_blank(eye, side))
    faults, doubts = _hands(xr, faults)
    if len(eyes) > 1 and eyes[0]["digest"] == eyes[1]["digest"] and _number(eyes[0]["deviation"]) >= FLAT:
        doubts.append(VISITS.reason("same-eyes"))
    return faults, doubts


def _hands(xr: Mapping[str, Any], faults: list[Reason]) -> tuple[list[Reason], list[Reason]]:
    doubts = []
    idle = max((_number(each) for each in xr["idle"] if each is not None), default=0.0)
    for hand in ("left", "right"):
        found = xr["hands"].get(hand)
        if found is None:
            faults.append(VISITS.reason("no-hand", hand=VISITS.text(f"{hand}-hand")))
            continue
        if found["changed"] is None:
            doubts.append(VISITS.reason("hand-unread", hand=VISITS.text(f"{hand}-hand")))
            continue
        changed = _number(found["changed"])
        seen = changed > _BEYOND * idle + _SEEN
        if found["errors"]:
            faults.append(VISITS.reason("hand-error", hand=VISITS.text(f"{hand}-hand"), count=int(found["errors"])))
        elif not seen and not found["handled"]:
            faults.append(VISITS.reason("hand-dead", hand=VISITS.text(f"{hand}-hand")))
        elif not seen:
            doubts.append(VISITS.reason("hand-unseen", hand=VISITS.text(f"{hand}-hand"), changed=changed, idle=idle))
    return faults, doubts


def _blank(figures: Mapping[str, Any], side: str) -> Reason:
    dark = _number(figures["mean"]) < _DARK
    where = VISITS.text(side or "page")
    return VISITS.reason("black" if dark else "flat", where=where, mean=_number(figures["mean"]), deviation=_number(figures["deviation"]))  # fmt: skip


def _asset(each: Mapping[str, Any]) -> Asset:
    status = each.get("status")
    good = "failed" not in each and _whole(status) and (200 <= status < 400) and not _page_instead(each)
    end = _number(each["end_ms"]) if "end_ms" in each else math.inf
    return Asset(str(each["url"]), str(each["type"]), _number(each["start_ms"]), end, good, str(each.get("sha256", "")))


def _page_instead(each: Mapping[str, Any]) -> bool:
    """Whether a page came where something else was asked for: many servers say “not found” so, with a status of 200."""
    if not str(each.get("mime", "")).lower().startswith(("text/html", "application/xhtml")):
        return False
    path = urlsplit(str(each["url"])).path.lower()
    return each["type"] in _NO_PAGES or path.endswith(_CONTENTS)


def _origin(url: Any) -> str:
    parts = urlsplit(str(url))
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    port = parts.port
    return f"{parts.scheme}://{parts.hostname or ''}:{usual if port is None else port}".lower()


def _shown(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path}"[-120:]


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _MOST:
        msg = "no number"
        raise ValueError(msg)
    return float(value)


def _whole(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
