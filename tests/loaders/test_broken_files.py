"""Broken files, made of good ones by seeded mutation: loaded, quarantined, or refused by name.

Whatever comes in, there is no traceback, no request to anywhere, and every line that goes out is
valid N-Quads of the source's own graphs.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable

import openpyxl
import pytest
from pyoxigraph import RdfFormat, parse

from loaders.findings import Severity, SourceRefused
from tests.loaders.conftest import GRAPH, Build, Run
from tests.loaders.test_workbooks import cell, row, table, write_ods

ROWS = [
    (f"k{n}", f"Größe {n}, “Süd”", str(1990 + n), f"https://example.org/{n}") for n in range(30)
]
NAMES = ("key", "name", "year", "url")
PO = """
    s: organisation/test.$(key)
    po:
      - [a, org:Organization]
      - [rdfs:label, $(name), de~lang]
      - [schema:foundingDate, $(year), xsd:gYear]
      - [foaf:homepage, $(url)~iri]
"""


def write_mapping(source: str) -> str:
    return f"mappings:\n  thing:\n    sources: [{source}]{PO}"


def write_csv() -> bytes:
    lines = [NAMES, *((k, f'"{n}"', y, u) for k, n, y, u in ROWS)]
    return "\n".join(",".join(line) for line in lines).encode() + b"\n"


def write_xlsx() -> bytes:
    book = openpyxl.Workbook()
    for line in (NAMES, *ROWS):
        book.worksheets[0].append(line)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def write_json() -> bytes:
    return json.dumps({"rows": [dict(zip(NAMES, r, strict=True)) for r in ROWS]}).encode()


def write_lines() -> bytes:
    return b"".join(json.dumps(dict(zip(NAMES, r, strict=True))).encode() + b"\n" for r in ROWS)


def write_xml() -> bytes:
    rows = "".join(
        "<row>" + "".join(f"<{n}>{v}</{n}>" for n, v in zip(NAMES, r, strict=True)) + "</row>"
        for r in ROWS
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<rows>{rows}</rows>'.encode()


def write_turtle() -> bytes:
    lines = ["@prefix ex: <https://example.org/ns#> ."]
    for key, name, year, url in ROWS:
        lines.append(f'ex:{key} ex:name "{name}"@de ; ex:year "{year}" ; ex:url <{url}> .')
    return "\n".join(lines).encode()


def write_ntriples() -> bytes:
    return b"".join(f"{q} .\n".encode() for q in parse(write_turtle(), format=RdfFormat.TURTLE))


def write_rdfxml() -> bytes:
    rows = "".join(
        f'<rdf:Description rdf:about="{u}"><ex:name xml:lang="de">{n}</ex:name></rdf:Description>'
        for _, n, _, u in ROWS
    )
    start = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    return f'{start} xmlns:ex="https://example.org/ns#">{rows}</rdf:RDF>'.encode()


def write_jsonld() -> bytes:
    rows = [{"@id": u, "ex:name": {"@value": n, "@language": "de"}} for _, n, _, u in ROWS]
    return json.dumps({"@context": {"ex": "https://example.org/ns#"}, "@graph": rows}).encode()


def write_zip() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("list.csv", write_csv())
        archive.writestr("__MACOSX/._list.csv", b"junk")
    return stream.getvalue()


def write_list_ods() -> bytes:
    return write_ods(table("Sheet", *(row(*map(cell, line)) for line in (NAMES, *ROWS))))


GOOD: dict[str, tuple[Callable[[], bytes], str]] = {
    "list.csv": (write_csv, "['list.csv~csv']"),
    "list.csv.gz": (lambda: gzip.compress(write_csv()), "['list.csv.gz~csv']"),
    "list.xlsx": (write_xlsx, "['list.xlsx~xlsx', Sheet]"),
    "list.ods": (write_list_ods, "['list.ods~ods', Sheet]"),
    "list.csv.zip": (write_zip, "['list.csv.zip~csv']"),
    "list.json": (write_json, "['list.json~jsonpath', '$.rows[*]']"),
    "list.jsonl": (write_lines, "['list.jsonl~jsonpath', '$']"),
    "list.xml": (write_xml, "['list.xml~xpath', '/rows/row']"),
    "list.ttl": (write_turtle, ""),
    "list.nt": (write_ntriples, ""),
    "list.rdf": (write_rdfxml, ""),
    "list.jsonld": (write_jsonld, ""),
}


def cut(content: bytes, dice: random.Random) -> bytes:
    return content[: dice.randrange(len(content))]


def flip_bits(content: bytes, dice: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(dice.randint(1, 8)):
        changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)


def put_nul(content: bytes, dice: random.Random) -> bytes:
    place = dice.randrange(len(content))
    return content[:place] + b"\x00" + content[place:]


def put_control(content: bytes, dice: random.Random) -> bytes:
    place = dice.randrange(len(content))
    return (
        content[:place]
        + dice.choice([b"\x0b", b"\x1f", b"\x7f", b"\xe2\x80\xae"])
        + content[place:]
    )


def lose_piece(content: bytes, dice: random.Random) -> bytes:
    start = dice.randrange(len(content))
    return content[:start] + content[start + dice.randint(1, 40) :]


def double_piece(content: bytes, dice: random.Random) -> bytes:
    start = dice.randrange(len(content))
    return content[: start + dice.randint(1, 60)] + content[start:]


def change_encoding(content: bytes, dice: random.Random) -> bytes:
    text = content.decode("utf-8", "replace")
    return text.encode(dice.choice(["windows-1252", "utf-16", "utf-16-le", "utf-7"]), "replace")


def change_line_ends(content: bytes, dice: random.Random) -> bytes:
    return b"".join(part + dice.choice([b"\n", b"\r\n", b"\r"]) for part in content.split(b"\n"))


def open_quotes(content: bytes, dice: random.Random) -> bytes:
    places = [i for i, byte in enumerate(content) if byte in b'",:<>'] or [0]
    place = dice.choice(places)
    return content[:place] + b'"' + content[place:]


def put_hostile(content: bytes, dice: random.Random) -> bytes:
    hostile = [b"../../x y<>{}|^`", b"$(key)", b"{{_s}}", b'"""', b"=HYPERLINK(1)", b"\\", b"%zz"]
    return content.replace(
        dice.choice([b"k7", b"1997", b"https://example.org/7"]), dice.choice(hostile)
    )


