"""CSV and TSV: encoding, delimiter and quoting are detected, stated, and never guessed against the
evidence.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from loaders.findings import Fault, show_error
from loaders.reading.files import CHUNK, open_file
from loaders.reading.table import Row

LARGEST_CELL = 1 << 20
SAMPLE = 1 << 18
WHERE = "hub map --encoding, or “dialects” in the description"
BEYOND_ASCII = bytes(range(0x80, 0x100))
MOST_WESTERN = 0.3  # of the bytes of a text in Latin letters are accented ones
DELIMITERS = ",;\t|"
MULTIBYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
MARKUP = re.compile(r"\s*<(?:!doctype|html|\?xml|table)", re.IGNORECASE)

csv.field_size_limit(LARGEST_CELL)


@dataclass(frozen=True)
class Format:
    """How a delimited file turned out to be written; ``guessed`` when the encoding was inferred."""

    encoding: str
    delimiter: str
    escape: str | None
    guessed: bool = False

    def __str__(self) -> str:
        names = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
        return f"{self.encoding}, delimiter {names.get(self.delimiter, self.delimiter)}" + (
            ", quotes escaped by a backslash" if self.escape else ""
        )


def detect_format(
    path: Path, references: set[str], encoding: str = "", delimiter: str = ""
) -> Format:
    """How the file is written. What is given is not detected; ``references`` help to tell the
    delimiter.

    Raises Fault when the bytes are no text, or mostly UTF-8 with damage, which no guess can mend.
    """
    with open_file(path) as stream:
        found, guessed = (encoding, False) if encoding else _detect_encoding(stream)
    try:
        with open_file(path) as stream, io.TextIOWrapper(stream, found, newline="") as text:
            sample = text.read(SAMPLE)
    except LookupError as error:
        message = f"“{found[:40]}” is no encoding of text"
        remedy = "name one, such as utf-8, windows-1252, gb18030"
        raise Fault("encoding", message, remedy) from error
    except UnicodeError as error:
        message = f"the file is not written in {found}: {show_error(error)}"
        with open_file(path) as stream, suppress(Fault):
            message += f"; by its bytes it is {_detect_encoding(stream)[0]}"
        raise Fault("encoding", message, "state its encoding in the description") from error
    if MARKUP.match(sample):
        message = "the file is a web page or XML, not a table of delimited text"
        raise Fault("file-kind", message, "download the list itself")
    escape = "\\" if '\\"' in sample and not _reads_plainly(sample) else None
    return Format(
        found, delimiter or _detect_delimiter(sample, references, escape), escape, guessed
    )


def read_rows(path: Path, form: Format) -> Iterator[Row]:
    """The rows of the file, header first; a row whose quoting is wrong comes as a Fault.

    Raises Fault when the file ends inside a quoted cell: it was cut, or a quote is missing.
    """
    with open_file(path) as stream, io.TextIOWrapper(stream, form.encoding, newline="") as text:
        reader = csv.reader(text, delimiter=form.delimiter, escapechar=form.escape, strict=True)
        start = 0
        while True:
            start = reader.line_num + 1
            try:
                yield next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if "unexpected end" in str(error):
                    message = "the file ends inside the quoted cell that opens at or after line "
                    remedy = "send the whole file, or close the quote"
                    raise Fault("file-cut", f"{message}{start}", remedy) from error
                if "field limit" in str(error):
                    message = f"a cell at line {start} is longer than {LARGEST_CELL:,} characters"
                    remedy = "close the quote that is open there, or shorten the cell"
                    yield Fault("cell-size", message, remedy)
                else:
                    message = f"the quoting is wrong at line {reader.line_num}: {show_error(error)}"
                    yield Fault("quoting", message, "double the quotes inside a quoted cell")
            except UnicodeError as error:
                message = f"the bytes after line {start} are not {form.encoding}"
                remedy = "state the encoding in the description"
                raise Fault("encoding", f"{message}: {show_error(error)}", remedy) from error


def _detect_encoding(stream: BinaryIO) -> tuple[str, bool]:
    """UTF-8 when every byte agrees; windows-1252 when none of the bytes beyond ASCII looks like
    UTF-8.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    first = stream.read(CHUNK)
    for bom, name in BOMS.items():
        if first.startswith(bom):
            return name, False
    chunk, line, failed = first, 1, 0
    like_utf8 = beyond = size = 0
    while chunk:
        if b"\x00" in chunk:
            line += chunk[: chunk.index(0)].count(b"\n")
            message = (
                f"the file holds NUL bytes, the first in line {line}: it is no text, or UTF-16"
            )
            raise Fault("nul-bytes", message, "save it as UTF-8")
        like_utf8 += sum(map(len, MULTIBYTE.findall(chunk)))
        beyond += len(chunk) - len(chunk.translate(None, BEYOND_ASCII))
        size += len(chunk)
        if not failed:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                failed = line + error.object[: error.start].count(b"\n")
        line += chunk.count(b"\n")
        chunk = stream.read(CHUNK)
    if not failed:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise Fault(
                "file-cut", "the file ends in the middle of a character", "send the whole file"
            ) from error
        return "utf-8", False
    if 2 * like_utf8 < beyond and (like_utf8 or beyond > MOST_WESTERN * size):
        from charset_normalizer import from_bytes  # which few files need, and takes a while

        likely = from_bytes(first[:SAMPLE]).best()
        told = likely.encoding.replace("_", "-") if likely else ""
        message = f"the file is not UTF-8{f'; it may be {told}' if told else ''}"
        remedy = f"save it as UTF-8, or state its encoding{f' ({told})' if told else ''}"
        raise Fault("encoding", f"{message}, which is not taken for sure", f"{remedy}: {WHERE}")
    if like_utf8:
        message = f"the file is UTF-8 but for damaged bytes, the first in line {failed}"
        remedy = f"save it as UTF-8 again, or state its encoding: {WHERE}"
        raise Fault("encoding", message, remedy)
    return "windows-1252", True


def _reads_plainly(sample: str) -> bool:
    """Whether some delimiter gives rows of one width without taking a backslash for an escape."""
    for delimiter in DELIMITERS:
        widths: set[int] = set()
        try:
            for row in csv.reader(
                io.StringIO(sample, newline=""), delimiter=delimiter, strict=True
            ):
                widths.add(len(row))
        except csv.Error as error:
            if "unexpected end" not in str(error) or len(sample) < SAMPLE:
                continue
        if len(widths - {0}) == 1 and widths - {0} != {1}:
            return True
    return False


def _detect_delimiter(sample: str, references: set[str], escape: str | None) -> str:
    """The delimiter that gives the columns asked for; among equals, rows of one width, then more
    columns.
    """
    best, best_score = ",", (-1, -1.0, -1)
    for delimiter in DELIMITERS:
        lines = sample.splitlines(keepends=True)
        if len(sample) == SAMPLE and len(lines) > 1:
            lines.pop()
        rows: list[list[str]] = []
        try:
            for row in csv.reader(lines, delimiter=delimiter, escapechar=escape):
                if row:
                    rows.append(row)
        except csv.Error:
            pass
        widths = Counter(len(row) for row in rows)
        if not widths:
            continue
        width, count = widths.most_common(1)[0]
        hits = max(len(references.intersection(cell.strip() for cell in row)) for row in rows[:20])
        score = (hits, count / len(rows) if width > 1 else 0.0, width)
        if score > best_score:
            best, best_score = delimiter, score
    return best
