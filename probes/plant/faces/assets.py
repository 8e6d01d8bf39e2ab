# SPDX-License-Identifier: Apache-2.0
"""``yanshou analyse assets REGISTER``: how many assets are networked, visualised and covered by alarms, for every figure a source was given for."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections import Counter
from pathlib import Path
from typing import Any

from harness.errors import SpecError, UsageError
from harness.kit.files import bytes_of
from harness.model import Reason
from harness.quantity import Quantity
from probes.plant.digests.listening import Message, signals
from probes.plant.faces.sparkplug import heard_in, unheard
from probes.plant.measurands import coverage, presence
from probes.plant.traces import assets, drills
from probes.plant.traces.words import WORDS

_PERIODS = 3.0


def arguments(parser: ArgumentParser) -> None:
    """The command line."""
    parser.add_argument(
        "register", type=Path, metavar="REGISTER", help="资产登记表（CSV、XLSX） / the register of assets (CSV, XLSX)"
    )
    parser.add_argument(
        "--events",
        type=Path,
        metavar="INJECTED",
        help="演练中何时注入了什么（CSV、XLSX） / what was injected when (CSV, XLSX)",
    )
    parser.add_argument(
        "--alarms",
        type=Path,
        metavar="ALARMS",
        help="平台的告警记录（CSV、XLSX） / the platform's log of alarms (CSV, XLSX)",
    )
    parser.add_argument(
        "--deadline",
        default="5 s",
        metavar="TIME",
        help="告警的期限，更晚的不计 / an alarm later than that does not count",
    )
    parser.add_argument(
        "--capture",
        type=Path,
        metavar="PCAP",
        help="MQTT 抓包：联网以证据为准，不以登记表为准 / MQTT traffic: networked by evidence, not by the register",
    )


def analyse(options: Namespace) -> dict[str, Any]:
    """What the command prints."""
    deadline_ns = _deadline(options.deadline)
    register = assets.read(bytes_of(options.register), options.register.name)
    if not register.assets:
        msg = f"{options.register} has no rows."
        raise UsageError(msg, cure="list the assets.")
    events = [_told(each) for each in register.remarks]
    found: dict[str, Any] = {"path": str(options.register), "assets": len(register.assets)}
    if options.capture is None:
        found["networked"] = _listed(register, events)
    else:
        found["networked"] = _on_the_wire(register, options.capture, events)
    shown = "visual" in register.fields
    found["visualised"] = sum(bool(each.visual) for each in register.assets) if shown else None
    keyed = "key" in register.fields
    found["key_assets"] = sum(each.key for each in register.assets) if keyed else None
    found["covered"], found["alarm_delay_ms"] = None, None
    if options.events and options.alarms:
        found["covered"], found["alarm_delay_ms"] = _coverage(register, options, deadline_ns, events)
    elif options.events or options.alarms:
        events.append(_told(WORDS.reason("half-a-drill")))
    return {"kind": "assets", "files": [{**found, "events": events}]}


def _listed(register: assets.Register, events: list[dict[str, Any]]) -> int | None:
    """Assets that the register gives an address of their own; None where it has none: a platform's flag is no evidence."""
    if "address" not in register.fields:
        key = "flag-is-no-evidence" if "online" in register.fields else "no-address-column"
        events.append(_told(WORDS.reason(key)))
        return None
    twice = presence.shared(register.assets)
    if twice:
        labels = [each.label for each in register.assets if each.number in twice]
        events.append(_told(WORDS.reason("shared-address", names=labels, count=len(labels))))
    events.append(_told(WORDS.reason("listed-only")))
    return sum(bool(each.address) and each.number not in twice and not each.withdrawn for each in register.assets)


def _on_the_wire(register: assets.Register, path: Path, events: list[dict[str, Any]]) -> int:
    """Assets whose own values came fresh and changing, as the capture shows."""
    heard = heard_in(path)
    messages = [Message(at, each.topic, each.payload, each.retained) for at, each in heard.published()]
    events += unheard(heard, len(messages))
    found = signals(messages, [(heard.first_ns, heard.last_ns)])
    states = presence.states(register, found, heard.last_ns, _PERIODS)
    labels = {each.number: each.label for each in register.assets}
    for why, count in sorted(Counter(states.why.values()).items()):
        if why != "networked":
            names = [labels[number] for number, each in states.why.items() if each == why]
            events.append(_told(WORDS.reason(f"state-{why}", count=count, names=names)))
    if states.joined.strangers:
        names = [each.place for each in states.joined.strangers]
        events.append(_told(WORDS.reason("strangers", count=len(names), names=names)))
    if states.joined.contradicting:
        places = states.joined.contradicting
        events.append(_told(WORDS.reason("contradicting", count=len(places), names=places)))
    if "period" not in register.fields:
        events.append(_told(WORDS.reason("no-periods")))
    says = sum(bool(each.online) for each in register.assets)
    count = sum(each == "networked" for each in states.why.values())
    if "online" in register.fields:
        events.append(_told(WORDS.reason("says", platform=says, wire=count)))
    return count


def _coverage(
    register: assets.Register, options: Namespace, deadline_ns: int, events: list[dict[str, Any]]
) -> tuple[int | None, dict[str, float] | None]:
    """(key assets covered, their delays) of a drill."""
    drill = drills.events(bytes_of(options.events), options.events.name)
    drill = drill.merge(drills.alarms(bytes_of(options.alarms), options.alarms.name))
    events += [_told(each) for each in drill.remarks]
    if len(drill.zones) > 1:
        events.append(_told(WORDS.reason("mixed-zones")))
    if "key" not in register.fields:
        events.append(_told(WORDS.reason("no-key-column")))
        return None, None
    answers = coverage.answers(drill, deadline_ns)
    events += [_told(each) for each in coverage.remarks(answers, register.assets)]
    key = [each.number for each in register.assets if each.key and not each.withdrawn]
    delays = answers.of(key)
    told = None
    if delays:
        named = {"p50": coverage.quantile(delays, 0.5), "p95": coverage.quantile(delays, 0.95), "max": delays[-1]}
        told = {name: each // 10**6 if not each % 10**6 else each / 10**6 for name, each in named.items()}
    return sum(map(answers.covered, key)), told


def _deadline(text: str) -> int:
    try:
        found = Quantity.parse(text).to("ns")
    except SpecError as error:
        msg = f"--deadline: {error.problem}"
        raise UsageError(msg, cure="write --deadline 5s.") from None
    if not 0 < found <= 86_400 * 10**9:
        msg = f"A deadline of {text} makes no sense."
        raise UsageError(msg, cure="write --deadline 5s.")
    return int(found)


def _told(reason: Reason) -> dict[str, Any]:
    return {
        "event": reason.code,
        "text": reason.text.en,
        **{key: each for key, each in reason.facts.items() if not isinstance(each, set)},
    }
