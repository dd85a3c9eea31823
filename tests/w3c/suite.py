"""The W3C's SPARQL 1.1 suite: its manifests, and whether an answer is the expected one."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox
from rdflib import RDF, Graph, Namespace
from rdflib.collection import Collection
from rdflib.compare import isomorphic
from rdflib.term import Node

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
RS = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/result-set#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
EVALUATED = (
    "aggregates", "bind", "bindings", "cast", "construct", "csv-tsv-res", "exists", "functions",
    "grouping", "json-res", "negation", "project-expression", "property-path", "subquery",
)  # fmt: skip
BASE = "http://w3c.test/"
DEFAULT = "urn:default"
RESULTS = {
    "srx": ox.QueryResultsFormat.XML, "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    "srj": ox.QueryResultsFormat.JSON,
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "tsv": ox.QueryResultsFormat.TSV, "text/tab-separated-values": ox.QueryResultsFormat.TSV,
}  # fmt: skip
KINDS = {
    MF.QueryEvaluationTest: "evaluation", MF.CSVResultFormatTest: "evaluation",
    MF.PositiveSyntaxTest11: "positive", MF.NegativeSyntaxTest11: "negative",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A test of a query: its kind is `evaluation`, or `positive` or `negative` for its syntax."""

    name: str
    kind: str
    query: Path
    result: Path | None
    default: tuple[Path, ...] = ()
    named: tuple[Path, ...] = ()
    remote: Mapping[Path, str] = field(default_factory=dict)  # what is at which endpoint


def read_cases(folder: Path) -> Iterator[Case]:
    manifest = folder / "manifest.ttl"
    graph = Graph().parse(manifest, format="turtle", publicID=manifest.as_uri())

    def paths(node: Node, tie: Node) -> tuple[Path, ...]:
        return tuple(sorted(Path(str(o).removeprefix("file://")) for o in graph.objects(node, tie)))

    for entries in graph.objects(None, MF.entries):
        for test in Collection(graph, entries):
            kinds = [KINDS[kind] for kind in graph.objects(test, RDF.type) if kind in KINDS]
            action = graph.value(test, MF.action)
            if not kinds or action is None:
                continue
            name = f"{folder.name}/{str(test).rpartition('#')[2]}"
            queries, results = paths(action, QT.query), paths(test, MF.result)
            remote = {
                paths(data, QT.data)[0]: str(graph.value(data, QT.endpoint))
                for data in graph.objects(action, QT.serviceData)
            }
            yield Case(
                name, kinds[0], (queries or paths(test, MF.action))[0], (*results, None)[0],
                paths(action, QT.data), paths(action, QT.graphData), remote,
            )  # fmt: skip


def iri_of(path: Path) -> str:
    """The IRI by which a file of the suite is known here; files of two folders share names."""
    return f"{BASE}{path.parent.name}/{path.name}"


def build(path: Path, case: Case) -> None:
    store = ox.Store(str(path))
    for files, default in ((case.default, True), (case.named, False)):
        for file in files:
            format_ = ox.RdfFormat.from_extension(file.suffix[1:])
            store.load(
                file.read_bytes(), format_, base_iri=iri_of(file),
                to_graph=ox.NamedNode(DEFAULT if default else iri_of(file)),
            )  # fmt: skip
    store.flush()


def same_rows(left: list[dict[str, object]], right: list[dict[str, object]]) -> bool:
    """Equality of solutions up to the names of blank nodes, by trying what fits."""
    if len(left) != len(right):
        return False

    def fits(
        row: dict[str, object], other: dict[str, object], names: dict[str, str]
    ) -> dict[str, str] | None:
        if row.keys() != other.keys():
            return None
        names = dict(names)
        for key, term in row.items():
            counterpart = other[key]
            if isinstance(term, ox.BlankNode) and isinstance(counterpart, ox.BlankNode):
                if names.setdefault(term.value, counterpart.value) != counterpart.value:
                    return None
            elif not same_term(term, counterpart):
                return None
        return names

    def match(index: int, rest: list[dict[str, object]], names: dict[str, str]) -> bool:
        if index == len(left):
            return True
        for place, other in enumerate(rest):
            extended = fits(left[index], other, names)
            if extended is not None and match(
                index + 1, rest[:place] + rest[place + 1 :], extended
            ):
                return True
        return False

    return match(0, right, {})


def same_term(term: object, other: object) -> bool:
    """Equality by value: the store keeps numbers and truth values, not how they were written."""
    if isinstance(term, ox.Literal) and isinstance(other, ox.Literal):
        kind = term.datatype.value.rpartition("#")[2]
        if term.datatype == other.datatype and kind in ("decimal", "double", "float", "integer"):
            return float(term.value) == float(other.value)
        if term.datatype == other.datatype and kind == "boolean":
            return (term.value in ("1", "true")) == (other.value in ("1", "true"))
    return term == other


def rows_of(solutions: ox.QuerySolutions) -> list[dict[str, object]]:
    names = [variable.value for variable in solutions.variables]
    return [{n: row[n] for n in names if row[n] is not None} for row in solutions]


def holds(case: Case, media_type: str, body: bytes) -> bool:
    """Whether an answer is the one that the case expects."""
    assert case.result
    suffix, expected = case.result.suffix[1:], case.result.read_bytes()
    if media_type == "text/turtle":
        given = Graph().parse(data=body, format="turtle")
        return isomorphic(given, Graph().parse(case.result, publicID=iri_of(case.result)))
    if media_type == "text/csv":
        return csv_rows(body) == csv_rows(expected)
    if suffix in ("ttl", "rdf"):
        wanted = rdf_result(Graph().parse(case.result, publicID=iri_of(case.result)))
    else:
        wanted = read_results(expected, RESULTS[suffix])
    found = read_results(body, RESULTS[media_type])
    if isinstance(found, bool) or isinstance(wanted, bool):
        return found is wanted
    return same_rows(found, wanted)


def read_results(body: bytes, format_: ox.QueryResultsFormat) -> bool | list[dict[str, object]]:
    parsed = ox.parse_query_results(body, format_)
    return bool(parsed) if isinstance(parsed, ox.QueryBoolean) else rows_of(parsed)


def csv_rows(body: bytes) -> list[list[tuple[str, str]]]:
    """Rows as sorted pairs, so that the order of columns does not count; blank nodes as `_:`."""
    rows = csv.DictReader(io.StringIO(body.decode(), newline=""))
    return sorted(
        sorted((key, "_:" if value.startswith("_:") else value) for key, value in row.items())
        for row in rows
    )


def rdf_result(graph: Graph) -> list[dict[str, object]]:
    """A result that is written as RDF, as the older tests have it."""
    rows = []
    for solution in graph.objects(None, RS.solution):
        row = {}
        for binding in graph.objects(solution, RS.binding):
            term = graph.value(binding, RS.value)
            assert term is not None
            triple = f"<http://x/> <http://x/> {term.n3()} ."
            parsed = next(ox.parse(triple, ox.RdfFormat.N_TRIPLES))
            row[str(graph.value(binding, RS.variable))] = parsed.object
        rows.append(row)
    return rows
