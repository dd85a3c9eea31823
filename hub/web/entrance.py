"""The log-in of staff: a token in a cookie that no script reads and no other site sends.

Everything that changes something is a form with the session's own mark in it, so that no page of
another site can send it in somebody's name. Programs send their token with each request instead.
"""

from __future__ import annotations

import hmac
import secrets

from flask import Blueprint, Flask, Response, current_app, redirect, request, session
from flask.sessions import SecureCookieSessionInterface

from hub.access import check_token, session_key
from hub.errors import Forbidden, HubError, Unauthorised
from hub.web.negotiation import render
from hub.web.operation import describe
from hub.web.request import the_hub, token

blueprint = Blueprint("entrance", __name__)


class Sessions(SecureCookieSessionInterface):
    """Cookies that go over TLS only, wherever the page came so, also through a proxy."""

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002
        """Whether the browser may send the cookie over TLS only."""
        return request.is_secure or request.headers.get("X-Forwarded-Proto") == "https"


def set_up(app: Flask) -> None:
    """Sign the cookies of `app`, and let templates ask who is there."""
    app.secret_key = session_key(app.extensions["hub"].settings.data)
    app.session_interface = Sessions()
    app.config.update(
        SESSION_COOKIE_NAME="hub", SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Strict"
    )
    app.jinja_env.globals.update(staff=staff, csrf_mark=mark)


def staff() -> str:
    """The name of whose token was sent; empty for the public, and where the token opens nothing."""
    try:
        found = token()
    except HubError:
        return ""
    return found.name if found else ""


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
    """The form in which staff give their token."""
    return render("entrance/log_in.html", problem="")


@blueprint.post("/log-in")
@describe("html")
def log_in() -> Response:
    """Keep the token in a cookie, if it opens anything; the form again if not."""
    check_mark()
    given = request.form.get("token", "").strip()
    try:
        check_token(the_hub().settings.data, given)
    except Unauthorised as error:
        return render("entrance/log_in.html", error.status, problem=str(error))
    session.clear()  # a mark that somebody else may have planted is not kept
    session["token"] = given
    return current_app.make_response(redirect("/identity", 303))


@blueprint.post("/log-out")
@describe("html")
def log_out() -> Response:
    """Forget the token."""
    check_mark()
    session.clear()
    return current_app.make_response(redirect("/", 303))
