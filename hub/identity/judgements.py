"""What somebody judged of two IRIs, and the files in which judgements are kept and reviewed."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NoReturn
from urllib.parse import urljoin

from hub.access import Viewer, parse_viewer
from hub.errors import HubError, Refused
from hub.store.terms import check_iri

COLUMNS = ("judgement", "left", "right", "by", "date", "visibility", "reason")
# As they are written: with what the two are called, for the reader's eye.
WRITTEN = (
    *("judgement", "left", "left_label", "right", "right_label"),
    *("by", "date", "visibility", "reason"),
)
VERDICTS = ("same", "different", "unsure")
DATE = re.compile(r"([12]\d{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?)?")
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
OTHERS = {";": "semicolons", "\t": "tabs"}  # that spreadsheets write between columns
LONGEST = 5_000  # characters of a reason
# A spreadsheet takes a cell that begins so for a formula; an apostrophe keeps it a text.
FORMULA = re.compile(r"'*[=+\-@\t\r]")


@dataclass(frozen=True)
class Judgement:
    """What somebody decided of two IRIs.

    Attributes:
        verdict: same, different or unsure.
        left, right: absolute IRIs as the sources mint them, never rewritten ones.
        by, date, reason: who decided, when, and on what evidence.
        viewer: from which level of visibility on the judgement is known.
        place: file and line where it stands, or the number of the decision.
        number: of a decision in the ledger; 0 for what stands in a file.
    """

    verdict: str
    left: str
    right: str
    by: str
    date: str
    reason: str
    viewer: Viewer
    place: str
    number: int = 0

    @property
    def level(self) -> str:
        return self.viewer.level

    @property
    def partner(self) -> str | None:
        return self.viewer.partner

    @property
    def iri(self) -> str:
        """A stable key of what is judged and how, whoever judged it where."""
        text = "\n".join((self.verdict, *sorted((self.left, self.right)), str(self.viewer)))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def reference(self) -> str:
        """By what it is taken back: the number of the decision, or the key of what a file says."""
        return str(self.number or self.iri)

    @property
    def said(self) -> tuple[str, ...]:
        """Everything it says, wherever it stands."""
        ends = sorted((self.left, self.right))
        return (self.verdict, *ends, self.by, self.date, self.reason, str(self.viewer))


def judge(values: Mapping[str, str], base: str, place: str) -> Judgement:
    """The judgement that the `values` of `COLUMNS` make. IRIs may be relative to `base`.

    Raises Refused or Invalid where they make none; the message shows the value.
    """
    values = {column: values[column].strip() for column in COLUMNS}
    if values["judgement"] not in VERDICTS:
        raise Refused(f"“{values['judgement']}” is no judgement: {', '.join(VERDICTS)}.")
    if not values["by"] or not values["reason"]:
        raise Refused("A judgement needs who decided it and why.")
    if not DATE.fullmatch(values["date"]):
        raise Refused(f"“{values['date']}” is no date such as 2026-11-21.")
    for column in ("by", "reason"):
        values[column] = values[column].replace("\r\n", "\n").replace("\r", "\n")
        if len(values[column]) > LONGEST:
            raise Refused(f"The {column} is longer than {LONGEST:,} characters.")
        if CONTROL.search(values[column]):
            raise Refused(f"The {column} holds control characters: “{values[column][:60]}”.")
    left, right = (check_iri(urljoin(base, values[side])) for side in ("left", "right"))
    if left == right:
        raise Refused(f"A thing cannot be judged against itself: {left}.")
    kinds = {iri.removeprefix(base).partition("/")[0] for iri in (left, right)}
    if values["judgement"] == "same" and kinds == {"person", "organisation"}:
        refuse_kinds(left, right)
    viewer = parse_viewer(values["visibility"])
    by, day, reason = values["by"], values["date"], values["reason"]
    return Judgement(values["judgement"], left, right, by, day, reason, viewer, place)


def refuse_kinds(left: str, right: str) -> NoReturn:
    """Raises Refused: these two cannot be the same."""
    raise Refused(
        f"A person and an organisation are never the same: {left} and {right}.",
        remedy="Where they only share a name, judge them different.",
    )


def read_judgements(paths: Iterable[Path], base: str) -> tuple[Judgement, ...]:
    """Read files of judgements: CSV with the columns `COLUMNS`; others are for the reader's eye.

    IRIs may be relative to `base`. Raises Refused naming file, line and value where a file cannot
    be read or a row is wrong; a missing file is a wrong setting and refused too.
    """
    found: list[Judgement] = []
    for path in paths:
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                found += read_rows(file, path.name, base)
        except OSError as error:
            raise Refused(
                "The file of judgements cannot be read.", where=str(path), remedy=str(error)
            ) from error
        except (UnicodeDecodeError, csv.Error) as error:
            raise Refused(
                f"This is not CSV in UTF-8: {error}.", where=str(path), remedy="Save it as such."
            ) from error
    return tuple(found)


def read_rows(file: Iterable[str], name: str, base: str) -> Iterator[Judgement]:
    rows = csv.DictReader(file, strict=True)
    missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
    if missing:
        raise Refused(
            f"The file of judgements has no column {', '.join(missing)}.",
            where=name,
            remedy=f"It needs {', '.join(COLUMNS)}, with commas between them{tell_other(rows)}.",
        )
    for row in rows:
        place = f"{name}, line {rows.line_num}"
        try:
            if None in row:
                raise Refused(f"The row has more cells than columns: “{', '.join(row[None])}”.")
            yield judge({c: plain(row[c] or "") for c in COLUMNS}, base, place)
        except HubError as error:
            raise Refused(
                error.message, where=place, remedy=error.remedy or "Mend the row."
            ) from error


def tell_other(rows: csv.DictReader[str]) -> str:
    """What stands between the columns where that is no comma, in words."""
    first = "".join((rows.fieldnames or ())[:1])
    return next((f", not {name}" for sign, name in OTHERS.items() if sign in first), "")


def write_judgements(
    judgements: Iterable[Judgement], base: str, labels: Mapping[str, str], file: IO[str]
) -> None:
    """Write judgements as a CSV file that `read_judgements` reads back as they are."""
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(WRITTEN)
    for one in judgements:
        left, right = (shorten(iri, base) for iri in (one.left, one.right))
        names = (labels.get(one.left, ""), labels.get(one.right, ""))
        cells = (one.verdict, left, names[0], right, names[1], one.by, one.date, str(one.viewer))
        rows.writerow(map(quoted, (*cells, one.reason)))


def shorten(iri: str, base: str) -> str:
    """`iri` without `base` where it can be read back so."""
    local = iri.removeprefix(base)
    return local if urljoin(base, local) == iri else iri


def quoted(cell: str) -> str:
    return f"'{cell}" if FORMULA.match(cell) else cell


def plain(cell: str) -> str:
    """What `quoted` made a cell of."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell[1:]) else cell
