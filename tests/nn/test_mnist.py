"""IDX files, and MNIST from a folder of them or from OpenML (a stand-in; no network)."""

import gzip
import os
import struct
import tracemalloc
from http.client import IncompleteRead
from types import SimpleNamespace
from urllib.error import HTTPError, URLError

import numpy as np
import pytest
import sklearn.datasets

from inversa.nn.data import mnist, read_idx

CODES = {"uint8": 0x08, "int8": 0x09, "int16": 0x0B, "int32": 0x0C, "float32": 0x0D, "float64": 0x0E}


def idx(array):
    """The bytes of an IDX file, from the description of the format."""
    header = struct.pack(f">HBB{array.ndim}I", 0, CODES[array.dtype.name], array.ndim, *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


# IDX.


def test_a_file_written_by_hand(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(bytes.fromhex("0000 0b 02  00000002 00000003  0001 0002 0003 0100 ffff 8000"))
    array = read_idx(path)
    assert array.tolist() == [[1, 2, 3], [256, -1, -32768]]
    assert array.dtype == np.int16
    assert array.dtype.isnative


@pytest.mark.parametrize("dtype", CODES)
@pytest.mark.parametrize("shape", [(5,), (2, 3), (3, 2, 2), (0, 28, 28), ()])
@pytest.mark.parametrize("compressed", [False, True])
def test_every_type_and_shape(dtype, shape, compressed, tmp_path):
    array = np.random.default_rng(0).uniform(-100, 100, shape).astype("int8").astype(dtype)
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(idx(array)) if compressed else idx(array))
    found = read_idx(str(path))
    assert (found.dtype, found.shape) == (array.dtype, shape)
    assert np.array_equal(found, array)
    assert found.flags.writeable


GOOD = idx(np.arange(12, dtype="int16").reshape(3, 4))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is cut off: it has 0 bytes, an IDX header at least 4"),
        (GOOD[:3], "is cut off: it has 3 bytes"),
        (GOOD[:11], "is cut off: it has 11 bytes, its header alone 12"),
        (GOOD[:-1], r"23 bytes follow the header, which promises 24: int16 of shape \(3, 4\)"),
        (GOOD[:12], "0 bytes follow the header, which promises 24"),
        (GOOD + b"\0", "more than 24 bytes follow the header, which promises 24"),
        (bytes([0, 0, 8, 65]) + bytes(4 * 65), "promises an array of 65 axes, and NumPy has none of more than 64"),
        (bytes([0, 0, 8, 4]) + bytes(4) + b"\xff" * 12, r"holds an array of shape \(0, 4294967295.*NumPy cannot"),
        (bytes([0, 0, 8, 9]) + b"\xff" * 36, "0 bytes follow the header, which promises 4973"),
        (b"\x89PNG\r\n\x1a\n", "is not an IDX file: it starts with 89 50 4e 47"),
        (b"\0\0\x0a\x01" + GOOD[4:], "is not an IDX file: it starts with 00 00 0a 01"),
        (b"\0\1" + GOOD[2:], "is not an IDX file: it starts with 00 01 0b 02"),
        (gzip.compress(GOOD, mtime=0)[:-9], "the compressed file is damaged"),
        (
            gzip.compress(GOOD, mtime=0)[:12] + b"\xff" * 9 + gzip.compress(GOOD, mtime=0)[21:],
            "the compressed file is damaged",
        ),
        (gzip.compress(GOOD, mtime=0)[:-8] + b"\0" * 8, "the compressed file is damaged"),
        (gzip.compress(GOOD, mtime=0) + b"rest", "the compressed file is damaged"),
        (gzip.compress(GOOD[:-1], mtime=0), "23 bytes follow the header"),
        (b"\x1f\x8b", "the compressed file is damaged"),
    ],
)
def test_wrong_files_are_named_with_what_is_wrong(content, message, tmp_path):
    path = tmp_path / "broken-idx2-short"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"broken-idx2-short.*{message}"):
        read_idx(path)


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read_idx(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match="is a folder"):
        read_idx(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_special_files_are_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/zero"):
        with pytest.raises(OSError, match="is no ordinary file but a"):
            read_idx(path)


@pytest.mark.parametrize(
    ("shape", "zeros", "found"), [((5, 2), 8_000_000, "more than 10"), ((2**32 - 1,) * 3, 1000, "1000")]
)
def test_no_more_is_unpacked_than_the_header_promises(shape, zeros, found, tmp_path):
    """A small file may unpack to any size; and a header may promise more than there is memory."""
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(struct.pack(f">HBB{len(shape)}I", 0, 0x08, len(shape), *shape) + bytes(zeros)))
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=rf"bomb\.gz: {found} bytes follow the header"):
            read_idx(path)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


# MNIST from a folder.

NAMES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def arrays():
    """Seven pictures to learn from and three to test on, as they stand in the files."""
    draw = np.random.default_rng(0)
    pixels = draw.integers(256, size=(10, 28, 28), dtype="uint8")
    pixels[0, 0, :2] = 0, 255
    labels = np.arange(10, dtype="uint8")
    return [pixels[:7], labels[:7], pixels[7:], labels[7:]]


