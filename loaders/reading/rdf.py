"""RDF files: pyoxigraph's door of the loaders. Never lenient, nothing followed, refused before it
can hurt.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from pathlib import Path

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, RdfFormat, Triple, parse

from loaders.findings import Fault, refused_as, show_value
from loaders.lexical import check_lexical
from loaders.reading.files import CHUNK, open_file, read_whole
from loaders.reading.json_stream import parse_json
from loaders.reading.xml_records import DEEPEST, check_xml

__all__ = [
    "FORMATS",
    "BlankNode",
    "Literal",
    "NamedNode",
    "Statement",
    "Term",
    "check_iri",
    "parse_turtle",
    "read_lines",
]

FORMATS = {
    ".ttl": RdfFormat.TURTLE,
    ".nt": RdfFormat.N_TRIPLES,
    ".nq": RdfFormat.N_QUADS,
    ".trig": RdfFormat.TRIG,
    ".rdf": RdfFormat.RDF_XML,
    ".owl": RdfFormat.RDF_XML,
    ".jsonld": RdfFormat.JSON_LD,
}
MOST_TRIPLE_TERMS = 1000
BROKEN = ("rdf-syntax", "the RDF is broken", "mend it at that place, or send the whole file")

Term = NamedNode | BlankNode | Literal
Statement = tuple[NamedNode | BlankNode, NamedNode, Term, NamedNode | BlankNode | DefaultGraph]


def read_statements(path: Path, ending: str, base: str) -> Iterator[Statement]:
    """The statements of a file, streamed. Relative IRIs are resolved against ``base``.

    Raises Fault at the first thing that is wrong: pyoxigraph cannot go on behind an error, and
    half a file is not what the partner said.
    """
    form = FORMATS[ending]
    _check_content(path, form)
    long = ("rdf-size", "the RDF has a name or text that is too long",
            "close its quotation marks, or shorten it")  # fmt: skip
    unread = ("file-unreadable", "the file cannot be read", "send it again")
    with (
        refused_as(*BROKEN, SyntaxError, ValueError),
        refused_as(*unread, OSError),
        refused_as(*long, MemoryError),
        open_file(path) as stream,
    ):
        if stream.peek(3).startswith(codecs.BOM_UTF8):
            stream.read(3)
        for quad in parse(input=stream, format=form, base_iri=base, lenient=False):
            if isinstance(quad.object, Triple) or isinstance(quad.subject, Triple):
                message = "a statement about a statement (RDF 1.2) is not supported"
                remedy = "give the statement a thing of its own"
                raise Fault("triple-term", message, remedy, value=str(quad.object)[:200])
            yield quad.subject, quad.predicate, quad.object, quad.graph_name


def read_lines(
    path: Path, ending: str, base: str, blank: str
) -> Iterator[tuple[str, str, str, str] | Fault]:
    """The statements as the texts of subject, predicate, object and end of line (with graph, if
    any).

    Blank nodes are numbered in the order of the file, under the IRI ``blank`` when it is given. A
    literal that is none of its datatype comes as a Fault instead of its statement.
    """
    numbers: dict[BlankNode, str] = {}
    checks: dict[str, Callable[[str], str]] = {}

    def write(term: NamedNode | BlankNode) -> str:
        if isinstance(term, NamedNode):
            return str(term)
        if term not in numbers:
            label = len(numbers) + 1
            numbers[term] = f"<{blank}{label}>" if blank else f"_:b{label}"
        return numbers[term]

    for subject, predicate, value, graph in read_statements(path, ending, base):
        if isinstance(value, Literal):
            datatype = value.datatype.value
            check = checks.get(datatype) or checks.setdefault(datatype, check_lexical(datatype))
            try:
                check(value.value)
            except ValueError as error:
                message, where = f"{error} (at {subject} {predicate})", str(predicate)
                remedy = "correct the value"
                yield Fault("datatype", message, remedy, column=where, value=value.value)
                continue
            text = str(value)
        else:
            text = write(value)
        end = " .\n" if isinstance(graph, DefaultGraph) else f" {write(graph)} .\n"
        yield write(subject), str(predicate), text, end


def parse_turtle(text: str, base: str) -> list[Statement]:
    """The statements of a mapping written in Turtle. Raises SyntaxError."""
    return [
        (q.subject, q.predicate, q.object, q.graph_name)
        for q in parse(input=text, format=RdfFormat.TURTLE, base_iri=base, lenient=False)
    ]


def check_iri(value: str) -> str:
    """The value, when it is an absolute IRI that every engine takes. Raises ValueError."""
    return NamedNode(value).value


def _check_content(path: Path, form: RdfFormat) -> None:
    if form == RdfFormat.RDF_XML:
        with open_file(path) as stream:
            check_xml(stream, whole=True)
    elif form == RdfFormat.JSON_LD:
        _check_contexts(parse_json(read_whole(path)))
    else:
        with open_file(path) as stream:
            found, tail = 0, b""
            while chunk := stream.read(CHUNK):
                found += (tail + chunk).count(b"<<")
                tail = chunk[-1:]
                if found > MOST_TRIPLE_TERMS:
                    # pyoxigraph recurses over triple terms: a hundred thousand of them end the
                    # process.
                    message = f"the file holds “<<” more than {MOST_TRIPLE_TERMS} times"
                    remedy = "statements about statements are not supported"
                    raise Fault("triple-term", message, remedy)


def _check_contexts(document: object) -> None:
    """Refuse JSON-LD that refers to a context elsewhere, or nests deeper than records do."""
    waiting = [(document, 0)]
    while waiting:
        node, depth = waiting.pop()
        if depth > DEEPEST:
            message = f"the JSON-LD is nested deeper than {DEEPEST}"
            raise Fault("nesting", message, "send flat records")
        if isinstance(node, dict):
            contexts = node.get("@context", [])
            contexts = contexts if isinstance(contexts, list) else [contexts]
            imported = [node["@import"]] if "@import" in node else []
            for context in (*imported, *(one for one in contexts if isinstance(one, str))):
                message = (
                    "the JSON-LD takes its context from elsewhere, and the hub fetches nothing"
                )
                remedy = "write the context into the file"
                raise Fault("remote-context", message, remedy, value=show_value(context))
            waiting.extend((child, depth + 1) for child in node.values())
        elif isinstance(node, list):
            waiting.extend((child, depth + 1) for child in node)
