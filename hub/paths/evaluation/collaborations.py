"""Dated collaborations from a table: one row for each organisation in each project."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from hub.errors import Refused
from loaders.findings import Fault
from loaders.mapping.functions import read_date
from loaders.reading.delimited import detect_format, read_rows

REQUIRED = ("rcn", "pic", "start_date")
COLUMNS = (*REQUIRED, "end_date", "role", "country")
LEADER = "coordinator"
NOTHING = {"", "na", "n/a", "nan", "null", "none", "-"}
EPOCH = date(1970, 1, 1).toordinal()

Tell = Callable[[str, int, int | None], None]


@dataclass(frozen=True)
class Collaborations:
    """Projects of two organisations or more, in the order of their beginning.

    Attributes:
        parties: how many there are.
        party, led: one entry for each participation, each pair once, project by project; `led`
            where the party coordinated the project.
        starts: by project, where its participations start; one more at the end.
        begins, ends: by project, days since 1970-01-01; without an end the beginning stands.
        country: by party, a number, -1 where none is said.
        left_out: how many rows were left out, by reason.
    """

    parties: int
    party: np.ndarray
    led: np.ndarray
    starts: np.ndarray
    begins: np.ndarray
    ends: np.ndarray
    country: np.ndarray
    left_out: Mapping[str, int]


def read_collaborations(path: Path, tell: Tell) -> Collaborations:
    """Read a table (CSV or TSV, packed or not) with the columns of CORDIS: rcn (the project), pic
    (the organisation), start_date, and where they are there end_date, role and country.

    Rows that lack one of the first three are left out and counted, and projects of one
    organisation. Raises Refused: unreadable, without a column, most rows of no use.
    """
    rows = list(_read_rows(path, tell))
    days = _read_days(path, {text for row in rows for text in (row[2], row[3])})
    left_out: Counter[str] = Counter()
    begins: dict[str, int] = {}
    ends: dict[str, int] = {}
    members: dict[str, dict[str, bool]] = {}
    countries: dict[str, str] = {}
    for project, party, begin, end, role, country in rows:
        if not project or not party:
            left_out["without a project or an organisation"] += 1
        elif begin not in days:
            left_out["without a start_date that can be read"] += 1
        else:
            begins[project] = min(days[begin], begins.get(project, days[begin]))
            ends[project] = max(days.get(end, days[begin]), ends.get(project, days[begin]))
            known = members.setdefault(project, {})
            known[party] = known.get(party, False) or role.casefold() == LEADER
            if country:
                countries.setdefault(party, country)
    used = len(rows) - left_out.total()
    if 2 * used <= len(rows):
        raise Refused(
            f"Of {len(rows):,} rows only {used:,} say project, organisation and start.",
            where=str(path),
            remedy=f"Fill the columns {', '.join(REQUIRED)}; write dates as 2017-01-31.",
        )
    left_out["of projects with one organisation"] = sum(len(m) == 1 for m in members.values())
    shared = sorted((begins[name], name) for name, joined in members.items() if len(joined) > 1)
    if not shared:
        raise Refused(
            "No project of the file has two organisations.",
            where=str(path),
            remedy="List each organisation of a project in a row of its own.",
        )
    numbers = {name: at for at, name in enumerate(sorted({p for m in members.values() for p in m}))}
    codes = {code: at for at, code in enumerate(sorted(set(countries.values())))}
    joined = [sorted((numbers[p], led) for p, led in members[name].items()) for _, name in shared]
    return Collaborations(
        parties=len(numbers),
        party=np.array([party for project in joined for party, _ in project], dtype=np.int64),
        led=np.array([led for project in joined for _, led in project], dtype=bool),
        starts=np.cumsum([0, *map(len, joined)]),
        begins=np.array([begin for begin, _ in shared], dtype=np.int64),
        ends=np.array([max(ends[name], begin) for begin, name in shared], dtype=np.int64),
        country=np.array([codes.get(countries.get(name, ""), -1) for name in numbers]),
        left_out=+left_out,
    )


def _read_rows(path: Path, tell: Tell) -> Iterator[tuple[str, ...]]:
    """The cells of COLUMNS, row by row, empty where nothing is said. Raises Refused."""
    try:
        lines = read_rows(path, detect_format(path, set(COLUMNS)))
        header = next(lines, [])
        if isinstance(header, Fault):
            raise header
        names = [name.strip().casefold() for name in header]
        if missing := [name for name in REQUIRED if name not in names]:
            raise Refused(
                f"The file has no column {', '.join(missing)}; it has "
                f"{', '.join(header)[:200] or 'none'}.",
                where=str(path),
                remedy="Name the column of projects rcn, of organisations pic, of their start "
                "start_date; end_date, role and country are used where they are there.",
            )
        places = [names.index(name) if name in names else len(names) for name in COLUMNS]
        for number, cells in enumerate(lines):
            if isinstance(cells, Fault):
                raise cells
            if number % 100_000 == 0:
                tell("reading rows", number, None)
            values = [cells[at].strip() if at < len(cells) else "" for at in places]
            if any(cells):
                yield tuple("" if value.casefold() in NOTHING else value for value in values)
    except Fault as fault:
        raise Refused.of(fault, str(path)) from fault
    except OSError as error:
        raise Refused(
            f"The file cannot be read: {error.strerror or error}.",
            where=str(path),
            remedy="Check its name and rights.",
        ) from error


def _read_days(path: Path, texts: Iterable[str]) -> dict[str, int]:
    """The first day of each text that is a date, in the one order in which most are dates.

    Raises Refused where day and month cannot be told apart.
    """
    orders = [
        {text: day for text in texts if (day := _read_day(text, order)) is not None}
        for order in ("dmy", "mdy")
    ]
    first, second = sorted(orders, key=len, reverse=True)
    doubtful = [text for text, day in first.items() if second.get(text, day) != day]
    if len(first) == len(second) and doubtful:
        raise Refused(
            f"The dates can be read in two ways, such as {doubtful[0]}.",
            where=str(path),
            remedy="Write them as 2017-01-31.",
        )
    return first


def _read_day(text: str, order: str) -> int | None:
    try:
        return date.fromisoformat(f"{read_date(text, order)}-01-01"[:10]).toordinal() - EPOCH
    except ValueError:  # no date, or none at all
        return None
