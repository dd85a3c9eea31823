"""Log-in by another server (OpenID Connect): who it is, and what its claims open here.

In `hub.toml`:

    [single_sign_on]
    name = "Cluster log-in"                  # on the button
    issuer = "https://login.example.org/realms/cluster"
    client = "metacluster-hub"               # registered there, with the address …/log-in/back
    secret_variable = "HUB_SIGN_ON_SECRET"   # the environment variable that holds its secret
    claim = "groups"                         # of the ID token; its values open levels and rights
    levels = { members = "consortium", "biom-staff" = "partner:biom" }
    rights = { reviewers = "review" }
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hub.access import LEVELS, Viewer, parse_viewer
from hub.accounts.caller import RIGHTS, Caller
from hub.accounts.users import SIGNED_ON, find_user
from hub.errors import Forbidden, Invalid, Unauthorised
from hub.history import ledger, now

TEXTS = ("issuer", "client", "secret_variable", "claim", "name")
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True)
class SignOn:
    """The server that staff log in at, and what the values of its claim open."""

    issuer: str
    client: str
    secret_variable: str
    claim: str
    name: str
    levels: Mapping[str, Viewer]
    rights: Mapping[str, str]

    def open(self, claims: Mapping[str, Any]) -> tuple[Viewer, str]:
        """The level and the right that claims open: of several the highest.

        Raises Forbidden where they open none, or those of two partners.
        """
        stated = claims.get(self.claim)
        values = [stated] if isinstance(stated, str) else stated if isinstance(stated, list) else []
        viewers = {self.levels[value] for value in values if value in self.levels}
        highest = max((LEVELS.index(viewer.level) for viewer in viewers), default=0)
        best = [viewer for viewer in viewers if LEVELS.index(viewer.level) == highest]
        if not viewers or len(best) > 1:
            why = "of two partners" if best else "nothing here"
            raise Forbidden(
                f"Your account at {self.name} opens {why}.",
                remedy="Ask the operator of the hub, or of that server, to give it one level.",
            )
        rights = [self.rights[value] for value in values if value in self.rights]
        return best[0], max(rights, key=RIGHTS.index, default="read")


def read_sign_on(values: Mapping[str, Any]) -> SignOn | None:
    """The `[single_sign_on]` of `hub.toml`; None where there is none. Raises Invalid."""
    if not values:
        return None
    place = "[single_sign_on]"
    given = {"claim": "groups", "name": "single sign-on", **values}
    unknown = given.keys() - {*TEXTS, "levels", "rights"}
    if unknown:
        raise Invalid(f"Unknown setting “{min(unknown)}”.", where=place)
    for key in TEXTS:
        if not isinstance(given.get(key), str) or not given[key]:
            raise Invalid(f"“{key}” is missing, or no text.", where=place)
    levels, rights = given.get("levels"), given.get("rights", {})
    if not isinstance(levels, dict) or not levels or not isinstance(rights, dict):
        raise Invalid(
            "The claim's values open no level.", where=place,
            remedy='Say levels = { members = "consortium" }.',
        )  # fmt: skip
    address = urlsplit(given["issuer"])
    if address.scheme != "https" and address.hostname not in LOOPBACK:
        raise Invalid("The issuer is no https address.", where=place)
    for right in rights.values():
        Caller(right=str(right))
    return SignOn(
        **{key: given[key] for key in TEXTS},
        levels={value: parse_viewer(str(level)) for value, level in levels.items()},
        rights={value: str(right) for value, right in rights.items()},
    )


def admit(data: Path, sign_on: SignOn, claims: Mapping[str, Any]) -> Caller:
    """The account of whoever `claims` (of a checked ID token) are about, made at the first log-in.

    Level and right follow the claims at each log-in. Raises Unauthorised where it is disabled.
    """
    viewer, right = sign_on.open(claims)
    about = hashlib.sha256(f"{sign_on.issuer}\n{claims['sub']}".encode()).hexdigest()
    name, title = SIGNED_ON + about[:20], _title(claims, ("name", "preferred_username", "email"))
    row = (name, title or name, viewer.level, viewer.partner, right, now(), now())
    with ledger(data) as connection:
        connection.execute(
            "INSERT INTO user (name, title, level, partner, may, password, created, used) "
            "VALUES (?, ?, ?, ?, ?, '', ?, ?) ON CONFLICT (name) DO UPDATE SET "
            "title = excluded.title, level = excluded.level, partner = excluded.partner, "
            "may = excluded.may, used = excluded.used",
            row,
        )
    user = find_user(data, name)
    if user.disabled:
        raise Unauthorised(
            "The account is closed here.", remedy="Ask the operator of the hub (hub user enable)."
        )
    return user.caller


def _title(claims: Mapping[str, Any], names: Collection[str]) -> str:
    return next((str(claims[name])[:100] for name in names if claims.get(name)), "")
