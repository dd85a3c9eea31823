"""RDF files: pyoxigraph's door of the loaders. Never lenient, nothing followed, refused before it
can hurt.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, RdfFormat, Triple, parse

from loaders.findings import Fault
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

Term = NamedNode | BlankNode | Literal
Statement = tuple[NamedNode | BlankNode, NamedNode, Term, NamedNode | BlankNode | DefaultGraph]


def read_statements(path: Path, ending: str, base: str) -> Iterator[Statement]:
    """The statements of a file, streamed. Relative IRIs are resolved against ``base``.

    Raises Fault at the first thing that is wrong: pyoxigraph cannot go on behind an error, and
    half a file is not what the partner said.
    """
    form = FORMATS[ending]
    _check_content(path, form)
    try:
        with open_file(path) as stream:
            _skip_mark(stream)
            for quad in parse(input=stream, format=form, base_iri=base, lenient=False):
                if isinstance(quad.object, Triple) or isinstance(quad.subject, Triple):
                    message = "a statement about a statement (RDF 1.2) is not supported"
                    remedy = "give the statement a thing of its own"
                    raise Fault("triple-term", message, remedy, value=str(quad.object)[:200])
                yield quad.subject, quad.predicate, quad.object, quad.graph_name
    except (SyntaxError, ValueError) as error:
        message = f"the RDF is broken: {error.msg if isinstance(error, SyntaxError) else error}"
        remedy = "mend it at that place, or send the whole file"
        raise Fault("rdf-syntax", message, remedy) from error
    except MemoryError as error:
        message = f"the RDF has a name or text that is too long: {error}"
        raise Fault("rdf-size", message, "close its quotation marks, or shorten it") from error
    except OSError as error:
        raise Fault(
            "file-unreadable", f"the file cannot be read: {error}", "send it again"
        ) from error


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
                yield Fault(
                    "datatype",
                    f"{error} (at {subject} {predicate})",
                    "correct the value",
                    column=str(predicate),
                    value=value.value,
                )
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


def _skip_mark(stream: io.BufferedReader) -> None:
    peek = stream.peek(3)[:3]
    if peek == b"\xef\xbb\xbf":
        stream.read(3)


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
                    message = f"the file holds ‘<<’ more than {MOST_TRIPLE_TERMS} times"
                    remedy = "statements about statements are not supported"
                    raise Fault("triple-term", message, remedy)


def _check_contexts(document: object) -> None:
    """Refuse JSON-LD that refers to a context elsewhere, or nests deeper than records do."""
    waiting = [(document, 0)]
    while waiting:
        node, depth = waiting.pop()
        if depth > DEEPEST:
            raise Fault(
                "nesting", f"the JSON-LD is nested deeper than {DEEPEST}", "send flat records"
            )
        if isinstance(node, dict):
            contexts = node.get("@context", [])
            for context in contexts if isinstance(contexts, list) else [contexts]:
                if isinstance(context, str):
                    raise Fault(
                        "remote-context",
                        "the JSON-LD takes its context from elsewhere, and the hub fetches nothing",
                        "write the context into the file",
                        value=context,
                    )
            if "@import" in node:
                message = "the JSON-LD imports a context"
                remedy = "write it into the file"
                raise Fault("remote-context", message, remedy, value=str(node["@import"]))
            waiting.extend((child, depth + 1) for child in node.values())
        elif isinstance(node, list):
            waiting.extend((child, depth + 1) for child in node)
