"""The description of a source: ``source.toml`` beside its files."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from loaders.findings import Report, show_error, show_value

DESCRIPTION = "source.toml"
LARGEST_DESCRIPTION = 1 << 20
VISIBILITIES = ("public", "consortium", "partner")
NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
PARTNER = re.compile(r"[a-z0-9][a-z0-9-]*")
ADDRESS = re.compile(r"https?://(?:[\w.-]+|\[[0-9a-fA-F:]+\])(?::\d{1,5})?(?:/[^\s@#<>\"\\]*)?")
LOCAL_OR_ENCRYPTED = re.compile(r"https://|http://(?:localhost|127\.0\.0\.1|\[::1\])[:/]")
# Of the environment only these: a description may come with a partner's files, and what else the
# environment holds is not for the servers that it names.
VARIABLE = re.compile(r"HUB_ENDPOINT_[A-Z0-9_]+")
NUMBERS = "write 12 or { min = 10, max = 20 }"


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


@dataclass(frozen=True, kw_only=True)
class Source:
    """What a partner's source is: the fields of ``source.toml`` and the folder it stands in.

    How a field is read from there follows from its type.
    """

    name: str = ""
    title: str = ""
    owner: str = ""
    visibility: str = ""
    partner: str = ""
    licence: str = ""
    description: str = ""
    refresh: str = ""
    mapping: str = ""
    files: tuple[str, ...] = ()
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
    form = _Form(Report(location.name))
    entries = form.open(location.folder) if location.entries is None else location.entries
    fields: dict[str, Any] = {"endpoints": {}}
    for key, value in entries.items():
        if key in ("endpoints", "hubs"):
            fields["endpoints"] |= form.read(FIELDS["endpoints"], key, value)
        elif key == "expected":
            for part, inner in form.table(key, value).items():
                if kind := FIELDS.get(f"expected_{part}"):
                    fields[f"expected_{part}"] = form.read(kind, f"expected.{part}", inner)
                else:
                    message = "“expected” holds the tables “rows”, “classes” and “sums”, no other"
                    form.fault("expected", message, "write [expected.rows]", key)
        elif key in FIELDS and not key.startswith("expected"):
            fields[key] = form.read(FIELDS[key], key, value)
        else:
            message = f"the description has an unknown key “{key}”"
            form.fault("unknown-key", message, "remove it, or correct its spelling", key)
    stated = json.dumps(entries, sort_keys=True, default=str)
    source = Source(**fields, folder=location.folder, home=location.home, stated=stated)
    _judge(source, location, form)
    if form.faults:
        raise form.report.refusal()
    return source


def read_endpoint(name: str, table: object) -> Endpoint:
    """An endpoint from the fields of ``Endpoint``, stated elsewhere than in a source.

    Raises SourceRefused, with every fault among its findings.
    """
    form = _Form(Report(name))
    endpoint: Endpoint | None = form.endpoint(name, table)
    if form.faults or not endpoint:
        raise form.report.refusal()
    return endpoint


def _judge(source: Source, location: Location, form: _Form) -> None:
    """What the fields say together."""
    for key in ("name", "title", "owner", "visibility", "licence"):
        if not getattr(source, key).strip():
            form.fault("missing", f"“{key}” is missing or empty", f'add {key} = "…"', key)
    name, own = source.name, location.name
    if name and not NAME.fullmatch(name):
        message = "a name is lower-case letters, digits and single hyphens"
        form.fault("name", message, "rename the source and its folder", "name", name)
    elif name and name != own:
        message = f"the source calls itself otherwise than its folder “{own}”"
        form.fault("name", message, "give both the same name", "name", name)
    if source.visibility and source.visibility not in VISIBILITIES:
        message = f"visibility is one of {', '.join(VISIBILITIES)}"
        form.fault("visibility", message, "choose one", "visibility", source.visibility)
    if (source.visibility == "partner") != bool(source.partner):
        message = "“partner” is given exactly when visibility is “partner”"
        form.fault("partner", message, "add or remove it", "partner", source.partner)
    elif source.partner and not PARTNER.fullmatch(source.partner):
        message = "the name of a partner is lower-case letters, digits and hyphens"
        name = re.sub(r"[^a-z0-9]+", "-", source.partner.lower()).strip("-") or "alpha"
        remedy = f"write ‘{name}’, and ‘--for partner:{name}’ for its people"
        form.fault("partner", message, remedy, "partner", source.partner)
    if not source.files and not source.endpoints:
        form.fault("files", "the source names no files", 'add files = ["…"]', "files")
    if len(set(source.files)) != len(source.files):
        form.fault("files", "a file is named twice", "name it once", "files")
    for key in source.dialects:
        if key.partition("#")[0] not in source.files:
            message = (
                f"“dialects” tells of a file that is not in “files”: {', '.join(source.files)}"
            )
            form.fault("dialects", message, "correct its name", f"dialects.{key}")


class _Form:
    """Takes values by the types of their fields, and notes what is not as it should be."""

    def __init__(self, report: Report) -> None:
        self.report, self.faults = report, 0

    def open(self, folder: Path) -> dict[str, Any]:
        """What stands in the file of a folder."""
        path, place = folder / DESCRIPTION, self.report.at(DESCRIPTION)
        try:
            if path.stat().st_size > LARGEST_DESCRIPTION:
                message = "it is larger than 1 MB"
                raise place.refusal("description-size", message, "keep data apart")
            return tomllib.loads(path.read_text("utf-8-sig"))
        except (OSError, ValueError, RecursionError) as error:
            missing = isinstance(error, FileNotFoundError)
            told = f"it cannot be read: {show_error(error)}"
            message = f"there is no {DESCRIPTION}" if missing else told
            rule = "description-missing" if missing else "description-syntax"
            remedy = "describe the source in TOML, in UTF-8"
            raise place.refusal(rule, message, remedy) from error

    def fault(self, rule: str, message: str, remedy: str, key: str, value: str = "") -> None:
        self.faults += 1
        place = self.report.at(DESCRIPTION)
        place.error(f"description-{rule}", message, remedy, column=key, value=value)

    def mistyped(self, place: str, said: str, remedy: str, value: object) -> None:
        self.fault("type", f"“{place}” must be {said}", remedy, place, show_value(value))

    def table(self, place: str, value: object) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        self.mistyped(place, "a table", f"write [{place}]", value)
        return {}

    def read(self, kind: Any, place: str, value: object) -> Any:
        """The value as a field of this type has it; nothing where it is of another."""
        if reader := {Total: self.total, Dialect: self.dialect, Endpoint: self.endpoint}.get(kind):
            return reader(place, value)
        origin = get_origin(kind)
        if origin is Mapping:
            inner = get_args(kind)[1]
            entries = self.table(place, value).items()
            read = {key: self.read(inner, f"{place}.{key}", one) for key, one in entries}
            return {key: one for key, one in read.items() if one is not None}
        if kind is str and isinstance(value, str):
            return value
        if origin and isinstance(value, list) and all(isinstance(v, str) and v for v in value):
            return origin(value)
        said = ("a list of texts", 'write ["…", "…"]') if origin else ("text", 'write key = "…"')
        self.mistyped(place, *said, value)
        return (origin or kind)()

    def dialect(self, place: str, value: object) -> Dialect:
        stated = dict(self.table(place, value))
        rows = stated.pop("header", 0)
        first, last = rows if isinstance(rows, list) and len(rows) == 2 else (rows, rows)
        if rows and not (type(first) is type(last) is int and 0 < first <= last < first + 4):
            self.mistyped(f"{place}.header", "a row or two", "write 2, or [2, 3]", rows)
            first = last = 0
        words = {key: self.read(str, f"{place}.{key}", one) for key, one in stated.items()}
        if unknown := sorted(words.keys() - {"encoding", "delimiter"}):
            said = "“encoding”, “delimiter” or “header”"
            self.mistyped(f"{place}.{unknown[0]}", said, "correct its spelling", words[unknown[0]])
        if len(delimiter := words.get("delimiter", "")) > 1:
            self.mistyped(f"{place}.delimiter", "one character", 'write ";"', delimiter)
        return Dialect(words.get("encoding", ""), delimiter, (first, last))

    def total(self, place: str, value: object) -> Total:
        given: dict[str, Any] = {"min": value, "max": value}
        given = value if isinstance(value, dict) else given
        numbers = all(type(v) in (int, float, Decimal) and isfinite(v) for v in given.values())
        if not given or given.keys() - {"min", "max"} or not numbers:
            self.mistyped(place, "a number or {min, max}", NUMBERS, value)
            return Total(None, None)
        exact = {k: v if type(v) is int else Decimal(str(v)) for k, v in given.items()}
        if not place.startswith("expected.sums") and any(v < 0 or v % 1 for v in exact.values()):
            self.mistyped(place, "whole numbers", NUMBERS, value)
        return Total(exact.get("min"), exact.get("max"))

    def endpoint(self, place: str, value: object) -> Endpoint | None:
        group, _, name = place.rpartition(".")
        if group and not NAME.fullmatch(name):
            self.mistyped(place, "called by a plain name", "rename it", name)
        kinds = {"url": str, "page": int, "timeout": int, "token_variable": str}
        kinds |= {"user": str, "password_variable": str, "digest": bool}
        kinds |= {"sources": list} if group == "hubs" else {"key": str, "changes": str}
        stated = self.table(place, value)
        wrong = [key for key, one in stated.items() if type(one) is not kinds.get(key)]
        if wrong or "url" not in stated:
            # The value is not shown: it may be a password that has no place here.
            message = f"“{place}.{(wrong or ['url'])[0]}” is unknown or of another type"
            self.fault("type", message, f"use {', '.join(kinds)}", place)
            return None
        sources = self.read(FIELDS["files"], f"{place}.sources", stated.get("sources", []))
        endpoint = Endpoint(**{**stated, "sources": sources, "hub": group == "hubs"})
        for key in ("url", "changes"):
            url = getattr(endpoint, key)
            if not ADDRESS.fullmatch(url) and (url or key == "url"):
                message = f"“{place}.{key}” is no address of a server, without password"
                self.fault("address", message, "write https://host/path", place, url)
        variables = {endpoint.password_variable, endpoint.token_variable} - {""}
        paired = bool(endpoint.user) == bool(endpoint.password_variable)
        named = all(map(VARIABLE.fullmatch, variables)) and len(variables) < 2
        if not (paired and named) or (endpoint.digest and not endpoint.user):
            message = f"“{place}” needs “user” with “password_variable”, or “token_variable”"
            remedy = "name an environment variable that begins with HUB_ENDPOINT_"
            self.fault("secret", message, remedy, place)
        elif endpoint.bare:
            message = f"“{place}” would send a secret unencrypted"
            self.fault("secret", message, "use https, or digest = true", place)
        if not (1 <= endpoint.page <= 100_000 and 1 <= endpoint.timeout <= 3600):
            message = f"“{place}” asks for 1 to 100,000 rows in 1 to 3,600 seconds"
            self.fault("range", message, "correct “page” or “timeout”", place)
        return endpoint


FIELDS = {k: v for k, v in get_type_hints(Source).items() if k not in ("folder", "home", "stated")}
