"""Drafting a source from an unknown file: profile, propose, write, and load it to be sure.

1. open the file by the loaders' own readers, and profile every column of every table
2. propose what its rows and columns mean, in the ontology's terms, with reasons
3. write a source folder: the file, source.toml, mapping.yml
4. load that folder once; a draft that does not load is not handed over
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loaders.description import DESCRIPTION, NAME, read_source
from loaders.drafting.evidence import KINDS
from loaders.drafting.profile import profile_table
from loaders.drafting.proposals import TableDraft
from loaders.drafting.structure import Drafter
from loaders.drafting.tables import open_tables
from loaders.drafting.vocabulary import Vocabulary, split_words
from loaders.drafting.writing import write_description, write_mapping
from loaders.findings import Fault, Finding, Severity, SourceRefused
from loaders.interpretation import Interpretation, interpret
from loaders.mapping.functions import write_name
from loaders.reading.files import locate_file, strip_endings

MAPPING = "mapping.yml"
LONGEST_NAME = 60


@dataclass(frozen=True)
class SourceDraft:
    """A source folder that was written, what is in it and why, and how it loaded."""

    name: str
    folder: Path
    tables: tuple[TableDraft, ...]
    rows: int
    rejected: int
    statements: int
    findings: tuple[Finding, ...]

    @property
    def personal(self) -> tuple[str, ...]:
        """The columns that hold personal data."""
        return tuple(dict.fromkeys(c for table in self.tables for c in table.personal))

    def as_dict(self) -> dict[str, Any]:
        """The draft for programs."""
        return {
            "name": self.name,
            "folder": str(self.folder),
            "rows": self.rows,
            "rejected": self.rejected,
            "statements": self.statements,
            "personal data": list(self.personal),
            "tables": [table.as_dict() for table in self.tables],
            "findings": [finding.as_dict() for finding in self.findings],
        }


def name_source(path: Path) -> str:
    """A name for the source of a file: its own, in small letters, digits and hyphens."""
    stem = strip_endings(path.name)
    return write_name(stem, LONGEST_NAME) or "drafted-source"


def draft_source(
    path: Path, out: Path, vocabulary: Vocabulary, *, base: str, graph: str, name: str = "",
    chosen: str = "", encoding: str = "",
) -> SourceDraft:  # fmt: skip
    """Draft ``out/NAME`` for a file. ``chosen`` is the class of its rows, ``encoding`` how it is
    written, where somebody knows.

    The folder appears whole or not at all. Raises Fault for a file that cannot be read or
    understood, SourceRefused for one whose draft does not load, FileExistsError where the folder
    is there already.
    """
    name = name or name_source(path)
    if not NAME.fullmatch(name):
        message = f"“{name}” is no name of a source"
        raise Fault("drafting-name", message, "use small letters, digits and single hyphens")
    if chosen and not any(vocabulary.is_a(chosen, top) for top in KINDS.values()):
        message = f"rows of the class “{chosen}” cannot be drafted"
        remedy = f"name one of {', '.join(KINDS.values())}, or a class under them"
        raise Fault("drafting-class", message, remedy)
    if not path.name.isprintable() or "~" in path.name or "\\" in path.name:
        raise Fault("drafting-name", "the file's name holds unusual characters", "rename it")
    path = locate_file(path.parent, path.name)
    folder = out / name
    if folder.exists():
        raise FileExistsError(folder)
    tables = draft_tables(path, vocabulary, name, chosen, encoding)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".draft-") as work:
        made = Path(work) / name
        made.mkdir()
        shutil.copyfile(path, made / path.name)
        texts = {
            MAPPING: write_mapping(path.name, tables),
            DESCRIPTION: write_description(name, path.name, tables),
        }
        for file, text in texts.items():
            (made / file).write_text(text, encoding="utf-8")
        result = load_draft(made, base, graph)
        made.rename(folder)
    return SourceDraft(
        name, folder, tuple(tables), sum(result.rows.values()), result.rejected, result.quads,
        result.findings,
    )  # fmt: skip


def draft_tables(
    path: Path, vocabulary: Vocabulary, name: str, chosen: str = "", encoding: str = ""
) -> Sequence[TableDraft]:
    """What is proposed for each table of a file. Raises Fault when there is nothing to propose."""
    tables = open_tables(path, encoding)
    taken: set[str] = set()
    drafts = []
    for number, table in enumerate(tables, 1):
        try:
            profile = profile_table(table, vocabulary.empty, vocabulary.doubtful)
        except Fault as fault:
            if len(tables) > 1 and fault.rule == "drafting-rows":
                continue
            raise
        prefix = f"{name}.{number}." if len(tables) > 1 else f"{name}."
        spoken = [split_words(strip_endings(path.name))]
        if table.source.reader == "csv" and table.source.part:
            spoken.insert(0, split_words(table.source.part))
        drafts.append(Drafter(profile, vocabulary, spoken, prefix, chosen, taken).run())
    if not any(draft.things for draft in drafts):
        columns = [column for draft in drafts for column in draft.profile.table.columns][:8]
        reasons = [todo for draft in drafts for todo in draft.todo]
        message = (
            f"nothing sensible can be proposed: {reasons[0] if reasons else 'it holds no rows'}; "
            f"its columns are {', '.join(columns)[:200] or 'none'}"
        )
        remedy = (
            "head the columns by what they hold: id, name, city …"
            if chosen
            else "say what its rows are with --class, or name file or columns after what they hold"
        )
        raise Fault("drafting-nothing", message, remedy)
    return drafts


def load_draft(folder: Path, base: str, graph: str) -> Interpretation:
    """Load a drafted folder to nowhere. Raises SourceRefused when it does not."""
    with open(os.devnull, "wb") as out:
        result = interpret(read_source(folder), base=base, graph=graph, out=out)
    if result.rows and result.rejected == sum(result.rows.values()):
        raise SourceRefused(f for f in result.findings if f.severity is Severity.ERROR)
    return result
