# SPDX-License-Identifier: Apache-2.0
"""What people get wrong in their first hour, each met by a sentence that names it and a cure that works."""

from collections.abc import Callable, Mapping
from pathlib import Path

import openpyxl
import pytest

from harness.cli import main

PROFILE = """\
schema: yanshou.profile/1
scenario: s01
project:
  name: 测试项目
  applicant: {name: 示例企业00, uscc: 9142011177893287XL}
  period: {start: 2023-05-18, end: 2027-05-18}
  site: 武汉
test: {kind: self-check, organisation: 测试, operator: 测试}
sources:
  s01.latency: {probe: network.stamp, targets: nodes.csv, rate: 100/s, duration: 30 s}
  s01.nodes: {register: nodes.csv, evidence: [s01.latency]}
"""
NODES = "asset_id,address,imei\nA,10.0.0.7,490154203237518\nB,10.0.0.8,356938035643809\n"

REFUSED: Mapping[str, tuple[str, str, str, str]] = {
    "a tab": ("  name: 测", "\tname: 测", "4:1", "缩进用空格，不用制表符"),
    "a full-width colon": ("  name: 测", "  name： 测", "5:12", "第 4 行用了全角冒号“：”"),
    "a code without quotes": ("9142011177893287XL", "914201117789328711", "5:35", "若是名称或代码，请加引号"),
    "a wrong key": ("  name: 测", "  nmae: 测", "4:3", "想写的是 name 吗？"),
    "a duration without unit": ("30 s", "30", "10:82", '写成 "30 s" 这样'),
    "a rate without unit": ("100/s", "100", "10:65", '写成 "10/s" 这样'),
    "a date in words": ("2023-05-18", "2023年5月18日", "6:19", "写成 YYYY-MM-DD"),
    "a limit that is relaxed": ("sources:", 'limits: {s01.latency: "<= 50 ms"}\nsources:', "9:23", "放宽了政府文件的限值 <= 2 ms"),
    "a file that is not there": ("targets: nodes.csv", "targets: nodez.csv", "10:48", "没有文件 nodez.csv"),
    "a kind of test that is none": ("self-check", "自己测", "8:14", "想写的是 自测 吗？"),
    "an indicator misspelt": ("s01.latency: {", "s01.latancy: {", "10:3", "想写的是 s01.latency 吗？"),
    "a path of Windows": ("nodes.csv, rate", '"C:\\Users\\nodes.csv", rate', "10:", "路径用 /，或改用单引号"),
    "a probe misspelt": ("network.stamp", "network.stmp", "10:24", "想写的是 network.stamp"),
    "a level that is no mapping": ("sources:", "confidence: 0.99\nsources:", "9:13", "{s01.latency: 99 %}"),
    "a scenario twice": ("scenario: s01\n", "scenario: s01\nscenario: s02\n", "3:1", "第一次在第 2 行第 1 列"),
}  # fmt: skip
ACCEPTED = {
    "a Chinese unit": ("30 s", "30 分钟", "登记 2 行，2 行有可用的身份"),
    "a Chinese kind of test": ("self-check", "自测", "登记 2 行，2 行有可用的身份"),
    "a code with a wrong check digit": ("9142011177893287XL", "9142011177893287XX", "9142011177893287XX 有误：校验位不对"),
}  # fmt: skip
REGISTERS = {
    "a number that a spreadsheet rewrote": ("490154203237518", "4.90154E+14", 0, "第 2 行的 IMEI“4.90154E+14”位数或校验位不对（可能被电子表格改写）"),
    "a wrong check digit": ("490154203237518", "490154203237519", 0, "登记 2 行，1 行有可用的身份"),
    "one number twice": ("356938035643809", "490154203237518", 0, "第 3 行与第 2 行的 IMEI 相同"),
    "semicolons": (",", ";", 0, "登记 2 行，2 行有可用的身份"),
    "an address that is none": ("10.0.0.7", "10.20.0.300", 2, "第 1 行（文件第 2 行）：“10.20.0.300”既非 IP 地址也非主机名"),
    "a port in words": ("address,imei\nA,10.0.0.7,", "address,port,imei\nA,10.0.0.7,八六二,", 2, "“八六二”不是 UDP 端口"),
    "columns that nobody knows": ("asset_id,address,imei", "甲,乙,丙", 2, "没有可识别的表头"),
}  # fmt: skip

