"""What the description expects: how many rows and things, which sums, which values of a column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from loaders.description import Source
from loaders.findings import Fault, Place, Report, Severity
from loaders.namespaces import RDF_TYPE, expand
from loaders.reading import Values

Check = Callable[[Values, int], None]
CODES_SHOWN = 12
UNREAD = "the column was not read, so its sum is not known"
SEE_ROWS = "see the findings by row; state in the description how many are expected at least"
REMEDY = "send the whole file, or correct what the description expects"


class Expectations:
    """Holds what comes of a source against what was expected of it."""

    def __init__(self, source: Source, report: Report) -> None:
        self.source, self.report = source, report
        # Marks instead of names: a source may have millions of things.
        self.instances: dict[str, set[int]] = {expand(n): set() for n in source.expected_classes}
        self.sums: dict[tuple[str, str], Decimal] = {}
        self.checked: set[tuple[str, str]] = set()

    def count(self, subject: str, kind: str) -> None:
        """Take notice of a thing and its class, both as N-Quads terms."""
        if (instances := self.instances.get(kind[1:-1])) is not None:
            instances.add(hash(subject))

    def count_statement(self, subject: str, predicate: str, value: str) -> None:
        """The same of a statement, where it says a class."""
        if predicate[1:-1] == RDF_TYPE:
            self.count(subject, value)

    def list_columns(self, file: str) -> tuple[str, ...]:
        """The columns of a file of which something is expected, whether they are mapped or not."""
        stated = (self.source.codes, self.source.expected_sums)
        places = [c for kind in stated for key, c in kind.items() if key.partition("#")[0] == file]
        return tuple(dict.fromkeys(column for columns in places for column in columns))

    def watch(self, place: Place, references: Sequence[str]) -> list[Check]:
        """What is to be done with the values of each row, and its number."""
        checks = []
        for key in (place.file, f"{place.file}#{place.sheet}"):
            codes, sums = self.source.codes.get(key, {}), self.source.expected_sums.get(key, {})
            for position, column in enumerate(references):
                if column in codes:
                    checks.append(self._check_code(place, column, position, codes[column]))
                if column in sums:
                    checks.append(self._add_up(place, column, position, (key, column)))
                self.checked.add((key, column))
        return checks

    def _check_code(self, place: Place, column: str, position: int, codes: frozenset[str]) -> Check:
        shown = ", ".join(sorted(codes)[:CODES_SHOWN]) + (", …" if len(codes) > CODES_SHOWN else "")
        message = f"the value is not in the list of this column: {shown}"

        def check(values: Values, row: int) -> None:
            for text in _list_texts(values[position]):
                if text not in codes:
                    remedy = "correct it, or add it to “codes” in the description"
                    fault = Fault("code-unlisted", message, remedy, column=column, value=text)
                    place.find(Severity.WARNING, fault, row)

        return check

    def _add_up(self, place: Place, column: str, position: int, key: tuple[str, str]) -> Check:
        self.sums.setdefault(key, Decimal())

        def check(values: Values, row: int) -> None:
            for text in _list_texts(values[position]):
                try:
                    number = Decimal(text)
                    if not number.is_finite():
                        raise InvalidOperation
                    self.sums[key] += number
                except InvalidOperation:
                    message = "the value is no number, and is not in the sum of the column"
                    fault = Fault("sum-number", message, "write 1234.5", column=column, value=text)
                    place.find(Severity.WARNING, fault, row)

        return check

    def judge(self, rows: Mapping[str, int], lost: Mapping[str, int]) -> None:
        """Hold the totals against the rows that were read, by file and by part of a file.

        Of the rows that were `lost` for an error in them, those that remain must be as many as are
        expected at least; where nothing says how many these are, no more than half may be lost.
        Raises SourceRefused where a total is missed.
        """
        missed = list(self._find_missed(rows, lost))
        for key, fault in missed:
            self._at(key).find(Severity.ERROR, fault)
        for key, listed in self.source.codes.items():
            for column in listed.keys() - {c for k, c in self.checked if k == key}:
                message = "values are listed for this column, and nothing reads it"
                remedy = "correct “codes” in the description"
                self._at(key).warn("code-unread", message, remedy, column=column)
        if missed:
            raise self.report.refusal()

    def _at(self, key: str) -> Place:
        return self.report.at(*key.split("#", 1))

    def _find_missed(
        self, rows: Mapping[str, int], lost: Mapping[str, int]
    ) -> Iterator[tuple[str, Fault]]:
        """Which totals are missed, each with the file, or part of a file, that it is of."""
        read, gone = add_parts(rows), add_parts(lost)
        for key, total in self.source.expected_rows.items():
            taken = read[key] - gone[key] if total.low != total.high else read[key]
            if not total.admits(read[key]):
                message = f"{read[key]} rows were read, and {total} expected"
                yield key, Fault("total-rows", message, REMEDY)
            elif not total.admits(taken):
                message = f"{taken} of {read[key]} rows could be taken, and {total} expected"
                yield key, Fault("total-rows", message, SEE_ROWS)
        for key, count in lost.items():
            totals = map(self.source.expected_rows.get, (key, key.partition("#")[0]))
            stated = any(total and total.low != total.high for total in totals)
            if not stated and 2 * count > rows[key]:
                message = f"{count} of {rows[key]} rows could not be taken"
                yield key, Fault("rows-most", message, SEE_ROWS)
        for name, total in self.source.expected_classes.items():
            found = len(self.instances[expand(name)])
            if not total.admits(found):
                message = f"{found} things of class {name} came out, and {total} expected"
                yield "", Fault("total-classes", message, REMEDY, column=name)
        for key, columns in self.source.expected_sums.items():
            for column, total in columns.items():
                amount = self.sums.get((key, column))
                if amount is None or not total.admits(amount):
                    told = f"the sum of the column is {amount:f}" if amount is not None else UNREAD
                    message = f"{told}, and {total} expected"
                    yield key, Fault("total-sums", message, REMEDY, column=column)


def add_parts(counts: Mapping[str, int]) -> Counter[str]:
    """Counts by file and part of a file, with those of each file whole."""
    added = Counter(counts)
    for key, count in counts.items():
        if "#" in key:
            added[key.partition("#")[0]] += count
    return added


def _list_texts(value: str | tuple[str, ...]) -> list[str]:
    texts = (value,) if isinstance(value, str) else value
    return [text for one in texts if (text := one.strip())]
