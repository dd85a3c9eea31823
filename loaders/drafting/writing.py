"""Drafts as text: the mapping in YARRRML and the description in TOML, with reasons as comments.

Headings and values of a partner's file reach these texts only through ``quote`` and ``comment``,
so that nothing in a file can become a part of its mapping.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from loaders.drafting.proposals import TableDraft, Thing
from loaders.findings import show_text
from loaders.mapping.functions import FUNCTIONS
from loaders.mapping.model import Call, Constant, Expression, Kind, Reference, Template
from loaders.mapping.yarrrml import PREFIXES

WIDTH = 96
LONGEST_COMMENT = 600
ESCAPES = {'"': '\\"', "\\": "\\\\"}


def quote(text: str) -> str:
    """The text between double quotes, as YAML and TOML both read it: all that is not plainly
    printable is escaped by number.
    """
    return '"' + "".join(_escape(character) for character in text) + '"'


def _escape(character: str) -> str:
    if character in ESCAPES:
        return ESCAPES[character]
    if character.isprintable():
        return character
    number = ord(character)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def comment(text: str, indent: str = "") -> Iterator[str]:
    """The text as lines of comment, on which nothing but the comment can stand."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in show_text(text)).split())
    if len(plain) > LONGEST_COMMENT:
        plain = plain[:LONGEST_COMMENT] + "…"
    for line in wrap(plain, WIDTH - len(indent)) or [""]:
        yield f"{indent}# {line}".rstrip()


def write_mapping(title: str, drafts: Sequence[TableDraft]) -> str:
    """The YARRRML of the drafts."""
    lines = [
        *comment(f"Drafted by “hub map” from {title}. Edit it: what is a guess says so, and TODO "
                 "stands where a person has to decide."),
        "", "prefixes:",
        *(f"  {prefix}: {quote(namespace)}" for prefix, namespace in PREFIXES.items()),
        "", "mappings:",
    ]  # fmt: skip
    number = 0
    for draft in drafts:
        number += bool(draft.things)
        lines += _write_table(draft, f"-{number}" if number > 1 and draft.things else "")
    return "\n".join(lines) + "\n"


def _write_table(draft: TableDraft, suffix: str) -> Iterator[str]:
    profile, source = draft.profile, draft.profile.table.source
    named = f"{source.file}, {source.part}" if source.part else source.file
    rows = f"{profile.rows:,} rows" + ("" if profile.whole else " looked at, and more not")
    said = [f"{named}: {rows}, read as {profile.table.stated}"]
    if profile.bad_rows:
        said.append(f"TODO: {profile.bad_rows} rows cannot be taken. {profile.fault}.")
    said += [f"Note: {remark}." for remark in profile.table.remarks]
    said += [f"TODO: {todo}." for todo in draft.todo]
    if personal := draft.personal:
        keep = "Keep them in a source of visibility “consortium” or “partner”."
        said.append(f"Personal data: {', '.join(personal)}. {keep}")
    if draft.left:
        said.append("Not mapped, and reported so at every load:")
        said += [f"- {name}: {why}" for name, why in draft.left.items()]
    for text in said:
        yield from comment(text, "  ")
    for thing in draft.things:
        yield from _write_thing(draft, thing, suffix)
    yield ""


def _write_thing(draft: TableDraft, thing: Thing, suffix: str) -> Iterator[str]:
    table = draft.profile.table
    access = quote(f"{table.source.file}~{table.formulation}")
    part = f", {quote(table.source.part)}" if table.source.part else ""
    yield ""
    yield from comment(f"{', '.join(thing.classes)}: {thing.confidence}. {thing.reason}.", "  ")
    yield from comment(f"Key: {', '.join(thing.key)}.", "  ")
    for todo in thing.todo:
        yield from comment(f"TODO: {todo}.", "  ")
    yield f"  {thing.name}{suffix}:"
    yield f"    sources: [[{access}{part}]]"
    yield f"    s: {write_value(thing.subject, Kind.IRI)}"
    yield "    po:"
    for name in thing.classes:
        yield f"      - [a, {quote(name)}]"
    for proposal in thing.proposals:
        where = ", ".join(proposal.columns)
        yield from comment(f"{where}: {proposal.confidence}: {proposal.reason}", "      ")
        value = write_value(proposal.expression, proposal.kind, "~iri")
        language = f", {quote(proposal.language + '~lang')}" if proposal.language else ""
        yield f"      - [{quote(proposal.predicate)}, {value}{language}]"


