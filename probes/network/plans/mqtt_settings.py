# SPDX-License-Identifier: Apache-2.0
"""What the settings of all probes on an MQTT broker have in common: where it is, and how it lets us in. Opens nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.plugins import Problem

KEYS = ("broker", "port", "user", "password", "tls")


def problems(
    config: Mapping[str, Any], folder: Path, known: tuple[str, ...], needed: Mapping[str, str], name: str
) -> list[Problem]:
    """Settings that are unknown, missing or wrong; ``needed``: an example for each that must be there."""
    found = [
        Problem((key,), f"{key!r} is not a setting of {name}.", f"use {', '.join(known)}.")
        for key in sorted(set(config) - set(known))
    ]
    found += [
        Problem((key,), f"{key} is missing.", f"write {key}: {example}.")
        for key, example in needed.items()
        if not config.get(key)
    ]
    if not str(config.get("port", 1883)).isdigit():
        found.append(Problem(("port",), f"{config['port']!r} is not a port.", "write port: 1883."))
    if "user" in config and not str(config.get("password", "")).startswith("env:"):
        found.append(
            Problem(("password",), "The password does not come from the environment.", "write password: env:NAME.")
        )
    if "tls" in config and not (folder / str(config["tls"])).is_file():
        found.append(
            Problem(
                ("tls",), f"There is no file {config['tls']!r}.", "put the broker's CA certificate beside the profile."
            )
        )
    return found
