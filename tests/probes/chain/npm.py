# SPDX-License-Identifier: Apache-2.0
"""Peers from npm, installed once into a folder outside the checkout, started and ended by their process."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CACHE = Path(os.environ.get("YANSHOU_NPM", Path(tempfile.gettempdir()) / "yanshou-npm"))
PACKAGES = {
    "@foundry-rs/anvil": "1.7.1",
    "sm-crypto": "0.5.8",
    "@ethereumjs/client": "0.10.5",
    "@hyperledger/fabric-protos": "0.3.7",
    "iwer": "2.5.0",
    "three": "0.187.0",
}


def installed(package: str) -> Path | None:
    """The folder ``node_modules`` with a package in it; None where npm cannot install it."""
    folder = CACHE / f"{package.replace('/', '-')}-{PACKAGES[package]}"
    modules = folder / "node_modules"
    if not (folder / "done").exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = [
            "npm",
            "install",
            "--no-audit",
            "--no-fund",
            "--prefix",
            str(folder),
            f"{package}@{PACKAGES[package]}",
        ]
        if subprocess.run(command, capture_output=True, timeout=240, check=False).returncode:
            return None
        (folder / "done").touch()
    return modules


def node(modules: Path, script: str, given: Any) -> Any:
    """What a script prints as JSON; it finds ``given`` in the variable ``given``."""
    source = f"const given = {json.dumps(given)};\n{script}"
    environment = {**os.environ, "NODE_PATH": str(modules)}
    done = subprocess.run(["node", "-e", source], capture_output=True, env=environment, timeout=60, check=True)
    return json.loads(done.stdout)


@contextmanager
def running(
    command: Sequence[str], url: str, within_s: float, folder: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A peer that answers JSON-RPC at ``url``; ended by its own process."""
    process = subprocess.Popen([*command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
    try:
        deadline = time.monotonic() + within_s
        while call(url, "web3_clientVersion") is None:
            assert process.poll() is None, f"{command[0]} ended by itself"
            assert time.monotonic() < deadline, f"{command[0]} does not answer"
            time.sleep(0.2)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(60)


def call(url: str, method: str, *params: Any) -> Any:
    """The result of one call; None where nobody answers."""
    found = batch(url, [(method, [*params])])
    return found[0] if found else None


def batch(url: str, calls: Sequence[tuple[str, list[Any]]]) -> list[Any]:
    """The results of several calls; empty where nobody answers."""
    body = [
        {"jsonrpc": "2.0", "id": at, "method": method, "params": params} for at, (method, params) in enumerate(calls)
    ]
    whole = json.dumps(body if len(body) > 1 else body[0]).encode()
    request = urllib.request.Request(url, whole, {"Content-Type": "application/json"})  # noqa: S310 - a peer on loopback
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            found = json.loads(answer.read())
    except OSError:
        return []
    return [each.get("result") for each in (found if isinstance(found, list) else [found])]
