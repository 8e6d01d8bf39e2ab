# SPDX-License-Identifier: Apache-2.0
"""Fixtures for what lives outside the repository: recordings, reference answers, third-party peers."""

import gc
import itertools
import os
import pkgutil
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import pytest
from hypothesis import settings

from tests import forking

CI = os.environ.get("CI", "").lower() in {"1", "true"}
# No test is about time: a compiler's first run or a busy machine is no counterexample. A desk tries new examples each time;
# CI tries the same for the same code, so that what it refuses can be seen again.
settings.register_profile("yanshou", deadline=None, derandomize=CI)
settings.load_profile("yanshou")

ROOT = Path(__file__).resolve().parents[1]
LONG = (
    "tests/harness/test_wheel.py",
    "tests/harness/test_demo.py",
    "tests/harness/test_look.py",
    "tests/reports/test_judged_by_others.py",
    "tests/harness/console/live/test_page.py",
    "tests/harness/console/test_compiled.py",
    "tests/docs/test_pages_run.py",
    "tests/profiles/test_plants.py",
    "tests/profiles/test_rest.py",
    "tests/profiles/test_hospital.py",
    "tests/profiles/test_before_and_after.py",
    "tests/conformance/test_once.py",
    "tests/harness/stats/test_speed_promises.py",
    "tests/probes/network/measurands/test_regimes.py",
    "tests/probes/network/measurands/test_power.py",
    "tests/probes/gnss/measurands/test_regimes.py",
)
"""Files of few tests that take long. They begin first, so that at the end no worker is left alone with one of them."""


gc.disable()  # until all tests are collected: a fifth of that time went into looking for garbage among what stays


def pytest_collection_finish() -> None:
    """Garbage is looked for again, and only among what came after."""
    if CI:
        _load_all()
    gc.freeze()
    gc.enable()


def _load_all() -> None:
    """Every module of ours: hypothesis draws words and numbers out of those that are loaded, which would change with the order of tests."""
    for name in ("harness", "probes", "scenarios", "profiles", "reports"):
        for each in pkgutil.walk_packages(import_module(name).__path__, f"{name}."):
            import_module(each.name)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files, then those of many tests (``--dist loadfile --no-loadscope-reorder`` keeps the order)."""
    files = [item.nodeid.partition("::")[0] for item in items]
    place = {name: at for at, name in enumerate(LONG)}
    many = Counter(files)
    order = {name: (place.get(name, len(LONG)), -many[name]) for name in many}
    items.sort(key=lambda item: order[item.nodeid.partition("::")[0]])


@pytest.fixture(scope="session")
def _a_folder_each(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Makes a folder of a name that counts on. pytest's own looks through all folders there are for the next number, which
    grows with the square of the tests: of 14 000 it took a tenth of their time."""
    root, count = tmp_path_factory.mktemp("t"), itertools.count()

    def make(name: str) -> Path:
        folder = root / f"{name}{next(count)}"
        folder.mkdir()
        return folder

    return make


@pytest.fixture
def tmp_path(_a_folder_each: Callable[[str], Path], request: pytest.FixtureRequest) -> Path:
    """An empty folder of the test's own, named after it."""
    return _a_folder_each(re.sub(r"\W", "_", request.node.name)[:30])


@pytest.fixture(autouse=True)
def _ledger_of_its_own(_a_folder_each: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test tries things on a machine where nothing was tried before, and leaves this one's ledger alone."""
    machine = _a_folder_each("machine")
    monkeypatch.setenv("YANSHOU_LEDGER", str(machine / "ledger.jsonl"))
    monkeypatch.setenv("YANSHOU_TRUST", str(machine / "trust.toml"))


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test cuts the power: what is made durable is asked of a file that is open, and the disk is not waited for."""
    for name in ("fsync", "fdatasync"):
        if hasattr(os, name):
            monkeypatch.setattr(os, name, _open_file)


def _open_file(file: int | IO[bytes]) -> None:
    os.fstat(file if isinstance(file, int) else file.fileno())


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests read English whatever the terminal's locale is; those about language choose it themselves."""
    monkeypatch.setenv("YANSHOU_LANG", "en")


@pytest.fixture(autouse=True)
def _children_forked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reflectors that a test starts share the second in which Python loads their libraries."""
    monkeypatch.setattr("harness.kit.children.subprocess", forking)


def _absent(reason: str) -> None:
    """Skip with the reason on a desk, fail in CI: a test that silently does not run proves nothing."""
    if CI:
        pytest.fail(reason)
    pytest.skip(reason)


def shared_folder() -> Path | None:
    """The folder with recordings and documents: $YANSHOU_SHARED, else ``shared`` beside the checkout."""
    places = [os.environ.get("YANSHOU_SHARED"), ROOT.parent / "shared", ROOT.parent.parent / "shared"]
    return next((Path(place) for place in places if place and (Path(place) / "seeds").is_dir()), None)


@pytest.fixture(scope="session")
def shared_data() -> Callable[..., Path]:
    """Path below shared/data; skips where it is absent, fails in CI."""

    def find(*parts: str) -> Path:
        folder = shared_folder()
        path = None if folder is None else folder.joinpath("data", *parts)
        if path is None or not path.exists():
            _absent(f"shared/data/{'/'.join(parts)} is not beside the checkout (set YANSHOU_SHARED)")
        assert path is not None
        return path

    return find


@pytest.fixture(scope="session")
def peer_file() -> Callable[[str], Path]:
    """A file out of somebody's package that ``make peers`` laid beside the environment; skips where it is absent, fails in CI."""

    def find(name: str) -> Path:
        path = Path(sys.prefix) / "peers" / name
        if not path.exists():
            _absent(f"{name} is not in {path.parent.name} beside the environment (make peers)")
        return path

    return find


@pytest.fixture(scope="session")
def seeds() -> Path:
    """The folder with the government documents; skips where it is absent, fails in CI."""
    folder = shared_folder()
    if folder is None:
        _absent("shared/seeds is not beside the checkout (set YANSHOU_SHARED)")
    assert folder is not None
    return folder / "seeds"


@pytest.fixture(scope="session")
def peer() -> Callable[[str], str]:
    """Path of a third-party program; skips where it is absent, fails in CI."""

    def find(name: str) -> str:
        path = shutil.which(name)
        if path is None:
            _absent(f"{name} is not installed (make peers installs it where apt-get and root are at hand)")
        assert path is not None
        return path

    return find


@pytest.fixture(scope="session")
def package() -> Callable[[str], None]:
    """A third-party package that no extra brings; skips where it is absent, fails in CI."""

    def find(name: str) -> None:
        if find_spec(name) is None:
            _absent(f"{name} is not installed (make peers installs it)")

    return find


@pytest.fixture(scope="session")
def netns() -> None:
    """Permission to make network namespaces; skips where the kernel or the user refuses, fails in CI."""
    ip = shutil.which("ip")
    if ip is None or os.geteuid() != 0:
        _absent("network namespaces need root and iproute2")
    made = subprocess.run([str(ip), "netns", "add", "yanshou-check"], capture_output=True, check=False)
    if made.returncode != 0:
        _absent(f"network namespaces are refused here: {made.stderr.decode().strip()}")
    subprocess.run([str(ip), "netns", "delete", "yanshou-check"], check=False)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Mounts an empty disk of so many bytes; skips where mounting is refused, fails in CI."""
    mounted: list[Path] = []

    def mount(size: int) -> Path:
        folder = tmp_path / f"disk-{len(mounted)}"
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
        if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
            _absent("a full disk is made with mount -t tmpfs, which needs root")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", str(folder)], check=True)
