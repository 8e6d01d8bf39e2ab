# SPDX-License-Identifier: Apache-2.0
"""Bits of one speed read at another."""

from hypothesis import given
from hypothesis import strategies as st

from probes.gnss.formats.uart import heard

SPEEDS = (4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)


@given(st.binary(min_size=1, max_size=200), st.sampled_from(SPEEDS))
def test_the_right_speed_hears_every_byte(data: bytes, speed: int) -> None:
    assert heard(data, speed, speed) == data
    assert heard(data, speed, speed * 101 // 100) == data


def test_at_twice_the_speed_one_low_byte_is_heard_as_two() -> None:
    # nine low bits, then the stop bit: the second byte's start bit is the fifth low bit, its last bit falls on the stop bit
    assert heard(b"\x00", 9600, 19200) == b"\x00\x80"
    assert heard(b"", 9600, 4800) == b""


@given(st.sampled_from(SPEEDS), st.sampled_from(SPEEDS))
def test_a_faster_reader_hears_more_bytes_and_a_slower_one_fewer(sent: int, read: int) -> None:
    said = b"$GNGGA,040000.00,3030.0000000,N,11418.0000000,E,4,20,0.6,45.0000,M,-12.5,M,1.0,0001*6F\r\n"
    got = heard(said, sent, read)
    assert (got == said) == (sent == read)
    assert (len(got) >= len(said)) == (read >= sent)
