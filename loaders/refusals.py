"""The cells of a row before they are mapped: what is blank, escaped, or to be told, and what is
refused: all that are wrong, and not only the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from loaders.findings import Fault, Place, Severity
from loaders.lexical import FORBIDDEN, escape_text
from loaders.reading import Values

FAULTS_A_ROW = 20
# Stands for a cell that was refused while the rest of its row is looked at. No literal may hold it,
# and what comes of it goes nowhere, for its row is left out.
STAND_IN = "\ufffe"
# Stands between the cells of a row while it is searched for what needs escaping; no cell holds it.
UNIT = "\x1f"
UNCLEAN = re.compile(r'[\x00-\x1e\x7f"\\\ud800-\udfff\ufffe\uffff]')
TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Refusals(list[Fault]):
    """The faults of the row at hand, no more than 20; whoever maps the row empties the list.

    ``remarks`` are said of the row and leave nothing out: once for each column and value.
    """

    def __init__(self) -> None:
        super().__init__()
        self.remarks: list[Fault] = []
        self._remarked: set[tuple[str, str]] = set()

    def remark(self, fault: Fault) -> None:
        """Keep what is no reason to leave the row out."""
        if (of := (fault.column, fault.value)) not in self._remarked:
            self._remarked.add(of)
            self.remarks.append(fault)

    def refuse(self, fault: Fault) -> str:
        """Keep a fault, unless it is only one of a stand-in; gives the stand-in for its cell."""
        if not self or (len(self) < FAULTS_A_ROW and STAND_IN not in fault.value):
            self.append(fault)
        return STAND_IN


class BadCells(Fault):
    """A record of which some cells cannot be taken: in ``values`` they have stand-ins."""

    def __init__(self, faults: Iterable[Fault], values: Values) -> None:
        self.faults, self.values = tuple(faults), values
        first = self.faults[0]
        super().__init__(
            first.rule, first.message, first.remedy, column=first.column, value=first.value
        )


def clean_row(
    values: tuple[str, ...], references: Sequence[str], refusals: Refusals
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The values, blank ones empty, and the same escaped.

    What no literal may hold is refused, and has a stand-in.
    """
    cleaned = []
    for value, column in zip(values, references, strict=True):
        if found := FORBIDDEN.search(value):
            message = f"the value holds the control character U+{ord(found[0]):04X}"
            fault = Fault("control-character", message, "remove it", column=column, value=value)
            value = refusals.refuse(fault)
        cleaned.append("" if value.isspace() else value)
    escaped = (value if value == STAND_IN else escape_text(value) for value in cleaned)
    return tuple(cleaned), tuple(escaped)


def tell_marks(place: Place, row: int, values: Values, references: Sequence[str]) -> None:
    """Warn of marks that turn the direction of writing: words in Arabic may need them, so they are
    kept, but a name may also be made to look like another by them.
    """
    for cell, column in zip(values, references, strict=True):
        for value in (cell,) if isinstance(cell, str) else cell:
            if found := TURNING.search(value):
                message = f"the value holds a mark that turns its direction, U+{ord(found[0]):04X}"
                remedy = "remove it, unless the words need it"
                fault = Fault("direction-marks", message, remedy, column=column, value=value)
                place.find(Severity.WARNING, fault, row)
