# SPDX-License-Identifier: Apache-2.0
"""Waits end with a sentence: whatever is waited for is late, silent or dead."""

import socket
import subprocess
import sys
import threading

import pytest

from tests import waiting
from tests.ports import free_port


def child(text: str, *, text_mode: bool = True) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", text],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=text_mode,
    )


def test_a_condition_that_never_comes_is_told() -> None:
    with pytest.raises(AssertionError, match="no rain"):
        waiting.until(lambda: False, 0.1, "no rain")
    waiting.until(iter([0, 0, 1]).__next__)


def test_nobody_at_a_port_and_a_server_that_died_are_told() -> None:
    port = free_port()
    with pytest.raises(AssertionError, match=f"nobody listens at {port}"):
        waiting.served(port, seconds=0.1)
    with child("") as ended:
        ended.wait(60)
        with pytest.raises(AssertionError, match="has ended"):
            waiting.served(port, ended)
    with socket.create_server(("127.0.0.1", port)):
        waiting.served(port)


def test_a_socket_that_met_itself_is_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """TCP allows it where a client tries a port that the kernel gives it as its own as well."""

    def itself(*_: object) -> socket.socket:
        sock = socket.socket()
        sock.bind(("127.0.0.1", 0))
        sock.connect(sock.getsockname())
        return sock

    port = free_port()
    with monkeypatch.context() as patch:
        patch.setattr(socket, "create_connection", itself)
        assert not waiting.listening(port)
    with socket.create_server(("127.0.0.1", port)):
        assert waiting.listening(port)


def test_a_child_is_killed_when_its_block_fails_or_it_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    with pytest.raises(ZeroDivisionError), waiting.living(command) as failed:
        raise ZeroDivisionError
    assert failed.poll() == -9
    monkeypatch.setattr(waiting.gone, "__defaults__", (0.2,))
    with pytest.raises(AssertionError, match="does not end"), waiting.living(command) as lasting:
        pass
    assert lasting.poll() == -9


@pytest.mark.parametrize("text_mode", [True, False])
def test_a_line_of_a_child_its_end_and_its_silence(text_mode: bool) -> None:
    with child("print('one\\ntwo'); print('three')", text_mode=text_mode) as talking:
        one, three = ("one\n", "three") if text_mode else (b"one\n", b"three")
        assert waiting.heard(talking) == one
        assert three in waiting.heard_until(talking, lambda said: three in said)
        with pytest.raises(AssertionError, match="ended"):
            waiting.heard(talking)
    with (
        child("import sys; sys.exit('no port')", text_mode=text_mode) as dying,
        pytest.raises(AssertionError, match="no port"),
    ):
        waiting.heard(dying)
    with child("input()", text_mode=text_mode) as silent, pytest.raises(AssertionError, match="silent"):
        waiting.heard(silent, 0.2)
    with child("input()", text_mode=text_mode) as silent, pytest.raises(AssertionError, match="does not end"):
        waiting.rest(silent, 0.2)


def test_a_thread_that_does_not_end_is_told() -> None:
    over = threading.Event()
    thread = threading.Thread(target=over.wait, args=(60,), name="idle")
    thread.start()
    with pytest.raises(AssertionError, match="idle does not end"):
        waiting.joined(thread, 0.1)
    over.set()
    waiting.joined(thread)


def test_a_client_that_does_not_come_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(TimeoutError):
        waiting.accepted(server, 0.1)
