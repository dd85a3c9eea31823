"""Questions that people keep: their own queries in the form of the library, private or shared.

They stand in `hub.sqlite`, each as the text that would be its file in `queries/`. Who does not
see a question finds nothing of its name, as if there were none.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from hub.access import Viewer, parse_viewer
from hub.accounts.caller import Caller
from hub.errors import Forbidden, Invalid, NotFound, Refused
from hub.history import ledger, now, read_rows
from hub.questions.library import Parameter, Question, read_question, strip_metadata
from hub.questions.trials import ask_example, try_out
from hub.sparql.scanner import scan

if TYPE_CHECKING:
    from hub.hub import Hub

PRIVATE = "private"
MOST = 200  # questions of one account
LONGEST = {"title": 200, "description": 2_000, "query": 20_000, "remark": 4_000}
_FIELDS = "name, account, who, sight, audience, text, kept"


@dataclass(frozen=True)
class Kept:
    """A question that somebody keeps.

    Attributes:
        account: whose it is; `who` is what people call that account.
        sight: with whose eyes it is tried: those of the least who are to see its answer.
        audience: `private`, or the least level that it is shared with: `partner:biom`, `public`.
        kept: since when it stands so, UTC.
    """

    question: Question
    account: str
    who: str
    sight: Viewer
    audience: str
    kept: str

    def is_seen_by(self, caller: Caller) -> bool:
        """Whether the caller knows of it."""
        if caller.account and caller.account == self.account:
            return True
        return self.audience != PRIVATE and caller.viewer.sees(parse_viewer(self.audience))


@dataclass(frozen=True)
class Remark:
    """What somebody said of a question."""

    who: str
    at: str
    text: str


@dataclass(frozen=True)
class Draft:
    """A question before it is kept: its words, its query, and what of it may be asked for."""

    title: str
    description: str
    query: str
    parameters: tuple[Parameter, ...] = ()


def keep(hub: Hub, caller: Caller, draft: Draft, audience: str = PRIVATE, name: str = "") -> Kept:
    """Keep a question, once it has been answered with the examples of its parameters.

    With a `name` it takes the place of the caller's question of that name: its address, and what
    was said of it, stay.

    Raises:
        NotFound, Forbidden: there is none of that name for the caller, or it is another's; the
            public keeps nothing. Invalid: a part is missing, too long, or no SELECT.
        HubError: the query cannot be answered, as `hub.questions.ask` says it.
    """
    data = hub.settings.data
    require_account(caller)
    for part in ("title", "description", "query"):
        _check_length(part, getattr(draft, part))
    query = strip_metadata(draft.query.replace("\r\n", "\n"))
    if scan(query).form != "SELECT":
        raise Invalid("Only a SELECT makes a question.", where="query")
    if name:
        find_own(data, caller, name)
    elif sum(one.account == caller.account for one in all_kept(data)) >= MOST:
        raise Invalid(f"An account keeps {MOST} questions at most.", remedy="Forget one first.")
    else:
        name = _make_name(draft.title)
    columns = ask_example(hub, _outline(name, draft, query), caller.viewer)[0]
    text = _compose(draft, columns) + query
    kept = Kept(
        read_question(name, text), caller.account, caller.name, caller.viewer, PRIVATE, now()
    )
    kept = replace(kept, **_shared(kept, caller, audience))
    with ledger(data) as connection:
        connection.execute(
            f"INSERT INTO question ({_FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (name) DO UPDATE SET who = excluded.who, sight = excluded.sight, "
            "audience = excluded.audience, text = excluded.text, kept = excluded.kept",
            (name, kept.account, kept.who, str(kept.sight), kept.audience, text, kept.kept),
        )
        connection.execute("DELETE FROM tried WHERE question = ?", (name,))
    try_out(hub, kept.question, kept.sight)
    return kept


def all_kept(data: Path) -> list[Kept]:
    """Every question that anybody keeps, by name."""
    rows = read_rows(data, f"SELECT {_FIELDS} FROM question ORDER BY name")
    return [
        Kept(_read(name, text), account, who, parse_viewer(sight), audience, since)
        for name, account, who, sight, audience, text, since in rows
    ]


def _read(name: str, text: str) -> Question:
    """A question as it is kept; one whose text is none any more says so in place of its words."""
    try:
        return read_question(name, text)
    except Refused as error:
        return _outline(name, Draft(name, f"What is kept of it cannot be read: {error}", ""), "")


def find_kept(data: Path, caller: Caller, name: str) -> Kept:
    """The question of that name. Raises NotFound also where it is not shared with the caller."""
    for one in all_kept(data):
        if one.question.name == name and one.is_seen_by(caller):
            return one
    raise NotFound(f"There is no question called “{name}”.", remedy="See /questions.")


def share(hub: Hub, caller: Caller, name: str, audience: str) -> None:
    """Share a question of the caller's with a level that the caller belongs to, or with nobody.

    Its trials begin anew.

    Raises:
        NotFound, Forbidden: there is none for the caller, or it is another's.
        Invalid: the caller is not of that level.
    """
    kept = find_own(hub.settings.data, caller, name)
    changed = replace(kept, **_shared(kept, caller, audience))
    with ledger(hub.settings.data) as connection:
        values = (changed.audience, str(changed.sight), name)
        connection.execute("UPDATE question SET audience = ?, sight = ? WHERE name = ?", values)
        connection.execute("DELETE FROM tried WHERE question = ?", (name,))
    try_out(hub, changed.question, changed.sight)


def forget(data: Path, caller: Caller, name: str) -> None:
    """Keep a question of the caller's no longer, with what was said of it. Raises as `share`."""
    find_own(data, caller, name)
    with ledger(data) as connection:
        for table in ("remark", "tried"):
            connection.execute(f"DELETE FROM {table} WHERE question = ?", (name,))
        connection.execute("DELETE FROM question WHERE name = ?", (name,))