Plan = Callable[..., tuple[int, str, str]]


@pytest.fixture
def plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Plan:
    """``yanshou plan site.yaml --lang zh`` over a profile and a register; exit code, stdout, stderr."""

    def planned(profile: str | bytes, register: str = NODES) -> tuple[int, str, str]:
        (tmp_path / "nodes.csv").write_text(register, encoding="utf-8")
        (tmp_path / "site.yaml").write_bytes(profile.encode() if isinstance(profile, str) else profile)
        code = main(["plan", str(tmp_path / "site.yaml"), "--lang", "zh"])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, out, err.replace(f"{tmp_path}/", "")

    return planned


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


@pytest.mark.parametrize("mistake", REFUSED)
def test_a_mistake_in_a_profile_is_told_first_with_its_place_and_a_cure(plan: Plan, mistake: str) -> None:
    old, new, place, said = REFUSED[mistake]
    code, _, err = plan(changed(PROFILE, old, new))
    first = err.splitlines()[0]
    assert code == 2
    assert first.startswith(f"yanshou: site.yaml:{place}")
    assert said in first
    assert " 处理：" in first


@pytest.mark.parametrize("given", ACCEPTED)
def test_what_is_meant_well_is_accepted_and_what_is_wrong_in_it_is_told(plan: Plan, given: str) -> None:
    old, new, said = ACCEPTED[given]
    code, out, _ = plan(changed(PROFILE, old, new))
    assert code == 0
    assert said in out


@pytest.mark.parametrize("mistake", REGISTERS)
def test_a_mistake_in_a_register_is_told_before_anything_is_measured(plan: Plan, mistake: str) -> None:
    old, new, wanted, said = REGISTERS[mistake]
    code, out, err = plan(PROFILE, changed(NODES, old, new))
    assert code == wanted
    assert said in (err if wanted else out)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (PROFILE.encode("gbk"), "不是 UTF-8（可能是 GBK 或 GB18030）。 处理：把文件另存为 UTF-8"),
        (b"", "至少写 schema: 和 scenario:（方案）"),
    ],
)
def test_a_file_in_another_encoding_or_without_content_is_told(plan: Plan, content: bytes, said: str) -> None:
    code, _, err = plan(content)
    assert code == 2
    assert said in err


def test_a_workbook_is_a_register_as_well(plan: Plan, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["asset_id", "address", "imei"], ["A", "10.0.0.7", "490154203237518"]):
        book.active.append(row)
    book.save(tmp_path / "nodes.xlsx")
    code, out, _ = plan(PROFILE.replace("nodes.csv", "nodes.xlsx"))
    assert code == 0
    assert "登记 1 行，1 行有可用的身份" in out


def test_a_key_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keygen", str(tmp_path / "site"), "--lang", "zh"]) == 0
    assert main(["keygen", str(tmp_path / "site"), "--lang", "zh"]) == 2
    err = capsys.readouterr().err
    assert "site.ed25519.pem" in err
    assert "--resume" not in err


@pytest.mark.parametrize("command", ["replay", "verify", "report"])
def test_a_profile_where_a_bundle_is_wanted_is_called_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    (tmp_path / "site.yaml").write_text(PROFILE, encoding="utf-8")
    assert main([command, str(tmp_path / "site.yaml"), "--lang", "zh"]) == 2
    assert "是测试方案或场景，不是证据包" in capsys.readouterr().err


def test_a_format_that_is_not_installed_names_those_that_are(case: Path, tmp_path: Path, capsys) -> None:
    assert main(["run", str(case), "--out", str(tmp_path), "--lang", "zh"]) == 1
    assert main(["report", str(tmp_path / "case.bundle"), "--format", "odt", "--lang", "zh"]) == 2
    err = capsys.readouterr().err.splitlines()[-1]
    assert "odt" in err
    assert "html" in err.partition("处理：")[2]
