"""Interpretation: a described source becomes N-Quads, strictly.

Every value is mapped, ignored on purpose, or reported. The stages: 1 the files are there and are
what they say; 2 the mapping is read and compiled; 3 rows that others join are indexed; 4 each row
is mapped whole or left out whole, with its provenance; 5 leftovers and totals are judged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, cast

from loaders.answers import fetch_answers
from loaders.copying import GRAPHS_DROPPED, Copier
from loaders.description import Source
from loaders.expectations import REMEDY, Expectations
from loaders.findings import Fault, Finding, Place, Report, Severity, refused_as
from loaders.mapping.compilation import KEYLESS, compile_mapping
from loaders.mapping.model import LogicalSource
from loaders.mapping.model import Mapping as RowMapping
from loaders.mapping.program import JoinIndex, Program, RowMap, Target
from loaders.mapping.rml import read_rml
from loaders.mapping.yarrrml import read_yarrrml
from loaders.opening import Opener, Tree
from loaders.output import LINES_BUFFERED, ROWS_A_STEP, Output, Progress
from loaders.provenance import PRIMARY_SOURCE, Trace
from loaders.reading import Records, Values
from loaders.reading.files import FileFact, describe_file, find_format, locate_file
from loaders.reading.rdf import FORMATS
from loaders.refusals import (
    FAULTS_A_ROW,
    TURNING,
    UNCLEAN,
    UNIT,
    BadCells,
    clean_row,
    tell_marks,
)

LARGEST_MAPPING = 1 << 20
SILENT = ("nothing came of the row: its key, or all else, is empty", "fill in its columns")

LeftOut = Mapping[str, Sequence[Fault]]


@dataclass(frozen=True)
class Interpretation:
    """What came of a source.

    ``rows`` are the records read by file (``book.xlsx#sheet`` for workbooks, ``data.json#iterator``
    where several iterators read a file; statements for RDF and hubs), ``rejected`` those left out,
    ``quads`` the lines written, before duplicates are removed.
    """

    source: Source
    findings: tuple[Finding, ...]
    rows: Mapping[str, int]
    rejected: int
    quads: int
    files: tuple[FileFact, ...]


def interpret(
    source: Source,
    *,
    base: str,
    graph: str,
    out: BinaryIO,
    progress: Progress | None = None,
    left_out: LeftOut | None = None,
) -> Interpretation:
    """Write the statements of a source to ``out`` as canonical N-Quads, unsorted, in ``graph``.

    Relative IRIs are resolved against ``base``. Each subject of a row gets ``prov:wasDerivedFrom``
    its row in the graph ``graph + "/provenance"``. Blank nodes become IRIs under ``base``. An empty
    ``graph`` keeps the graphs and blank nodes of the mapping and writes no provenance. ``progress``
    is told the file and the number of its rows done, now and then. ``left_out`` are rows, by their
    IRIs in the provenance, that are not taken, and the faults which are reported of them.

    Raises SourceRefused when the source cannot be taken; what stands in ``out`` is then void.
    """
    output = Output(out, progress or (lambda _file, _rows: None))
    return _Interpreter(source, base, graph, output, left_out or {}).run()


class _Interpreter:
    def __init__(
        self, source: Source, base: str, graph: str, output: Output, left_out: LeftOut
    ) -> None:
        self.source, self.base, self.graph, self.left_out = source, base, graph, left_out
        self.report, self.output = Report(source.name), output
        self.expectations = Expectations(source, self.report)
        self.files: list[FileFact] = []
        self.paths: dict[str, Path] = {}
        self.opener = Opener(source, self.paths, self.report)
        self.cited: dict[str, int] = {}

    def run(self) -> Interpretation:
        self._locate_files()
        place = (self.source.name, self.base, self.graph)
        copier = Copier(*place, self.output, self.expectations, self.report)
        for name in self.source.files:
            if find_format(name) in FORMATS:
                with self.report.at(name).stopping():
                    copier.copy_file(self.paths[name], name)
        for name, endpoint in self.source.endpoints.items():
            if endpoint.hub:
                with self.report.at(name).stopping():
                    self.files.append(copier.copy_hub(name, endpoint))
        if self.source.mapping:
            with TemporaryDirectory() as folder:
                self._load_mapped(self._compile(), Path(folder))
        elif tables := self._tables():
            message = f"no mapping says what “{tables[0]}” means"
            unread = self.report.at(tables[0])
            raise unread.refusal("mapping-missing", message, 'add mapping = "…"')
        output = self.output
        output.flush()
        if silent := not output.quads and self.graph:
            self.report.at("").error("nothing", "no statement came of the source", REMEDY)
        self.expectations.judge(output.rows, output.lost)
        if silent:
            raise self.report.refusal()
        counted = (dict(output.rows), output.rejected, output.quads)
        return Interpretation(self.source, self.report.findings(), *counted, tuple(self.files))

    def _load_mapped(self, program: Program, folder: Path) -> None:
        """What the mapping says of files, and of endpoints, whose answers stay in the folder."""
        self._check_files(program)
        with self.report.at(self.source.mapping).stopping():
            place = (folder, self.report, self.output.progress)
            answers, facts = fetch_answers(self.source, program, *place)
        self.opener.answers |= answers
        self.files += facts
        for index in program.joins:
            with self.report.at(index.source.file).stopping():
                self._fill_index(index, program)
        for row_map in program.rows:
            with self.report.at(row_map.source.file).stopping():
                self._map_rows(row_map, program)

    # 1. Files.

    def _tables(self) -> list[str]:
        return [name for name in self.source.files if find_format(name) not in FORMATS]

    def _locate_files(self) -> None:
        for name in self.source.files:
            try:
                self.paths[name] = locate_file(self.source.folder, name)
                self.files.append(describe_file(self.paths[name], name))
            except Fault as fault:
                self.report.at(name).find(Severity.ERROR, fault)
        if len(self.files) < len(self.source.files):
            raise self.report.refusal()

    def _check_files(self, program: Program) -> None:
        users: list[RowMap | JoinIndex] = [*program.rows, *program.joins]
        mapped = {user.source.file for user in users if not user.source.query}
        unlisted = sorted(mapped - set(self.source.files))
        for name in unlisted:
            message = "the mapping reads this file, and the description does not list it"
            self.report.at(name).error("file-unlisted", message, "add it to “files”")
        if unlisted:
            raise self.report.refusal()
        for name in self._tables():
            if name not in mapped:
                message = "nothing in the mapping reads this file"
                self.report.at(name).warn("file-unmapped", message, "map it, or do not list it")

    # 2. The mapping.

    def _compile(self) -> Program:
        name = self.source.mapping
        with self.report.at(name).stopping():
            mapping = read_mapping(self.source, self.base)
            for remark in mapping.remarks:
                self.report.at(name).warn("mapping-remark", remark)
            blank = f"{self.base}node/{self.source.name}/" if self.graph else ""
            target = Target(
                self.base, self.graph, blank, frozenset(self.expectations.instances),
                self.source.tables, self.expectations.list_columns,
            )  # fmt: skip
            program = compile_mapping(mapping, target)
        if program.drops_graphs:
            self.report.at(name).note("mapping-graphs", GRAPHS_DROPPED)
        return program

    # 3. Rows that others join.

    def _fill_index(self, index: JoinIndex, program: Program) -> None:
        records, place, tree = self.opener.open(index.source, index.references, again=True)
        trace = self._trace(self._narrow(place, tree, index.source, program))
        for number, values in records:
            left_out = self.left_out and trace and trace.name(number) in self.left_out
            if not isinstance(values, Fault) and not left_out:
                index.run(values, index.subjects)
                index.refusals.clear()  # they are reported when the row is mapped

    # 4. Each row whole, or not at all.

    def _map_rows(self, row_map: RowMap, program: Program) -> None:
        source = row_map.source
        records, place, tree = self.opener.open(source, row_map.references)
        place = self._narrow(place, tree, source, program)
        joins = [join for join in program.joins if join.child == source]
        done, rejected = self._write_rows(row_map, records, place, joins)
        key = f"{source.file}#{place.sheet}" if place.sheet else source.file
        self.output.rows[key] += done
        self.output.lost[key] += rejected
        self.output.rejected += rejected
        self.output.progress(source.file, done)
        if done and rejected == done:
            raise place.refusal("rows-all", "no row could be taken", "see the findings by row")
        if tree and done:
            self._judge_members(row_map, program, tree, place)

    def _write_rows(
        self, row_map: RowMap, records: Records, place: Place, joins: Sequence[JoinIndex]
    ) -> tuple[int, int]:
        """Map all records; gives how many there were and how many were left out."""
        flat, run, lines = row_map.source.reader == "csv", row_map.run, self.output.lines
        refusals, remarks = row_map.refusals, row_map.refusals.remarks
        breaks = max(len(row_map.references) - 1, 0)
        # Only where the mapping cites at all are its rows looked at for it.
        trace = self._trace(place, self.cited if PRIMARY_SOURCE in row_map.code else None)
        if trace and trace.cited is not None:
            lines.append(trace.write_table(row_map.predicates))
        checks = self.expectations.watch(place, row_map.references)
        subjects: list[str] = []
        typed: list[tuple[str, str]] = []
        done = rejected = 0
        for number, record in records:
            done += 1
            if self.left_out and trace and (faults := self.left_out.get(trace.name(number))):
                rejected += 1
                for fault in faults:
                    place.find(Severity.ERROR, fault, number)
                continue
            mark = len(lines)
            values: Values | None
            if isinstance(record, BadCells):
                # Its other cells are looked at too, so that all that is wrong is told at once.
                refusals += record.faults[:FAULTS_A_ROW]
                values = record.values
            elif isinstance(record, Fault):
                refusals.append(record)
                values = None
            else:
                values = record
            if values is not None:
                escaped = values
                if flat:
                    cells = cast(tuple[str, ...], values)
                    joined = UNIT.join(cells)
                    # A cell that begins with a space may be blank: it is looked at closely too.
                    if (
                        UNCLEAN.search(joined)
                        or joined.count(UNIT) != breaks
                        or joined[:1].isspace()
                        or UNIT + " " in joined
                        or UNIT + "\xa0" in joined
                    ):
                        values, escaped = clean_row(cells, row_map.references, refusals)
                else:
                    joined = "".join(map("".join, values))
                if not joined.isascii() and TURNING.search(joined):
                    tell_marks(place, number, values, row_map.references)
                run(values, escaped, lines, subjects, typed)
            if refusals or values is None:
                del lines[mark:]
                rejected += 1
                for fault in refusals:
                    place.find(Severity.ERROR, fault, number)
                refusals.clear()
            else:
                for kind, subject in typed:
                    self.expectations.count(subject, kind)
                for check in checks:
                    check(values, number)
                if not subjects and all(remark.rule != KEYLESS for remark in remarks):
                    place.find(Severity.WARNING, Fault("row-silent", *SILENT), number)
                elif subjects and trace:
                    trace.write(number, subjects, lines, mark)
            if remarks:
                for remark in remarks:
                    place.find(Severity.WARNING, remark, number)
                remarks.clear()
            subjects.clear()
            typed.clear()
            for join in joins:
                if join.unmatched:
                    self._note_unmatched(join, place, number)
            if len(lines) > LINES_BUFFERED or not done % ROWS_A_STEP:
                self.output.step(place.file, done)
        return done, rejected

    def _narrow(
        self, place: Place, tree: Tree | None, source: LogicalSource, program: Program
    ) -> Place:
        """The place with its iterator, where several read one JSON or XML file."""
        if tree and sum(other.source.file == source.file for other in program.rows) > 1:
            return self.report.at(source.file, source.part)
        return place

    def _trace(self, place: Place, cited: dict[str, int] | None = None) -> Trace | None:
        name = self.source.name
        return Trace(self.base, self.graph, name, place, cited) if self.graph else None

    def _note_unmatched(self, join: JoinIndex, place: Place, row: int) -> None:
        message = f"no row of {join.source.file} has this value"
        remedy = "correct the value, or add the row it means"
        for key in join.unmatched:
            value = " / ".join(key)
            fault = Fault("join-unmatched", message, remedy, column=join.column, value=value)
            place.find(Severity.WARNING, fault, row)
        join.unmatched.clear()

    def _judge_members(self, row_map: RowMap, program: Program, tree: Tree, place: Place) -> None:
        """Leftovers of JSON and XML: references that no record had, members that nobody mapped."""
        ignored = self.opener.list_ignored(place)
        missing = [n for n in row_map.references if n not in tree.found and n not in ignored]
        for name in missing:
            message = "the mapping names what no record of the file has"
            remedy = "correct the mapping; list under “ignored” what may be absent"
            place.error("column-unknown", message, remedy, column=name)
        if missing:
            raise self.report.refusal()
        others = [r.source.part for r in program.rows if r.source.file == place.file]
        used = " ".join((*row_map.references, *others))
        words = set(re.findall(r"@?[\w.-]+", used)) | set(re.findall(r"@?\w+", used))
        unused = sorted(tree.members - ignored - words)
        self.opener.note_unmapped(place, [name for name in unused if name not in used])


def read_mapping(source: Source, base: str) -> RowMapping:
    """The mapping of a source. Raises Fault where there is none that can be read."""
    path = locate_file(source.mapping_folder, source.mapping)
    if path.stat().st_size > LARGEST_MAPPING:
        raise Fault("mapping-size", "the mapping is larger than 1 MB", "split the source")
    other = ("encoding", "the mapping is not UTF-8", "save it as UTF-8")
    with refused_as(*other, UnicodeDecodeError):
        text = path.read_text("utf-8-sig")
    rml = path.suffix.lower() in (".ttl", ".rml", ".nt")
    mapping = read_rml(text, base) if rml else read_yarrrml(text)
    return mapping.rename({endpoint.url: name for name, endpoint in source.endpoints.items()})
