"""Our faces, read from their TrueType files: how wide every letter is, and copies that hold a few letters only.

No font library: the faces have simple outlines and no hints, so such a copy is a few tables copied. Tables and fields
have the names of the OpenType specification, https://learn.microsoft.com/typography/opentype/spec.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

PARTS_FOLLOW, WORDS, SCALE, SCALE_XY, SCALE_2X2 = 0x20, 0x01, 0x08, 0x40, 0x80  # flags of a composite glyph


@dataclass(frozen=True)
class Face:
    """A font as it lies in the package.

    Attributes
    ----------
    tables : dict of bytes
    glyphs : dict of int
        The number of the glyph of every letter.
    metrics : list of (int, int)
        Of every glyph its advance width and left side bearing, in units of the font.
    outlines : list of bytes
        Of every glyph.
    """

    tables: Mapping[str, bytes]
    glyphs: Mapping[str, int]
    metrics: tuple[tuple[int, int], ...]
    outlines: tuple[bytes, ...]

    @property
    def units(self) -> int:
        """How many units an em has."""
        return int(struct.unpack_from(">H", self.tables["head"], 18)[0])


@cache
def read(name: str) -> Face:
    """The face in a file of ``viz/lettering/fonts``."""
    data = files("inversa.viz.lettering").joinpath("fonts", name).read_bytes()
    records = struct.iter_unpack(">4sIII", data[12 : 12 + 16 * struct.unpack_from(">H", data, 4)[0]])
    tables = {tag.decode(): data[start : start + length] for tag, _, start, length in records}
    count = struct.unpack_from(">H", tables["maxp"], 4)[0]
    starts = [2 * half for half in struct.unpack(f">{count + 1}H", tables["loca"])]
    outlines = tuple(tables["glyf"][a:b] for a, b in pairwise(starts))
    return Face(tables, dict(_glyphs(tables["cmap"])), tuple(_metrics(tables, count)), outlines)


def _metrics(tables: Mapping[str, bytes], count: int) -> Iterator[tuple[int, int]]:
    """Advance and bearing of every glyph; the last ones share one advance."""
    full = struct.unpack_from(">H", tables["hhea"], 34)[0]
    yield from struct.iter_unpack(">Hh", tables["hmtx"][: 4 * full])
    advance = struct.unpack_from(">H", tables["hmtx"], 4 * full - 4)[0]
    for (bearing,) in struct.iter_unpack(">h", tables["hmtx"][4 * full : 4 * full + 2 * (count - full)]):
        yield advance, bearing


def _glyphs(cmap: bytes) -> Iterator[tuple[str, int]]:
    """The letters of a table of format 4, which all our faces have, and their glyphs."""
    table = cmap[struct.unpack_from(">I", cmap, 8)[0] :]
    doubled = struct.unpack_from(">H", table, 6)[0]
    ends, starts, deltas, offsets = (
        struct.unpack_from(f">{doubled // 2}{kind}", table, at + k * doubled)
        for k, (at, kind) in enumerate([(14, "H"), (16, "H"), (16, "h"), (16, "H")])
    )
    for k, (start, end, delta, offset) in enumerate(zip(starts, ends, deltas, offsets, strict=True)):
        for code in range(start, min(end, 0xFFFE) + 1):
            glyph = code
            if offset:
                place = 16 + 3 * doubled + 2 * k + offset + 2 * (code - start)
                glyph = struct.unpack_from(">H", table, place)[0]
            if glyph:
                yield chr(code), (glyph + delta) & 0xFFFF


def subset(name: str, letters: frozenset[str]) -> bytes:
    """A face that has these letters alone, those of them that it knows, as a WOFF file."""
    face = read(name)
    known = sorted(letter for letter in letters if letter in face.glyphs)
    kept = dict.fromkeys([0, *(face.glyphs[letter] for letter in known)])  # 0: the box for a missing letter
    waiting = list(kept)
    while waiting:
        for _, part in _parts(face.outlines[waiting.pop()]):
            if part not in kept:
                kept[part] = None
                waiting.append(part)
    number = {glyph: i for i, glyph in enumerate(kept)}
    outlines = [_renumbered(face.outlines[glyph], number) for glyph in kept]
    starts = [0]
    for outline in outlines:
        starts.append(starts[-1] + len(outline))
    old = face.tables
    return _woff(
        {
            "OS/2": old["OS/2"],
            "cmap": _cmap([(ord(letter), number[face.glyphs[letter]]) for letter in known]),
            "glyf": b"".join(outlines),
            # Without the checksum of the old file, which readers skip; and 1: loca has four bytes an entry.
            "head": old["head"][:8] + bytes(4) + old["head"][12:50] + struct.pack(">hh", 1, 0),
            "hhea": old["hhea"][:34] + struct.pack(">H", len(kept)),
            "hmtx": b"".join(struct.pack(">Hh", *face.metrics[glyph]) for glyph in kept),
            "loca": struct.pack(f">{len(starts)}I", *starts),
            "maxp": old["maxp"][:4] + struct.pack(">H", len(kept)) + old["maxp"][6:],
            "name": struct.pack(">HHH", 0, 0, 6),
            "post": struct.pack(">IIhhIIIII", 0x30000, *[0] * 8),
        }
    )


def _parts(outline: bytes) -> Iterator[tuple[int, int]]:
    """Of a composite glyph where the numbers of its parts stand, and the numbers."""
    if not outline or struct.unpack_from(">h", outline)[0] >= 0:
        return
    at, flags = 10, PARTS_FOLLOW
    while flags & PARTS_FOLLOW:
        flags, glyph = struct.unpack_from(">HH", outline, at)
        yield at + 2, glyph
        at += 8 if flags & WORDS else 6
        at += 2 if flags & SCALE else 4 if flags & SCALE_XY else 8 if flags & SCALE_2X2 else 0


def _renumbered(outline: bytes, number: Mapping[int, int]) -> bytes:
    """An outline with the new numbers of its parts, a multiple of four bytes long."""
    written = bytearray(outline)
    for at, glyph in _parts(outline):
        struct.pack_into(">H", written, at, number[glyph])
    return _padded(bytes(written))


def _cmap(pairs: list[tuple[int, int]]) -> bytes:
    """A table of format 12: runs of letters whose glyphs follow each other."""
    runs: list[list[int]] = []
    for code, glyph in pairs:
        if runs and code == runs[-1][1] + 1 and glyph == runs[-1][2] + code - runs[-1][0]:
            runs[-1][1] = code
        else:
            runs.append([code, code, glyph])
    body = b"".join(struct.pack(">III", *run) for run in runs)
    return struct.pack(">HHHHI", 0, 1, 3, 10, 12) + struct.pack(">HHIII", 12, 0, 16 + len(body), 0, len(runs)) + body


def _woff(tables: Mapping[str, bytes]) -> bytes:
    """A font file of these tables, each compressed (https://www.w3.org/TR/WOFF)."""
    entries, body = b"", b""
    for tag, table in sorted(tables.items()):
        packed = min(table, zlib.compress(table, 9), key=len)  # of equal length it would be taken for plain
        start = 44 + 20 * len(tables) + len(body)
        entries += struct.pack(">4sIIII", tag.encode(), start, len(packed), len(table), _checksum(table))
        body += _padded(packed)
    unpacked = 12 + 16 * len(tables) + sum(len(_padded(table)) for table in tables.values())
    length = 44 + len(entries) + len(body)
    head = struct.pack(">4sIIHHIHHIIIII", b"wOFF", 0x10000, length, len(tables), 0, unpacked, 1, 0, 0, 0, 0, 0, 0)
    return head + entries + body


def _checksum(table: bytes) -> int:
    return sum(int(word) for (word,) in struct.iter_unpack(">I", _padded(table))) & 0xFFFFFFFF


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)
