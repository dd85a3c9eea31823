"""The description of a source: ``source.toml`` beside its files."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

from loaders.findings import Report

DESCRIPTION = "source.toml"
LARGEST_DESCRIPTION = 1 << 20
VISIBILITIES = ("public", "consortium", "partner")
NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
ADDRESS = re.compile(r"https?://(?:[\w.-]+|\[[0-9a-fA-F:]+\])(?::\d{1,5})?(?:/[^\s@#<>\"\\]*)?")
LOCAL_OR_ENCRYPTED = re.compile(r"https://|http://(?:localhost|127\.0\.0\.1|\[::1\])[:/]")
# Of the environment only these: a description may come with a partner's files, and what else the
# environment holds is not for the servers that it names.
VARIABLE = re.compile(r"HUB_ENDPOINT_[A-Z0-9_]+")


T = TypeVar("T")
Read = Callable[[str, Any], Any]


@dataclass(frozen=True)
class Total:
    """How many of something are expected: from ``low`` to ``high``, both included; None is no
    bound.
    """

    low: int | Decimal | None
    high: int | Decimal | None

    def admits(self, count: int | Decimal) -> bool:
        """Whether a count is what was expected."""
        return (self.low is None or count >= self.low) and (self.high is None or count <= self.high)

    def __str__(self) -> str:
        if self.low == self.high:
            return f"exactly {self.low}"
        if self.high is None:
            return f"at least {self.low}"
        return f"at most {self.high}" if self.low is None else f"{self.low} to {self.high}"


@dataclass(frozen=True)
class Dialect:
    """How a table is written, where that shall not be detected: ``header`` are the first and last
    row of its header, from 1.
    """

    encoding: str = ""
    delimiter: str = ""
    header: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Endpoint:
    """A server that may be asked: a SPARQL endpoint, or, with ``hub``, the root of another hub.

    ``page`` is how many rows are asked for at once, ``timeout`` how many seconds an answer may
    take, ``key`` the variable by which pages follow each other, ``changes`` the address whose ETag
    or Last-Modified tells whether the data changed, ``sources`` those taken of a hub (all, if
    empty). ``user`` shows the password that the environment variable ``password_variable`` holds
    (by HTTP Digest, if ``digest``, else Basic); ``token_variable`` names that of a bearer token.
    """

    url: str
    hub: bool = False
    page: int = 5000
    timeout: float = 60
    key: str = ""
    changes: str = ""
    sources: tuple[str, ...] = ()
    user: str = ""
    password_variable: str = ""
    token_variable: str = ""
    digest: bool = False

    @property
    def bare(self) -> bool:
        """Whether what is shown to the server could be read by others on the way."""
        shown = self.token_variable or (self.password_variable and not self.digest)
        return bool(shown) and not LOCAL_OR_ENCRYPTED.match(self.url)


@dataclass(frozen=True)
class Source:
    """What a partner's source is: the fields of ``source.toml`` and the folder it stands in."""

    name: str
    title: str
    owner: str
    visibility: str
    partner: str
    licence: str
    description: str
    refresh: str
    mapping: str
    files: tuple[str, ...]
    folder: Path
    ignored: Mapping[str, frozenset[str]] = field(default_factory=dict)
    expected_rows: Mapping[str, Total] = field(default_factory=dict)
    expected_classes: Mapping[str, Total] = field(default_factory=dict)
    expected_sums: Mapping[str, Mapping[str, Total]] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    dialects: Mapping[str, Dialect] = field(default_factory=dict)
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    home: Path | None = None
    stated: str = field(default="", repr=False)

    @property
    def mapping_folder(self) -> Path:
        """Where the mapping stands."""
        return self.home or self.folder


@dataclass(frozen=True)
class Location:
    """Where a source is: a folder with a source.toml, or with ``entries`` (the same fields, stated
    elsewhere) any folder; the mapping of those stands in ``home``.
    """

    name: str
    folder: Path
    entries: Mapping[str, Any] | None = None
    home: Path | None = None


