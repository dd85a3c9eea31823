"""JSON read piece by piece, held against the same read at once; paths with filters."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.findings import Fault, SourceRefused
from loaders.reading import json_stream
from loaders.reading.json_records import JsonRecords
from loaders.reading.json_stream import JsonStream, parse_json
from loaders.reading.jsonpath import find_nodes, parse_path, spread_nodes
from tests.loaders.conftest import GRAPH, Build, Run

NAMES = st.sampled_from(["a", "b", "c", "é"])
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
)  # fmt: skip
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
PATHS = st.lists(
    st.sampled_from([".a", ".b", "[*]", "[0]", "..c", "[?(@.a == 'x')]", "['é']"]), max_size=4
).map(lambda steps: "$" + "".join(steps))


class Pieces(io.BytesIO):
    """Bytes that come a few at a time, however many are asked for."""

    def read(self, _size: int | None = -1) -> bytes:
        return super().read(3)


def read(content: bytes, path: str) -> tuple[list[Any], bool]:
    stream = JsonStream(Pieces(content), parse_path(path))
    return list(stream), stream.reached


@given(tree=TREES, path=PATHS, indent=st.sampled_from([None, 1]), ascii_only=st.booleans())
def test_pieces_give_what_the_whole_gives(
    tree: Any, path: str, indent: int | None, ascii_only: bool
) -> None:
    content = json.dumps(tree, indent=indent, ensure_ascii=ascii_only).encode()
    whole, steps = parse_json(content), parse_path(path)
    records, reached = read(content, path)
    assert records == list(spread_nodes(whole, steps))
    while steps and steps[-1][0] in ("all", "filter"):
        steps = steps[:-1]
    assert reached == any(True for _ in find_nodes(whole, steps))


@given(
    tree=TREES, path=PATHS, at=st.integers(0, 400), put=st.sampled_from(["", "}", "]", ",", '"'])
)
def test_what_is_broken_is_refused_wherever_it_breaks(
    tree: Any, path: str, at: int, put: str
) -> None:
    text = json.dumps(tree)
    text = text[: at % len(text)] + put + text[at % len(text) + 1 :]
    content = text.encode("utf-8", "surrogatepass")

    def tell(attempt: Callable[[], object]) -> object:
        try:
            return attempt()
        except Fault as fault:
            return fault.rule

    whole = tell(lambda: list(spread_nodes(parse_json(content), parse_path(path))))
    assert tell(lambda: read(content, path)[0]) == whole


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'[1, 2,\n {"a": tru}]', "line 2, column 8: Expecting value"),
        (b'{"x": [1,\n2,\n,]}', "line 3, column 1: Expecting value"),
        (b'{"x": 1,\n "x": 2}', "“x” twice"),
        (b'[{"x": 1, "x": 2}]', "“x” twice"),
        (b"[1] 2", "line 1, column 5: Extra data"),
        (b'["\xff"]', "not UTF-8: invalid start byte at byte 2"),
        (b"[NaN]", "“NaN” is no JSON"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"a":' * 100_000, "nested too deep"),
        (b'{"y":' + b"[" * 100_000, "nested too deep"),
        (b'["abc', "Unterminated string"),
        (b"", "Expecting value"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["$", "$.a[*]", "$[*]", "$..x"])
def test_where_it_breaks_is_told(content: bytes, said: str, path: str) -> None:
    with pytest.raises(Fault) as refused:
        list(JsonStream(io.BytesIO(content), parse_path(path)))
    assert said in refused.value.message


@pytest.mark.parametrize(
    "value", ['{"x": 1, "x": 2}', "NaN", '{"x": [NaN]}', "[" * 100_000, '{"a":' * 100_000]
)
@pytest.mark.parametrize("length", [1, 1 << 19])
def test_the_record_that_no_decoder_takes_is_named(value: str, length: int) -> None:
    content = f'["{"a" * length}",\n\n 2,  {value}]'.encode()
    with pytest.raises(Fault) as refused:
        list(JsonStream(io.BytesIO(content), parse_path("$[*]")))
    assert refused.value.message.endswith(", at or after line 3, column 6")


def test_a_broken_line_is_told_by_its_line_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "list.jsonl"
    path.write_text('{"k": 1}\n\n{"k": 2, "n": oh}\n{"k": 3}\n', encoding="utf-8")
    (bad,) = [
        (number, record.message)
        for number, record in JsonRecords(path, "$", ["k"], lines=True)
        if isinstance(record, Fault)
    ]
    assert bad == (3, "the JSON is broken at line 3, column 15: Expecting value")


def test_values_keep_their_letters_across_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "CHUNK", 1)
    content = '[1.10, 1e5, -0.0, 123456789012345678901, "Größe \\u00e9\\ud83d\\ude00 𝄞", true]'
    assert read(content.encode(), "$") == (
        ["1.10", "1e5", "-0.0", "123456789012345678901", "Größe é😀 𝄞", True],
        True,
    )


PEOPLE = json.dumps(
    {
        "people": [
            {"n": "1", "kind": "SME", "size": 12, "city": {"name": "Lyon"}, "tags": ["a]"]},
            {"n": "2", "kind": "large", "size": 1200, "active": True},
            {"n": "3", "kind": "SME", "size": 7, "active": False, "city": None},
            {"n": "4", "kind": "it's", "size": "unknown"},
        ]
    }
)


@pytest.mark.parametrize(
    ("filtered", "found"),
    [
        ("@.kind == 'SME'", "13"),
        ('@.kind == "SME"', "13"),
        ("@.kind != 'SME'", "24"),
        ("(@.kind=='SME' && @.size > 10)", "1"),
        ("@.size >= 12 || @.active == false", "123"),
        ("@.size < 12.5", "13"),
        ("@.city", "13"),
        ("!@.city", "24"),
        ("@.city.name == 'Lyon'", "1"),
        ("@.city == null", "3"),
        ("@.active == true", "2"),
        ("@.kind == 'it\\'s'", "4"),
        ("@.kind == ']'", ""),
        ("@.nothing != 'x'", "1234"),
        ("@.kind < 3", ""),
    ],
)
def test_filters(filtered: str, found: str, tmp_path: Path) -> None:
    path = tmp_path / "people.json"
    path.write_text(PEOPLE)
    records = JsonRecords(path, f"$.people[?({filtered})]", ["n"], lines=False)
    assert "".join(v[0][0] for _, v in records if not isinstance(v, Fault)) == found


@pytest.mark.parametrize(
    "path",
    ["$.a[?(@.b =~ /x/)]", "$.a[?(@.length() > 1)]", "$.a[?(f())]", "$.a[?(@.b == @.c)]",
     "$.a[(@.length-1)]", "$.a[1:3]", "$.a[0,1]", "$.a[?(!@.b == 1)]", "$.a[?(@.b == 1 &&)]",
     "$.a[?()]", "$.a[?(@.b[0] == 1)]"],
)  # fmt: skip
def test_what_is_not_supported_is_refused_by_name(path: str, build: Build, run: Run) -> None:
    mapping = (
        f'mappings: {{a: {{sources: [["a.json~jsonpath", "{path}"]], s: organisation/$(k), '
        "po: [[rdfs:label, $(name)]]}}"
    )
    with pytest.raises(SourceRefused) as refused:
        run(build({"a.json": '{"a": [{"k": "1", "name": "N"}]}'}, mapping), GRAPH)
    [finding] = refused.value.findings
    assert finding.rule == "jsonpath"
    assert "@.member" in finding.remedy
