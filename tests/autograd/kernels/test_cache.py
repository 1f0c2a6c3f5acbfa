"""Compiled kernels are kept on disk, whoever else writes there at that moment."""

import numpy as np
import pytest

caching = pytest.importorskip("numba.core.caching", reason="without Numba nothing is compiled")

from inversa.autograd.kernels import by_numba  # noqa: E402


def twice(x):
    return 2 * x


def test_processes_that_compile_at_once_do_not_lose_what_each_other_wrote(tmp_path, monkeypatch):
    monkeypatch.setattr(by_numba.config, "CACHE_DIR", str(tmp_path))
    one, other, later = (by_numba.compiled()(twice) for _ in range(3))  # as three processes have it
    write = caching.IndexDataCacheFile._open_for_write

    def interrupted(file, path):
        monkeypatch.setattr(caching.IndexDataCacheFile, "_open_for_write", write)
        other(np.float32(1))
        return write(file, path)

    monkeypatch.setattr(caching.IndexDataCacheFile, "_open_for_write", interrupted)
    one(1.0)
    assert (later(3.0), later(np.float32(3))) == (6, 6)
    assert (len(later.stats.cache_hits), len(later.stats.cache_misses)) == (2, 0)