def remark(data: Path, caller: Caller, name: str, text: str) -> None:
    """Say something of a question; whoever sees the question reads it."""
    require_account(caller)
    _check_length("remark", text)
    find_kept(data, caller, name)
    with ledger(data) as connection:
        connection.execute(
            "INSERT INTO remark (question, who, at, text) VALUES (?, ?, ?, ?)",
            (name, caller.name, now(), text),
        )


def remarks(data: Path, name: str) -> list[Remark]:
    """What was said of a question, the oldest first."""
    query = "SELECT who, at, text FROM remark WHERE question = ? ORDER BY id"
    rows = read_rows(data, query, (name,))
    return [Remark(*row) for row in rows]


def _make_name(title: str) -> str:
    """From such a name nobody can tell whether another keeps a question of that title."""
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40].strip("-") or "question"
    return f"{slug}-{secrets.token_hex(4)}"


def _outline(name: str, draft: Draft, query: str) -> Question:
    return Question(
        name, draft.title, draft.description, "", (), "public", draft.parameters, (), query
    )


def _compose(draft: Draft, columns: Sequence[str]) -> str:
    """The `#+` lines of a question."""
    told = {
        "title": " ".join(draft.title.split()),
        "description": draft.description,
        "why": "Somebody asks it again and again.",  # no name: it may be shared with everybody
        "tags": ["kept"],
        "parameters": {p.name: _describe(p) for p in draft.parameters},
        "columns": {name: {"type": "any", "label": name, "description": name} for name in columns},
    }
    if not draft.parameters:
        del told["parameters"]
    # Quoted and unfolded, so that no line of a value becomes a line of the file.
    text = yaml.safe_dump(told, allow_unicode=True, sort_keys=False, width=10**6, default_style='"')
    return "".join(f"#+ {line}\n" for line in text.splitlines())


def _describe(parameter: Parameter) -> dict[str, object]:
    told = {name: value for name, value in asdict(parameter).items() if value and name != "name"}
    told["required"] = parameter.required
    if classes := told.pop("classes", None):
        told["class"] = list(classes)
    return told


def _shared(kept: Kept, caller: Caller, audience: str) -> dict[str, Any]:
    """Audience and sight of a question that is shared so."""
    if audience == PRIVATE:
        return {"audience": PRIVATE, "sight": caller.viewer}
    level = parse_viewer(audience)
    if not caller.viewer.sees(level):
        raise Invalid(
            f"{kept.who} cannot share with {audience}.",
            where="audience",
            remedy=f"Choose among {', '.join(audiences(caller))}.",
        )
    return {"audience": str(level), "sight": level}


def audiences(caller: Caller) -> list[str]:
    """With whom an account may share what it keeps: itself alone, and each level it belongs to."""
    levels = [Viewer("consortium"), Viewer("public")]
    if caller.viewer.partner:
        levels.insert(0, caller.viewer)
    return [PRIVATE, *(str(level) for level in levels if caller.viewer.sees(level))]


def find_own(data: Path, caller: Caller, name: str) -> Kept:
    """A question of the caller's. Raises NotFound as `find_kept`, Forbidden if it is another's."""
    kept = find_kept(data, caller, name)
    if kept.account != caller.account:
        raise Forbidden("Only who keeps a question changes it.", remedy="Keep one of your own.")
    return kept


def require_account(caller: Caller) -> None:
    """Raise Forbidden for the public."""
    if not caller.account:
        raise Forbidden("Only accounts keep questions.", remedy="Log in (/log-in).")


def _check_length(part: str, text: str) -> None:
    if not text.strip() or len(text) > LONGEST[part]:
        raise Invalid(f"The {part} needs 1 to {LONGEST[part]:,} characters.", where=part)
