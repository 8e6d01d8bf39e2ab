# SPDX-License-Identifier: Apache-2.0
"""A package with words of its own, a sink that keeps what a source says, and a real broker."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from harness.testing import MemorySink

_numbers = count()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Makes an importable package with this ``words.toml`` and this source; a fresh name each, for words are read once."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(toml: str, source: str = "") -> str:
        name = f"acme_words_{next(_numbers)}"
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
        (tmp_path / name / "judging.py").write_text(source, encoding="utf-8")
        (tmp_path / name / "words.toml").write_text(toml, encoding="utf-8")
        return name

    yield make
    for name in [each for each in sys.modules if each.startswith("acme_words_")]:
        del sys.modules[name]


@pytest.fixture
def sink() -> MemorySink:
    return MemorySink()


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
