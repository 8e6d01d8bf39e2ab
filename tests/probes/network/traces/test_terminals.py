# SPDX-License-Identifier: Apache-2.0
"""The register is read as people write it, and says which line is wrong."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import DecodeError
from probes.network.traces.terminals import imei_problem, luhn, randomised, read_register

HEAD = "asset_id,name,address,port,imei,mac\n"


def test_rows_are_normalised() -> None:
    text = HEAD + 'A-1,"AGV, left",10.0.0.07x,,49-015420-323751-8,AA-BB-CC-00-11-22\n'.replace("07x", "7")
    (row,) = read_register(text.encode(), "nodes.csv")
    assert (row.asset_id, row.name, row.address, row.port) == ("A-1", "AGV, left", "10.0.0.7", 0)
    assert (row.imei, row.mac, row.line) == ("490154203237518", "aabbcc001122", 2)


def test_chinese_headings_and_gb18030_are_understood() -> None:
    text = "资产编号,设备名称,IP地址,端口,IMEI,MAC\n设-1,小车,FD00:0::7,8862,,\n\n"
    for encoding in ("utf-8-sig", "gb18030"):
        (row,) = read_register(text.encode(encoding), "n.csv")
        assert (row.asset_id, row.name, row.address, row.port) == ("设-1", "小车", "fd00::7", 8862)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("A,x,999.1.1.1,,,", "neither an IP address nor a host name"),
        ("A,x,10.0.0.1,99999,,", "not a UDP port"),
        ("A,x,10.0.0.1,,,zz:zz", "not a MAC address"),
        ("A,x,a b,,,", "neither an IP address nor a host name"),
    ],
)
def test_a_wrong_cell_is_named_with_its_line(line: str, problem: str) -> None:
    with pytest.raises(DecodeError, match=problem) as caught:
        read_register((HEAD + "B,y,10.0.0.9,,,\n" + line + "\n").encode(), "nodes.csv")
    assert caught.value.where == "nodes.csv:3"


def test_missing_columns_and_binary_files_are_refused() -> None:
    with pytest.raises(DecodeError, match=r"no register of terminals\. No head row"):
        read_register(b"a,b\n1,2\n", "n.csv")
    with pytest.raises(DecodeError, match="neither text in UTF-8"):
        read_register(b"\x80\xff\x00\xff", "n.csv")


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_with_one_error(text: str) -> None:
    with suppress(DecodeError):
        rows = read_register((HEAD + text).encode("utf-8", "surrogatepass"), "n.csv")
        assert all(row.port in range(65536) for row in rows)


def test_the_luhn_digit_of_a_published_imei_and_of_every_single_digit_error() -> None:
    assert luhn("490154203237518")  # the example of 3GPP TS 23.003 Annex B as printed in many places
    for place in range(15):
        for digit in "0123456789":
            changed = "490154203237518"[:place] + digit + "490154203237518"[place + 1 :]
            assert luhn(changed) == (changed == "490154203237518")


@pytest.mark.parametrize(
    ("imei", "problem"), [("", ""), ("490154203237518", ""), ("490154203237519", "luhn"), ("49", "length")]
)
def test_imei_problems(imei: str, problem: str) -> None:
    assert imei_problem(imei) == problem


@pytest.mark.parametrize(
    ("mac", "answer"), [("", False), ("02aabbccddee", True), ("00aabbccddee", False), ("da0000000001", True)]
)
def test_locally_administered_addresses_are_flagged(mac: str, answer: bool) -> None:
    assert randomised(mac) == answer
