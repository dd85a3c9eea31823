"""Whatever stands in a file: its draft loads, or is refused in a sentence, and says nothing else.

Nothing of a heading or value may become a part of the mapping or the description.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
import tomllib
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from loaders.description import read_source
from loaders.drafting.draft import SourceDraft, draft_source, name_source
from loaders.drafting.vocabulary import Vocabulary
from loaders.drafting.writing import comment, quote
from loaders.findings import Fault, SourceRefused
from loaders.interpretation import interpret
from tests.drafting.conftest import BASE, GRAPH

HEADINGS = [
    "name", "Company", "Firma", "公司名称", "城市", "id", "Org.ID", "city", "Land", "country",
    "E-Mail", "phone", "website", "founded", "type", "sector", "Contact person", "first name",
    "last name", "start date", "end date", "role", "project name", "related name", "related id",
    "description", "aliases", "vat", "ROR", "signature date", "languages", "", "name", "  ",
]  # fmt: skip
HOSTILE = [
    "a: b", "- x", "]", "}", "'", '"', "\\", "$(name)", "$(", ")", "#", "# x", "~iri", "x~iri",
    "x~lang", "\n", "a\nb", "\r\nmappings:", "\u2028a", "\u0085b", "\u202eabc", "[ignored]",
    '"""', "'''", "name = 1", "mc:x", "file:///etc/passwd", "http://example.org/a b", "../..",
    ".", "..", "a/b", "%2e%2e", "{{7*7}}", "<script>", "=1+1", "&anchor", "*alias", "!!python/x",
    "%TAG", "---", "...", "\x01", "\x7f", "\ufeff", "\ufffe", "👩‍🔬", "名", "é" * 50, "x" * 500,
]  # fmt: skip
VALUES = [
    "Acme", "Acme Ltd.", "Köln", "IT", "Italy", "Narnia", "NA", "n/a", "-", "12", "1987", "2019-05",
    "05/06/2019", "27/06/2019", "12/31/2019", "31.12.9999", "https://x.example.org/", "www.x.org",
    "a@b.org", "+39 011 12345", "DE180864238", "https://ror.org/02rnb8t27", "02rnb8t27", "company",
    "company;hospital", "a|b|c", "true", "no", "", "", " ", "\u00a0", "coordinator",
    "biotechnology", "1", "2", "3", "٢٠١٩", "２０１９", "²", "ß", "İ",
]  # fmt: skip
headings = st.one_of(st.sampled_from(HEADINGS), st.sampled_from(HOSTILE), st.text(max_size=12))
values = st.one_of(st.sampled_from(VALUES), st.sampled_from(HOSTILE), st.text(max_size=20))
# Columns of like values are what recognisers take for something.
columns = st.one_of(
    st.lists(values, min_size=12, max_size=12),
    st.lists(st.sampled_from(VALUES[:3] + VALUES[8:12]), min_size=12, max_size=12),
    st.sampled_from(VALUES + HOSTILE).map(lambda v: [f"{v}{n}" for n in range(12)]),
    st.sampled_from(VALUES + HOSTILE).map(lambda v: [v] * 12),
)
tables = st.lists(st.tuples(headings, columns), min_size=1, max_size=7)
rows = st.integers(1, 12)
classes = st.sampled_from(["", "", "mc:Company", "foaf:Person", "mc:Project", "mc:Agreement"])
names = st.sampled_from(
    ["companies", "contacts", "projects", "participation", "memberships", "agreements", "events"]
)
often = settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def check_draft(
    name: str, content: bytes, vocabulary: Vocabulary, chosen: str = ""
) -> SourceDraft | None:
    """Draft and load; the mapping holds nothing but what a mapping of the drafter may."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            draft = draft_source(
                path, Path(folder) / "out", vocabulary, base=BASE, graph=GRAPH, chosen=chosen
            )
        except Fault:
            assert not list(Path(folder).glob("out/*"))
            return None
        except SourceRefused as refusal:
            pytest.fail(f"the draft did not load: {refusal}\n{content!r}")
        mapping = (draft.folder / "mapping.yml").read_text(encoding="utf-8")
        description = tomllib.loads((draft.folder / "source.toml").read_text("utf-8"))
        check_mapping(yaml.safe_load(mapping), name)
        assert description["visibility"] == "consortium"
        assert description["files"] == [name]
        assert description.keys() <= {
            "name", "title", "owner", "visibility", "licence", "mapping", "files", "ignored",
            "expected", "tables", "dialects",
        }  # fmt: skip
        dialects = description.get("dialects", {})
        assert all(list(dialect) == ["header"] for dialect in dialects.values())
        assert dialects.keys() <= {name}
        assert description["ignored"] == {}
        assert description["expected"].keys() == {"rows"}
        out = io.BytesIO()
        result = interpret(read_source(draft.folder), base=BASE, graph=GRAPH, out=out)
        assert result.quads == draft.statements > 0
        bad = sum(table.profile.bad_rows for table in draft.tables)
        said = " ".join(mapping.replace("#", " ").split())
        assert result.rejected == bad or (
            result.rejected > bad and "leaves such rows out" in said
        ), "what is wrong in a row that a load leaves out is told"
        for line in out.getvalue().decode().removesuffix("\n").split("\n"):
            assert line.startswith(f"<{BASE}"), line
        return draft


def check_mapping(mapping: dict[str, dict[str, object]], name: str) -> None:
    assert mapping.keys() == {"prefixes", "mappings"}
    for prefix, namespace in mapping["prefixes"].items():
        assert prefix.isalpha()
        assert str(namespace).startswith("http")
    for triples in mapping["mappings"].values():
        assert isinstance(triples, dict)
        assert triples.keys() == {"sources", "s", "po"}
        assert triples["sources"][0][0].rpartition("~")[0] == name
        for item in triples["po"]:
            predicate = item["p"] if isinstance(item, dict) else item[0]
            assert predicate == "a" or predicate.partition(":")[0] in mapping["prefixes"]


def write_csv(table: list[tuple[str, list[str]]], count: int) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(heading for heading, _ in table)
    writer.writerows(zip(*(cells[:count] for _, cells in table), strict=True))
    return text.getvalue().encode("utf-8", "replace")


@often
@given(names, tables, rows, classes)
@example("companies", [("name", ["NA"] * 12)], 12, "mc:Company")
@example("companies", [("name", ["."] * 12), ("id", [".."] * 12)], 12, "mc:Company")
@example("companies", [("name", ["Acme", "\x1f"] * 6)], 12, "")
@example("participation", [("Company", ["a\nb"] * 12), ("]: x", ["}"] * 12)], 2, "")
def test_any_table_is_drafted_or_refused(
    vocabulary: Vocabulary, name: str, table: list[tuple[str, list[str]]], count: int, chosen: str
) -> None:
    check_draft(f"{name}.csv", write_csv(table, count), vocabulary, chosen)


@often
@given(tables, rows, classes)
def test_any_records_are_drafted_or_refused(
    vocabulary: Vocabulary, table: list[tuple[str, list[str]]], count: int, chosen: str
) -> None:
    records = [{heading: cells[n] for heading, cells in table} for n in range(count)]
    content = json.dumps({"organisations": records}).encode()
    check_draft("companies.json", content, vocabulary, chosen)


nodes = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 3000), values),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(headings, inner, max_size=4)
    ),
    max_leaves=12,
)


@often
@given(nodes)
def test_any_tree_is_drafted_or_refused(vocabulary: Vocabulary, tree: object) -> None:
    check_draft("companies.json", json.dumps(tree).encode(), vocabulary, "mc:Company")


@often
@given(st.text(max_size=40))
@example("\u2028a: b")
@example('"\\\n#')
def test_quoted_text_is_read_as_it_was(text: str) -> None:
    scalars = text.encode("utf-8", "ignore").decode()
    assert yaml.safe_load(f"a: {quote(scalars)}") == {"a": scalars}
    assert tomllib.loads(f"a = {quote(scalars)}") == {"a": scalars}
    lines = [*comment(text), "b = 1"]
    assert tomllib.loads("\n".join(lines)) == {"b": 1}
    assert yaml.safe_load("\n".join([*comment(text), "b: 1"])) == {"b": 1}


@often
@given(st.text(min_size=1, max_size=30).filter(lambda t: "/" not in t))
def test_every_file_gets_a_name_that_a_source_may_have(text: str) -> None:
    from loaders.description import NAME

    assert NAME.fullmatch(name_source(Path(text)))
