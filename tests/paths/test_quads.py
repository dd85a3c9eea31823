"""N-Quads to numbers: the compiled reader says what the plain one does; files are read once."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.paths import quads, scanner, statements
from hub.paths.quads import TYPE, Part, Terms, Wanted
from hub.vocabulary import expand

WANTED = Wanted([b"<p:a>", b"<p:ab>", TYPE], [b"<c:one>", b"<c:two-and-more>"], b"<p:ab>")

names = st.text("ab/é \\", max_size=9).map(lambda text: text.replace(" ", "").replace("\\", ""))
iris = names.map(lambda name: f"<x:{name}>")
literals = st.text('ab <>."\\', max_size=40).map(
    lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"@ca'
)
classes = st.sampled_from([text.decode() for text in WANTED.classes])
properties = st.sampled_from(["<p:a>", "<p:ab>", "<p:abc>", "<q:a>", TYPE.decode()])
lines = st.tuples(iris, properties, iris | literals | classes, iris)


def statements_of(parts: Iterable[Part], way: ModuleType) -> list[tuple[object, ...]]:
    """The statements of parts in order, written out; carriers by their numbers."""
    parts = list(parts)
    texts, numbers = way.unite(parts)
    return [
        (place, *(texts[number] if number >= 0 else number for number in row))
        for part, own in zip(parts, numbers, strict=True)
        for place, *row in part.renumber(own, 0).T.tolist()
    ]


@settings(max_examples=100, deadline=None)
@given(
    files=st.lists(st.lists(lines, max_size=30), min_size=1, max_size=3), chunk=st.integers(0, 9)
)
def test_both_readers_say_the_same(
    files: list[list[tuple[str, str, str, str]]],
    chunk: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("quads")
    paths = []
    for number, rows in enumerate(files):
        paths.append(folder / f"{number}.nq")
        paths[-1].write_text("".join(f"{' '.join(row)} .\n" for row in sorted(rows)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scanner, "_CHUNK", 8 << chunk)
        compiled = [scanner.read(path, WANTED) for path in paths]
    plain = [quads.read(path, WANTED) for path in paths]
    expected: list[tuple[object, ...]] = []
    for rows in files:
        carriers = 0
        for subject, about in groupby(sorted(rows), itemgetter(0)):
            said = [
                (WANTED.properties.index(p.encode()), o.encode(), g.encode())
                for _, p, o, g in about
                if p.encode() in WANTED.properties
                and (p.encode() != TYPE or o.encode() in WANTED.classes)
            ]
            carries = any(WANTED.properties[place] == WANTED.carrier for place, _, _ in said)
            carriers += carries
            one = -carriers if carries else subject.encode()
            expected += [(place, one, o, g) for place, o, g in said]
    for way in (quads, scanner):
        for parts in (plain, compiled):
            assert statements_of(parts, way) == expected


@given(st.lists(st.binary(max_size=40).map(lambda text: b"<" + text + b">"), unique=True))
@settings(deadline=None)
def test_names_are_packed_alike(texts: list[bytes]) -> None:
    found, _ = quads.unite([Terms((text, at) for at, text in enumerate(texts)).part()])
    numbers = np.arange(len(texts))[::-1]
    for one, other in zip(quads.pack(found, numbers), scanner.pack(found, numbers), strict=True):
        assert one.tolist() == other.tolist()


@pytest.mark.parametrize("large", [0, 1 << 60])
def test_a_file_is_read_again_only_when_it_changed(
    large: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "_LARGE", large)
    files = [tmp_path / "one.nq", tmp_path / "other.nq"]
    names, kinds = [expand("rdf:type"), "p:a"], ["c:one"]

    def read(folder: str, kept: Path | None = None) -> list[list[bytes]]:
        (tmp_path / folder).mkdir()
        found = statements.read_statements(
            names, kinds, "p:b", files, lambda _: [], tmp_path / folder, kept
        )
        assert found.texts[found.none] == b""
        assert [found.texts[number] for number in found.typed("c:one")[0]] == [b"<x:1>"]
        return [[found.texts[number] for number in row] for row in found.of("p:a").T]

    files[0].write_text(f"<x:1> <p:a> <x:2> <g:1> .\n<x:1> {TYPE.decode()} <c:one> <g:1> .\n")
    files[1].write_text("<x:2> <p:a> <x:1> <g:2> .\n")
    first = read("first")
    assert sorted(first) == [[b"<x:1>", b"<x:2>", b"<g:1>"], [b"<x:2>", b"<x:1>", b"<g:2>"]]
    with monkeypatch.context() as patch:
        for way in (quads, scanner):
            patch.setattr(way, "read", None)
        assert read("again", tmp_path / "first") == first
    files[1].write_text("<x:3> <p:a> <x:1> <g:2> .\n")
    assert sorted(read("changed", tmp_path / "again"))[1] == [b"<x:3>", b"<x:1>", b"<g:2>"]
