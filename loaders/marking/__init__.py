"""The partner's own file, returned with the findings in it.

A delimited file gets one more column, a workbook marked cells and a sheet of findings; whatever
else they hold stays byte for byte. Beside any other file stands a list of its findings.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from loaders.description import Dialect
from loaders.findings import Fault, Finding
from loaders.marking.cells import list_rows
from loaders.marking.delimited import mark_rows
from loaders.marking.open_document import mark_document
from loaders.marking.workbook import mark_cells
from loaders.reading.files import find_format

MARKERS = {".xlsx": mark_cells, ".xlsm": mark_cells, ".ods": mark_document}
TABLES = (".csv", ".tsv", ".txt", ".tab")


def mark_file(
    path: Path, findings: Sequence[Finding], folder: Path, dialect: Dialect | None = None
) -> list[Path]:
    """Write the file with its findings into ``folder``; gives what was written.

    The first is the marked file where the file can be marked, else the list of findings; the file
    itself then stands beside the list, unchanged.
    """
    ending = find_format(path.name)
    packed = path.suffix.lower() in (".gz", ".zip")
    out = folder / (path.name.removesuffix(path.suffix) if packed else path.name)
    try:
        if ending in TABLES:
            mark_rows(path, findings, out, dialect or Dialect())
            return [out]
        if ending in MARKERS and not packed:
            MARKERS[ending](path, findings, out)
            return [out]
    except Fault:
        out.unlink(missing_ok=True)  # what cannot be read cannot be marked
    listed = folder / f"{path.name}.findings.csv"
    write_findings(findings, listed)
    shutil.copyfile(path, folder / path.name)
    return [listed, folder / path.name]


def write_findings(findings: Iterable[Finding], path: Path) -> None:
    """Write findings as a CSV file that a spreadsheet opens rightly and obeys in nothing."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(list_rows(findings))