def read_source(location: Location | Path) -> Source:
    """Read ``source.toml`` of a folder, or take what is stated elsewhere.

    Beside the fields named in ``Source`` it may hold ``[expected] rows`` and ``classes`` (a number,
    or ``{min, max}``), ``[expected.sums."FILE"]`` (the same by column), ``[codes."FILE"]`` (column
    to the values it may have), ``ignored`` (file to columns left out on purpose),
    ``[tables.NAME]`` (look-up tables of ``mcf:lookup``), ``[dialects."FILE"]`` (``encoding``,
    ``delimiter``, ``header``: the row it is in, or the first and the last), ``[endpoints.NAME]``
    and ``[hubs.NAME]`` (the fields of ``Endpoint``).

    Raises SourceRefused, with every fault of the description among its findings.
    """
    if isinstance(location, Path):
        location = Location(location.resolve().name, location)
    report = Report(location.name)
    stated = location.entries
    entries = _read_entries(location.folder, report) if stated is None else stated
    form = _Form(report)
    expected = form.table("expected", entries.get("expected", {}), lambda _, value: value)
    fields: dict[str, Any] = {
        key: read(key, entries[key]) if key in entries else read(key, type(empty)())
        for key, (read, empty) in form.fields.items()
    }
    endpoints = fields.pop("hubs")
    source = Source(
        **fields | {"endpoints": fields["endpoints"] | endpoints},
        expected_rows=form.table("expected.rows", expected.get("rows", {}), form.count),
        expected_classes=form.table("expected.classes", expected.get("classes", {}), form.count),
        expected_sums=form.table("expected.sums", expected.get("sums", {}), form.sums),
        folder=location.folder,
        home=location.home,
        stated=json.dumps(entries, sort_keys=True, default=str),
    )
    if expected.keys() - {"rows", "classes", "sums"}:
        message = "‘expected’ holds the tables ‘rows’, ‘classes’ and ‘sums’, nothing else"
        form.fault("expected", message, "write [expected.rows]", "expected")
    for key in ("name", "title", "owner", "visibility", "licence"):
        if not fields[key].strip():
            form.fault("missing", f"‘{key}’ is missing or empty", f'add {key} = "…"', key)
    _judge(source, location, form)
    for key in sorted(entries.keys() - form.fields.keys() - {"expected"}):
        message = f"the description has an unknown key ‘{key}’"
        form.fault("unknown-key", message, "remove it, or correct its spelling", key)
    if form.faults:
        raise report.refusal()
    return source


def read_endpoint(name: str, table: object) -> Endpoint:
    """An endpoint from the fields of ``Endpoint``, stated elsewhere than in a source.

    Raises SourceRefused, with every fault among its findings.
    """
    report = Report(name)
    form = _Form(report)
    endpoint = form.endpoint(name, table)
    if form.faults or not endpoint:
        raise report.refusal()
    return endpoint


def _read_entries(folder: Path, report: Report) -> dict[str, Any]:
    place = report.at(DESCRIPTION)
    path = folder / DESCRIPTION
    try:
        if path.stat().st_size > LARGEST_DESCRIPTION:
            place.error("description-size", "it is larger than 1 MB", "keep data apart")
            raise report.refusal()
        return tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        missing = isinstance(error, FileNotFoundError)
        message = f"there is no {DESCRIPTION}" if missing else f"it cannot be read: {error}"
        rule = "description-missing" if missing else "description-syntax"
        place.error(rule, message, "describe the source in TOML, in UTF-8")
        raise report.refusal() from error


def _judge(source: Source, location: Location, form: _Form) -> None:
    """What the fields say together."""
    name, own = source.name, location.name
    if name and not NAME.fullmatch(name):
        message = "a name is lower-case letters, digits and single hyphens"
        form.fault("name", message, "rename the source and its folder", "name", name)
    elif name and name != own:
        message = f"the source calls itself otherwise than its folder ‘{own}’"
        form.fault("name", message, "give both the same name", "name", name)
    if source.visibility and source.visibility not in VISIBILITIES:
        message = f"visibility is one of {', '.join(VISIBILITIES)}"
        form.fault("visibility", message, "choose one", "visibility", source.visibility)
    if (source.visibility == "partner") != bool(source.partner):
        message = "‘partner’ is given exactly when visibility is ‘partner’"
        form.fault("partner", message, "add or remove it", "partner", source.partner)
    if not source.files and not source.endpoints:
        form.fault("files", "the source names no files", 'add files = ["…"]', "files")
    if len(set(source.files)) != len(source.files):
        form.fault("files", "a file is named twice", "name it once", "files")


