"""Process: a student's file runs in one of its own, with limits; when it hangs or dies, another one goes on.

This limits accidents: endless loops, huge lists, `sys.exit`, threads. It is no sandbox against malice: the file may
read, and delete, what its user may.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, NamedTuple

from inversa.viz.examiner.programs import Program

START = "import sys; sys.path.insert(0, sys.argv[1]); from child.protocol import main; del sys.path[0]; main()"
GIVE_UP = 3  # processes in a row that gave no answer


@dataclass(frozen=True)
class Limits:
    """What a student's file may use.

    Attributes
    ----------
    seconds : float
        Of computing, a program; where the system has no such limit, ``wall`` holds alone.
    wall : float
        Until a program has an answer, asleep or not.
    total : float
        For all programs.
    memory : int
        Bytes.
    file : int
        Bytes of the largest file that it may write; it starts in an empty folder, which is deleted in the end.
    files : int
        That it may have open at a time.
    """

    seconds: float = 2.0
    wall: float = 5.0
    total: float = 60.0
    memory: int = 1 << 30
    file: int = 1 << 20
    files: int = 64


@dataclass
class Answers:
    """What a student's engine has answered.

    Attributes
    ----------
    given : dict of int to dict
        The answers by the numbers of the programs.
    names : dict of str to str
        What the file calls things.
    functions : dict of str to str
        What it calls as functions: operations, and "backward".
    kind : str
        The class.
    fatal : dict
        Why nothing could be asked; empty when it could.
    unlimited : list of str
        The limits that this system has not.
    stopped : str
        What ended the reading of the file, after its class was made.
    seconds : float
        For reading the file.
    """

    given: dict[int, dict[str, Any]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    functions: dict[str, str] = field(default_factory=dict)
    kind: str = ""
    fatal: dict[str, Any] = field(default_factory=dict)
    unlimited: list[str] = field(default_factory=list)
    stopped: str = ""
    seconds: float = 0.0


class Engine(NamedTuple):
    """Where an engine is: its file, the folder and the name that it is imported from and by, and its class."""

    path: Path
    root: Path
    module: str
    kind: str  # "" where it is to be found


def ask(engine: Engine, names: dict[str, str], programs: Sequence[Program], limits: Limits) -> Answers:
    """Run programs with the class of a file; if the process ends, go on after the program that ended it."""
    answers = Answers()
    until = time.monotonic() + limits.total
    job: dict[str, Any] = {
        "path": str(engine.path),
        "root": str(engine.root),
        "module": engine.module,
        "class": engine.kind,
        "names": names,
        "programs": [(p.steps, p.passes, p.places) for p in programs],
        "limits": asdict(limits),
        "numbers": list(range(len(programs))),
    }
    in_vain = 0
    while job["numbers"] and time.monotonic() < until and not answers.fatal and in_vain < GIVE_UP:
        last = _session(job, answers, limits, until)
        in_vain = in_vain + 1 if last <= job["numbers"][0] else 0
        job["numbers"] = [i for i in job["numbers"] if i > last and not _hopeless(programs, answers, last, i)]
    return answers


def _hopeless(programs: Sequence[Program], answers: Answers, lost: int, number: int) -> bool:
    """Whether a program uses an operation that was lost where it was tried alone."""
    alone = programs[lost].operations if "lost" in answers.given.get(lost, {}) else frozenset()
    return len(alone) == 1 and len(programs[lost].steps) <= 3 and alone <= programs[number].operations


def _session(job: dict[str, Any], answers: Answers, limits: Limits, until: float) -> int:
    """Ask in one process; return the number of the last program that was begun in it, -1 for none."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = _started(folder)
        lines: queue.Queue[bytes] = queue.Queue()
        assert process.stdin is not None
        assert process.stdout is not None
        threading.Thread(target=_read, args=(process.stdout, lines), daemon=True).start()
        try:
            with suppress(OSError), process.stdin as pipe:
                pipe.write(json.dumps(job).encode())
            return _listened(process, lines, answers, limits, until)
        finally:
            _end(process)
            process.stdout.close()


def _listened(
    process: subprocess.Popen[bytes],
    lines: queue.Queue[bytes],
    answers: Answers,
    limits: Limits,
    until: float,
) -> int:
    """Take the answers of a process until it ends, is silent for too long, or cannot use the file."""
    begun, loaded = -1, False
    while True:
        try:
            line = lines.get(timeout=max(0.01, min(limits.wall, until - time.monotonic())))
        except queue.Empty:
            line, why = b"", "slow"
        else:
            why = "" if line else _why_ended(process)
        if not line:
            if loaded and begun >= 0:
                answers.given.setdefault(begun, {"lost": why})
            elif not loaded:
                answers.fatal = {"fatal": why, "message": ""}
            return begun
        record = _record(line)
        if "fatal" in record:
            answers.fatal = record
            return begun
        if "begin" in record:
            begun = record["begin"]
        elif "number" in record:
            answers.given[begun] = record
        elif "names" in record:
            loaded = True
            answers.names, answers.kind, answers.unlimited = record["names"], record["kind"], record["unlimited"]
            answers.stopped, answers.seconds = record["stopped"], record["seconds"]
            answers.functions = record["functions"]


def _record(line: bytes) -> dict[str, Any]:
    """An answer; nothing where the file itself has written into the pipe."""
    try:
        record = json.loads(line)
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}


def _why_ended(process: subprocess.Popen[bytes]) -> str:
    """Whether a process has used up its time, or died of something else."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(1)
    too_long = getattr(signal, "SIGXCPU", None)
    return "slow" if too_long is not None and process.returncode == -too_long else "died"


def _started(folder: str) -> subprocess.Popen[bytes]:
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LANG") if name in os.environ}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")  # each takes memory
    return subprocess.Popen(
        [sys.executable, "-I", "-B", "-c", START, str(Path(__file__).parent)],
        cwd=folder,
        env={**kept, **threads},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=os.name != "nt",
    )


def _read(pipe: IO[bytes], lines: queue.Queue[bytes]) -> None:
    with suppress(ValueError, OSError):  # closed, as the process was ended
        for line in pipe:
            lines.put(line)
    lines.put(b"")  # the end


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and all that it has started."""
    with suppress(OSError):
        if os.name == "nt":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
