"""Files: damage is told, special files are refused, and nothing strange is left after a kill."""

import errno
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from safetensors.numpy import save as packed

from inversa.autograd import files
from inversa.autograd.files import readable, write_atomically
from inversa.nn import MLP, saving

from .small import bits

POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has none of these")


def damaged(content, rng):
    """A file with some accident: flipped bits, zeros, a missing end, more bytes, or two blocks exchanged."""
    content = bytearray(content)
    a, b = sorted(int(i) for i in rng.integers(0, len(content), 2))
    kind = rng.integers(5)
    if kind == 0:
        for i in rng.integers(0, len(content), rng.integers(1, 4)):
            content[i] ^= 1 << int(rng.integers(8))
    elif kind == 1:
        content[a : a + 16] = bytes(len(content[a : a + 16]))
    elif kind == 2:
        del content[b:]
    elif kind == 3:
        content[a:a] = rng.bytes(int(rng.integers(1, 9)))
    else:
        content[a : a + 8], content[b : b + 8] = content[b : b + 8], content[a : a + 8]
    return bytes(content)


def why_not_loaded(model, path):
    try:
        model.load(path)
    except ValueError as error:
        return str(error)
    return ""


def test_a_thousand_damaged_files_are_told_or_give_the_same_weights(tmp_path):
    rng = np.random.default_rng(0)
    path = tmp_path / "model.safetensors"
    model, other = MLP([3, 4, 2], seed=0), MLP([3, 4, 2], seed=1)
    model.compile(loss="mse")
    model.fit(np.eye(3), np.ones((3, 2)), epochs=2, checkpoint=tmp_path / "checkpoint")
    model.save(path)
    before, told = bits(other), 0
    for whole in (path.read_bytes(), (tmp_path / "checkpoint").read_bytes()):
        for _ in range(500):
            path.write_bytes(damaged(whole, rng))
            message = why_not_loaded(other, path)
            if message:
                told += 1
                assert "model.safetensors" in message
                assert bits(other) == before
            else:
                assert bits(other) == bits(model)
                other.load_state_dict(MLP([3, 4, 2], seed=1).state_dict())
    assert told > 900


def test_files_of_the_first_format_and_of_other_programs_are_read(tmp_path):
    path = tmp_path / "old"
    path.write_bytes(packed({"w": np.ones(2)}, metadata={"inversa": '{"w": {"$array": "w"}, "epoch": 3}'}))
    assert str(saving.load(path)) == "{'w': array([1., 1.]), 'epoch': 3}"
    path.write_bytes(packed({"w": np.ones(2)}, metadata={"format": "pt"}))
    assert str(saving.load(path)) == "{'w': array([1., 1.])}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (json.dumps({"format": 99, "new": 1}), "has the format 99, and this version of inversa reads up to 2"),
        (json.dumps({"format": 2, "tree": 1}), "checksum"),
        ("[" * 100_000 + "]" * 100_000, "damaged"),
    ],
)
def test_newer_and_impossible_files_are_told(tmp_path, text, message):
    path = tmp_path / "file"
    path.write_bytes(packed({"w": np.ones(2)}, metadata={"inversa": text}))
    with pytest.raises(ValueError, match=message) as found:
        saving.load(path)
    assert str(path) in str(found.value)


@pytest.mark.parametrize("entry", [np.array(["x"]), np.array([1j]), np.array([None]), {1}, {1: 2.0}])
def test_what_cannot_be_kept_is_told(tmp_path, entry):
    with pytest.raises(ValueError, match=r"cannot be (kept|saved) in a file|not all texts"):
        saving.save(tmp_path / "file", {"a": entry})
    assert not list(tmp_path.iterdir())


@POSIX
def test_special_files_are_neither_replaced_nor_waited_for(tmp_path):
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    for path in (pipe, link, "/dev/null", "/dev/stdout"):
        with pytest.raises(OSError, match="is no ordinary file"):
            write_atomically(path, b"")
    for path in (pipe, link, "/dev/null"):
        with pytest.raises(OSError, match="is no ordinary file but a"):
            readable(path)
    assert pipe.is_fifo()
    assert not os.path.isfile("/dev/null")


def test_a_file_that_may_not_be_read_is_not_said_to_be_missing(tmp_path, monkeypatch):
    path = tmp_path / "model.safetensors"
    MLP([1, 1]).save(path)

    def refuse(file, *_):
        raise PermissionError(errno.EACCES, "Permission denied", str(file))

    monkeypatch.setattr(files, "open", refuse, raising=False)  # a superuser may read everything
    with pytest.raises(PermissionError, match=r"model.safetensors' cannot be read: permission denied$"):
        MLP([1, 1]).load(path)


def test_windows_says_why_a_file_is_not_replaced(tmp_path, monkeypatch):
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"old")

    def refuse(*_):
        raise PermissionError(errno.EACCES, "Access is denied")

    monkeypatch.setattr(files, "fcntl", None)  # as there, where it may be open in another program, or write-protected
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(PermissionError, match=r"^cannot save .*: it is write-protected, or open in another program"):
        write_atomically(path, b"new")
    assert os.listdir(tmp_path) == ["model.safetensors"]
    assert path.read_bytes() == b"old"


@POSIX
@pytest.mark.parametrize("count", [20, pytest.param(300, marks=pytest.mark.long)])
def test_nothing_is_left_of_killed_processes(tmp_path, count):
    program = (
        "import sys\nfrom inversa.autograd.files import write_atomically\n"
        "print(flush=True)\nwhile True: write_atomically(sys.argv[1], bytes(10**6))"
    )
    rng = np.random.default_rng(0)
    for _ in range(count):
        command = [sys.executable, "-P", "-c", program, str(tmp_path / "file")]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            time.sleep(rng.uniform(0, 0.02))
            process.send_signal(signal.SIGKILL)
    (tmp_path / ".inversa.of-an-earlier-version.part").touch()
    write_atomically(tmp_path / "file", b"whole")
    assert os.listdir(tmp_path) == ["file"]
