"""What needs no mapping: RDF files and other hubs are taken statement by statement, as they are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from loaders.description import Endpoint
from loaders.expectations import Expectations
from loaders.findings import Fault, Place, Report, Severity
from loaders.mapping.terms import encode_iri_part
from loaders.output import Output
from loaders.provenance import DERIVED, write_file_iri
from loaders.reading.files import FileFact, find_format
from loaders.reading.rdf import read_lines

GRAPHS_DROPPED = "named graphs are not kept apart: all goes to the graph of the source"

Line = tuple[str, str, str, str]  # subject, predicate, object, and the end of the line


@dataclass(frozen=True)
class Copier:
    """Takes statements into the graph of a source; an empty ``graph`` keeps theirs."""

    source: str
    base: str
    graph: str
    output: Output
    expectations: Expectations
    report: Report

    def copy_file(self, path: Path, name: str) -> None:
        """The statements of an RDF file. Raises Fault, or SourceRefused if none can be taken."""
        place, lines = self.report.at(name), self.output.lines
        blank = f"{self.base}node/{self.source}/{encode_iri_part(name)}-" if self.graph else ""
        end = f" <{self.graph}> .\n" if self.graph else ""
        origin = f" {DERIVED} <{write_file_iri(self.base, self.source, name)}>"
        last, folded, rejected = "", False, self.output.rejected
        read = read_lines(path, find_format(name), self.base, blank)
        for subject, predicate, value, own_end in self._take(read, place, name):
            lines.append(f"{subject} {predicate} {value}{end or own_end}")
            folded = folded or own_end != " .\n"
            if self.graph and subject != last:
                lines.append(f"{subject}{origin} <{self.graph}/provenance> .\n")
                last = subject
        if folded and self.graph:
            place.note("mapping-graphs", GRAPHS_DROPPED)
        if self.output.rows[name] == self.output.rejected - rejected:
            raise place.refusal("rows-all", "no statement could be taken", "send the file again")

    def copy_hub(self, name: str, hub: Endpoint) -> FileFact:
        """The open sources of another hub, with their provenance; theirs is said to be from it.

        Raises Fault.
        """
        from loaders.reading.other_hub import list_hub, read_graph  # and all of HTTP

        digest, size = hashlib.sha256(), 0
        own = write_file_iri(self.base, self.source, name)
        for source in list_hub(hub):
            place = self.report.at(name, source.name)
            told = f"“{source.title}” of {source.owner}; licence: {source.licence}"
            place.note("hub-source", told)
            for graph in filter(None, (source.graph, source.provenance)):
                traced = graph == source.provenance
                target = self.graph + ("/provenance" if traced else "") if self.graph else graph
                key = "" if traced else f"{name}#{source.name}"
                for subject, predicate, value, _ in self._take(read_graph(hub, graph), place, key):
                    line = f"{subject} {predicate} {value} <{target}> .\n"
                    digest.update(line.encode())
                    size += len(line)
                    self.output.lines.append(line)
            if self.graph:
                end = f" <{own}> <{self.graph}/provenance> .\n"
                self.output.lines.append(f"<{source.graph}> {DERIVED}{end}")
        if not size:
            raise Fault("hub-empty", "the hub's sources say nothing", "ask who keeps the hub")
        return FileFact(name, digest.hexdigest(), size)

    def _take(self, items: Iterable[Line | Fault], place: Place, key: str) -> Iterator[Line]:
        """Those that can be taken; with a key they count as rows."""
        done = 0
        for done, item in enumerate(items, 1):
            if isinstance(item, Fault):
                self.output.rejected += bool(key)
                place.find(Severity.ERROR, item, done)
            else:
                yield item
                if key:
                    self.expectations.count_statement(*item[:3])
            self.output.step(place.file, done)
        if key:
            self.output.rows[key] += done
        self.output.progress(place.file, done)