MUTATIONS = [
    cut, flip_bits, put_nul, put_control, lose_piece, double_piece, change_encoding,
    change_line_ends, open_quotes, put_hostile,
]  # fmt: skip


def check_outcome(build: Build, run: Run, name: str, content: bytes, mapping: str) -> str:
    """Interpret the file; hold what comes out to the promises; say how it went."""
    source = build({name: content}, mapping)
    try:
        result, quads = run(source, GRAPH)
    except SourceRefused as refused:
        errors = [f for f in refused.findings if f.severity is Severity.ERROR]
        assert errors
        assert all(f.message and f.remedy and "Traceback" not in str(f) for f in errors)
        assert any(f.file in (name, source.mapping) for f in errors)
        return "refused"
    graphs = {str(q.graph_name) for q in parse(quads, format=RdfFormat.N_QUADS, lenient=False)}
    assert graphs <= {f"<{GRAPH}>", f"<{GRAPH}/provenance>"}
    assert quads.count("\n") == result.quads
    errors = [f for f in result.findings if f.severity is Severity.ERROR]
    assert len(errors) == result.rejected
    assert all(f.row and f.rule and f.message for f in errors)
    return "quarantined" if result.rejected else "loaded"


@pytest.mark.parametrize("name", GOOD)
def test_the_good_file_is_good(name: str, build: Build, run: Run) -> None:
    write, source = GOOD[name]
    assert check_outcome(build, run, name, write(), source and write_mapping(source)) == "loaded"


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: m.__name__)
@pytest.mark.parametrize("name", GOOD)
def test_mutated(
    name: str, mutation: Callable[..., bytes], seed: int, build: Build, run: Run
) -> None:
    write, source = GOOD[name]
    dice = random.Random(f"{name} {mutation.__name__} {seed}")
    check_outcome(build, run, name, mutation(write(), dice), source and write_mapping(source))


