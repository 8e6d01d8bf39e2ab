# SPDX-License-Identifier: Apache-2.0
"""The house rules that a reader relies on: floors, rooms, sizes, purity (docs/explanations/architecture.md)."""

import ast
import statistics
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import LONG

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("harness", "probes", "scenarios", "profiles", "reports")
FLOORS = {
    "harness.printable": 0,
    "harness.errors": 0,
    "harness.quantity": 0,
    "harness.model": 0,
    "harness.series": 0,
    "harness.kit.words": 0,
    "harness.kit.tables.cells": 0,
    "harness.effort": 0,
    "harness.spec": 1,
    "harness.evidence": 1,
    "harness.stats": 1,
    "harness.decide": 2,
    "harness.plugins": 3,
    "harness.installed": 3,
    "harness.records": 3,
    "harness.summaries": 3,
    "harness.results": 3,
    "harness.documents": 1,
    "harness.account": 1,
    "harness.account.course": 1,
    "harness.account.scope": 3,
    "harness.pictures": 1,
    "harness.evaluate": 3,
    "harness.clock": 3,
    "harness.kit": 3.5,
    "harness.software": 4,
    "harness.recorder": 4,
    "harness.fitness": 4,
    "harness.reference": 4,
    "harness.bindings": 4,
    "harness.plan": 4,
    "harness.account.ledger": 4,
    "harness.account.books": 4,
    "harness.agreed": 3,
    "harness.agreed.authority": 4,
    "harness.agreed.inputs": 4,
    "harness.agreed.machine": 4,
    "harness.agreed.verifying": 4,
    "harness.agreed.writing": 4,
    "harness.agreed.arguments": 5,
    "harness.agreed.ceremony": 5,
    "harness.agreed.commands": 5,
    "harness.agreed.draw_commands": 5,
    "harness.validating": 4,
    "harness.validating.commands": 5,
    "harness.look": 4,
    "harness.watch": 4,
    "harness.campaign": 4,
    "harness.replay": 4,
    "harness.console": 5,
    "harness.commands": 5,
    "harness.demo": 5,
    "harness.cli": 5,
    "harness.pytest_plugin": 5,
    "harness.testing": 5,
}
HIGHEST_FOR = {"probes": 3.5, "reports": 1, "scenarios": 1, "profiles": 0}
ROOMS_OF_FLOOR_ONE = ("harness.spec", "harness.evidence", "harness.stats")
ROOMS = (
    {"wire", "formats"},
    {"truth", "traces"},
    {"capture"},
    {"digests"},
    {"plans"},
    {"measurands"},
    {"live"},
    {"simulators"},
    {"instruments"},
    {"faces"},
)
"""Rooms of a domain from the ground up; a module beside the rooms (an analyser) stands above them all."""
LIVE_ROOMS = {"live", "simulators"}
CARRIERS = {"broker", "children", "dialogue", "documents", "files", "ports", "secrets", "streams"}
"""Modules of the kit that live code runs in: they may see sockets, processes and the environment."""
CROWDED = {"probes": 20}
"""Modules that one folder may hold; 30 elsewhere."""
IMPURE = {
    "socket",
    "select",
    "selectors",
    "ssl",
    "asyncio",
    "subprocess",
    "random",
    "secrets",
    "serial",
    "paho",
    "pysnmp",
}
IMPURE_CALLS = (
    "time.time",
    "time.time_ns",
    "time.monotonic",
    "time.monotonic_ns",
    "time.perf_counter",
    "datetime.now",
    "datetime.utcnow",
    "date.today",
    "os.urandom",
    "uuid.uuid4",
)


def modules() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@dataclass(frozen=True)
class Facts:
    """What the rules ask of a module."""

    lines: int
    imports: tuple[str, ...]
    runtime: tuple[str, ...]
    """What it really imports, inside functions too, but not what only a type checker sees."""
    calls: tuple[tuple[str, bool], ...]
    """What it calls, as it is written, and whether an argument is given by place."""
    bodies: tuple[int, ...]


