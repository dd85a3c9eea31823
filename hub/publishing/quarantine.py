"""Rows that break the shapes are left out whole; what has no row to leave out stops the source.

To leave a row out is to read the source again without it, since what a row says may be said by
others too. Without it others may break the shapes in their turn, so this goes on until none does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

from hub.checking.examination import Check, Examination, Select, Violation
from hub.publishing.intake import Intake
from hub.publishing.report import Progress, silent
from hub.terms import Term
from hub.vocabulary import MC, NAMESPACES, RDFS_LABEL, shorten
from loaders.findings import SHOWN_PER_RULE, Fault, Finding, Severity
from loaders.interpretation import LeftOut, read_mapping
from loaders.mapping.columns import list_columns
from loaders.mapping.model import Mapping

MOST_ROUNDS = 10
SHOWN = 5  # values of a thing
ROWS = (
    f"SELECT * {{ %s <{NAMESPACES['prov']}wasDerivedFrom> ?row . "
    f"?row <{MC}rowNumber> ?number ; <{MC}rowOf>/<{RDFS_LABEL}> ?file "
    f"OPTIONAL {{ ?row <{MC}rowSheet> ?named }} BIND(COALESCE(?named, '') AS ?sheet) "
    "} ORDER BY ?file ?sheet ?number"
)
SEVERITIES = {
    "Violation": Severity.ERROR,
    "Warning": Severity.WARNING,
    "Info": Severity.NOTE,
}
Find = Callable[[Violation, list["Row"]], Finding]  # a violation at the rows that it comes from
OF_RECORDS = ("sh:uniqueLang", "sh:qualifiedMaxCount")  # what is asked of a record, not of a thing
ENDLESS = "other rows break the shapes each time that some are left out"


@dataclass(frozen=True)
class Row:
    """A row of a file, by its IRI in the provenance; `sheet` is empty where it is in none."""

    iri: str = ""
    file: str = ""
    sheet: str = ""
    number: int = 0


def find_rows(subject: Term, select: Select) -> list[Row]:
    """The rows from which a source speaks of `subject`; `select` asks its provenance."""
    if subject.kind != "iri":
        return []
    return [
        Row(one["row"].value, one["file"].value, one["sheet"].value, int(one["number"].value))
        for one in select(ROWS % subject.n3())
    ]


def hold_rows(
    intake: Intake,
    checks: Sequence[Check],
    base: str,
    select: Select,
    trace: Select,
    read_again: Callable[[LeftOut], Intake],
    list_touched: Callable[[], Collection[str] | None],
    joined: Collection[str],
    progress: Progress = silent,
) -> Intake:
    """Hold what a source says against the shapes; leave out the rows that break them.

    Args:
        intake: what was taken in and stands in the store.
        select, trace: ask what the source says, and its provenance.
        read_again: takes the source in once more without some rows, and puts it into the store.
        list_touched: the things that may break the shapes now, all others having met them before;
            None where that is not known. Remarks are always made on everything.
        joined: the IRIs of things that several records were judged to be: these may have more than
            one name, though no record has.
        progress: is told how many checks are done.

    Returns:
        What was taken in at last; refused where the totals are missed without those rows, or where
        what breaks the shapes comes from no row.
    """
    strict = [check for check in checks if check.severity == "Violation"]
    mild = [check for check in checks if check.severity != "Violation"]
    source = intake.source
    mapping = read_mapping(source, base) if source and source.mapping else None
    find = partial(_find, intake.name, mapping)
    left_out: dict[str, list[Fault]] = {}

    def tell(done: int) -> None:
        progress(f"checking {intake.name}: {done} of {len(strict)} checks done", 0, None)

    for _ in range(MOST_ROUNDS):
        homeless: list[Finding] = []
        broken = False
        examination = Examination(select, list_touched())
        for violation in examination.find_all(strict, tell):
            broken = True
            rows = find_rows(violation.focus, trace)
            for row in rows:
                found = find(violation, [row])
                left_out.setdefault(row.iri, []).append(
                    Fault(
                        found.rule, found.message, f"{found.remedy}; the row was left out",
                        column=found.column, value=found.value,
                    )
                )  # fmt: skip
            if not rows or not intake.source:
                homeless.append(find(violation, rows))
        if homeless:
            return intake.refuse(*homeless)
        if not broken:
            examination = Examination(select)
            place = (examination, trace, frozenset(joined))
            remarks = (_remark(find, intake.name, check, *place) for check in mild)
            return intake.warn(*(one for some in remarks for one in some))
        intake = read_again(left_out)
        if intake.fact is None:
            return intake
    remedy = "mend the rows that are listed, and load again"
    endless = Finding(
        Severity.ERROR, intake.name, rule="shapes-endless", message=ENDLESS, remedy=remedy
    )
    return intake.refuse(endless)


def _name_column(mapping: Mapping | None, row: Row, violation: Violation) -> str:
    """Which column of a row a violation is about, or else the property."""
    focus, path = violation.focus.value, violation.check.path.strip("<>")
    found = list_columns(mapping, row.file, row.sheet, focus, path) if mapping else ()
    return found[0] if found else shorten(path)


def _remark(
    find: Find,
    name: str,
    check: Check,
    examination: Examination,
    trace: Select,
    joined: frozenset[str],
) -> Iterator[Finding]:
    """What costs no row: the first findings with their rows, the others as a number."""
    severity, rule = SEVERITIES[check.severity], _rule(check)
    shown = 1 if check.severity == "Info" else SHOWN_PER_RULE
    if check.constraint in OF_RECORDS:
        violations = (v for v in examination.find(check) if v.focus.value not in joined)
        found = list(islice(violations, shown))
        number = len(found) + sum(1 for _ in violations)
    else:
        found = list(examination.find(check, shown))
        number = examination.count(check) if len(found) == shown else len(found)
    if check.severity == "Info" and number > 1:
        # What is good to know of each thing would drown what is wrong with some.
        message = f"{number:,} things: {check.message}"
        yield Finding(severity, name, rule=rule, message=message)
        return
    for violation in found:
        finding = find(violation, find_rows(violation.focus, trace))
        yield replace(finding, value=finding.value or _list_values(violation, examination.select))
    if more := number - len(found):
        message = f"{more:,} more findings of this rule are not listed: {check.message}"
        remedy = "mend the ones listed and load again"
        yield Finding(severity, name, rule=rule, message=message, remedy=remedy)


def _list_values(violation: Violation, select: Select) -> str:
    """All values together, of which not one alone is at fault."""
    focus, path = violation.focus, violation.check.path
    if not path or focus.kind != "iri":
        return ""
    found = select(f"SELECT DISTINCT ?v {{ {focus.n3()} {path} ?v }} ORDER BY ?v LIMIT {SHOWN}")
    return " | ".join(row["v"].value for row in found)


def _rule(check: Check) -> str:
    return f"{shorten(check.shape)} {check.constraint}"


def _find(name: str, mapping: Mapping | None, violation: Violation, rows: list[Row]) -> Finding:
    """A violation as a finding at the first of the rows that it comes from."""
    check = violation.check
    row, *others = rows or [Row()]
    remedy = "mend the row, or the mapping"
    if check.constraint == "sh:class":
        remedy = "describe in this source, with its class, what the value means, or mend the value"
    if others:
        here = (row.file, row.sheet)
        told = (
            f"{r.number}" if (r.file, r.sheet) == here else f"{r.number} of {r.sheet or r.file}"
            for r in others[:5]
        )  # fmt: skip
        remedy += f"; also rows {', '.join(told)}"
    return Finding(
        SEVERITIES[check.severity], name,
        file=row.file,
        sheet=row.sheet,
        row=row.number or None,
        column=_name_column(mapping, row, violation),
        value=violation.value.value if violation.value else "",
        rule=_rule(check),
        message=f"{violation.focus.value}: {check.message}",
        remedy=remedy,
    )  # fmt: skip
