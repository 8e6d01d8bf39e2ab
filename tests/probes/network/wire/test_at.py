# SPDX-License-Identifier: Apache-2.0
"""What modems of four makers answer is read as it is meant, whatever comes between; what is not understood is no 5G."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.network.wire import at
from probes.network.wire.radio import LTE, NONE, NSA, OTHER, SA, UNKNOWN, WORST_FIRST, rat_of

IMEI = "001010000000016"
QENG, C5, CE = 'AT+QENG="servingcell"', "AT+C5GREG?", "AT+CEREG?"
SA_CELL = '+QENG: "servingcell","NOCONN","NR5G-SA","TDD",460,00,1A2B3C4D5,123,9C4B0,627264,78,12,-85,-11,20,1,-'
LTE_CELL = '+QENG: "servingcell","NOCONN","LTE","FDD",460,01,5F1EA15,12,1300,3,5,5,5A29,-96,-11,-66,14,9,200,-'
NSA_CELLS = (
    '+QENG: "servingcell","NOCONN"\r\n+QENG: "LTE","FDD",460,01,5F1EA15,12,1300,3,5,5,5A29,-96,-11,-66,14,9,200,-\r\n'
    '+QENG: "NR5G-NSA",460,01,123,-88,17,-11,627264,78,12,1'
)
CPSI_LTE = "+CPSI: LTE,Online,460-01,0x5A29,98765,12,EUTRAN-BAND3,1300,5,5,-110,-960,-660,14"
GTCC = "+GTCCINFO:\r\nNR service cell:\r\n1,9,460,00,9C4B0,1A2B3C4D5,627264,123,5078,100,28,70,71,64"


def ok(text: str) -> str:
    return f"\r\n{text}\r\n\r\nOK\r\n"


@pytest.mark.parametrize(
    ("command", "text", "rat"),
    [
        (QENG, SA_CELL, SA),
        (QENG, LTE_CELL, LTE),
        (QENG, NSA_CELLS, NSA),
        (QENG, NSA_CELLS.replace("-88", "-32768"), LTE),
        (QENG, '+QENG: "servingcell","SEARCH"', NONE),
        (QENG, '+QENG: "servingcell","LIMSRV","NR5G-SA","TDD",460,00,1A2,123,9C4B0,627264,78,12,-85,-11,20,1,-', NONE),
        (QENG, SA_CELL.replace("NOCONN", "WONDERFUL"), UNKNOWN),
        (QENG, SA_CELL.replace("NR5G-SA", "NR6G-SA"), UNKNOWN),
        (QENG, '+QENG: "servingcell","NOCONN","NR5G-SA"', UNKNOWN),
        (QENG, '+QENG: "servingcell","NOCONN","WCDMA",460,01', OTHER),
        ("AT+QNWINFO", '+QNWINFO: "TDD NR5G","46000","NR5G BAND 78",627264', NSA),
        ("AT+QNWINFO", '+QNWINFO: "FDD LTE","46001","LTE BAND 3",1300', LTE),
        ("AT+QNWINFO", "+QNWINFO: No Service", NONE),
        ("AT+QCAINFO", '+QCAINFO: "PCC",627264,12,"NR5G BAND 78",123', NSA),
        (C5, '+C5GREG: 2,1,"9C4B0","1A2B3C4D5",11,4,"01.000000"', SA),
        (C5, '+C5GREG: 2,5,"9C4B0","1A2B3C4D5",11', SA),
        (C5, '+C5GREG: 2,1,"9C4B0","1A2B3C4D5",10', LTE),
        (C5, "+C5GREG: 0,1", LTE),
        (C5, "+C5GREG: 2,0", NONE),
        (C5, '+C5GREG: 2,8,"9C4B0","1A2B3C4D5",11', NONE),
        (CE, '+CEREG: 2,1,"5A29","5F1EA15",7', LTE),
        (CE, '+CEREG: 2,1,"5A29","5F1EA15",13', NSA),
        (CE, '+CEREG: 2,1,"5A29","5F1EA15",77', UNKNOWN),
        ("AT+CPSI?", "+CPSI: NR5G_SA,Online,460-00,0x9C4B0,17453367297,63,NR5G_BAND78,627264,-850,-110,13", SA),
        ("AT+CPSI?", CPSI_LTE, LTE),
        (
            "AT+CPSI?",
            f"{CPSI_LTE}\r\n+CPSI: NR5G_NSA,123,NR5G_BAND78,627264,-880,-110,17",
            NSA,
        ),
        ("AT+CPSI?", "+CPSI: NO SERVICE,Online", NONE),
        ("AT+CPSI?", "+CPSI: NR5G_SA,Low Power Mode", NONE),
        ("AT^HCSQ?", '^HCSQ: "NR",71,64,20', NSA),
        ("AT^HCSQ?", '^HCSQ: "NOSERVICE"', NONE),
        ("AT^MONSC", "^MONSC: NR,460,00,627264,1,1A2B3C4D5,7B,9C4B0,-85,-11,20", SA),
        ("AT^MONSC", "^MONSC: LTE,460,01,1300,5F1EA15,12,5A29,-96,-11,-66", LTE),
        ("AT^MONSC", "^MONSC: NONE", NONE),
        ("AT+GTCCINFO?", GTCC, SA),
        ("AT+GTCCINFO?", f"{GTCC}\r\nLTE service cell:\r\n1,4,460,00,5A29,5F1EA15,1300,12,103,20,14,40,50,20", NSA),
        ("AT+GTCCINFO?", "+GTCCINFO:\r\nLTE service cell:\r\n1,4,460,00,5A29,5F1EA15,1300,12,103,20,14,40,50,20", LTE),
    ],
)
def test_an_answer_says_by_which_access_the_modem_is_served(command: str, text: str, rat: str) -> None:
    assert at.serving([(command, ok(text))]).rat == rat


@pytest.mark.parametrize(
    ("command", "text", "levels"),
    [
        (QENG, SA_CELL, ("46000", "1A2B3C4D5", "123", "78", -85, -11, 20)),
        (QENG, NSA_CELLS, ("46001", "5F1EA15", "123", "78", -88, -11, 17)),
        (
            "AT+CPSI?",
            "+CPSI: NR5G_SA,Online,460-00,0x9C4B0,17453367297,63,NR5G_BAND78,627264,-850,-110,13",
            ("46000", "17453367297", "63", "78", -85, -11, 13),
        ),
        ("AT+GTCCINFO?", GTCC, ("46000", "1A2B3C4D5", "123", "78", -85, -11, None)),
        (
            "AT^MONSC",
            "^MONSC: NR,460,00,627264,1,1A2B3C4D5,7B,9C4B0,-85,-11,20",
            ("46000", "1A2B3C4D5", "7B", "", -85, -11, 20),
        ),
    ],
)
def test_cell_and_signal_are_what_the_modem_measured(command: str, text: str, levels: tuple[object, ...]) -> None:
    told = at.serving([(command, ok(text))])
    assert (told.plmn, told.cell, told.pci, told.band, told.rsrp, told.rsrq, told.sinr) == levels


def test_answers_that_contradict_one_another_count_as_the_worst_of_them() -> None:
    assert at.serving([(QENG, ok(SA_CELL)), (C5, ok("+C5GREG: 2,2"))]).rat == NONE
    assert at.serving([(QENG, ok(SA_CELL)), (CE, ok('+CEREG: 2,1,"5A29","5F1EA15",7'))]).rat == LTE
    assert at.serving([(QENG, ok(SA_CELL)), (CE, ok("+CEREG: 2,0"))]).rat == SA


def test_a_modem_that_answers_nothing_but_errors_is_unknown() -> None:
    asked = [(command, "\r\nERROR\r\n") for command in at.commands("")]
    assert at.serving(asked).rat == UNKNOWN
    assert (at.imei_said(asked), at.addresses_said(asked)) == ("", None)
    assert at.serving([(QENG, f"\r\n{SA_CELL}\r\n+CME ERROR: 10\r\n")]).rat == UNKNOWN
    assert at.serving([(QENG, f"\r\n{SA_CELL}\r\n")]).rat == UNKNOWN


URCS = [
    "+CEREG: 1", '+C5GREG: 1,"9C4B0","1A2B3C4D5",11', "RING", '+QIND: "csq",28,99', "^RSSI: 28", "+CREG: 5", "NO CARRIER",
    '+QENG: "neighbourcell","NR",627264,44,-99', "+CGEV: ME PDN ACT 1",
]  # fmt: skip


@given(before=st.lists(st.sampled_from(URCS)), between=st.lists(st.sampled_from(URCS)), echo=st.booleans())
def test_what_comes_unasked_between_changes_nothing(before: list[str], between: list[str], echo: bool) -> None:
    answers = {
        QENG: SA_CELL, C5: '+C5GREG: 2,1,"9C4B0","1A2B3C4D5",11', CE: "+CEREG: 2,0",
        "AT+CGSN": IMEI, "AT+CGPADDR": '+CGPADDR: 1,"10.60.0.7"',
    }  # fmt: skip
    asked = []
    for command, answer in answers.items():
        lines = [*([command] if echo else []), *before, answer, *between, "OK", *between]
        asked.append((command, "\r\n".join(lines) + "\r\n"))
    assert at.serving(asked).rat == SA
    assert at.imei_said(asked) == IMEI
    assert at.addresses_said(asked) == ("10.60.0.7",)


@pytest.mark.parametrize(
    "line",
    ["+C5GREG: 0", "+C5GREG: 2", '+C5GREG: 3,"ABCD","00123",11', "+C5GREG:4", '+QENG: "LTE","FDD",460,00,1,2,1300,3'],
)
@pytest.mark.parametrize("first", [False, True])
def test_a_line_that_takes_stand_alone_5g_back_is_heard(line: str, first: bool) -> None:
    told = f"{line}\r\n{SA_CELL}" if first else f"{SA_CELL}\r\n{line}"
    assert at.serving([(QENG, ok(SA_CELL))]).rat == SA
    assert at.serving([(QENG, ok(told))]).rat in {NONE, LTE}


def test_two_identities_in_one_answer_are_none() -> None:
    assert at.imei_said([("AT+CGSN", ok(f"{IMEI}\r\n001010000000024"))]) == ""
    assert at.imei_said([("AT+CGSN", ok(f'+CGSN: "{IMEI}"'))]) == IMEI


def test_addresses_of_both_families_are_read_and_those_of_no_session_left_out() -> None:
    dotted = "32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.7"
    assert at.addresses_said([("AT+CGPADDR", ok(f'+CGPADDR: 1,"10.60.0.7","{dotted}"'))]) == (
        "10.60.0.7",
        "2001:db8::7",
    )
    assert at.addresses_said([("AT+CGPADDR", ok('+CGPADDR: 1,"0.0.0.0"\r\n+CGPADDR: 2'))]) == ()


@pytest.mark.parametrize(
    ("word", "rat"),
    [
        ("NR-SA", SA), ("5G SA", SA), ("nr5g_sa", SA), ("5G(SA)", SA), ("独立组网", SA), ("５Ｇ ＳＡ", SA),
        ("NR-NSA", NSA), ("EN-DC", NSA), ("非独立组网", NSA), ("LTE", LTE), ("4G", LTE), ("TDD-LTE", LTE),
        ("WCDMA", OTHER), ("Wi-Fi", OTHER), ("有线", OTHER), ("无服务", NONE), ("", NONE), ("5G", UNKNOWN), ("NR", UNKNOWN),
    ],
)  # fmt: skip
def test_a_word_is_understood_in_any_usual_spelling(word: str, rat: str) -> None:
    assert rat_of(word) == rat


@given(st.text(min_size=1))
def test_no_made_up_word_is_5g(word: str) -> None:
    assert rat_of(f"x{word}") in set(WORST_FIRST) - {SA, NSA}
