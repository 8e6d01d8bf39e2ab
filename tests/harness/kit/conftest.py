# SPDX-License-Identifier: Apache-2.0
"""A sink that keeps what a source says, and a real broker."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest


class Sink:
    """Keeps what a source says; wants no more once ``enough`` bytes are there."""

    config_folder = Path()

    def __init__(self) -> None:
        self.data = b""
        self.enough: int | None = None
        self.events: list[tuple[str, Mapping[str, Any]]] = []
        self.states: list[Mapping[str, Any]] = []
        self.state: Mapping[str, Any] = {}
        self.attached: dict[str, bytes] = {}
        self.rolled: list[int] = []

    @property
    def stopping(self) -> bool:
        return self.enough is not None and len(self.data) >= self.enough

    @property
    def position(self) -> int:
        return len(self.data)

    def write(self, data: bytes) -> None:
        self.data += data

    def roll(self) -> None:
        self.rolled.append(self.position)

    def attach(self, name: str, data: bytes) -> None:
        self.attached[name] = data

    def event(self, kind: str, body: Mapping[str, Any]) -> None:
        self.events.append((kind, body))

    def checkpoint(self, state: Mapping[str, Any]) -> None:
        self.states.append(state)

    def progress(self, done: float, total: float, text: str = "") -> None:
        assert done >= 0
        assert total > 0


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def broker(peer: Callable[[str], str], tmp_path: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """A mosquitto that lets ``reader`` in with the password ``geheim``: port and process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    users = tmp_path / "users"
    users.touch(mode=0o600)
    subprocess.run(
        [peer("mosquitto_passwd"), "-b", str(users), "reader", "geheim"], check=True, stderr=subprocess.DEVNULL
    )
    access = tmp_path / "access"
    access.write_text("user reader\ntopic readwrite open/#\n")
    access.chmod(0o600)
    config = tmp_path / "mosquitto.conf"
    root = "user root\n"  # keeps files that only their owner may read readable
    config.write_text(f"listener {port} 127.0.0.1\npassword_file {users}\nacl_file {access}\n{root}")
    with subprocess.Popen([peer("mosquitto"), "-c", str(config)], stderr=subprocess.DEVNULL) as child:
        while not _open(port):
            time.sleep(0.02)
        yield port, child
        child.terminate()


def _open(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0
