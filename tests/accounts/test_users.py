"""Users and their log-ins: passwords, and what ends a session."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.access import PUBLIC, Viewer
from hub.accounts import sessions, users
from hub.accounts.tokens import check_token, create_token, list_tokens, revoke_token
from hub.errors import Invalid, NotFound, Refused, Unauthorised
from hub.history import ledger

CONSORTIUM, PASSWORD = Viewer("consortium"), "four words and one"


@pytest.fixture
def anna(tmp_path: Path) -> users.User:
    return users.add_user(tmp_path, "anna", CONSORTIUM, title="Anna", password=PASSWORD)


@pytest.mark.usefixtures("anna")
def test_a_user_is_known_by_the_password_alone(tmp_path: Path) -> None:
    caller = users.check_password(tmp_path, "anna", PASSWORD)
    assert (caller.account, caller.name, caller.viewer) == ("user:anna", "Anna", CONSORTIUM)
    assert users.find_user(tmp_path, "anna").used
    wrong = [("anna", PASSWORD[:-1]), ("anna", ""), ("bert", PASSWORD), ("ANNA", PASSWORD),
             ("anna", "x" * 10_000), ("anna", "nobody has this password"),
             ("bert", "nobody has this password"), ("", ""), ("anna\x00", PASSWORD)]  # fmt: skip
    told = set()
    for name, password in wrong:
        with pytest.raises(Unauthorised) as error:
            users.check_password(tmp_path, name, password)
        told.add(str(error.value))
    assert len(told) == 1  # it is not said what was wrong


@pytest.mark.usefixtures("anna")
def test_no_password_is_kept(tmp_path: Path) -> None:
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert PASSWORD.encode() not in files
    assert b"$argon2id$" in files


@pytest.mark.usefixtures("anna")
@pytest.mark.parametrize("password", ["", "short", "x" * 1_001, "aaaaaaaaaaaaaaaa"])
def test_weak_passwords_are_refused(tmp_path: Path, password: str) -> None:
    with pytest.raises(Invalid):
        users.set_password(tmp_path, "anna", password)
    assert users.check_password(tmp_path, "anna", PASSWORD)


@pytest.mark.parametrize("name", ["", "Anna", "a b", "-x", "a" * 101, "a\n", "../x"])
def test_names_that_will_not_do_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Invalid):
        users.add_user(tmp_path, name, CONSORTIUM, password=PASSWORD)
    assert users.list_users(tmp_path) == []


def test_a_name_is_given_once(tmp_path: Path, anna: users.User) -> None:
    with pytest.raises(Refused, match="already"):
        users.add_user(tmp_path, "anna", PUBLIC, password="another set of words")
    assert users.list_users(tmp_path) == [anna]


def test_who_is_not_there_cannot_be_changed(tmp_path: Path) -> None:
    for change in (users.disable_user, users.enable_user, users.find_user):
        with pytest.raises(NotFound):
            change(tmp_path, "bert")
    with pytest.raises(NotFound):
        users.set_password(tmp_path, "bert", PASSWORD)


@pytest.mark.parametrize("end", ["disable", "password", "change", "log out", "close", "time"])
def test_what_ends_a_session_ends_it_at_once(tmp_path: Path, anna: users.User, end: str) -> None:
    key = sessions.open_session(tmp_path, anna.caller)
    assert sessions.caller_of_session(tmp_path, key) == anna.caller
    if end == "disable":
        users.disable_user(tmp_path, "anna")
        users.enable_user(tmp_path, "anna")  # which does not bring the session back
    elif end == "password":
        users.set_password(tmp_path, "anna", "another set of words")
    elif end == "change":
        users.change_user(tmp_path, "anna", PUBLIC, "read")
    elif end == "log out":
        assert sessions.close_sessions(tmp_path, "anna") == 1
    elif end == "close":
        sessions.close_session(tmp_path, key)
    else:
        with ledger(tmp_path) as connection:
            connection.execute("UPDATE session SET expires = '2001-01-01T00:00:00Z'")
    assert sessions.caller_of_session(tmp_path, key) is None


@pytest.mark.usefixtures("anna")
def test_a_session_begun_with_a_token_opens_what_the_token_does(tmp_path: Path) -> None:
    token = create_token(tmp_path, "script", PUBLIC, user="anna")
    key = sessions.open_session(tmp_path, check_token(tmp_path, token))
    found = sessions.caller_of_session(tmp_path, key)
    assert found
    assert (found.account, found.viewer) == ("user:anna", PUBLIC)
    revoke_token(tmp_path, list_tokens(tmp_path)[0].key)
    assert sessions.caller_of_session(tmp_path, key) is None


def test_no_key_of_a_session_is_kept(tmp_path: Path, anna: users.User) -> None:
    key = sessions.open_session(tmp_path, anna.caller)
    assert key.encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert sessions.caller_of_session(tmp_path, "") is None
    assert sessions.caller_of_session(tmp_path, key[:-1]) is None