MAPPINGS = {
    "yarrrml": write_mapping("['list.csv~csv']"),
    "rml": """@prefix rr: <http://www.w3.org/ns/r2rml#> .
@prefix rml: <http://semweb.mmlab.be/ns/rml#> .
@prefix ql: <http://semweb.mmlab.be/ns/ql#> .
<#m> rml:logicalSource [ rml:source "list.csv" ; rml:referenceFormulation ql:CSV ] ;
  rr:subjectMap [ rr:template "organisation/{key}" ; rr:class <https://example.org/ns#C> ] ;
  rr:predicateObjectMap [ rr:predicate <https://example.org/ns#name> ;
    rr:objectMap [ rml:reference "name" ; rr:language "de" ] ] .
""",
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: m.__name__)
@pytest.mark.parametrize("kind", MAPPINGS)
def test_mutated_mapping(
    kind: str, mutation: Callable[..., bytes], seed: int, build: Build, run: Run
) -> None:
    dice = random.Random(f"{kind} {mutation.__name__} {seed}")
    source = build({"list.csv": write_csv()}, MAPPINGS[kind])
    (source.folder / source.mapping).write_bytes(mutation(MAPPINGS[kind].encode(), dice))
    try:
        _, quads = run(source, GRAPH)
    except SourceRefused as refused:
        assert "Traceback" not in str(refused)  # noqa: PT017 - either outcome is right
    else:
        assert list(parse(quads, format=RdfFormat.N_QUADS, lenient=False))


def zip_bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("list.csv", b"0" * (300 << 20))
    return stream.getvalue()


ENTITIES = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
EXTERNAL = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
DEEP = 100_000
RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="https://e.org/"'
HUGE = b"x" * (20 << 20)


def write_doctype(declared: str, said: str = "&a;", place: str = "[{}]") -> bytes:
    """RDF/XML with a DOCTYPE."""
    return (
        f"<!DOCTYPE rdf:RDF {place.format(declared)}><rdf:RDF {RDF}>"
        f'<rdf:Description rdf:about="https://e.org/&x;"><e:p>{said}</e:p></rdf:Description>'
        "</rdf:RDF>"
    ).encode()


PLAIN = '<!ENTITY x "y">'
# What a DOCTYPE of RDF/XML may not have; what it may is in the test behind.
DOCTYPES = {
    "nested": f'{PLAIN}<!ENTITY a "&x;&x;">',
    "nested by number": f'{PLAIN}<!ENTITY a "&#38;x;">',
    "with markup": f'{PLAIN}<!ENTITY a "<e:q/>">',
    "with markup by number": f'{PLAIN}<!ENTITY a "&#60;e:q/>">',
    "external": f'{PLAIN}<!ENTITY a SYSTEM "file:///etc/hostname">',
    "external by name": f'{PLAIN}<!ENTITY a PUBLIC "x" "https://example.org/x">',
    "parameter": f"""<!ENTITY % p "<!ENTITY a 'x'>"> %p;{PLAIN}""",
    "external parameter": f'<!ENTITY % p SYSTEM "https://example.org/p"> %p;{PLAIN}',
    "twice": f'{PLAIN}<!ENTITY a "1"><!ENTITY a "2">',
    "in a comment": f'{PLAIN}<!ENTITY a "1"><!-- <!ENTITY a "&x;&x;"> -->',
    "behind a fake one": f'{PLAIN}]><!DOCTYPE x [<!ENTITY a "&x;">',
    "attribute": f'{PLAIN}<!ENTITY a "1"><!ATTLIST e:p e:q CDATA "d">',
    "long": f'{PLAIN}<!ENTITY a "{"z" * 300}">',
    "many": PLAIN + "".join(f'<!ENTITY a{n} "1">' for n in range(300)),
}