class _Form:
    """Takes typed values and notes what is not as it should be.

    ``fields`` is how each key is read, and what stands for one that is not there.
    """

    def __init__(self, report: Report) -> None:
        self.report, self.faults = report, 0
        texts = ("name", "title", "owner", "visibility", "partner", "licence", "description",
                 "refresh", "mapping")  # fmt: skip
        read: dict[str, Read] = {
            "ignored": self.codes,
            "codes": lambda place, value: self.table(place, value, self.codes),
            "tables": lambda place, value: self.table(place, value, self.words),
            "dialects": lambda place, value: self.table(place, value, self.dialect),
            "endpoints": self.endpoints,
            "hubs": self.endpoints,
        }
        self.fields: dict[str, tuple[Read, object]] = {
            **dict.fromkeys(texts, (self.text, "")), "files": (self.texts, []),
            **{key: (function, {}) for key, function in read.items()},
        }  # fmt: skip

    def fault(self, rule: str, message: str, remedy: str, key: str, value: str = "") -> None:
        self.faults += 1
        place = self.report.at(DESCRIPTION)
        place.error(f"description-{rule}", message, remedy, column=key, value=value)

    def mistyped(self, place: str, said: str, remedy: str, value: object) -> None:
        self.fault("type", f"‘{place}’ must be {said}", remedy, place, str(value))

    def text(self, place: str, value: object) -> str:
        if isinstance(value, str):
            return value
        self.mistyped(place, "text", 'write key = "…"', value)
        return ""

    def texts(self, place: str, value: object) -> tuple[str, ...]:
        if isinstance(value, list) and all(isinstance(item, str) and item for item in value):
            return tuple(value)
        self.mistyped(place, "a list of texts", 'write ["…", "…"]', value)
        return ()

    def table(self, place: str, value: object, read: Callable[[str, Any], T]) -> dict[str, T]:
        if isinstance(value, dict):
            return {key: read(f"{place}.{key}", inner) for key, inner in value.items()}
        self.mistyped(place, "a table", f"write [{place}]", value)
        return {}

    def codes(self, place: str, value: object) -> dict[str, frozenset[str]]:
        return {
            key: frozenset(texts) for key, texts in self.table(place, value, self.texts).items()
        }

    def words(self, place: str, value: object) -> dict[str, str]:
        return self.table(place, value, self.text)

    def dialect(self, place: str, value: object) -> Dialect:
        stated = dict(value) if isinstance(value, dict) else value
        rows = stated.pop("header", 0) if isinstance(stated, dict) else 0
        words = self.words(place, stated)
        first, last = rows if isinstance(rows, list) and len(rows) == 2 else (rows, rows)
        if rows and not (type(first) is type(last) is int and 0 < first <= last < first + 4):
            self.mistyped(f"{place}.header", "a row or two", "write 2, or [2, 3]", rows)
            first = last = 0
        return Dialect(words.get("encoding", ""), words.get("delimiter", ""), (first, last))

    def sums(self, place: str, value: object) -> dict[str, Total]:
        return self.table(place, value, self.total)

    def count(self, place: str, value: object) -> Total:
        total = self.total(place, value)
        for bound in (total.low, total.high):
            if bound is not None and (bound < 0 or bound % 1):
                self.mistyped(place, "whole numbers", "write 12 or { min = 10, max = 20 }", value)
        return total

    def total(self, place: str, value: object) -> Total:
        given: dict[str, Any] = {"min": value, "max": value}
        given = value if isinstance(value, dict) else given
        numbers = all(type(v) in (int, float, Decimal) and isfinite(v) for v in given.values())
        if not given or given.keys() - {"min", "max"} or not numbers:
            remedy = "write 12 or { min = 10, max = 20 }"
            self.mistyped(place, "a number or {min, max}", remedy, value)
            return Total(None, None)
        exact = {k: v if type(v) is int else Decimal(str(v)) for k, v in given.items()}
        return Total(exact.get("min"), exact.get("max"))

    def endpoints(self, place: str, value: object) -> dict[str, Endpoint]:
        read = self.table(place, value, self.endpoint)
        for name in read:
            if not NAME.fullmatch(name):
                self.mistyped(f"{place}.{name}", "called by a plain name", "rename it", name)
        return {name: endpoint for name, endpoint in read.items() if endpoint}

    def endpoint(self, place: str, table: object) -> Endpoint | None:
        hub = place.startswith("hubs.")
        known = {"url": str, "page": int, "timeout": int, "token_variable": str}
        known |= {"user": str, "password_variable": str, "digest": bool}
        known |= {"sources": list} if hub else {"key": str, "changes": str}
        stated = self.table(place, table, lambda _, value: value)
        wrong = [key for key, value in stated.items() if type(value) is not known.get(key)]
        if wrong or "url" not in stated:
            # The value is not shown: it may be a password that has no place here.
            message = f"‘{place}.{(wrong or ['url'])[0]}’ is unknown or of another type"
            self.fault("type", message, f"use {', '.join(known)}", place)
            return None
        sources = self.texts(f"{place}.sources", stated.get("sources", []))
        endpoint = Endpoint(**{**stated, "sources": sources, "hub": hub})
        for key in ("url", "changes"):
            url = getattr(endpoint, key)
            if not ADDRESS.fullmatch(url) and (url or key == "url"):
                message = f"‘{place}.{key}’ is no address of a server, without password"
                self.fault("address", message, "write https://host/path", place, url)
        variables = {endpoint.password_variable, endpoint.token_variable} - {""}
        paired = bool(endpoint.user) == bool(endpoint.password_variable)
        named = all(map(VARIABLE.fullmatch, variables)) and len(variables) < 2
        if not (paired and named) or (endpoint.digest and not endpoint.user):
            message = f"‘{place}’ needs ‘user’ with ‘password_variable’, or ‘token_variable’"
            remedy = "name an environment variable that begins with HUB_ENDPOINT_"
            self.fault("secret", message, remedy, place)
        elif endpoint.bare:
            message = f"‘{place}’ would send a secret unencrypted"
            self.fault("secret", message, "use https, or digest = true", place)
        if not (1 <= endpoint.page <= 100_000 and 1 <= endpoint.timeout <= 3600):
            message = f"‘{place}’ asks for 1 to 100,000 rows in 1 to 3,600 seconds"
            self.fault("range", message, "correct ‘page’ or ‘timeout’", place)
        return endpoint
