"""Windows of images: gathered, put back where they came from, and the largest pixels in them.

All arrays are C-contiguous and of one floating-point type. ``down`` and ``right`` are the steps from window to window,
``below`` and ``beside`` those from pixel to pixel in a window.
Work goes image by image, so that the windows of one stay in the fast caches, and along the rows of windows, where
neighbours in memory are treated alike: such loops compile to vector instructions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from inversa.autograd.kernels.compiling import compiled


@compiled(nogil=True)
def _gather(image: Any, down: int, right: int, below: int, beside: int, windows: Any) -> None:
    """Fill ``windows``, (height, width, rows, columns), with an image's windows."""
    height, width, rows, columns = windows.shape
    # Whole numbers without a sign: the compiler then need not provide for negative indices, which count from the end.
    down_u, right_u, below_u, beside_u = np.uintp(down), np.uintp(right), np.uintp(below), np.uintp(beside)
    for i in range(np.uintp(height)):
        for j in range(np.uintp(width)):
            for r in range(np.uintp(rows)):
                for c in range(np.uintp(columns)):
                    windows[i, j, r, c] = image[r * down_u + i * below_u, c * right_u + j * beside_u]


@compiled(nogil=True)
def _scatter(windows: Any, down: int, right: int, below: int, beside: int, image: Any) -> None:
    """Fill ``image`` with zeros, and add what is in ``windows`` where `_gather` would have taken it."""
    image[:] = 0
    height, width, rows, columns = windows.shape
    down_u, right_u, below_u, beside_u = np.uintp(down), np.uintp(right), np.uintp(below), np.uintp(beside)
    for i in range(np.uintp(height)):
        for j in range(np.uintp(width)):
            for r in range(np.uintp(rows)):
                for c in range(np.uintp(columns)):
                    image[r * down_u + i * below_u, c * right_u + j * beside_u] += windows[i, j, r, c]


@compiled(nogil=True)
def _largest(pixels: Any, out: Any) -> None:
    """Fill ``out`` with the largest number of every column; nan where there is one."""
    for c in range(out.size):
        out[c] = pixels[0, c]
    for k in range(1, pixels.shape[0]):
        row = pixels[k]
        for c in range(out.size):
            x, best = row[c], out[c]
            out[c] = x if (x > best) | (x != x) else best


@compiled(nogil=True)
def gather(images: Any, down: int, right: int, below: int, beside: int, windows: Any) -> None:
    """``windows[m, i, j, r, c] = images[m, r·down + i·below, c·right + j·beside]``."""
    for m in range(images.shape[0]):
        _gather(images[m], down, right, below, beside, windows[m])


@compiled(nogil=True)
def scatter(windows: Any, down: int, right: int, below: int, beside: int, images: Any) -> None:
    """Every image is the sum of its windows, each in its place: the dual of `gather`."""
    for m in range(images.shape[0]):
        _scatter(windows[m], down, right, below, beside, images[m])


@compiled(nogil=True)
def largest(images: Any, height: int, width: int, down: int, right: int, out: Any) -> None:
    """``out[m, r, c]`` is the largest pixel of a window, or nan where there is one."""
    rows, columns = out.shape[1:]
    windows = np.empty((height, width, rows, columns), images.dtype)
    pixels = windows.reshape(height * width, rows * columns)
    for m in range(images.shape[0]):
        _gather(images[m], down, right, 1, 1, windows)
        _largest(pixels, out[m].reshape(rows * columns))


@compiled(nogil=True)
def to_largest(g: Any, images: Any, height: int, width: int, down: int, right: int, out: Any) -> None:
    """Every window's ``g[m, r, c]`` is added to its largest pixel; several that are equally large share it."""
    rows, columns = g.shape[1:]
    zero, one = g.dtype.type(0), g.dtype.type(1)
    windows = np.empty((height, width, rows, columns), g.dtype)
    pixels = windows.reshape(height * width, rows * columns)
    best, share = np.empty(rows * columns, g.dtype), np.empty(rows * columns, g.dtype)
    for m in range(images.shape[0]):
        _gather(images[m], down, right, 1, 1, windows)
        _largest(pixels, best)
        share[:] = zero
        # Conditions joined by | and not by "or", which would jump: the pixels are too irregular to guess where to.
        for k in range(pixels.shape[0]):
            row = pixels[k]
            for c in range(row.size):
                x = row[c]
                share[c] += one if (x == best[c]) | (x != x) else zero
        sent = g[m].reshape(rows * columns)
        for c in range(share.size):
            share[c] = sent[c] * (one / share[c])
        for k in range(pixels.shape[0]):
            row = pixels[k]
            for c in range(row.size):
                x, part = row[c], share[c]
                row[c] = part if (x == best[c]) | (x != x) else zero
        _scatter(windows, down, right, 1, 1, out[m])
