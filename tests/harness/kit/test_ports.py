# SPDX-License-Identifier: Apache-2.0
"""Ports over real sockets and a real pseudo-terminal."""

import contextlib
import os
import socket
import tty

import pytest

from harness.errors import InstrumentError
from harness.kit.ports import SerialPort, TcpPort, UdpPort
from harness.kit.streams import Pace

FAST = Pace(poll_s=0.05)


def test_a_tcp_instrument_is_greeted_and_heard_until_it_hangs_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = TcpPort(*server.getsockname(), noun="meter", greeting=b"?\n", pace=FAST)
        client, _ = server.accept()
        with client:
            assert client.recv(10) == b"?\n"
            assert port.read() == b""
            client.sendall(b"1.5\n")
            assert port.read() == b"1.5\n"
        with pytest.raises(ConnectionError, match="the meter closed the connection"):
            port.read()
        port.close()


def test_nobody_at_an_address_is_one_sentence_with_its_noun() -> None:
    with pytest.raises(InstrumentError, match=r"No meter answers at 127\.0\.0\.1:1") as caught:
        TcpPort("127.0.0.1", 1, noun="meter")
    assert "that the meter serves its stream there" in caught.value.cure


def test_datagrams_of_a_second_sender_are_remarked_on() -> None:
    with contextlib.ExitStack() as opened:
        port = opened.enter_context(contextlib.closing(UdpPort("127.0.0.1", 0, pace=FAST)))
        place = port._socket.getsockname()
        one, two = (opened.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(2))
        two.bind(("127.0.0.2", 0))
        one.sendto(b"a", place)
        assert (port.read(), port.read(), port.remark) == (b"a", b"", None)
        two.sendto(b"b", place)
        assert port.read() == b"b"
        assert port.remark is not None
        assert "127.0.0.1, 127.0.0.2" in port.remark.en
        with pytest.raises(InstrumentError, match="cannot be received"):
            UdpPort("127.0.0.1", place[1])


def test_a_serial_line_is_heard_at_the_speed_it_is_told() -> None:
    master, line = os.openpty()
    tty.setraw(line)
    port = SerialPort(os.ttyname(line), 9600, noun="meter", pace=FAST)
    assert port.read() == b""
    os.write(master, b"abc")
    assert port.read() == b"abc"
    port.listen_at(115200)
    port.close()
    os.close(master)
    os.close(line)


@pytest.mark.timeout(60)
def test_a_serial_device_that_takes_nothing_is_an_error_and_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.kit.ports._WRITE_S", 0.2)
    master, line = os.openpty()
    tty.setraw(line)
    with contextlib.closing(SerialPort(os.ttyname(line), 9600, noun="modem", pace=FAST)) as port:
        with pytest.raises(OSError, match="timeout"):
            port.write(b"AT\r" * (1 << 20))
        os.set_blocking(master, False)
        with contextlib.suppress(BlockingIOError):
            while os.read(master, 1 << 16):
                pass
    os.close(master)
    os.close(line)


def test_an_absent_serial_port_names_the_ones_that_are_there() -> None:
    with pytest.raises(InstrumentError, match="ttyABSENT cannot be opened") as caught:
        SerialPort("/dev/ttyABSENT", 9600, noun="meter")
    assert "plug the meter in and check its name; ports here" in caught.value.cure
