"""Large N-Quads files to the numbered terms and rows of `quads`, by compiled loops.

Bytes are looked at eight at a time, as words. A line is compared with the one before, whose subject
and graph it mostly has, and only what is wanted is looked up. The table of terms hashes with secret
factors, since who writes a file must not choose what collides, and compares whole terms.

Functions up to `pack_all` use numbers and arrays only, and call only those above them.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np

from hub.paths.compiling import compile_all
from hub.paths.quads import TYPE, Part, Texts, Wanted

_CHUNK = 1 << 24  # bytes read at once
_SHORTEST = 20  # bytes of a line
_U = np.uint64
_int = cast(Callable[[np.uint64], int], np.int64)
_LOW, _ALL = _U(0xFFFFFFFF), ~_U(0)
_ONES, _HIGH = _U(0x0101010101010101), _U(0x8080808080808080)


class Table(NamedTuple):
    """Terms and a hash table of them.

    Attributes:
        slots: of each term, at a place by its hash, 32 bits of that and the word it begins at; 0
            where a slot is free.
        words: the terms as in `Part`, after one word that is not used.
        used: how many terms there are, and words in use.
        secret: numbers; the first three for sums, the others in pairs for words.
    """

    slots: np.ndarray
    words: np.ndarray
    used: np.ndarray
    secret: np.ndarray


def word(words: np.ndarray, at: int) -> np.uint64:
    """The eight bytes from the byte `at` on."""
    here, shift = _U(at) >> _U(3), (_U(at) & _U(7)) << _U(3)
    whole: np.uint64 = words[here] >> shift | words[here + _U(1)] << _U(1) << (_U(63) - shift)
    return whole


def rest(words: np.ndarray, at: int, end: int) -> np.uint64:
    """The fewer than eight bytes from `at` to `end`, the first the lowest."""
    return word(words, at) & (_ALL >> _U((8 - end + at) << 3))


def fold(one: np.uint64, other: np.uint64) -> np.uint64:
    """Both halves of the product of 128 bits, laid over each other."""
    a, b, c, d = one & _LOW, one >> _U(32), other & _LOW, other >> _U(32)
    middle = (a * c >> _U(32)) + (a * d & _LOW) + (b * c & _LOW)
    low = a * c & _LOW | middle << _U(32)
    return low ^ (b * d + (a * d >> _U(32)) + (b * c >> _U(32)) + (middle >> _U(32)))


def digest(words: np.ndarray, at: int, end: int, secret: np.ndarray) -> np.uint64:
    """32 bits that depend on all bytes and on the secret.

    The halves of each word, with secrets added, are multiplied (NH of Black and others, "UMAC",
    1999): two texts of a length that an enemy chose agree with a chance of 2⁻³².
    """
    total, key = secret[0] ^ _U(end - at), 3
    while at < end:
        each = word(words, at) if at + 8 <= end else rest(words, at, end)
        low, high = (each & _LOW) + secret[key], (each >> _U(32)) + secret[key + 1]
        total += (low & _LOW) * (high & _LOW)
        at += 8
        key += 2
        if key == len(secret):
            total, key = fold(total, secret[1]), 3
    return fold(total, secret[2]) & _LOW


def same(words: np.ndarray, at: int, end: int, others: np.ndarray, other: int) -> bool:
    """Whether the bytes from `at` to `end` are those from `other` on."""
    while at + 8 <= end:
        if word(words, at) != word(others, other):
            return False
        at += 8
        other += 8
    return at == end or rest(words, at, end) == rest(others, other, other + end - at)


def seek(words: np.ndarray, at: int, end: int, byte: int) -> int:
    """Where the byte is next, from `at` on; `end` where it is not."""
    while at < end:
        # Mycroft's test: the lowest byte that is 0 has its highest bit set.
        odd = word(words, at) ^ _ONES * _U(byte)
        hit = (odd - _ONES) & ~odd & _HIGH
        if hit:
            while not hit & _U(0x80):
                hit >>= _U(8)
                at += 1
            return min(at, end)
        at += 8
    return end


def find(table: Table, words: np.ndarray, at: int, end: int, hashed: np.uint64) -> int:
    """The number of a term; where it is not known, −1 − the slot that is free for it."""
    slots, terms, _, _ = table
    mask = _U(len(slots) - 1)
    slot = hashed & mask
    while slots[slot]:
        start = _int(slots[slot] & _LOW)
        if (
            slots[slot] >> _U(32) == hashed
            and terms[start] & _LOW == _U(end - at)
            and same(words, at, end, terms, (start + 1) << 3)
        ):
            return _int(terms[start] >> _U(32))
        slot = (slot + _U(1)) & mask
    return -1 - _int(slot)


def intern(table: Table, words: np.ndarray, at: int, end: int) -> int:
    """The number of a term, given to it where it has none; there must be room."""
    slots, terms, used, secret = table
    hashed = digest(words, at, end, secret)
    number = find(table, words, at, end, hashed)
    if number < 0:
        slot = -1 - number
        number, place = used[0], used[1]
        slots[slot] = hashed << _U(32) | _U(place)
        terms[place] = _U(number) << _U(32) | _U(end - at)
        place += 1
        while at + 8 <= end:
            terms[place] = word(words, at)
            at += 8
            place += 1
        if at < end:
            terms[place] = rest(words, at, end)
            place += 1
        used[0], used[1] = number + 1, place
    return number


def scan(
    words: np.ndarray,
    at: int,
    end: int,
    properties: Table,
    classes: Table,
    types: int,
    table: Table,
    rows: np.ndarray,
) -> tuple[int, int]:
    """Read lines from `at` on, until the `end` or as long as the table has room.

    Args:
        types: the place of `rdf:type` among the properties.
        rows: written to, as in `Part`.

    Returns:
        Where it ended; how many rows were written.
    """
    subject = subject_end = tail = tail_end = made = 0  # where the line before has them
    one = source = -1
    while at < end and 2 * (table.used[0] + 3) < len(table.slots):
        width = subject_end - subject
        if width and at + width < end and same(words, at, at + width + 1, words, subject):
            subject, subject_end = at, at + width
        else:
            subject, subject_end, one = at, seek(words, at, end, 32), -1
        name_end = seek(words, subject_end + 1, end, 32)
        line_end = seek(words, name_end + 1, end, 10)
        if table.used[1] + (line_end - at >> 3) + 6 > len(table.words):
            break
        hashed = digest(words, subject_end + 1, name_end, properties.secret)
        place = find(properties, words, subject_end + 1, name_end, hashed)
        if place >= 0:
            width = tail_end - tail
            if not width or not same(words, line_end - width, line_end, words, tail):
                cut = line_end - 3  # before the space and the full stop
                while cut > name_end and word(words, cut) & _U(0xFF) != _U(32):
                    cut -= 1
                source = intern(table, words, cut + 1, line_end - 2)
                width = line_end - cut
            tail, tail_end = line_end - width, line_end
            hashed = digest(words, name_end + 1, tail, classes.secret)
            if place != types or find(classes, words, name_end + 1, tail, hashed) >= 0:
                if one < 0:
                    one = intern(table, words, subject, subject_end)
                rows[0, made], rows[1, made], rows[3, made] = place, one, source
                rows[2, made] = intern(table, words, name_end + 1, tail)
                made += 1
        at = line_end + 1
    return at, made


def place_all(old: np.ndarray, slots: np.ndarray) -> None:
    """Put the entries of a smaller table into empty slots."""
    mask = _U(len(slots) - 1)
    for entry in old:
        slot = entry >> _U(32) & mask
        while entry and slots[slot]:
            slot = (slot + _U(1)) & mask
        if entry:
            slots[slot] = entry


def find_starts(words: np.ndarray, starts: np.ndarray) -> int:
    """The word at which each term of a `Part` begins; returns how many there are."""
    at = count = 0
    while at < len(words) - 1:
        starts[count] = at
        at += 1 + (_int(words[at] & _LOW) + 7 >> 3)
        count += 1
    return count


def adopt(table: Table, words: np.ndarray, starts: np.ndarray, numbers: np.ndarray) -> None:
    """Number the terms of a `Part` in a table with room for them."""
    for i in range(len(starts)):
        at = starts[i] + 1 << 3
        numbers[i] = intern(table, words, at, at + _int(words[starts[i]] & _LOW))


def pack_all(
    raw: np.ndarray,
    starts: np.ndarray,
    codes: np.ndarray,
    text: np.ndarray,
    ends: np.ndarray,
    sums: np.ndarray,
) -> None:
    """What stands between the brackets of the IRIs that begin at `starts`, its ends and CRC-32."""
    end = 0
    for i in range(len(starts)):
        at, size, total = starts[i] + 1 << 3, 0, _LOW
        for byte in range(at - 5, at - 9, -1):
            size = size << 8 | _int(raw[byte])
        for byte in range(at + 1, at + size - 1):
            text[end] = raw[byte]
            total = codes[(total ^ _U(text[end])) & _U(0xFF)] ^ total >> _U(8)
            end += 1
        ends[i], sums[i] = end, total ^ _LOW


@cache
def _compiled() -> Any:
    functions = (word, rest, fold, digest, same, seek, find, intern, scan)
    more = (place_all, find_starts, adopt, pack_all)
    # Without reference counts, which nothing here needs, it takes a third of the time.
    return compile_all(*functions, *more, _nrt=False)


def _make(terms: int, words: int) -> Table:
    """An empty table with room for so many."""
    secret = np.frombuffer(secrets.token_bytes(8 * 35), dtype=np.uint64)
    slots = np.zeros(1 << (2 * terms + 6).bit_length(), dtype=np.uint64)
    return Table(slots, np.empty(words + 2, dtype=np.uint64), np.array([0, 1]), secret)


def _grow(table: Table) -> Table:
    slots = np.zeros(2 * len(table.slots), dtype=np.uint64)
    _compiled().place_all(table.slots, slots)
    words = np.empty(2 * len(table.words), dtype=np.uint64)
    words[: table.used[1]] = table.words[: table.used[1]]
    return table._replace(slots=slots, words=words)


def _words(table: Table) -> np.ndarray:
    """The terms as in `Part`."""
    table.words[table.used[1]] = 0
    return table.words[1 : table.used[1] + 1]


def _tabulate(texts: Sequence[bytes]) -> Table:
    table = _make(len(texts), sum(2 + len(text) // 8 for text in texts))
    for text in texts:
        words = np.frombuffer(text + bytes(16 + -len(text) % 8), dtype=np.uint64)
        _compiled().intern(table, words, 0, len(text))
    return table


def read(file: Path, wanted: Wanted) -> Part:
    """The wanted statements of canonical N-Quads."""
    size = file.stat().st_size
    properties, classes = _tabulate(wanted.properties), _tabulate(sorted(wanted.classes))
    types = wanted.properties.index(TYPE) if TYPE in wanted.properties else -1
    table, found, scan_lines = _make(size >> 9, size >> 5), [], _compiled().scan
    room, held = bytearray(min(_CHUNK, size + -size % 8) + 16), 0
    rows = np.empty((4, len(room) // _SHORTEST), dtype=np.int32)
    with file.open("rb", buffering=0) as lines:
        while got := lines.readinto(memoryview(room)[held:-16]):
            held += got
            end, at, words = room.rfind(b"\n", 0, held) + 1, 0, np.frombuffer(room, np.uint64)
            while at < end:
                at, made = scan_lines(words, at, end, properties, classes, types, table, rows)
                found.append(rows[:, :made].copy())
                table = table if at == end else _grow(table)
            room[: held - end], held = room[end:held], held - end
            if 2 * held > len(room) - 16:  # a line longer than what is read at once
                room = room + bytes(len(room))
                rows = np.empty((4, len(room) // _SHORTEST), dtype=np.int32)
    return Part(_words(table), np.concatenate([rows[:, :0], *found], axis=1), table)


def unite(parts: Sequence[Part]) -> tuple[Texts, list[np.ndarray]]:
    """All terms of several parts, numbered anew; and the new numbers of the terms of each."""
    starts = [_find_starts(part.words) for part in parts]
    table = first = parts[0].table or _make(0, 0)
    terms, room = sum(map(len, starts)), sum(len(part.words) for part in parts)
    while 2 * terms + 6 > len(table.slots) or room + 2 > len(table.words):
        table = _grow(table)
    numbers = [np.empty(len(own), dtype=np.int32) for own in starts]
    for part, *own in zip(parts, starts, numbers, strict=True):
        if part.table is first:  # which has these numbers
            own[1][:] = np.arange(len(own[0]))
        else:
            _compiled().adopt(table, part.words, *own)
    words = _words(table)
    return Texts(words, _find_starts(words)), numbers


def pack(texts: Texts, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What IRIs have between their brackets, one behind the other; each one's end and CRC-32."""
    words, starts = texts.words, texts.starts[numbers]
    text = np.empty(int((words[starts] & _LOW).sum()), dtype=np.uint8)
    ends, sums = np.empty(len(starts), dtype=np.int64), np.empty(len(starts), dtype=np.uint32)
    codes = np.arange(256, dtype=np.uint64)
    for _ in range(8):
        codes = codes >> _U(1) ^ np.where(codes & _U(1), _U(0xEDB88320), _U(0))
    _compiled().pack_all(words.view(np.uint8), starts, codes, text, ends, sums)
    return text[: ends[-1] if len(ends) else 0], ends, sums


def _find_starts(words: np.ndarray) -> np.ndarray:
    starts = np.empty(len(words), dtype=np.int64)
    return starts[: _compiled().find_starts(words, starts)]