def write(folder, contents, spell="{}".format, end=""):
    for name, content in zip(NAMES, contents, strict=True):
        path = folder / (spell(name) + end)
        path.write_bytes(gzip.compress(idx(content)) if end else idx(content))


def dotted(name):
    return name.replace("-idx", ".idx")


@pytest.mark.parametrize("end", ["", ".gz"])
@pytest.mark.parametrize("spell", ["{}".format, dotted], ids=["dash", "dot"])
def test_mnist_from_a_folder(spell, end, tmp_path):
    write(tmp_path, arrays(), spell, end)
    train, test = mnist(tmp_path)
    assert (train.x.shape, test.x.shape) == ((7, 784), (3, 784))
    assert train.x.dtype == test.x.dtype == np.float32
    assert train.y.dtype == test.y.dtype == np.int64
    assert (train.y.tolist(), test.y.tolist()) == ([0, 1, 2, 3, 4, 5, 6], [7, 8, 9])
    assert train.x[0, :2].tolist() == [0, 1]
    assert test.x == pytest.approx(arrays()[2].reshape(3, 784) / 255, abs=1e-7)
    assert train.classes == tuple("0123456789")
    assert len(train.features) == 784
    assert "training set" in train.description
    assert "test set" in test.description


def test_mnist_as_images(tmp_path):
    write(tmp_path, arrays())
    rows, images = mnist(tmp_path)[0], mnist(str(tmp_path), images=True)[0]
    assert images.x.shape == (7, 1, 28, 28)
    assert np.array_equal(images.x.reshape(7, 784), rows.x)


def test_missing_files_are_named(tmp_path):
    write(tmp_path, arrays())
    (tmp_path / NAMES[1]).unlink()
    (tmp_path / NAMES[2]).unlink()
    with pytest.raises(FileNotFoundError, match=f"lacks {NAMES[1]}, {NAMES[2]} "):
        mnist(tmp_path)
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        mnist(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("file", "array", "message"),
    [
        (0, np.zeros((6, 28, 28), "uint8"), "6 images and .*labels-idx1-ubyte 7 labels"),
        (0, np.zeros((7, 28, 27), "uint8"), r"uint8 of shape \(7, 28, 27\), not uint8 of shape \(samples, 28, 28\)"),
        (2, np.zeros((3, 784), "uint8"), r"t10k-images-idx3-ubyte holds uint8 of shape \(3, 784\)"),
        (0, np.zeros((7, 28, 28), "float32"), "holds float32"),
        (1, np.zeros((7, 1), "uint8"), r"train-labels-idx1-ubyte holds uint8 of shape \(7, 1\)"),
        (3, np.array([1, 10, 2], "uint8"), "t10k-labels-idx1-ubyte holds the label 10"),
    ],
)
def test_files_that_do_not_hold_what_their_names_say(file, array, message, tmp_path):
    contents = arrays()
    contents[file] = array
    write(tmp_path, contents)
    with pytest.raises(ValueError, match=message):
        mnist(tmp_path)


# MNIST from OpenML.


def fetched(rows=70_000):
    """What `fetch_openml` gives: pixels as integers, labels as strings; only the corners of the parts are not 0."""
    pixels = np.zeros((rows, 784), "uint8")
    pixels[59_999, -1], pixels[60_000, 0] = 255, 51
    labels = np.full(rows, "3", dtype=object)
    labels[59_999], labels[60_000] = "8", "5"
    return SimpleNamespace(data=pixels, target=labels)


def test_the_first_60000_of_openml_are_the_training_set(monkeypatch):
    asked = {}

    def fetch(name, **options):
        asked.update(options, name=name)
        return fetched()

    monkeypatch.setattr(sklearn.datasets, "fetch_openml", fetch)
    train, test = mnist(images=True)
    assert asked == {"name": "mnist_784", "version": 1, "as_frame": False, "parser": "liac-arff"}
    assert (train.x.shape, test.x.shape) == ((60_000, 1, 28, 28), (10_000, 1, 28, 28))
    assert (train.x[-1, 0, -1, -1], test.x[0, 0, 0, 0]) == (1, np.float32(0.2))
    assert (train.y[-1], test.y[0], test.y[1]) == (8, 5, 3)
    assert train.x.dtype == np.float32
    assert train.y.dtype == np.int64


def test_openml_must_send_70000_images(monkeypatch):
    monkeypatch.setattr(sklearn.datasets, "fetch_openml", lambda *_, **__: fetched(60_001))
    with pytest.raises(ValueError, match=r"shape \(60001, 784\) and labels of shape \(60001,\), not 70000 of 784"):
        mnist()


@pytest.mark.parametrize(
    "error",
    [
        URLError("Name or service not known"),
        HTTPError("https://openml.org", 503, "Service Unavailable", None, None),
        ConnectionResetError("reset by peer"),
        TimeoutError("timed out"),
        IncompleteRead(b""),
        ValueError("md5 checksum does not match"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_offline_the_error_says_what_to_do(error, monkeypatch):
    def fetch(*_, **__):
        raise error

    monkeypatch.setattr(sklearn.datasets, "fetch_openml", fetch)
    with pytest.raises(OSError, match=r"could not be fetched.*train-images-idx3-ubyte.gz.*mnist\(folder\)") as caught:
        mnist()
    assert str(error) in str(caught.value)
    assert caught.value.__cause__ is error
