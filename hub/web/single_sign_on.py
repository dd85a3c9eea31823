"""Log-in at another server, by OpenID Connect's code flow with PKCE, state and nonce.

What the library (Authlib) does not insist on is said here: signatures by asymmetric keys, the
issuer of the settings, an ID token at all.
"""

from __future__ import annotations

import logging
import os
from typing import Any, cast

from authlib.integrations.flask_client import OAuth, OAuthError
from authlib.oidc.core import CodeIDToken
from flask import Blueprint, Flask, Response, current_app, request
from joserfc.errors import JoseError
from requests import RequestException
from werkzeug.exceptions import NotFound

from hub.accounts.single_sign_on import SignOn, admit, read_sign_on
from hub.errors import HubError, Invalid, Unauthorised, Unavailable
from hub.settings import Settings
from hub.web.entrance import begin
from hub.web.operation import describe
from hub.web.request import the_hub

blueprint = Blueprint("single_sign_on", __name__)

SIGNATURES = [f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512)]
SIGNATURES.append("EdDSA")
PATIENCE = 10  # seconds that the other server has to answer


def set_up(app: Flask, settings: Settings) -> None:
    """Offer the log-in of the settings, where there is one. Raises Invalid."""
    sign_on = read_sign_on(settings.single_sign_on)
    app.jinja_env.globals["sign_on"] = sign_on
    if sign_on is None:
        return
    secret = os.environ.get(sign_on.secret_variable)
    if not secret:
        raise Invalid(
            f"The environment variable {sign_on.secret_variable} is not set.",
            where="[single_sign_on]",
            remedy="Let it hold the secret that the other server gave this client.",
        )
    client = OAuth(app).register(
        "staff",
        client_id=sign_on.client,
        client_secret=secret,
        server_metadata_url=sign_on.issuer.rstrip("/") + "/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "default_timeout": PATIENCE,
        },
    )
    app.extensions["single_sign_on"] = (sign_on, client)


def the_server() -> tuple[SignOn, Any]:
    """The other server, and the client that knows its keys. Raises NotFound, Unavailable."""
    if "single_sign_on" not in current_app.extensions:
        raise NotFound()
    sign_on, client = cast("tuple[SignOn, Any]", current_app.extensions["single_sign_on"])
    try:
        metadata = client.load_server_metadata()
    except (RequestException, ValueError) as error:
        raise _silent(sign_on) from error
    if metadata.get("issuer") != sign_on.issuer:
        client.server_metadata.clear()
        raise Unavailable(
            f"The server of {sign_on.name} says that it is another one.",
            remedy="Tell the operator of the hub: it does not call itself `issuer` of hub.toml.",
        )
    stated = metadata.get("id_token_signing_alg_values_supported", SIGNATURES)
    allowed = [name for name in stated if name in SIGNATURES]
    metadata["id_token_signing_alg_values_supported"] = allowed
    return sign_on, client


@blueprint.get("/log-in/away")
@describe("html")
def go() -> Response:
    """Go to the other server, to log in there."""
    _, client = the_server()
    return cast(Response, client.authorize_redirect(request.host_url + "log-in/back"))


@blueprint.get("/log-in/back")
@describe("html", open_ended=True)
def come_back() -> Response:
    """Begin a session of whom the other server names."""
    sign_on, client = the_server()
    issuer = {"iss": {"essential": True, "value": sign_on.issuer}}
    try:
        token = client.authorize_access_token(claims_options=issuer, claims_cls=CodeIDToken)
        claims = token["userinfo"]
        account = admit(the_hub().settings.data, sign_on, claims)
    except (OAuthError, JoseError, KeyError, ValueError, TypeError) as error:
        logging.getLogger("hub.web").warning("log-in by %s: %s", sign_on.issuer, error)
        raise Unauthorised(
            f"The log-in at {sign_on.name} was not finished, or what it said does not hold.",
            remedy="Begin again at /log-in.",
        ) from error
    except RequestException as error:
        raise _silent(sign_on) from error
    return begin(account)


def _silent(sign_on: SignOn) -> HubError:
    return Unavailable(
        f"The server of {sign_on.name} does not answer.", remedy="Try again, or log in otherwise."
    )
