# SPDX-License-Identifier: Apache-2.0
"""``yanshou analyse sparkplug CAPTURE…``: what brokers delivered, which devices were born, died and are there at the end."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from harness.errors import DecodeError, InstrumentError
from harness.kit.files import reading
from harness.model import Reason
from probes.plant.digests.listening import Message, Sparkplug
from probes.plant.traces.words import WORDS
from probes.plant.wire import sparkplug
from probes.plant.wire.conversations import Conversations, listen
from probes.plant.wire.packets import Capture

_HOST_STATES = {b"ONLINE", b"OFFLINE"}
"""What a host application says of itself under ``STATE/…`` (Sparkplug 2.2 §12.2)."""


def arguments(parser: ArgumentParser) -> None:
    """The command line."""
    parser.add_argument(
        "captures",
        nargs="+",
        type=Path,
        metavar="CAPTURE",
        help="pcap 或 pcapng，可压缩 / pcap or pcapng, plain or compressed",
    )


def analyse(options: Namespace) -> dict[str, Any]:
    """What the command prints; one file among several that cannot be read has an event for it."""
    files, refused = [], []
    for path in options.captures:
        try:
            files.append(_one(path, heard_in(path)))
        except (DecodeError, InstrumentError) as error:
            refused.append(error)
            told = {"event": "plant.unreadable", "text": f"{error.problem} Cure: {error.cure}"}
            files.append({**_one(path, Conversations()), "events": [told]})
    if len(refused) == len(files):
        raise refused[0]
    return {"kind": "sparkplug", "files": files}


def heard_in(path: Path) -> Conversations:
    """Every MQTT publication of a capture; InstrumentError for a file that cannot be opened, UnreadableError for no capture."""
    with reading(path):
        return listen(Capture(path))


def unheard(found: Conversations, count: int) -> list[dict[str, Any]]:
    """What a capture holds and nobody could read, as events."""
    told = {
        "torn": bool(found.torn),
        "cut": found.cut,
        "lost-bytes": found.lost_bytes,
        "encrypted": found.encrypted,
        "no-mqtt": not found.connections and not found.encrypted,
        "nothing": bool(found.connections) and not count,
    }
    return [_told(WORDS.reason(f"capture-{key}", count=int(value))) for key, value in told.items() if value]


def _one(path: Path, found: Conversations) -> dict[str, Any]:
    rules, others, retained = Sparkplug(), Counter[str](), 0
    for time_ns, message in found.delivered():
        address = sparkplug.address(message.topic)
        if address is None and message.topic.startswith("STATE/") and message.payload in _HOST_STATES:
            rules.counts["STATE"] += 1
            continue
        if address is None:
            others["unknown-topic"] += message.topic.startswith(("spBv1.0/", "spAv1.0/"))
            continue
        retained += message.retained
        rules.take(Message(time_ns, message.topic, message.payload, message.retained), address)
    events = unheard(found, sum(rules.counts.values()))
    if found.heard and not any(each.delivered for each in found.heard):
        events.append(_told(WORDS.reason("capture-published-only", count=len(found.heard))))
    counted = {**rules.broken, **{key: each for key, each in others.items() if each}}
    events += [_rule(code, count) for code, count in sorted(counted.items())]
    everyone = [*rules.born, *rules.dead]
    return {
        "path": str(path),
        "delivered": {kind: rules.counts[kind] for kind in sparkplug.KINDS if rules.counts[kind]},
        "devices_born": names(rules.born, everyone),
        "devices_dead": names(rules.dead, everyone),
        "online_at_end": len(rules.online),
        "sequence_gaps": rules.gaps,
        "events": events,
    }


def names(devices: Iterable[sparkplug.Address], everyone: Iterable[sparkplug.Address]) -> list[str]:
    """Devices by name, with group and node where two nodes have one of that name; nodes themselves are left out."""
    bearers = Counter(device for _, _, device in {(each.group, each.node, each.device) for each in everyone})
    return sorted(
        each.device if bearers[each.device] == 1 else f"{each.group}/{each.node}/{each.device}"
        for each in devices
        if each.device
    )


def _rule(code: str, count: int) -> dict[str, Any]:
    """A broken rule: by the identifier of the technology compatibility kit, in words of our own."""
    if code.startswith("tck-id-"):
        return {"event": f"plant.{code}", "text": WORDS.text("rule-broken", rule=code, count=count).en, "count": count}
    return _told(WORDS.reason(code, count=count))


def _told(reason: Reason) -> dict[str, Any]:
    return {"event": reason.code, "text": reason.text.en, **reason.facts}
