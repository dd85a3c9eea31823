"""Answers of SPARQL endpoints: asked for once, put aside as files, then read like any other."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from loaders.description import Source
from loaders.findings import Fault, Report
from loaders.mapping.model import LogicalSource
from loaders.mapping.program import JoinIndex, Program, RowMap
from loaders.reading import Records
from loaders.reading.files import FileFact
from loaders.reading.json_records import JsonRecords
from loaders.reading.jsonpath import parse_path
from loaders.reading.select_query import parse_select

if TYPE_CHECKING:
    from loaders.reading.endpoint import Page

BINDINGS = ("", "$.results.bindings[*]", "$.results.bindings")


@dataclass(frozen=True)
class Answer:
    """The rows that a query gave: JSON Lines, one binding each. ``part`` tells it from others of
    the same endpoint.
    """

    path: Path
    part: str
    variables: tuple[str, ...]

    def select(self, source: LogicalSource, references: Sequence[str]) -> Records:
        """The records; ``name`` is short for ``name.value``."""
        names = [_lengthen(name) for name in references]
        for number, values in JsonRecords(self.path, "$", names, lines=True):
            if source.reader == "csv" and not isinstance(values, Fault):
                yield number, tuple(value[0] if value else "" for value in values)
            else:
                yield number, values


def fetch_answers(
    source: Source,
    program: Program,
    folder: Path,
    report: Report,
    progress: Callable[[str, int], None],
) -> tuple[dict[LogicalSource, Answer], tuple[FileFact, ...]]:
    """Ask all queries of a mapping, and put the answers into the folder.

    Raises SourceRefused when one cannot be had whole.
    """
    wanted: dict[str, dict[LogicalSource, set[str]]] = {}
    users: list[RowMap | JoinIndex] = [*program.rows, *program.joins]
    for user in users:
        if user.source.query:
            queries = wanted.setdefault(user.source.file, {})
            queries.setdefault(user.source, set()).update(map(_find_variable, user.references))
    answers: dict[LogicalSource, Answer] = {}
    facts = []
    for name, queries in wanted.items():
        from loaders.reading.endpoint import count_rows, read_pages  # and all of HTTP

        digest, size, done = hashlib.sha256(), 0, 0
        endpoint = source.endpoints.get(name)
        if endpoint is None or endpoint.hub:
            message = "the mapping asks an endpoint that the description does not name"
            remedy = 'add [endpoints.name] with url = "…" to the description, if it may be asked'
            raise report.at(name).refusal("endpoint-unlisted", message, remedy)
        for number, (logical, variables) in enumerate(queries.items(), 1):
            path = folder / f"{name}-{number}.jsonl"
            part = f"query {number}" if len(queries) > 1 else ""
            before, place = done, report.at(name, part)
            seen: tuple[str, ...] = ()
            with place.stopping():
                if logical.part not in BINDINGS:
                    message = f"the iterator over an endpoint's answer is {BINDINGS[1]}"
                    raise Fault("iterator", message, "correct it", value=logical.part)
                select = parse_select(logical.query)
                counted = count_rows(endpoint, select)
                with path.open("wb") as out:
                    sizes = []
                    for page in read_pages(endpoint, select, sorted(variables)):
                        if not seen:
                            seen = page.variables
                            _check_variables(variables, seen)
                        lines = _write_rows(page, variables)
                        out.write(lines)
                        digest.update(lines)
                        size, done = size + len(lines), done + len(page.rows)
                        sizes.append(len(page.rows))
                        progress(name, done)
                if counted not in (None, done - before):
                    message = f"the endpoint counts {counted} rows, and gave {done - before}"
                    remedy = "its data changed, or it cuts answers: load again, set “key”"
                    raise Fault("endpoint-cut", message, remedy)
            if any(size < endpoint.page for size in sizes[:-2]):  # and others followed
                message = (
                    f"the endpoint gives no more than {max(sizes)} rows at a time, "
                    f"{endpoint.page} were asked for; all pages were read"
                )
                place.note("endpoint-page", message)
            if counted is None:
                message = "the endpoint did not count the rows, so nothing tells whether all came"
                place.warn("endpoint-uncounted", message, "state [expected] rows")
            answers[logical] = Answer(path, part, seen)
        facts.append(FileFact(name, digest.hexdigest(), size))
    return answers, tuple(facts)


def _lengthen(reference: str) -> str:
    return f"{reference}.value" if len(parse_path(reference)) == 1 else reference


def _find_variable(reference: str) -> str:
    steps = parse_path(reference)
    if not steps or steps[0][0] != "name":
        message = "a reference over an endpoint's answer begins with a variable"
        raise Fault("reference", message, "write name or name.value", value=reference)
    return str(steps[0][1])


def _check_variables(wanted: Iterable[str], given: Sequence[str]) -> None:
    missing = sorted(set(wanted) - set(given))
    if missing:
        message = f"the query gives no ?{missing[0]}; it gives {', '.join(given)}"
        raise Fault("column-unknown", message, "correct the query or the mapping")


def _write_rows(page: Page, variables: Iterable[str]) -> bytes:
    """One line for each row. Raises Fault for a blank node, which the next page may call
    otherwise.
    """
    for variable in variables:
        if any(row.get(variable, {}).get("type") == "bnode" for row in page.rows):
            message = f"?{variable} is a blank node, which has no lasting name"
            raise Fault("blank-node", message, "select an IRI or a value that tells it apart")
    return "".join([json.dumps(row) + "\n" for row in page.rows]).encode()


def find_unmapped(answer: Answer, references: Iterable[str]) -> list[str]:
    """The variables of an answer that no reference begins with."""
    used = set(map(_find_variable, references))
    return [name for name in answer.variables if name not in used]
