"""What is refused of one row: all of its cells that are wrong, and not only the first."""

from __future__ import annotations

from collections.abc import Iterable

from loaders.findings import Fault
from loaders.reading import Values

FAULTS_A_ROW = 20
# Stands for a cell that was refused while the rest of its row is looked at. No literal may hold it,
# and what comes of it goes nowhere, for its row is left out.
STAND_IN = "\ufffe"


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
