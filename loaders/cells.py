"""The cells of a row before they are mapped: what is blank, refused, escaped, or to be told."""

from __future__ import annotations

import re
from collections.abc import Sequence

from loaders.findings import Fault, Place, Severity
from loaders.lexical import FORBIDDEN, escape_text
from loaders.reading import Values
from loaders.refusals import STAND_IN, Refusals

# Stands between the cells of a row while it is searched for what needs escaping; no cell holds it.
UNIT = "\x1f"
UNCLEAN = re.compile(r'[\x00-\x1e\x7f"\\\ud800-\udfff\ufffe\uffff]')
TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


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
