# SPDX-License-Identifier: Apache-2.0
"""A package with words of its own, a sink that keeps what a source says, and a real broker."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from harness.testing import MemorySink
from tests.ports import free_port
from tests.waiting import living, served

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
    port = free_port()
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
    with living([peer("mosquitto"), "-c", str(config)], stderr=subprocess.DEVNULL) as child:
        served(port, child)
        yield port, child
        child.terminate()
