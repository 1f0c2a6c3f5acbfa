"""Protocol: the job, the limits, and the answers."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from .engine import Engine, MissingError
from .running import line_of, message_of, run


def _limit(limits: dict[str, float]) -> list[str]:
    """Set the limits that the system has; return those that it has not."""
    try:
        import resource
    except ImportError:  # Windows
        return ["memory", "files", "time"]
    missing = []
    for what, kind, n in (
        ("memory", "RLIMIT_AS", limits["memory"]),
        ("files", "RLIMIT_FSIZE", limits["file"]),
        ("files", "RLIMIT_NOFILE", limits["files"]),
        ("files", "RLIMIT_CORE", 0),
    ):
        try:
            resource.setrlimit(getattr(resource, kind), (int(n), int(n)))
        except (AttributeError, OSError, ValueError):
            missing.append(what)
    return sorted(set(missing))


def _allow(seconds: float) -> None:
    """Let this process compute for some more seconds; the system ends it after them."""
    try:
        import resource

        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time() + seconds + 1), hard))
    except (ImportError, OSError, ValueError):
        pass


def _closed_streams() -> Callable[..., None]:
    """Leave nothing on the three streams to the student's file; what is returned writes answers to the old output."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    sys.stdin = os.fdopen(0, encoding="utf-8")
    sys.stdout, sys.stderr = (os.fdopen(stream, "w", encoding="utf-8") for stream in (1, 2))
    write, end, pid = json.dumps, os._exit, os.getpid  # kept, too
    own = pid()

    def answer(**record: Any) -> None:
        if pid() != own:  # the file has forked: one of the two answers
            end(0)
        answers.write(write(record) + "\n")
        answers.flush()

    return answer


def main() -> None:
    """Read the job, answer, and end at once: threads that the file has started do not hold us."""
    for name in [name for name in sys.modules if name.partition(".")[0] == __package__]:
        del sys.modules[name]  # the student's may have the same names
    job = json.loads(sys.stdin.buffer.read())
    answer, end = _closed_streams(), os._exit  # kept: a file may put something else in its place
    missing = _limit(job["limits"])
    _allow(job["limits"]["seconds"])
    sys.path[:0] = [job["root"], os.path.dirname(job["path"])]  # as when the file is run, by itself or of its package
    sys.argv = [job["path"]]
    try:
        engine = Engine(job["path"], job["module"], job["class"], job["names"])
    except MissingError as error:
        answer(fatal="class", message=str(error))
        end(0)
    except BaseException as error:
        stopped = message_of(error) or type(error).__name__
        answer(fatal=type(error).__name__, message=stopped, line=line_of(error, job["path"]))
        end(0)
    unknown = engine.unknown()
    if unknown:
        answer(fatal="unknown", message=", ".join(unknown))
        end(0)
    if "data" not in engine.names or "backward" not in engine.names:
        answer(fatal="names", message=", ".join(name for name in ("data", "backward") if name not in engine.names))
        end(0)
    answer(
        functions=engine.functions(),
        names=engine.names,
        kind=engine.kind,
        seconds=engine.seconds,
        stopped=_written(engine.stopped),
        unlimited=missing,
    )
    for i in job["numbers"]:
        answer(begin=i)
        _allow(job["limits"]["seconds"])
        engine.renewed()
        answer(number=i, **run(engine, *job["programs"][i]))
    end(0)


def _written(error: BaseException | None) -> str:
    return f"{type(error).__name__}: {message_of(error)}" if error is not None else ""
