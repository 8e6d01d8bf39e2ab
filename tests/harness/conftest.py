# SPDX-License-Identifier: Apache-2.0
"""A small campaign of registers on disk: real files, real probe, no network, done in a moment."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from harness.evidence.keys import PrivateKey, generate, load_private
from tests.projects import head

SCENARIO = """\
schema: yanshou.scenario/1
id: t01
title: {zh: 测试场景, en: Test scenario}
field: {zh: 测试, en: Testing}
document: {seed: "000", name: 测试文件, issuer: 测试单位}
indicators:
  - id: t01.adopters
    title: {zh: 应用企业数, en: Adopters}
    clause: 在不少于 3 家企业应用推广
    kind: audited
    mandatory: true
    limit: ">= 3 家"
    evidence: [{zh: 登记表, en: register}]
    readings:
      - {name: count, default: true, title: {zh: 核查通过的家数, en: accepted rows}, measurand: register.accepted, statistic: count, about: window, parameters: {}, why: {zh: 唯一读法, en: the only reading}}
      - {name: wuhan, title: {zh: 其中武汉, en: of which Wuhan}, measurand: register.accepted, statistic: count, about: window, parameters: {where: wuhan}}
  - id: t01.others
    title: {zh: 其他企业数, en: Other adopters}
    clause: 在不少于 2 家企业应用推广
    kind: audited
    mandatory: true
    limit: ">= 2 家"
    evidence: [{zh: 登记表, en: register}]
    readings:
      - {name: count, default: true, title: {zh: 核查通过的家数, en: accepted rows}, measurand: register.accepted, statistic: count, about: window, parameters: {}}
  - id: t01.unmeasured
    title: {zh: 尚无探针的指标, en: An indicator without a probe}
    clause: 打造元宇宙
    kind: measured
    mandatory: false
    evidence: [{zh: 无, en: none}]
    readings:
      - {name: only, default: true, title: {zh: 唯一读法, en: the only reading}, measurand: nothing.at-all, statistic: count, about: window, parameters: {}}
"""
PROFILE = (
    head("./case.scenario.yaml")
    + """\
attempts: 2
sources:
  t01.adopters: {register: adopters.csv, documents: documents}
  t01.others: {register: others.csv, documents: documents}
  t01.unmeasured: {path: none.csv}
signing: {ed25519: case.ed25519.pem}
"""
)
CODES = ("9142011177893287XL", "91420102MA42HRWN44", "914201137929081048", "91430104907579380Q", "91420502MAM2EL8DX9")


def register(folder: Path, codes: tuple[str, ...]) -> str:
    """A register of organisations as CSV; one contract a row is written beside it."""
    lines = ["序号,企业名称,统一社会信用代码,注册地址,合同签订日期,合同文件,合同SHA256"]
    for index, code in enumerate(codes, start=1):
        name = f"HT-{code[-4:]}.txt"
        content = f"合同 {code}\n".encode()
        (folder / "documents").mkdir(exist_ok=True)
        (folder / "documents" / name).write_bytes(content)
        lines.append(f"{index},示例企业{code[-4:]},{code},武汉市,2023-09-04,{name},{sha256(content).hexdigest()}")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="session")
def new_case() -> Callable[[Path], Path]:
    """Make the small campaign in a folder of its own; its profile."""
    return make_case


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """The profile of a small campaign in a folder of its own."""
    return make_case(tmp_path / "site")


def make_case(folder: Path) -> Path:
    folder.mkdir()
    (folder / "case.scenario.yaml").write_text(SCENARIO, encoding="utf-8")
    (folder / "case.yaml").write_text(PROFILE, encoding="utf-8")
    (folder / "adopters.csv").write_text(register(folder, CODES), encoding="utf-8")
    (folder / "others.csv").write_text(register(folder, CODES[:1]), encoding="utf-8")
    generate(folder / "case")
    return folder / "case.yaml"


@pytest.fixture
def edit() -> Callable[[Path, str, str], None]:
    """Replace the one occurrence of a text in a file."""

    def replace(path: Path, old: str, new: str) -> None:
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")

    return replace


@pytest.fixture
def scales(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """The profile of a small campaign of a domain of our own, which is the only one installed."""
    from harness import installed
    from harness.software import software
    from tests.harness import scales

    found = installed._found
    ours = {installed.PROBES: ("scales.log", "PROBE"), installed.MEASURANDS: ("scales.heavy", "MEASURAND")}

    def only(group: str) -> Mapping[str, tuple[EntryPoint, ...]]:
        if group not in ours:
            return found(group)
        name, what = ours[group]
        return {name: (EntryPoint(name, f"{scales.__name__}:{what}", group),)}

    monkeypatch.setattr(installed, "_found", only)
    software.cache_clear()
    folder = tmp_path / "scales"
    folder.mkdir()
    (folder / "scales.scenario.yaml").write_text(scales.SCENARIO, encoding="utf-8")
    (folder / "scales.yaml").write_text(scales.PROFILE, encoding="utf-8")
    (folder / "scale.log").write_text("".join(f"{40 + number % 10}\n" for number in range(60)), encoding="utf-8")
    generate(folder / "scales")
    yield folder / "scales.yaml"
    software.cache_clear()


Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def says(capsys: pytest.CaptureFixture[str]) -> Say:
    """Exit code, stdout and stderr of a command; never a traceback, and no error without one sentence and a cure."""
    from harness.cli import main

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([str(each) for each in arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        if code in {2, 4, 5} and not out:
            assert err.splitlines()[-1].startswith("yanshou: ")
            assert "Cure: " in err.splitlines()[-1]
        return code, out, err

    return run


@pytest.fixture(scope="session")
def weighed() -> dict[str, Path]:
    """Where the one bundle of the scales lies that all tests copy, once it is made."""
    return {}


@pytest.fixture
def bundle(
    scales: Path, tmp_path: Path, says: Say, weighed: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A sealed bundle of the scales whose verdict is PASS, and beside their profile the key that signed it."""
    if not weighed:
        folder = tmp_path_factory.mktemp("weighed")
        assert says("run", scales, "--out", folder)[0] == 0
        weighed["made"] = Path(shutil.copytree(scales.parent, folder / "site")).parent
    for path in (weighed["made"] / "site").glob("*.pem"):
        shutil.copy2(path, scales.parent)
    return Path(shutil.copytree(weighed["made"] / "scales.bundle", tmp_path / "scales.bundle"))


@pytest.fixture
def maker(bundle: Path, scales: Path) -> PrivateKey:
    """The key that signed the bundle of the scales."""
    return load_private(scales.parent / "scales.ed25519.pem")
