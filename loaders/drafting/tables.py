"""The tables in a file, of whatever kind, read by the loaders' own readers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from lxml import etree

from loaders.findings import Fault
from loaders.mapping.model import LogicalSource
from loaders.reading import Records
from loaders.reading.delimited import detect_format, read_rows
from loaders.reading.files import PACKED, find_format, find_packed_format, open_file, read_whole
from loaders.reading.json_records import LINES, JsonRecords
from loaders.reading.json_stream import parse_json
from loaders.reading.open_document import open_workbook
from loaders.reading.rdf import FORMATS
from loaders.reading.table import Table as Sheet
from loaders.reading.table import find_table
from loaders.reading.workbook import ENDINGS
from loaders.reading.xml_records import XmlRecords, check_xml, drop_element, walk_xml

DELIMITED = (".csv", ".tsv", ".txt", ".tab")
MOST_COLUMNS = 1000
LONGEST_HEADING = 300
MOST_PATHS = 10_000
RECORDS_LOOKED_AT = 2000
DEEPEST_MEMBER = 6


@dataclass(frozen=True)
class Table:
    """Rows with columns, whatever they were written in.

    ``part`` is a sheet, or the iterator of JSON and XML. ``remarks`` say what a person should know
    of the choice.
    """

    source: LogicalSource
    formulation: str
    columns: tuple[str, ...]
    read: Callable[[Sequence[str]], Records]
    stated: str
    remarks: tuple[str, ...] = field(default=())
    dialect: Mapping[str, str | list[int]] = field(default_factory=dict)


def open_tables(path: Path, encoding: str = "") -> tuple[Table, ...]:
    """The tables of a file: one, or one for each sheet that holds any. ``encoding`` is stated for
    delimited text.

    Raises Fault for what is no table, or cannot be read.
    """
    ending = find_packed_format(path)
    if ending in ENDINGS and path.suffix.lower() in PACKED:
        message = "the file is a workbook in an archive, which is packed already"
        raise Fault("drafting-format", message, "unpack it, and draft the workbook")
    if ending in FORMATS:
        message = "the file is RDF, which is loaded as it is"
        raise Fault("drafting-rdf", message, "describe it in a source.toml, without a mapping")
    if ending in ENDINGS:
        return tuple(_open_sheets(path))
    if ending == ".json" or ending in LINES:
        return (_open_json(path, ending),)
    if ending == ".xml":
        return (_open_xml(path),)
    if ending in DELIMITED:
        delimiter = "\t" if ending in (".tsv", ".tab") else ""
        form = detect_format(path, set(), encoding, delimiter)
        stated = f"{form}" + ("; the encoding is a guess" if form.guessed else "")

        def read() -> Sheet:
            return find_table(read_rows(path, form), ())

        table = _make_table(LogicalSource(path.name, "csv"), "csv", read, stated)
        stated_encoding = {"encoding": encoding} if encoding else {}
        return (replace(table, dialect={**stated_encoding, **table.dialect}),)
    message = f"files ending in “{ending}” are not drafted" if ending else NO_ENDING
    remedy = "give CSV, TSV, XLSX, XLS, ODS, JSON, JSON Lines or XML, packed by gzip or zip or not"
    raise Fault("drafting-format", message, remedy)


NO_ENDING = "no ending of the file's name says what kind it is"


def _choose_columns(names: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns whose headings can be headings, and what is to be said of the others."""
    kept, remarks = [], []
    for name in dict.fromkeys(names):
        if len(name) <= LONGEST_HEADING:
            kept.append(name)
        else:
            told = f"the heading that begins “{name[:40]}” has {len(name):,} characters"
            remarks.append(f"{told}, and its column is passed over")
    return tuple(kept), tuple(remarks)


def _make_table(
    source: LogicalSource, formulation: str, read: Callable[[], Sheet], stated: str
) -> Table:
    sheet = read()
    columns, long = _choose_columns(sheet.columns)
    if len(columns) > MOST_COLUMNS:
        message = f"it has {len(columns):,} columns, and {MOST_COLUMNS:,} at most are looked at"
        raise Fault("drafting-columns", message, "split it")
    remarks = [f"several columns are called “{name}”" for name in sheet.doubled]
    remarks += [f"column {name} has no heading" for name in sheet.nameless]
    if len({*sheet.columns}) < len(sheet.columns):
        remarks.append("some columns cannot be told apart by their headings, and are passed over")
    return Table(
        source,
        formulation,
        columns,
        lambda references: read().select(references),
        f"{stated}, {sheet}",
        (*remarks, *long),
        {"header": [sheet.first_row, sheet.header_row]} if sheet.first_row else {},
    )


def _open_sheets(path: Path) -> Iterator[Table]:
    book = open_workbook(path)
    formulation = find_format(path.name).lstrip(".").replace("xlsm", "xlsx")
    found = False
    for name in book.sheets:

        def read(name: str = name) -> Sheet:
            return find_table(book.read_rows(name), ())

        try:
            yield _make_table(LogicalSource(path.name, "csv", name), formulation, read, "a sheet")
            found = True
        except Fault as fault:
            if fault.rule != "header-missing":
                raise
    if not found:
        raise Fault("header-missing", "no sheet holds a table", "send the list itself")


# JSON: where the records are, and which members they have.


