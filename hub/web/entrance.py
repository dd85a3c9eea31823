"""The log-in of staff: with a name and password, or a token, into a session that the hub can end.

The cookie holds the key of the session, and no script reads it.

Everything that changes something is a form with the session's own mark in it, so that no page of
another site can send it in somebody's name. Programs send their token with each request instead.
"""

from __future__ import annotations

import hmac
import secrets

from flask import Blueprint, Flask, Response, current_app, redirect, request, session
from flask.sessions import SecureCookieSessionInterface

from hub.accounts.caller import NOBODY, Caller
from hub.accounts.sessions import close_session, cookie_key, open_session
from hub.accounts.tokens import check_token
from hub.accounts.users import SIGNED_ON, check_password
from hub.errors import Forbidden, HubError, Unauthorised
from hub.web.budget import check_attempts
from hub.web.negotiation import render
from hub.web.operation import describe
from hub.web.request import caller, the_hub

blueprint = Blueprint("entrance", __name__)


class Sessions(SecureCookieSessionInterface):
    """Cookies that go over TLS only, wherever the page came so; see the setting `proxy`."""

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002
        """Whether the browser may send the cookie over TLS only."""
        return request.is_secure


def set_up(app: Flask) -> None:
    """Sign the cookies of `app`, and let templates ask who is there."""
    app.secret_key = cookie_key(app.extensions["hub"].settings.data)
    app.session_interface = Sessions()
    app.config.update(
        SESSION_COOKIE_NAME="hub", SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax"
    )
    app.jinja_env.globals.update(who=who, csrf_mark=mark, has_password=has_password)


def who() -> Caller:
    """Who asks; nobody where what was sent opens nothing, also on the page that says so."""
    try:
        return caller()
    except HubError:
        return NOBODY


def has_password() -> bool:
    """Whether who asks is logged in by a password of this hub."""
    kind, _, name = who().credential.partition(":")
    return kind == "user" and not name.startswith(SIGNED_ON)


def mark() -> str:
    """The mark of the session at hand, which its forms carry."""
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(24)
    return str(session["csrf"])


def check_mark() -> None:
    """Raises Forbidden where a form was not made for the session that sends it.

    A request with a token in its header needs none: no browser adds that of itself.
    """
    if "Authorization" in request.headers:
        return
    sent, known = request.form.get("csrf", ""), str(session.get("csrf", ""))
    if not known or not hmac.compare_digest(sent.encode(), known.encode()):
        raise Forbidden(
            "The form was not made for you, or your log-in has ended.",
            remedy="Log in again (/log-in), and send it from the page itself.",
        )


@blueprint.get("/log-in")
@describe("html")
def enter() -> Response:
    """The forms in which staff give a name and password, or a token."""
    return render("entrance/log_in.html", problem="", name="")


@blueprint.post("/log-in")
@describe("html", name="Name of the user.", password="Their password.", token="Or a token.")
def log_in() -> Response:
    """Begin a session, if what is given opens anything; the forms again if not."""
    check_mark()
    data, form = the_hub().settings.data, request.form
    check_attempts(form.get("name", ""))
    try:
        if form.get("token"):
            account = check_token(data, form["token"].strip())
        else:
            account = check_password(data, form.get("name", "").strip(), form.get("password", ""))
    except Unauthorised as error:
        name = form.get("name", "")[:100]
        return render("entrance/log_in.html", error.status, problem=str(error), name=name)
    return begin(account)


def begin(account: Caller) -> Response:
    """Begin a session of this account, and go where its work is."""
    session.clear()  # a mark that somebody else may have planted is not kept
    session["key"] = open_session(the_hub().settings.data, account)
    return current_app.make_response(redirect("/identity" if account.may("review") else "/", 303))


@blueprint.post("/log-out")
@describe("html")
def log_out() -> Response:
    """End the session."""
    check_mark()
    close_session(the_hub().settings.data, str(session.get("key", "")))
    session.clear()
    return current_app.make_response(redirect("/", 303))