BOMBS: dict[str, tuple[str, bytes, str, str]] = {
    "entity bomb": ("l.xml", f"{ENTITIES}<rows><row>&b;</row></rows>".encode(), "xml", "doctype"),
    "external entity": (
        "l.xml",
        f"{EXTERNAL}<rows><row>&x;</row></rows>".encode(),
        "xml",
        "doctype",
    ),
    "entity bomb in RDF": ("l.rdf", f"{ENTITIES}<rdf/>".encode(), "", "doctype"),
    "deep XML": ("l.xml", b"<a>" * DEEP + b"</a>" * DEEP, "xml", "nesting"),
    "deep RDF/XML": ("l.rdf", b"<a>" * DEEP + b"</a>" * DEEP, "", "nesting"),
    "deep JSON": ("l.json", b"[" * DEEP + b"]" * DEEP, "json", "nesting"),
    "deep JSON-LD": ("l.jsonld", b'{"a:b":' * 900 + b"1" + b"}" * 900, "", "nesting"),
    "deep triple terms": ("l.ttl", b"<a:a> <a:b> " + b"<<( <a:a> <a:b> " * DEEP, "", "triple-term"),
    "remote context": (
        "l.jsonld",
        b'{"@context": "https://example.org/c", "a": 1}',
        "",
        "remote-context",
    ),
    "imported context": (
        "l.jsonld",
        b'{"@context": {"@import": "https://x.org/"}}',
        "",
        "remote-context",
    ),
    "text of 20 MB in RDF": ("l.ttl", b'<a:a> <a:b> "' + HUGE + b'" .', "", "rdf-size"),
    "quote that stays open": ("l.ttl", b'<a:a> <a:b> """' + HUGE, "", "rdf-size"),
    "name of 20 MB": ("l.nt", b"<a:a> <a:b> <a:" + HUGE + b"> .", "", "rdf-size"),
    "member given twice": ("l.json", b'[{"key": "1", "key": "2"}]', "json", "json-duplicate"),
    "line of 20 MB": ("l.jsonl", b'{"key": "' + HUGE + b'"}', "lines", "line-size"),
    "cell of 20 MB in XML": (
        "l.xml",
        b"<rows><row><key>" + HUGE + b"</key></row></rows>",
        "xml",
        "xml-syntax",
    ),
    "external DOCTYPE": (
        "l.rdf",
        write_doctype("", place='SYSTEM "https://example.org/x.dtd"'),
        "",
        "doctype",
    ),
    "undeclared entity": ("l.rdf", write_doctype(PLAIN), "", "xml-syntax"),
    **{
        f"entity {name}": ("l.rdf", write_doctype(declared), "", "doctype")
        for name, declared in DOCTYPES.items()
    },
    "zip bomb": ("l.zip", zip_bomb(), "csv", "archive-bomb"),
    "gzip bomb": ("l.csv.gz", gzip.compress(b"0" * (300 << 20)), "csv", "archive-bomb"),
    "bomb as workbook": ("l.xlsx", zip_bomb(), "xlsx", "archive-bomb"),
    "picture as list": ("l.csv", b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "csv", "file-kind"),
    "page as list": (
        "l.csv",
        b"<!DOCTYPE html><html><body>Sign in</body></html>",
        "csv",
        "file-kind",
    ),
    "workbook as list": ("l.csv", write_xlsx(), "csv", "file-kind"),
    "list as workbook": ("l.xlsx", write_csv(), "xlsx", "archive-broken"),
    "cell of 10 MB": ("l.csv", b'key\n"' + b"x" * (10 << 20) + b'"\n', "csv", "rows-all"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs(name: str, build: Build, run: Run) -> None:
    file, content, kind, rule = BOMBS[name]
    forms = {
        "csv": f"['{file}~csv']", "xlsx": f"['{file}~xlsx']",
        "json": f"['{file}~jsonpath', '$[*]']", "lines": f"['{file}~jsonpath', '$']",
        "xml": f"['{file}~xpath', '/rows/row']",
    }  # fmt: skip
    mapping = (
        f"mappings: {{m: {{sources: [{forms[kind]}], s: $(key), po: [[a, mc:X]]}}}}" if kind else ""
    )
    with pytest.raises(SourceRefused) as refused:
        run(build({file: content}, mapping), GRAPH)
    assert rule in {finding.rule for finding in refused.value.findings}
    assert {f.file for f in refused.value.findings if f.severity is Severity.ERROR} == {file}


def test_plain_entities_are_read_where_they_stand(build: Build, run: Run) -> None:
    content = write_doctype(f'{PLAIN}<!ENTITY a "plain text">')
    _, quads = run(build({"l.rdf": content}, ""), GRAPH)
    assert f'<https://e.org/y> <https://e.org/p> "plain text" <{GRAPH}> .' in quads
    quoted = write_doctype(f'{PLAIN}<!ENTITY a "plain text">', "<![CDATA[&a;]]>")
    assert '"&a;"' in run(build({"l.rdf": quoted}, ""), GRAPH)[1]


@pytest.mark.parametrize(("start", "end"), [("[ <a:b> ", " ]"), ("( ", " )")])
def test_deep_turtle_is_flat_in_the_end(start: str, end: str, build: Build, run: Run) -> None:
    content = f"<a:a> <a:b> {start * DEEP} <a:c> {end * DEEP} ."
    result, _ = run(build({"l.ttl": content}, ""), GRAPH)
    assert sum(result.rows.values()) > DEEP
    assert result.rejected == 0
