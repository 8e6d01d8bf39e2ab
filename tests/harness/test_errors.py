# SPDX-License-Identifier: Apache-2.0
import pickle

import pytest

from harness.errors import DecodeError, EvidenceError, Exit, InstrumentError, SpecError, StorageError, YanshouError


def test_an_error_says_where_what_and_the_cure_on_one_line() -> None:
    error = InstrumentError("Port 862 is taken.", cure="choose another with --port.", where="profile.yaml:3:1")
    assert str(error) == "profile.yaml:3:1: Port 862 is taken. Cure: choose another with --port."
    assert "\n" not in str(error)


def test_all_problems_of_a_file_come_at_once_in_their_order() -> None:
    problems = tuple(SpecError(f"problem {index}", where=f"a.yaml:{index}:1") for index in (1, 2))
    assert str(SpecError("two", problems=problems)) == "a.yaml:1:1: problem 1\na.yaml:2:1: problem 2"


@pytest.mark.parametrize(
    ("kind", "code"),
    [(SpecError, 2), (EvidenceError, 4), (DecodeError, 4), (InstrumentError, 5), (StorageError, 5)],
)
def test_each_kind_of_error_has_its_exit_code(kind: type[YanshouError], code: int) -> None:
    assert kind("x").exit_code == code == Exit(code)


@pytest.mark.parametrize(
    "error", [StorageError("full", cure="free space", where="x"), SpecError("a", cure="b", where="c")]
)
def test_an_error_comes_back_whole_from_a_worker_process(error: YanshouError) -> None:
    back = pickle.loads(pickle.dumps(error))
    assert (type(back), str(back)) == (type(error), str(error))


def test_a_list_of_problems_comes_back_whole_from_a_worker_process() -> None:
    error = SpecError("all", problems=(SpecError("one"), SpecError("two")))
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
