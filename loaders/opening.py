"""Opening a logical source: the right reader for it, and what is to be said of its columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from loaders.answers import Answer, find_unmapped
from loaders.description import Dialect, Source
from loaders.findings import ADDED_COLUMN, READ_AS, Fault, Place, Report, Severity
from loaders.mapping.model import LogicalSource
from loaders.reading import Records
from loaders.reading.delimited import detect_format, read_rows
from loaders.reading.files import find_packed_format
from loaders.reading.json_records import LINES, JsonRecords
from loaders.reading.open_document import OpenDocument, open_workbook
from loaders.reading.rdf import FORMATS
from loaders.reading.table import Row, Table, find_table
from loaders.reading.workbook import ENDINGS, Workbook, choose_sheet
from loaders.reading.xml_records import XmlRecords

Tree = JsonRecords | XmlRecords


class Opener:
    """Opens the logical sources of one described source; ``paths`` are its files by name."""

    def __init__(self, source: Source, paths: Mapping[str, Path], report: Report) -> None:
        self.source, self.paths, self.report = source, paths, report
        self.answers: dict[LogicalSource, Answer] = {}

    def open(
        self, source: LogicalSource, references: Sequence[str], *, again: bool = False
    ) -> tuple[Records, Place, JsonRecords | XmlRecords | None]:
        """The records of a logical source, their place, and what learns about trees."""
        if source.query:
            answer = self.answers[source]
            place = self.report.at(source.file, answer.part)
            if not again:
                ignored = self.list_ignored(place)
                unmapped = find_unmapped(answer, references)
                self.note_unmapped(place, [name for name in unmapped if name not in ignored])
            return answer.select(source, references), place, None
        path, place = self.paths[source.file], self.report.at(source.file)
        ending = find_packed_format(path)
        if source.reader == "json":
            json = JsonRecords(path, source.part, references, lines=ending in LINES)
            return iter(json), place, json
        if source.reader == "xml":
            xml = XmlRecords(path, source.part, references)
            return iter(xml), place, xml
        if ending in FORMATS or ending in (".json", ".xml", *LINES):
            message = f"the mapping reads a {ending} file as a table"
            raise Fault("mapping-reader", message, "correct its formulation")
        table, place, stated = self._open_table(source, path, ending, references)
        if not again:
            message = f"read as {stated}, {table}"
            place.find(Severity.NOTE, Fault(READ_AS, message), table.header_row)
            self._judge_columns(place, table, references)
        if table.missing:
            message = "the mapping names a column that is not there; the columns are "
            for name in table.missing:
                remedy = "correct the mapping, or ask for the column"
                columns = ", ".join(table.columns)
                place.error("column-unknown", message + columns, remedy, column=name)
            raise self.report.refusal()
        return table.select(references), place, None

    def _open_table(
        self, source: LogicalSource, path: Path, ending: str, references: Sequence[str]
    ) -> tuple[Table, Place, str]:
        dialects = self.source.dialects
        dialect = dialects.get(source.file, Dialect())
        if ending in ENDINGS:
            book = open_workbook(path)
            for file, _, stated in (key.partition("#") for key in dialects):
                choose_sheet(book.sheets, book.hidden, stated if file == source.file else "")
            sheet = choose_sheet(book.sheets, book.hidden, source.part)
            place = self.report.at(source.file, sheet)
            if sheet in book.hidden:
                remedy = "nothing, if it shall be taken; else name another in the mapping"
                place.note("hidden-sheet", "the sheet is hidden, and read like others", remedy)
            unstated = not source.part and len(book.sheets) > 1
            stated = f"sheet {sheet}" + (f" of {', '.join(book.sheets)}" if unstated else "")
            rows = _tell_notes(book, sheet, place)
            dialect = dialects.get(f"{source.file}#{sheet}", dialect)
            if dialect.encoding or dialect.delimiter:
                message = "a workbook has sheets, and no encoding or delimiter to be stated"
                raise Fault("dialect", message, "state a “header” alone")
            return find_table(rows, references, dialect.header), place, stated
        place = self.report.at(source.file)
        delimiter = dialect.delimiter or ("\t" if ending == ".tsv" else "")
        form = detect_format(path, set(references), dialect.encoding, delimiter)
        if form.guessed:
            message = "the file is not UTF-8; it was read as windows-1252"
            place.warn("encoding-guessed", message, "state its encoding in the description")
        return find_table(read_rows(path, form), references, dialect.header), place, str(form)

    def _judge_columns(self, place: Place, table: Table, references: Sequence[str]) -> None:
        for name in table.doubled:
            remedy = f"they are read as “{name} (1)”, “{name} (2)” …"
            message = "several columns have this name"
            place.warn("column-doubled", message, remedy, column=name)
        for name in table.nameless:
            remedy = f"it is read as “{name}”"
            place.warn("column-nameless", "a column has no name", remedy, column=name)
        known = {*references, *self.list_ignored(place), *table.nameless}
        unmapped = [name for name in table.columns if name not in known]
        self.note_unmapped(place, [n for n in unmapped if not n.startswith(ADDED_COLUMN)])

    def list_ignored(self, place: Place) -> frozenset[str]:
        """The columns of a place that the description leaves out on purpose."""
        listed = self.source.ignored
        sheet = listed.get(f"{place.file}#{place.sheet}", frozenset())
        return listed.get(place.file, frozenset()) | sheet

    def note_unmapped(self, place: Place, names: Sequence[str]) -> None:
        """Report columns that nobody mapped."""
        for name in names:
            remedy = "map it, or list it under “ignored” in the description"
            place.warn("column-unmapped", "nobody mapped this column", remedy, column=name)


def _tell_notes(book: Workbook | OpenDocument, sheet: str, place: Place) -> Iterator[Row]:
    """The rows of a sheet, and when all are read, what is to be known about them."""
    yield from book.read_rows(sheet)
    for fault, row in book.notes:
        place.find(Severity.NOTE, fault, row)
