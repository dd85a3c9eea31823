"""The request at hand: which hub it is put to, who asks, and what was asked for."""

from __future__ import annotations

from typing import cast

from flask import current_app, g, request, session

from hub.access import Viewer
from hub.accounts.caller import NOBODY, Caller
from hub.accounts.sessions import caller_of_session
from hub.accounts.tokens import check_token
from hub.errors import Invalid, Unauthorised
from hub.hub import Hub
from hub.pages.reader import Reader
from hub.questions import Library


def the_hub() -> Hub:
    """The hub that the application serves."""
    return cast(Hub, current_app.extensions["hub"])


def the_library() -> Library:
    """The questions, and the queries that pages are made of."""
    return cast(Library, current_app.extensions["library"])


def reader() -> Reader:
    """The hub as whoever asks may see it."""
    return Reader(the_hub(), viewer(), the_library())


def viewer() -> Viewer:
    """What whoever asks may see. Raises as `caller`."""
    return caller().viewer


def caller() -> Caller:
    """Who asks: the account of the token or of the log-in that came with the request, or nobody.

    A log-in ends with its account; what it sent is the public's then.

    Raises:
        Unauthorised: the header is no bearer token, or the token is unknown, expired or revoked.
    """
    if "caller" not in g:
        header = request.headers.get("Authorization", "")
        g.caller = _read_header(header) if header else _read_session()
    return cast(Caller, g.caller)


def _read_header(header: str) -> Caller:
    scheme, _, secret = header.partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise Unauthorised(
            "The Authorization header holds no bearer token.",
            remedy="Send `Authorization: Bearer TOKEN`, or no such header at all.",
        )
    return check_token(the_hub().settings.data, secret.strip())


def _read_session() -> Caller:
    if "key" not in session:
        return NOBODY
    return caller_of_session(the_hub().settings.data, str(session["key"])) or NOBODY


def text(name: str, longest: int = 2_000) -> str:
    """A parameter of the query string, stripped; empty where it is not given.

    Raises:
        Invalid: it is too long, given twice, or holds control characters.
    """
    values = request.args.getlist(name)
    if len(values) > 1:
        raise Invalid(f"“{name}” is given {len(values)} times.", remedy="Give it once.")
    value = values[0].strip() if values else ""
    if len(value) > longest:
        raise Invalid(f"The parameter “{name}” is longer than {longest:,} characters.", where=name)
    if any(not c.isprintable() and c not in "\n\t" and not _formatting(c) for c in value):
        raise Invalid(f"The parameter “{name}” holds control characters.", where=name)
    return value


def _formatting(character: str) -> bool:
    """Joiners and direction marks, which many scripts need, and spaces that do not break."""
    return character in "\u200c\u200d\u200e\u200f\u061c\u00a0\u202f\u2009\u3000"


def number(name: str, default: int, least: int, most: int) -> int:
    """A whole number of the query string. Raises Invalid where it is none, or out of bounds."""
    value = text(name)
    if not value:
        return default
    if value.isascii() and value.isdigit() and len(value) < 10 and least <= int(value) <= most:
        return int(value)
    raise Invalid(
        f"{name} must be a whole number from {least} to {most:,}, not “{value[:40]}”.",
        where=name,
        remedy="Give such a number, or leave it out.",
    )