@cache
def facts(path: Path) -> Facts:
    """Read, parsed and walked once for all the rules."""
    source = path.read_text(encoding="utf-8")
    nodes = list(ast.walk(ast.parse(source)))
    typed = {
        below
        for node in nodes
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for each in node.body
        for below in ast.walk(each)
    }
    return Facts(
        len(source.splitlines()),
        tuple(imports(nodes)),
        tuple(imports(node for node in nodes if node not in typed)),
        tuple((ast.unparse(node.func), bool(node.args)) for node in nodes if isinstance(node, ast.Call)),
        tuple(_body_lines(node) for node in nodes if isinstance(node, ast.FunctionDef)),
    )


def imports(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide the floor"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def floor(name: str) -> int | None:
    """The floor of the longest listed prefix of a dotted name."""
    parts = name.split(".")
    return next((FLOORS[key] for end in range(len(parts), 0, -1) if (key := ".".join(parts[:end])) in FLOORS), None)


def identity(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", modules(), ids=identity)
def test_imports_go_to_a_lower_floor_or_stay_in_their_room(path: Path) -> None:
    name = dotted(path)
    for target in facts(path).imports:
        if target.split(".")[0] not in PACKAGES:
            continue
        if name.startswith("harness"):
            _check_engine(name, target)
        else:
            _check_outside(name, target)


def _check_engine(name: str, target: str) -> None:
    assert target.startswith("harness."), f"{name} imports {target}: the engine knows no domain"
    own, there = floor(name), floor(target)
    assert own is not None, f"{name} stands on no floor: add it to FLOORS"
    assert there is None or there <= own, f"{name} (floor {own}) imports {target} (floor {there})"
    if name.startswith(ROOMS_OF_FLOOR_ONE):
        room = ".".join(name.split(".")[:2])
        assert target.startswith(room) or there == 0, (
            f"{name} imports {target}: rooms of one floor do not lean on each other"
        )


def _check_outside(name: str, target: str) -> None:
    package = name.split(".", maxsplit=1)[0]
    if target.startswith("harness"):
        there = floor(target)
        assert there is None or there <= HIGHEST_FOR[package], f"{name} imports {target}"
    else:
        assert target.split(".", maxsplit=1)[0] == package, f"{name} imports {target}"
    if package == "probes" and target.startswith("probes."):
        domain = ".".join(name.split(".")[:2])
        assert f"{target}.".startswith(f"{domain}."), f"{name} imports {target}: a domain imports no other"
        assert room(target) <= room(name), f"{name} imports {target}, which stands higher in the domain"


def room(name: str) -> int:
    """The floor of a module inside its domain."""
    inside = name.split(".")[2:3]
    return next((number for number, rooms in enumerate(ROOMS) if rooms & set(inside)), len(ROOMS))


def test_no_import_runs_in_a_circle() -> None:
    known = {dotted(path) for path in modules()}
    graph = {
        dotted(path): {found for target in facts(path).runtime if (found := module_of(target, known))}
        for path in modules()
    }
    for name, targets in graph.items():
        targets.discard(name)
    while free := {name for name, targets in graph.items() if not targets & graph.keys()}:
        graph = {name: targets for name, targets in graph.items() if name not in free}
    assert not {name: sorted(targets & graph.keys()) for name, targets in sorted(graph.items())}


def module_of(target: str, known: set[str]) -> str | None:
    """The module that an imported name stands in."""
    return target if target in known else (parent if (parent := target.rpartition(".")[0]) in known else None)


def test_no_folder_is_crowded() -> None:
    for package in PACKAGES:
        for folder in {path.parent for path in (ROOT / package).rglob("*.py")}:
            count = sum(path.name != "__init__.py" for path in folder.glob("*.py"))
            assert count <= CROWDED.get(package, 30), f"{identity(folder)} holds {count} modules"


@pytest.mark.parametrize("path", modules(), ids=identity)
def test_a_module_is_never_longer_than_400_lines(path: Path) -> None:
    assert facts(path).lines <= 400


def test_modules_and_functions_are_short_on_the_whole() -> None:
    lengths = [facts(path).lines for path in modules() if path.name != "__init__.py"]
    functions = [lines for path in modules() for lines in facts(path).bodies]
    assert statistics.median(lengths) <= 180
    assert statistics.median(functions) <= 8
    assert sorted(functions)[int(len(functions) * 0.95)] <= 35


def _body_lines(node: ast.FunctionDef) -> int:
    """Lines of the body without its docstring."""
    body = node.body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    return 0 if not body else (body[-1].end_lineno or 0) - body[0].lineno + 1


def pure(path: Path) -> bool:
    name = dotted(path)
    judging = {"harness.decide", "harness.evaluate", "harness.results", "harness.records", "harness.summaries"}
    if name.startswith("harness.kit."):
        return path.stem not in CARRIERS
    if name.startswith("harness.stats") or name in judging:
        return True
    return name.startswith(("probes.", "reports.")) and not set(name.split(".")[2:-1]) & LIVE_ROOMS


def measuring(path: Path) -> bool:
    return "measurands" in dotted(path).split(".")[2:-1]


@pytest.mark.parametrize("path", [path for path in modules() if measuring(path)], ids=identity)
def test_measurands_open_no_file_and_ask_no_system(path: Path) -> None:
    for target in facts(path).imports:
        assert target.split(".")[0] not in {"pathlib", "os", "io", "mmap"}, f"{identity(path)} imports {target}"
    for call, _ in facts(path).calls:
        assert call.rpartition(".")[2] not in {"open", "memmap", "fromfile", "read_bytes", "read_text"}, call


@pytest.mark.parametrize("path", [path for path in modules() if pure(path)], ids=identity)
def test_outside_live_rooms_nothing_sees_a_socket_a_clock_or_unseeded_randomness(path: Path) -> None:
    for target in facts(path).imports:
        assert target.split(".")[0] not in IMPURE, f"{identity(path)} imports {target}"
    for call, given in facts(path).calls:
        assert not call.endswith(IMPURE_CALLS), f"{identity(path)} calls {call}"
        assert "random.default_rng" not in call or given, f"{identity(path)}: a generator without a seed"
        assert not call.startswith(("random.", "np.random.r", "np.random.n")), f"{identity(path)} calls {call}"


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys, harness.cli as c\n"
        "try: c.main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(' '.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    heavy = {
        "numpy",
        "scipy",
        "numba",
        "pydantic",
        "rich",
        "yaml",
        "scapy",
        "jinja2",
        "cryptography",
        "asyncio",
        "pynmea2",
    }
    assert not set(done.stderr.split()) & heavy


def test_every_folder_with_code_is_a_package_so_that_no_stranger_gets_in() -> None:
    for package in PACKAGES:
        for folder in [ROOT / package, *(ROOT / package).rglob("*")]:
            if folder.is_dir() and any(folder.glob("*.py")):
                assert (folder / "__init__.py").exists(), f"{folder} would become a namespace package"


def test_nothing_committed_names_a_registry_host_or_a_path_of_a_machine() -> None:
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True, cwd=ROOT)
    words = (
        "pypi" + ".org",
        "files.python" + "hosted",
        "registry.npm" + "js",
        "deb.debian" + ".org",
        "/wo" + "rk/",
        "/ro" + "ot/",
    )
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.is_file() and path.suffix not in {".zip", ".png"}:
            text = path.read_bytes().decode("utf-8", "replace")
            assert not [word for word in words if word in text], name


def test_nothing_committed_was_built_or_packed_by_somebody_else() -> None:
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True, cwd=ROOT)
    built = {".whl", ".egg", ".zip", ".tar", ".tgz", ".jar", ".so", ".dll", ".exe", ".pyc", ".deb", ".wasm"}
    assert [name for name in listed.stdout.splitlines() if Path(name).suffix in built] == []


def test_what_begins_first_because_it_takes_long_is_there() -> None:
    assert not [name for name in LONG if not (ROOT / name).is_file()]
