"""Drafts as text: the mapping in YARRRML and the description in TOML, with reasons as comments.

Headings and values of a partner's file reach these texts only through ``quote`` and ``comment``,
so that nothing in a file can become a part of its mapping.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from loaders.drafting.proposals import Proposal, TableDraft, Thing
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
        *comment(f"Drafted by ‘hub map’ from {title}. Edit it: what is a guess says so, and TODO "
                 "stands where a person has to decide."),
        "",
        "prefixes:",
    ]  # fmt: skip
    used = {name.partition(":")[0] for name in _list_names(drafts)}
    functions = any(_calls(e) for e in _list_expressions(drafts))
    for prefix, namespace in PREFIXES.items():
        if prefix in used or (functions and prefix == "mcf"):
            lines.append(f"  {prefix}: {quote(namespace)}")
    lines += ["", "mappings:"]
    several = sum(bool(draft.things) for draft in drafts) > 1
    number = 0
    for draft in drafts:
        number += bool(draft.things)
        lines += _write_table(draft, f"-{number}" if several and number > 1 else "")
    return "\n".join(lines) + "\n"


def _list_names(drafts: Sequence[TableDraft]) -> Iterator[str]:
    for draft in drafts:
        for thing in draft.things:
            yield from thing.classes
            yield from (proposal.predicate for proposal in thing.proposals)


def _list_expressions(drafts: Sequence[TableDraft]) -> Iterator[Expression]:
    for draft in drafts:
        for thing in draft.things:
            yield thing.subject
            yield from (proposal.expression for proposal in thing.proposals)


def _calls(expression: Expression) -> bool:
    return isinstance(expression, Call)


def _write_table(draft: TableDraft, suffix: str) -> Iterator[str]:
    source = draft.profile.table.source
    named = f"{source.file}, {source.part}" if source.part else source.file
    profile = draft.profile
    rows = f"{profile.rows:,} rows" + ("" if profile.whole else " looked at, and more not")
    yield from comment(f"{named}: {rows}, read as {profile.table.stated}", "  ")
    if profile.bad_rows:
        yield from comment(f"TODO: {profile.bad_rows} rows cannot be read", "  ")
    for remark in profile.table.remarks:
        yield from comment(f"Note: {remark}.", "  ")
    for todo in draft.todo:
        yield from comment(f"TODO: {todo}.", "  ")
    if personal := draft.personal:
        yield from comment(
            f"Personal data: {', '.join(personal)}. Keep them in a source of visibility "
            "‘consortium’ or ‘partner’.",
            "  ",
        )
    if draft.left:
        yield from comment("Not mapped, and reported so at every load:", "  ")
        for name, why in draft.left.items():
            yield from comment(f"- {name}: {why}", "  ")
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
    yield from _write_value("    s:", thing.subject, Kind.IRI, "      ")
    yield "    po:"
    for name in thing.classes:
        yield f"      - [a, {quote(name)}]"
    for proposal in thing.proposals:
        yield from _write_proposal(proposal)


def _write_proposal(proposal: Proposal) -> Iterator[str]:
    where = ", ".join(proposal.columns)
    yield from comment(f"{where}: {proposal.confidence}: {proposal.reason}", "      ")
    if isinstance(proposal.expression, Call):
        yield f"      - p: {quote(proposal.predicate)}"
        yield "        o:"
        yield from _write_call(proposal.expression, "          ")
        if proposal.kind is Kind.IRI:
            yield "          type: iri"
        if proposal.language:
            yield f"          language: {quote(proposal.language)}"
        return
    value = write_template(proposal.expression) + ("~iri" if proposal.kind is Kind.IRI else "")
    language = f", {quote(proposal.language + '~lang')}" if proposal.language else ""
    yield f"      - [{quote(proposal.predicate)}, {quote(value)}{language}]"


def _write_value(key: str, expression: Expression, kind: Kind, indent: str) -> Iterator[str]:
    if isinstance(expression, Call):
        yield key
        yield from _write_call(expression, indent)
        if kind is Kind.IRI:
            yield f"{indent}type: iri"
    else:
        yield f"{key} {quote(write_template(expression))}"


def _write_call(expression: Call, indent: str) -> Iterator[str]:
    yield f"{indent}function: mcf:{expression.function.removeprefix(FUNCTIONS)}"
    yield f"{indent}parameters:"
    for parameter, value in expression.arguments:
        yield f"{indent}  - [mcf:{parameter.removeprefix(FUNCTIONS)}, {_write_argument(value)}]"


def _write_argument(expression: Expression) -> str:
    if not isinstance(expression, Call):
        return quote(write_template(expression))
    parameters = ", ".join(
        f"[mcf:{parameter.removeprefix(FUNCTIONS)}, {_write_argument(value)}]"
        for parameter, value in expression.arguments
    )
    name = expression.function.removeprefix(FUNCTIONS)
    return f"{{function: mcf:{name}, parameters: [{parameters}]}}"


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


def write_description(name: str, file: str, drafts: Sequence[TableDraft], made: str) -> str:
    """The TOML of the description."""
    personal = [column for draft in drafts for column in draft.personal]
    lines = [
        *comment(f"Drafted by ‘hub map’. {made}"),
        f"name = {quote(name)}",
        f"title = {quote(file)}  # TODO: what it is, in a few words",
        'owner = "not stated"  # TODO: the partner whose list it is',
    ]
    if personal:
        told = f"It holds personal data ({', '.join(personal)}): do not make it public."
        lines += comment(told)
    else:
        lines += comment("TODO: make it public only when its owner says so.")
    lines += [
        'visibility = "consortium"',
        'licence = "not stated"  # TODO: ask the owner',
        'mapping = "mapping.yml"',
        f"files = [{quote(file)}]",
        "",
        *comment("Columns that nobody mapped are reported at every load. To leave one out on "
                 "purpose, take the # from its line:"),
        "[ignored]",
    ]  # fmt: skip
    for draft in drafts:
        source = draft.profile.table.source
        left = [c.name for c in draft.profile.columns if c.name in draft.left]
        if left:
            place = f"{file}#{source.part}" if source.reader == "csv" and source.part else file
            lines.append(f"# {quote(place)} = [")
            lines += [f"#   {quote(column)}," for column in left]
            lines.append("# ]")
    lines += ["", *comment("A delivery with a third fewer rows is refused whole.")]
    lines.append("[expected.rows]")
    for draft in drafts:
        if draft.things and draft.profile.whole:
            source = draft.profile.table.source
            place = f"{file}#{source.part}" if source.reader == "csv" and source.part else file
            least = draft.profile.rows - draft.profile.rows // 3
            lines.append(f"{quote(place)} = {{ min = {least} }}")
    for draft in drafts:
        for table, entries in draft.tables.items():
            lines += ["", f"[tables.{table}]"]
            for value, found in entries.items():
                todo = "" if found else "  # TODO: not understood, and left out"
                lines.append(f"{quote(value)} = {quote(found)}{todo}")
    return "\n".join(lines) + "\n"
