# SPDX-License-Identifier: Apache-2.0
"""Second looks: baseboard controllers by Redfish and IPMI DCMI, plugs on a broker. They average and round as they like."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import InstrumentError
from harness.kit.broker import Broker, Subscription
from probes.compute.live.reading import Reading
from probes.compute.plans.meters import IpmiSettings, MqttSettings, RedfishSettings

_ANSWER_S = 5.0
_DCMI = re.compile(r"Instantaneous power reading:\s*(\d+)\s*Watts", re.IGNORECASE)
_ACTIVE = re.compile(r"Power reading state is:\s*activated", re.IGNORECASE)


def at_pointer(document: Any, pointer: str) -> float:
    """The number at a JSON pointer (RFC 6901); InstrumentError where there is none."""
    for part in pointer.lstrip("/").split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        try:
            document = document[int(key)] if isinstance(document, list) else document[key]
        except (KeyError, IndexError, ValueError, TypeError):
            msg = f"The answer has nothing at {pointer}."
            raise InstrumentError(msg, cure="write the JSON pointer of the power in W.") from None
    if isinstance(document, bool) or not isinstance(document, int | float):
        msg = f"What stands at {pointer} is no number."
        raise InstrumentError(msg, cure="write the JSON pointer of the power in W.")
    return float(document)


class RedfishMeter:
    """One resource that is asked again and again."""

    def __init__(self, settings: RedfishSettings, folder: Path) -> None:
        """Greet it; InstrumentError when it does not answer."""
        if not settings.url.startswith(("http://", "https://")):
            msg = f"{settings.url} is no web address."
            raise InstrumentError(msg, cure="write it with https://.")
        self._pointer, self._request = settings.pointer, urllib.request.Request(settings.url)  # noqa: S310 - http only
        if settings.password is not None:
            secret = settings.password.text("the controller's password", folder)
            login = base64.b64encode(f"{settings.user}:{secret}".encode()).decode()
            self._request.add_header("Authorization", f"Basic {login}")
        self.identity, self.facts = f"Redfish {settings.url}", {}
        self.read()

    identity: str
    mark = ""
    facts: Mapping[str, Any]

    def read(self) -> Reading:
        """The power in W."""
        try:
            with urllib.request.urlopen(self._request, timeout=_ANSWER_S) as answer:  # noqa: S310 - http only
                document = json.load(answer)
        except (OSError, ValueError, urllib.error.URLError) as error:
            msg = f"The controller does not answer: {error}."
            raise InstrumentError(msg, cure="check its address, and login and password.") from None
        return Reading(at_pointer(document, self._pointer))

    def close(self) -> None:
        """Nothing stays open."""


class IpmiMeter:
    """``ipmitool dcmi power reading``."""

    def __init__(self, settings: IpmiSettings, folder: Path) -> None:
        """Greet it; InstrumentError when ipmitool is not there or nobody answers."""
        program = shutil.which("ipmitool")
        if program is None:
            raise InstrumentError("ipmitool is not installed.", cure="install the package ipmitool.")
        self._environment: dict[str, str] | None = None
        self._command = [program]
        if settings.host:
            self._command += ["-I", "lanplus", "-H", settings.host, "-p", str(settings.port), "-U", settings.user]
            if settings.password is not None:
                self._environment = {"IPMI_PASSWORD": settings.password.text("the controller's password", folder)}
                self._command.append("-E")
        self.identity, self.facts = f"IPMI {settings.host or 'local'}", {}
        self.read()

    identity: str
    mark = ""
    facts: Mapping[str, Any]

    def read(self) -> Reading:
        """The power in whole W."""
        command = [*self._command, "dcmi", "power", "reading"]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_ANSWER_S, check=False, env=self._environment)  # noqa: S603 - found on PATH
        except (OSError, subprocess.TimeoutExpired) as error:
            msg = f"The controller does not answer: {error}."
            raise InstrumentError(msg, cure="check its address and that it knows DCMI.") from None
        found = _DCMI.search(done.stdout.decode("utf-8", "replace"))
        if found is None:
            why = done.stderr.decode("utf-8", "replace").strip()[:200] or "no power in its answer"
            msg = f"The controller says nothing of power: {why}."
            raise InstrumentError(msg, cure="check that it knows DCMI.")
        if _ACTIVE.search(done.stdout.decode("utf-8", "replace")) is None:
            raise InstrumentError("The controller does not measure power now.", cure="activate its power measurement.")
        return Reading(float(found[1]))

    def close(self) -> None:
        """Nothing stays open."""


class MqttMeter:
    """A plug that speaks by itself; the last thing it said is its reading, and it counts once."""

    def __init__(self, settings: MqttSettings) -> None:
        """Subscribe."""
        self._pointer, self._topic = settings.pointer, settings.topic
        self._heard = Subscription(Broker(settings.broker, settings.port), [settings.topic])
        self.identity, self.facts = f"MQTT {settings.topic}", {}

    identity: str
    mark = ""
    facts: Mapping[str, Any]

    def read(self) -> Reading:
        """The next message's power; InstrumentError when none comes."""
        messages = [each for each in self._heard.drain(_ANSWER_S) if not each.retained]  # a kept one is old
        if not messages:
            msg = f"Nothing was said on {self._topic} within {_ANSWER_S:g} s."
            raise InstrumentError(msg, cure="check the topic and that the plug is on the broker.")
        try:
            document = json.loads(messages[-1].payload)
        except ValueError:
            msg = f"What was said on {self._topic} is no JSON."
            raise InstrumentError(msg, cure="name the topic with the plug's measurements.") from None
        return Reading(at_pointer(document, self._pointer))

    def close(self) -> None:
        """Take leave."""
        self._heard.close()
