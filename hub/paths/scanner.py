"""Large N-Quads files to the numbered terms and rows of `quads`, by compiled loops.

Bytes are looked at eight at a time, as words. A line is compared with those before, whose subject,
property and graph it mostly has, and only what is wanted is looked up, many terms at once. The
table of terms hashes with secret factors, since who writes a file must not choose what collides.

Functions up to `pack_all` use numbers and arrays only, and call only those above them.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np

from hub.paths.compiling import compile_all
from hub.paths.quads import TYPE, Part, Terms, Texts, Wanted

_CHUNK = 1 << 21  # bytes read at once
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


def known(table: Table, words: np.ndarray, at: int, end: int) -> int:
    """The number of a term; −1 where it has none."""
    return max(-1, find(table, words, at, end, digest(words, at, end, table.secret)))


def intern_all(
    table: Table, words: np.ndarray, spots: np.ndarray, numbers: np.ndarray, room: np.ndarray
) -> None:
    """Number terms, also those that have no number yet; there must be room.

    Args:
        spots: where each begins and ends.
        numbers: written to.
        room: some lines of two words each, to work in.
    """
    slots, terms, used, secret = table
    mask = _U(len(slots) - 1)
    for first in range(0, len(spots), len(room)):
        part = spots[first : first + len(room)]
        # What waits for memory waits for many terms at once.
        for i in range(len(part)):
            room[i, 0] = digest(words, part[i, 0], part[i, 1], secret)
        for i in range(len(part)):
            room[i, 1] = slots[room[i, 0] & mask]
        for i in range(len(part)):
            room[i, 1] = terms[room[i, 1] & _LOW]
        for i in range(len(part)):
            at, end = part[i, 0], part[i, 1]
            number = find(table, words, at, end, room[i, 0])
            if number < 0:
                slot = -1 - number
                number, place = used[0], used[1]
                slots[slot] = room[i, 0] << _U(32) | _U(place)
                terms[place] = _U(number) << _U(32) | _U(end - at)
                place += 1
                while at + 8 <= end:
                    terms[place] = word(words, at)
                    at += 8
                    place += 1
                if at < end:
                    terms[place] = rest(words, at, end)
                    place += 1
                used[0], used[1], terms[place] = number + 1, place, 0
            numbers[first + i] = number


def split(
    words: np.ndarray,
    end: int,
    whole: bool,
    properties: Table,
    classes: Table,
    types: int,
    carrier: int,
    carriers: int,
    follow: np.ndarray,
    spots: np.ndarray,
    rows: np.ndarray,
) -> tuple[int, int, int, int]:
    """Find what is wanted in the lines of one subject after the other.

    Args:
        whole: whether the last subject's lines are all there.
        types, carrier: the places of `rdf:type` and of what carriers have among the properties.
        carriers: how many there were before.
        follow: for each property, and for all others, where that of the line after it stood, from
            where to where, and its place; empty before.
        spots: written to: where each term begins and ends.
        rows: written to, as in `Part`, with places among the `spots` for numbers.

    Returns:
        Where the first subject begins that was not read; how many spots and rows were written; how
        many carriers there are.
    """
    at = subject = subject_end = tail = made = kept = count = place = size = source = 0
    carries = False
    while True:
        width = subject_end - subject
        if at + width >= end or not width or not same(words, at, at + width + 1, words, subject):
            if at >= end and not whole:
                return subject, count, kept, carriers
            if made > kept:
                if carries:
                    carriers += 1
                    one, carries = -carriers, False
                else:
                    spots[count, 0], spots[count, 1] = subject, subject_end
                    one, count = count, count + 1
                for row in range(kept, made):
                    rows[1, row] = one
            subject, kept = at, made
            if at >= end:
                return at, count, kept, carriers
            subject_end = seek(words, at, end, 32)
            width = subject_end - at
        name, guess = at + width + 1, follow[place]
        width = guess[1] - guess[0]
        cut = name + width + 1
        if not width or cut > end or not same(words, name, cut, words, guess[0]):
            guess[0], guess[1] = name, seek(words, name, end, 32)
            guess[2] = known(properties, words, name, guess[1])
            width = guess[1] - name
        value, place = name + width + 1, guess[2]
        line_end = seek(words, value, end, 10)
        if place >= 0:
            if not size or not same(words, line_end - size, line_end, words, tail):
                size = 3  # the space and the full stop, and the space before the graph
                while word(words, line_end - size) & _U(0xFF) != _U(32):
                    size += 1
                spots[count, 0], spots[count, 1] = line_end - size + 1, line_end - 2
                source, count = count, count + 1
            tail = line_end - size
            if place != types or known(classes, words, value, tail) >= 0:
                carries |= place == carrier
                spots[count, 0], spots[count, 1] = value, tail
                rows[0, made], rows[2, made], rows[3, made] = place, count, source
                made += 1
                count += 1
        at = line_end + 1


def renumber(rows: np.ndarray, numbers: np.ndarray) -> None:
    """Put the numbers of terms for their places among the spots."""
    for column in range(1, 4):
        for row in range(rows.shape[1]):
            if rows[column, row] >= 0:
                rows[column, row] = numbers[rows[column, row]]


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
    functions = (word, rest, fold, digest, same, seek, find, known, intern_all, split)
    more = (renumber, place_all, find_starts, pack_all)
    # Without reference counts, which nothing here needs, it takes a third of the time.
    return compile_all(*functions, *more, _nrt=False)


def _make(terms: int, words: int) -> Table:
    """An empty table with room for so many."""
    secret = np.frombuffer(secrets.token_bytes(8 * 35), dtype=np.uint64)
    slots = np.zeros(1 << (2 * terms + 6).bit_length(), dtype=np.uint64)
    return Table(slots, np.zeros(words + 2, dtype=np.uint64), np.array([0, 1]), secret)


def _number(table: Table, words: np.ndarray, spots: np.ndarray) -> tuple[Table, np.ndarray]:
    """The table, larger where need be, and the numbers in it of terms that stand in `words`."""
    terms, used = table.used.tolist()
    if (most := 2 * (terms + len(spots))) > len(table.slots):
        slots = np.zeros(1 << most.bit_length(), dtype=np.uint64)
        _compiled().place_all(table.slots, slots)
        table = table._replace(slots=slots)
    if (most := used + 2 * len(spots) + len(words)) >= len(table.words):
        grown = np.zeros(2 * most, dtype=np.uint64)
        grown[:used] = table.words[:used]
        table = table._replace(words=grown)
    numbers = np.empty(len(spots), dtype=np.int32)
    _compiled().intern_all(table, words, spots, numbers, np.empty((64, 2), dtype=np.uint64))
    return table, numbers


def _number_part(table: Table, part: Part) -> tuple[Table, np.ndarray]:
    """The same for all terms of a part."""
    starts = _find_starts(part.words)
    begins, sizes = 8 * (starts + 1), (part.words[starts] & _LOW).astype(np.int64)
    return _number(table, part.words, np.column_stack((begins, begins + sizes)))


def _tabulate(texts: Iterable[bytes]) -> Table:
    terms = Terms((text, number) for number, text in enumerate(texts))
    return _number_part(_make(0, 0), terms.part())[0]


def read(file: Path, wanted: Wanted) -> Part:
    """The wanted statements of canonical N-Quads."""
    properties, classes = _tabulate(wanted.properties), _tabulate(sorted(wanted.classes))
    places = [[*wanted.properties, name].index(name) for name in (TYPE, wanted.carrier)]
    size = file.stat().st_size
    table, found, split_lines = _make(size >> 10, size >> 5), [], _compiled().split
    room, held, got, carriers = bytearray(_CHUNK + 16), 0, 1, 0
    rows = spots = np.empty((4, 0), dtype=np.int32)
    with file.open("rb", buffering=0) as text:
        while got:
            if 2 * held > len(room) - 16:  # of one thing is said more than what is read at once
                room = room + bytes(len(room))
            if (lines := len(room) // _SHORTEST) > rows.shape[1]:
                rows, spots = np.empty((4, lines), np.int32), np.empty((3 * lines, 2), np.int64)
            got = text.readinto(memoryview(room)[held:-16])
            held += got
            end, words = room.rfind(b"\n", 0, held) + 1, np.frombuffer(room, np.uint64)
            follow = np.zeros((len(wanted.properties) + 1, 3), dtype=np.int64)
            at, count, made, carriers = split_lines(
                words, end, not got, properties, classes, *places, carriers, follow, spots, rows
            )
            table, numbers = _number(table, words, spots[:count])
            found.append(rows[:, :made].copy())
            _compiled().renumber(found[-1], numbers)
            room[: held - at], held = room[at:held], held - at
    return Part(table.words[1 : table.used[1] + 1], np.concatenate(found, axis=1), table)


def unite(parts: Sequence[Part]) -> tuple[Texts, list[np.ndarray | None]]:
    """All terms of several parts, numbered anew; and the new numbers of the terms of each.

    None stands for those of the first part, which stay where it was just read.
    """
    table, numbers = parts[0].table or _make(0, 0), list[np.ndarray | None]()
    for part in parts:
        own = None
        if numbers or not part.table:
            table, own = _number_part(table, part)
        numbers.append(own)
    words = table.words[1 : table.used[1] + 1]
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
