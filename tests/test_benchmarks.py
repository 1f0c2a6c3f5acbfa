"""The benchmarks' libraries compute the same; what they compare and how they report is right. Nothing is timed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).with_name("benchmarks")


@pytest.fixture
def measure(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    import measure

    return measure


def computing(measure, step="step", **results):
    """A factory of a subject that has these results."""
    return lambda: measure.Subject(lambda: step, lambda: results)


def test_all_libraries_compute_the_same():
    # In a process of its own, with PyTorch and jax where they are installed.
    command = [sys.executable, "-P", FOLDER / "run.py", "--check"]
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", env=os.environ | {"PYTHONIOENCODING": "utf-8"}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    second = ("H1, Hessian", "H1, Hessian-vector product", "V1, value", "V1, value + gradient")
    for workload in ("S1", "S2", "T1", "T2", "T3", "P1", *second):
        (section,) = re.findall(
            rf"^{re.escape(workload)}[:,](?! collector off).*\n((?:  .*\n)+)", done.stdout, re.MULTILINE
        )
        assert section.count("agrees") >= 2, section
    assert len(re.findall("100 weights .*agrees", done.stdout)) == 3


@pytest.mark.parametrize(
    ("theirs", "message"),
    [
        ({"loss": 1.0 + 1e-9}, "loss: inversa and peer differ by 1.0e-09"),
        ({"loss": float("nan")}, "differ by nan"),
        ({"loss": [1.0]}, r"shape \(\) in inversa, \(1,\) in peer"),
        ({"cost": 1.0}, "inversa computes loss, peer computes cost"),
    ],
)
def test_results_that_disagree_are_reported_and_not_timed(measure, theirs, message):
    subjects = {"inversa": computing(measure, loss=1.0), "peer": computing(measure, **theirs)}
    section = measure.run(measure.Workload("title", subjects), measure.Effort(rounds=2, turn=0))
    assert re.search(message, section.error)
    assert all(row.value is None for row in section.rows)


def test_results_are_compared_with_the_largest_entry_of_their_array(measure):
    reference = {"gradient": np.array([1e6, 1.0])}
    assert not measure.disagreement({"a": reference, "b": {"gradient": np.array([1e6, 1.00001])}}, 1e-10)
    assert measure.disagreement({"a": reference, "b": {"gradient": np.array([1e6, 1.001])}}, 1e-10)


def test_what_is_missing_is_reported(measure):
    def peer():
        raise ModuleNotFoundError(name="casadi.casadi")

    def part_of_ours():
        raise ImportError(name="inversa.autograd")

    def mistake():
        raise ModuleNotFoundError(name="torhc")

    built, rows = measure.build({"peer": peer, "part": part_of_ours})
    assert not built
    assert [row.note for row in rows.values()] == ["not installed", "not built yet"]
    with pytest.raises(ModuleNotFoundError):
        measure.build({"mistake": mistake})


def test_where_nobody_is_there_nothing_disagrees(measure):
    def peer():
        raise ModuleNotFoundError(name="torch")

    section = measure.run(measure.Workload("title", {"peer": peer}), measure.Effort(check=True))
    assert (section.error, [row.note for row in section.rows]) == ("", ["not installed"])


def test_ratios_are_the_peers_time_by_ours(measure, monkeypatch):
    seconds = {"ours": 2.0, "theirs": 6.0}
    monkeypatch.setattr(measure, "turn", lambda step, calls, collector: seconds[step()])
    subjects = {"inversa": computing(measure, "ours"), "peer": computing(measure, "theirs")}
    targets = {"peer": 3}
    section = measure.run(measure.Workload("title", subjects, targets), measure.Effort(rounds=3))
    ours, theirs = section.rows
    assert (ours.value, theirs.value, theirs.ratios) == (2.0, 6.0, {"inversa": 3.0})
    assert theirs.met
    assert theirs.target == "≥ 3 ×"


def test_a_busy_machine_gives_no_verdict(measure):
    row = measure.Row("peer", 2.0, ratios={"inversa": 3.0}, target="≥ 2 ×", met=True)
    quiet = measure.without_verdict(measure.Section("title", [row]), 0.0)
    assert (quiet.note, row.met) == ("", True)
    busy = measure.without_verdict(measure.Section("title", [row]), 1.5)
    assert (busy.note, row.met) == ("other processes were using 1.5 cores: no verdict", None)


def test_other_processes_are_noticed(measure):
    if not Path("/proc/stat").exists():
        pytest.skip("needs Linux's /proc")
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as other:
        try:
            assert measure.others(1.0) > measure.QUIET
        finally:
            other.kill()


def test_steps_beside_busy_processes_are_compared_with_the_quiet_ones(measure):
    import busy

    quiet = {"inversa jit": 1.0, busy.ONE_THREAD: 2.0, "jax": 3.0}
    times = {"inversa jit": 4.0, busy.ONE_THREAD: 2.5, "jax": 5.0}
    slow, fine, jax = (busy.row(name, times, quiet) for name in times)
    assert (slow.met, slow.note, fine.met) == (False, "4 × its quiet time", True)
    assert (jax.met, jax.ratios) == (True, {"inversa jit": 1.25, busy.ONE_THREAD: 2.0})
    assert busy.row("jax", quiet, quiet).note == ""
    assert busy.row("torch", times, quiet) is None


@pytest.fixture
def gpu(measure):
    import gpu

    return gpu


@pytest.mark.parametrize(
    ("second", "found"),
    [([9, 9, 9], None), ([1, 1, 1], 16), ([9, 1, 9], None), ([9, 9, 1], 64), ([1, 9, 1], 64), ([9, 1, 1], 32)],
)
def test_a_gpu_is_faster_from_a_size_on(gpu, second, found):
    assert gpu.crossing([16, 32, 64], [5, 5, 5], second) == found


def test_two_places_are_compared(gpu, capsys, monkeypatch):
    monkeypatch.setattr(gpu, "alternate", lambda steps, effort: {"0": [2.0], "1": [1.0]})
    assert gpu.main(["numpy:cpu", "numpy:cpu", "--most", "16"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("16   2000.000 ms   1000.000 ms") == shown.count("numpy:cpu is faster from n = 16 on") == 2
    with pytest.raises(SystemExit):
        gpu.main(["numpy:cpu"])


def test_places_that_compute_something_else_are_not_timed(gpu, monkeypatch):
    results = iter([1.0, 2.0])
    monkeypatch.setattr(gpu, "WORK", {"wrong": lambda size, there: lambda: next(results)})
    with pytest.raises(ArithmeticError, match=r"numpy:cpu computes 1.0, numpy:cpu computes 2.0"):
        gpu.main(["numpy:cpu", "numpy:cpu", "--most", "16"])


def test_without_a_gpu_it_is_said(gpu, capsys, monkeypatch):
    monkeypatch.setattr(gpu, "pairs", lambda: iter(()))
    assert gpu.main([]) == 0
    assert "no GPU here" in capsys.readouterr().out
