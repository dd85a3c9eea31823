"""The page on which users give themselves another password."""

from __future__ import annotations

from flask import Blueprint, Response, request, session

from hub.accounts.sessions import open_session
from hub.accounts.users import LONGEST, SHORTEST, check_password, set_password
from hub.errors import Forbidden, HubError, Invalid, Unauthorised
from hub.web.budget import check_attempts
from hub.web.entrance import check_mark, has_password
from hub.web.negotiation import render
from hub.web.operation import describe
from hub.web.request import caller, the_hub
from hub.web.witness import note

blueprint = Blueprint("password", __name__)


def own_name() -> str:
    """The name of the user who is logged in by a password. Raises Forbidden where nobody is."""
    if not has_password():
        raise Forbidden(
            "Only who logged in with a password here has one to change.", remedy="Log in (/log-in)."
        )
    return caller().credential.partition(":")[2]


@blueprint.get("/password")
@describe("html")
def ask() -> Response:
    """The form in which users change their password."""
    return show(own_name())


@blueprint.post("/password")
@describe("html", old="The password until now.", new="The new one.", again="The new one once more.")
def change() -> Response:
    """Change one's password; all other log-ins of the user end."""
    name, data, form = own_name(), the_hub().settings.data, request.form
    check_mark()
    check_attempts(name)
    try:
        account = check_password(data, name, form.get("old", ""))
        if form.get("new", "") != form.get("again", ""):
            raise Invalid("The two new passwords differ.", remedy="Write the same twice.")
        set_password(data, name, form.get("new", ""))
    except (Invalid, Unauthorised) as error:
        wrong = Unauthorised("That is not your password until now.", remedy="Try again.")
        return show(name, wrong if isinstance(error, Unauthorised) else error)
    note("account", "changed the password")
    session.clear()
    session["key"] = open_session(data, account)
    return show(name, done=True)


def show(name: str, problem: HubError | None = None, *, done: bool = False) -> Response:
    return render(
        "entrance/password.html",
        problem.status if problem else 200,
        name=name,
        problem=problem.as_dict() if problem else None,
        done=done,
        shortest=SHORTEST,
        longest=LONGEST,
    )
