# SPDX-License-Identifier: Apache-2.0
"""A reviewer sits at another desk: what reads bundles, plans and checks registers imports nothing that Windows lacks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.campaign import run

ABSENT = ("fcntl", "termios", "resource", "pty", "tty", "pwd", "grp", "syslog", "posix_ipc")
GONE = {
    "os": (
        "fork", "getuid", "getegid", "fchmod", "fchown", "chown", "lchown", "fstatvfs",
        "mkfifo", "mknod", "sched_getaffinity", "sched_setaffinity", "getloadavg", "nice", "O_NOFOLLOW", "O_DIRECTORY", "O_CLOEXEC", "O_NONBLOCK",
        "O_SYNC", "O_DSYNC", "pread", "pwrite", "preadv", "posix_fallocate", "posix_fadvise", "fdatasync", "sync", "killpg", "setsid", "wait3", "wait4",
        "sysconf", "confstr", "ctermid", "openpty", "memfd_create", "sendfile", "copy_file_range", "getxattr", "setxattr", "listxattr",
    ),
    "signal": ("SIGKILL", "SIGHUP", "SIGUSR1", "SIGALRM", "SIGCHLD", "SIGPIPE", "pthread_sigmask", "sigwait", "setitimer", "alarm", "pause"),
    "time": ("clock_gettime", "clock_gettime_ns", "tzset", "pthread_getcpuclockid"),
    "socket": ("AF_UNIX", "AF_PACKET", "AF_NETLINK", "SO_REUSEPORT", "SO_TIMESTAMPNS", "MSG_ERRQUEUE", "CMSG_LEN", "recvmsg_into"),
}  # fmt: skip
"""What these modules lack there (docs.python.org: Availability: Unix), but for what wheels made for this system
read themselves, and for whom ``doctor`` asks on Linux alone."""
PROGRAM = f"""
import importlib, sys
import asyncio, concurrent.futures, ctypes, multiprocessing, pathlib, random, shutil, socket, subprocess, tempfile, uuid, zipfile
# the standard library was made for this system; ours is imported where all of that is gone
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name in {ABSENT!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
for name in {ABSENT!r}:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Absent())
for module, names in {GONE!r}.items():
    for name in names:
        importlib.import_module(module).__dict__.pop(name, None)
from harness.cli import main
codes = []
for line in sys.stdin.read().splitlines():
    codes.append(int(main(line.split("|"))))
print("codes", codes)
"""


@pytest.fixture
def bundle(case: Path, tmp_path: Path) -> Path:
    """Under a name of Chinese letters with a blank, as desks of offices have them."""
    folder = tmp_path / "验收 资料"
    folder.mkdir()
    return run(case, folder).root


@pytest.mark.parametrize("encoding", ["gbk"])
def test_a_reviewer_on_windows_can_verify_replay_report_and_plan(
    case: Path, bundle: Path, tmp_path: Path, encoding: str
) -> None:
    report, packed = bundle.parent / "case.zh.html", bundle.parent / "x.bundle.zip"
    commands = (
        (0, ["verify", bundle, "--any-signer"]),
        (0, ["verify", bundle, "--key", case.parent / "case.ed25519.pub.pem"]),
        (1, ["replay", bundle]),
        (0, ["report", bundle, "--out", bundle.parent, "--lang", "zh"]),
        (0, ["report", bundle, "--out", bundle.parent, "--format", "junit,xlsx"]),
        (0, ["pack", bundle, "--out", packed]),
        (0, ["verify", packed, "--any-signer", "--report", report]),
        (1, ["replay", packed]),
        (0, ["compare", bundle, packed]),
        (0, ["plan", case]),
        (0, ["plan", case, "-v"]),
        (0, ["analyse", "register", case.parent / "adopters.csv", "--html", bundle.parent / "登记 表.html"]),
        (0, ["scenarios", "s08"]),
        (0, ["docs", "write-a-register"]),
        (0, ["keygen", bundle.parent / "钥匙"]),
        (0, ["doctor"]),
        (0, ["init", "s03", tmp_path / "新 项目", "--yes"]),
        (0, ["plan", tmp_path / "新 项目" / "s03.yaml"]),
    )
    lines = "\n".join("|".join(map(str, words)) for _, words in commands)
    env = {**os.environ, "PYTHONIOENCODING": encoding, "YANSHOU_LANG": "zh"}
    done = subprocess.run(
        [sys.executable, "-X", "utf8=0", "-c", PROGRAM],
        input=lines.encode(encoding),
        capture_output=True,
        check=False,
        env=env,
    )
    told = done.stdout.decode(encoding).splitlines()
    assert told[-1:] == [f"codes {[code for code, _ in commands]}"], done.stderr.decode(encoding)[-2000:]