def write_value(expression: Expression, kind: Kind = Kind.LITERAL, mark: str = "") -> str:
    """An expression as YARRRML has it; an IRI that no function gives has a ``mark`` behind it."""
    if not isinstance(expression, Call):
        return quote(write_template(expression) + (mark if kind is Kind.IRI else ""))
    parameters = ", ".join(
        f"[mcf:{parameter.removeprefix(FUNCTIONS)}, {write_value(value)}]"
        for parameter, value in expression.arguments
    )
    called = f"function: mcf:{expression.function.removeprefix(FUNCTIONS)}"
    iri = ", type: iri" if kind is Kind.IRI else ""
    return f"{{{called}, parameters: [{parameters}]{iri}}}"


def write_template(expression: Expression) -> str:
    """An expression without calls as YARRRML's text of it: ``organisation/x.$(Org\\(2\\))``."""
    if isinstance(expression, Constant):
        return _escape_template(expression.value)
    if isinstance(expression, Reference):
        return f"$({_escape_template(expression.name)})"
    assert isinstance(expression, Template)
    return "".join(
        _escape_template(part) if isinstance(part, str) else write_template(part)
        for part in expression.parts
    )


def _escape_template(text: str) -> str:
    return "".join(f"\\{c}" if c in "\\()${}" else c for c in text)


def write_description(name: str, file: str, drafts: Sequence[TableDraft]) -> str:
    """The TOML of the description."""
    personal = ", ".join(column for draft in drafts for column in draft.personal)
    told = "TODO: make it public only when its owner says so."
    if personal:
        told = f"It holds personal data ({personal}): do not make it public."
    lines = [
        *comment(f"Drafted by “hub map”. From {file}."),
        f"name = {quote(name)}",
        f"title = {quote(file)}  # TODO: what it is, in a few words",
        'owner = "not stated"  # TODO: the partner whose list it is',
        *comment(told),
        'visibility = "consortium"',
        'licence = "not stated"  # TODO: ask the owner',
        'mapping = "mapping.yml"',
        f"files = [{quote(file)}]",
        "",
        *comment("Columns that nobody mapped are reported at every load. To leave one out on "
                 "purpose, take the # from its line:"),
        "[ignored]",
    ]  # fmt: skip
    expected: list[str] = []
    dialects = []
    for draft in drafts:
        source, profile = draft.profile.table.source, draft.profile
        place = f"{file}#{source.part}" if source.reader == "csv" and source.part else file
        if profile.table.dialect:
            dialects.append((profile.table.dialect, place))
        if left := [c.name for c in profile.columns if c.name in draft.left]:
            lines += [f"# {quote(place)} = [", *(f"#   {quote(c)}," for c in left), "# ]"]
        if draft.things and profile.whole:
            rows = profile.rows - profile.bad_rows
            expected.append(f"{quote(place)} = {{ min = {rows - rows // 3} }}")
    lines += ["", *comment("A delivery with a third fewer rows is refused whole.")]
    lines += ["[expected.rows]", *expected]
    for dialect, place in dialects:
        lines += ["", f"[dialects.{quote(place)}]"]
        lines += [f"{k} = {quote(v) if isinstance(v, str) else v}" for k, v in dialect.items()]
    for draft in drafts:
        for table, entries in draft.tables.items():
            lines += ["", f"[tables.{table}]"]
            for value, found in entries.items():
                todo = "" if found else "  # TODO: not understood, and left out"
                lines.append(f"{quote(value)} = {quote(found)}{todo}")
    return "\n".join(lines) + "\n"