def _open_json(path: Path, ending: str) -> Table:
    lines = ending in LINES
    records: list[Any] = []
    others: list[str] = []
    if lines:
        with open_file(path) as stream:
            for line in islice(iter(stream.readline, b""), RECORDS_LOOKED_AT):
                with suppress(Fault):  # a line that is broken costs itself, as in a load
                    records.append(parse_json(line))
        iterator = "$"
    else:
        iterator, records, others = _find_records(parse_json(read_whole(path)))
    columns: dict[str, None] = {}
    nested: set[str] = set()
    for record in filter(lambda one: isinstance(one, dict), records[:RECORDS_LOOKED_AT]):
        _list_members(record, "", columns, nested)
    # A member that is an object in one record and a text in another cannot be read as either.
    names, long = _choose_columns(name for name in columns if name not in nested)
    if not names:
        message = "the file holds no list of objects with values"
        raise Fault("drafting-records", message, "send a list of records")

    def open_records(references: Sequence[str]) -> Records:
        return iter(JsonRecords(path, iterator, references, lines=lines))

    remarks = (*long, *(f"there is another list of records at {other}" for other in others))
    what = "JSON Lines" if lines else f"JSON, records at {iterator}"
    source = LogicalSource(path.name, "json", iterator)
    return Table(source, "jsonpath", names[:MOST_COLUMNS], open_records, what, remarks)


def _find_records(tree: Any) -> tuple[str, list[Any], list[str]]:
    """The iterator to the nearest list of objects (the longest of those), its records, others."""
    if isinstance(tree, list):
        return "$[*]", tree, []
    level = [("$", tree)]
    for _ in range(DEEPEST_MEMBER):
        found = [
            (path, node)
            for path, node in level
            if isinstance(node, list) and any(isinstance(item, dict) for item in node)
        ]
        if found:
            path, records = max(found, key=lambda pair: len(pair[1]))
            return f"{path}[*]", records, [f"{p}[*]" for p, _ in found if p != path]
        level = [
            (f"{path}{_write_step(name, path)}", child)
            for path, node in level
            if isinstance(node, dict)
            for name, child in node.items()
        ][:MOST_COLUMNS]
    return "$", [tree], []


def _write_step(name: str, path: str) -> str:
    """The member of an object in JSONPath, behind a path."""
    if name and all(c.isalnum() or c in "_-@:" for c in name) and name.strip() == name:
        return f".{name}" if path else name
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{escaped}']"


def _list_members(
    value: Any, where: str, columns: dict[str, None], nested: set[str], depth: int = 0
) -> None:
    """Note the paths under ``where`` that lead to values, and those that lead to more."""
    if isinstance(value, dict):
        nested.add(where)
        for name, inner in value.items() if depth <= DEEPEST_MEMBER else ():
            path = f"{where}{_write_step(name, where)}"
            _list_members(inner, path, columns, nested, depth + 1)
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, dict | list):
                nested.add(where)
            if not isinstance(item, list):
                inside = f"{where}[*]" if isinstance(item, dict) else where
                _list_members(item, inside, columns, nested, depth)
    elif value is not None:
        columns[where] = None


# XML: the nearest elements that repeat, and what is in them.


def _open_xml(path: Path) -> Table:
    with open_file(path) as stream:
        check_xml(stream)
    counts: Counter[str] = Counter()
    members: dict[str, dict[str, None]] = {}
    try:
        _count_elements(path, counts, members)
    except etree.XMLSyntaxError as error:
        message = f"the XML is broken: {error.msg}"
        raise Fault("xml-syntax", message, "send the whole file") from error
    rich = [where for where in counts if len(members.get(where, ())) > 0 and "{" not in where]
    repeated = [where for where in rich if counts[where] > 1] or rich
    if not repeated:
        message = "no element holds others with values, as a record does"
        raise Fault("drafting-records", message, "send a list of records")
    nearest = min(where.count("/") for where in repeated)
    level = [where for where in repeated if where.count("/") == nearest]
    iterator = max(level, key=lambda where: counts[where])
    columns, long = _choose_columns(name for name in members[iterator] if "{" not in name)

    def open_records(references: Sequence[str]) -> Records:
        return iter(XmlRecords(path, iterator, references))

    others = [f"there are other records at {where}" for where in level if where != iterator]
    source = LogicalSource(path.name, "xml", iterator)
    what = f"XML, records at {iterator}"
    return Table(source, "xpath", columns[:MOST_COLUMNS], open_records, what, (*long, *others))


def _count_elements(path: Path, counts: Counter[str], members: dict[str, dict[str, None]]) -> None:
    """Count the elements by their path; note the values under each, by their XPath from there."""
    names: list[str] = []
    prefixes: dict[str, str] = {}
    with open_file(path) as stream:
        for event, element in walk_xml(stream):
            if event == "start":
                if not names:
                    prefixes = {uri: f"{p}:" if p else "" for p, uri in element.nsmap.items()}
                names.append(_name_tag(str(element.tag), prefixes))
                where = "/" + "/".join(names)
                counts[where] += 1
                if len(counts) > MOST_PATHS:
                    message = f"there are more than {MOST_PATHS:,} kinds of elements"
                    raise Fault("drafting-columns", message, "split the file")
                found = [_name_tag(str(name), prefixes) for name in element.attrib]
                _note_members(names, [f"@{name}" for name in found], members)
                continue
            if not len(element) and element.text and element.text.strip():
                _note_members(names, [""], members)
            drop_element(element)
            names.pop()


def _note_members(names: list[str], leaves: list[str], members: dict[str, dict[str, None]]) -> None:
    for leaf in leaves:
        for depth in range(max(len(names) - DEEPEST_MEMBER, 1), len(names) + 1):
            below = "/".join([*names[depth:], leaf] if leaf else names[depth:])
            if below:
                members.setdefault("/" + "/".join(names[:depth]), {})[below] = None


def _name_tag(tag: str, prefixes: dict[str, str]) -> str:
    """``{namespace}local`` as XPath reaches it; kept in braces where no prefix leads there."""
    namespace, brace, local = tag.removeprefix("{").rpartition("}")
    if not brace:
        return local
    return prefixes[namespace] + local if namespace in prefixes else tag
