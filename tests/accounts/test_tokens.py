"""Tokens: what opens, what does not, and what is kept of a secret."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.access import PUBLIC, Viewer
from hub.accounts.tokens import check_token, create_token, list_tokens, revoke_token
from hub.accounts.users import add_user, change_user, disable_user, enable_user
from hub.errors import Forbidden, Invalid, NotFound, Unauthorised
from hub.history import ledger

CONSORTIUM, BIOM = Viewer("consortium"), Viewer("partner", "biom")
PASSWORD = "four words and one"


def test_a_token_opens_its_level_until_it_is_revoked(tmp_path: Path) -> None:
    token = create_token(tmp_path, "Anna", BIOM)
    caller = check_token(tmp_path, token)
    (listed,) = list_tokens(tmp_path)
    assert (caller.viewer, caller.name, caller.right) == (BIOM, "Anna", "read")
    assert caller.account == caller.credential == f"token:{listed.key}"
    assert (listed.name, listed.viewer, listed.revoked) == ("Anna", BIOM, None)
    revoke_token(tmp_path, listed.key)
    with pytest.raises(Unauthorised):
        check_token(tmp_path, token)
    with pytest.raises(NotFound):
        revoke_token(tmp_path, listed.key)


def test_an_expired_token_opens_nothing(tmp_path: Path) -> None:
    token = create_token(tmp_path, "Anna", CONSORTIUM)
    with ledger(tmp_path) as connection:
        connection.execute("UPDATE token SET expires = '2001-01-01T00:00:00Z'")
    with pytest.raises(Unauthorised):
        check_token(tmp_path, token)


@pytest.mark.parametrize("days", [0, -1, 3661])
def test_no_token_lasts_for_ever(tmp_path: Path, days: int) -> None:
    with pytest.raises(Invalid):
        create_token(tmp_path, "Anna", CONSORTIUM, days)


def test_no_secret_is_kept(tmp_path: Path) -> None:
    token = create_token(tmp_path, "Anna", CONSORTIUM)
    check_token(tmp_path, token)
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert token.rpartition("_")[2].encode() not in files


@given(st.text())
def test_what_is_no_token_opens_nothing_and_makes_no_file(text: str) -> None:
    with pytest.raises(Unauthorised):
        check_token(Path("no such folder"), text)
    assert not Path("no such folder").exists()


def test_a_token_with_one_letter_changed_opens_nothing(tmp_path: Path) -> None:
    token = create_token(tmp_path, "Anna", CONSORTIUM)
    for place in range(len(token)):
        other = "A" if token[place] != "A" else "B"
        with pytest.raises(Unauthorised):
            check_token(tmp_path, token[:place] + other + token[place + 1 :])


def test_rights_include_the_lesser_ones(tmp_path: Path) -> None:
    caller = check_token(tmp_path, create_token(tmp_path, "Anna", BIOM, right="review"))
    assert [caller.may(right) for right in ("read", "review", "administer")] == [True, True, False]
    with pytest.raises(Forbidden, match="not administer"):
        caller.require("administer")
    with pytest.raises(Invalid, match="king"):
        create_token(tmp_path, "Anna", BIOM, right="king")


def test_the_token_of_a_user_acts_for_them_and_ends_with_them(tmp_path: Path) -> None:
    add_user(tmp_path, "anna", CONSORTIUM, title="Anna M.", right="review", password=PASSWORD)
    token = create_token(tmp_path, "script", CONSORTIUM, right="read", user="anna")
    caller = check_token(tmp_path, token)
    assert (caller.account, caller.name, caller.right) == ("user:anna", "Anna M.", "read")
    assert caller.credential.startswith("token:")
    disable_user(tmp_path, "anna")
    with pytest.raises(Unauthorised):
        check_token(tmp_path, token)
    enable_user(tmp_path, "anna")
    assert check_token(tmp_path, token) == caller


def test_the_token_of_a_user_never_opens_more_than_the_user_may(tmp_path: Path) -> None:
    add_user(tmp_path, "anna", CONSORTIUM, right="review", password=PASSWORD)
    for viewer, right in ((BIOM, "read"), (CONSORTIUM, "administer")):
        with pytest.raises(Invalid, match="would open more"):
            create_token(tmp_path, "script", viewer, right=right, user="anna")
    token = create_token(tmp_path, "script", CONSORTIUM, right="review", user="anna")
    change_user(tmp_path, "anna", PUBLIC, "read")
    caller = check_token(tmp_path, token)
    assert (caller.viewer, caller.right) == (PUBLIC, "read")
    change_user(tmp_path, "anna", BIOM, "administer")
    caller = check_token(tmp_path, token)
    assert (caller.viewer, caller.right) == (CONSORTIUM, "review")
    with pytest.raises(NotFound):
        create_token(tmp_path, "script", CONSORTIUM, user="bert")


def test_the_last_use_is_kept_to_the_minute(tmp_path: Path) -> None:
    token = create_token(tmp_path, "Anna", CONSORTIUM)
    assert list_tokens(tmp_path)[0].used is None
    check_token(tmp_path, token)
    first = list_tokens(tmp_path)[0].used
    assert first
    check_token(tmp_path, token)
    assert list_tokens(tmp_path)[0].used == first
    with ledger(tmp_path) as connection:
        connection.execute("UPDATE token SET used = '2001-01-01T00:00:00Z'")
    check_token(tmp_path, token)
    assert (list_tokens(tmp_path)[0].used or "") >= first


def test_tokens_of_an_earlier_release_go_on_and_may_judge(tmp_path: Path) -> None:
    token = create_token(tmp_path, "Anna", CONSORTIUM)
    with closing(sqlite3.connect(tmp_path / "hub.sqlite")) as connection, connection:
        for column in ("may", "user", "used"):
            connection.execute(f"ALTER TABLE token DROP COLUMN {column}")
        connection.execute("DROP TABLE user")
    old = tmp_path / "old"  # another file: what a thread knows of the first is not asked
    old.mkdir()
    (tmp_path / "hub.sqlite").rename(old / "hub.sqlite")
    assert check_token(old, token).may("review")


def test_a_data_folder_that_was_restored_is_read_anew(tmp_path: Path) -> None:
    token = create_token(tmp_path, "Anna", CONSORTIUM)
    check_token(tmp_path, token)
    for file in tmp_path.iterdir():
        file.unlink()
    with ledger(tmp_path):  # another data base stands in its place
        pass
    with pytest.raises(Unauthorised):
        check_token(tmp_path, token)
