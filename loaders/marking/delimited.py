"""A delimited file with a column of findings added; every byte that was there stays."""

from __future__ import annotations

import codecs
import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from loaders.description import Dialect
from loaders.findings import ADDED_COLUMN, READ_AS, Fault, Finding
from loaders.marking.sentences import say_findings
from loaders.reading.delimited import detect_format
from loaders.reading.files import find_format, open_file

BOMS = {
    "utf-8-sig": (codecs.BOM_UTF8, "utf-8"),
    "utf-16-le": (codecs.BOM_UTF16_LE, "utf-16-le"),
    "utf-16-be": (codecs.BOM_UTF16_BE, "utf-16-be"),
}


def mark_rows(path: Path, findings: Sequence[Finding], out: Path, dialect: Dialect) -> None:
    """Write the file to ``out`` with one more column, in its own dialect and encoding.

    What is found in no row stands in the header's row. Raises Fault where the file cannot be read
    as a table.
    """
    tab = "\t" if find_format(path.name) == ".tsv" else ""
    form = detect_format(path, set(), dialect.encoding, dialect.delimiter or tab)
    header = next((f.row for f in findings if f.rule == READ_AS and f.row), 1)
    by_row: dict[int, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_row[finding.row or header].append(finding)
    with open_file(path) as source, out.open("wb") as target:
        bom, encoding = _find_bom(source.peek(4)[:4], form.encoding)
        target.write(source.read(len(bom)))
        with io.TextIOWrapper(source, encoding, newline="") as text:
            try:
                rows = _read_raw(text, form.delimiter, form.escape)
                for number, row in enumerate(rows, 1):
                    said = say_findings(by_row.get(number, ()))
                    if number == header:
                        said = f"{ADDED_COLUMN}: {said}" if said else ADDED_COLUMN
                    body = row.rstrip("\r\n")
                    if number < header or (not body and not said):
                        target.write(row.encode(encoding))
                        continue
                    cell = form.delimiter + (_quote(said, form.escape) if said else "")
                    target.write(body.encode(encoding) + cell.encode(encoding, "replace"))
                    target.write(row[len(body) :].encode(encoding))
            except UnicodeError as error:
                raise Fault("encoding", f"the file is not written in {encoding}") from error


def _find_bom(start: bytes, encoding: str) -> tuple[bytes, str]:
    for bom, plain in BOMS.values():
        if start.startswith(bom) and encoding.replace("_", "-").startswith(("utf-8", "utf-16")):
            return bom, plain
    return b"", encoding


def _read_raw(lines: Iterable[str], delimiter: str, escape: str | None) -> Iterator[str]:
    """The text of each row, as the reader of the loaders counts rows."""
    seen: list[str] = []

    def record() -> Iterator[str]:
        for line in lines:
            seen.append(line)
            yield line

    reader = csv.reader(record(), delimiter=delimiter, escapechar=escape, strict=True)
    while True:
        try:
            next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "unexpected end" in str(error):
                raise Fault("file-cut", "the file ends inside a quoted cell") from error
        yield "".join(seen)
        seen.clear()


def _quote(text: str, escape: str | None) -> str:
    """The text as one cell, of which no part ends it; quotes are made typographic."""
    text = text.replace('"', "'")
    return '"' + (text.replace("\\", "\\\\") if escape else text) + '"'
