"""A small OpenID Connect server on the loopback, which can be told to misbehave."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "metacluster-hub", "the secret of the hub"


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def encode(part: dict[str, Any]) -> str:
    return b64(json.dumps(part).encode())


class OidcServer:
    """Whom it says to be there is `claims`; `wrong` changes what the next ID token says."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.key, self.other = (RSAKey.generate_key(2048, {"kid": kid}) for kid in ("1", "2"))
        self.other = RSAKey.import_key(self.other.as_dict(private=True) | {"kid": "1"})
        self.claims: dict[str, Any] = {}
        self.wrong: dict[str, Any] = {}
        self.issuer = url
        self.signature, self.without_token = "RS256", False
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[dict[str, str]] = []

    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": self.url + "/authorize",
            "token_endpoint": self.url + "/token",
            "jwks_uri": self.url + "/keys",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        }

    def authorize(self, asked: dict[str, str]) -> str:
        """The address to go back to, with a code; whoever comes is let in."""
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        self.asked.append(asked)
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def exchange(self, form: dict[str, str], authorization: str) -> dict[str, Any]:
        """A token for a code, once, for who has the secret and the verifier of the challenge."""
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if (
            asked is None
            or authorization != f"Basic {basic}"
            or asked["redirect_uri"] != form["redirect_uri"]
            or asked.get("code_challenge_method") != "S256"
            or asked["code_challenge"] != b64(digest)
        ):
            return {"error": "invalid_grant"}
        now = int(time.time())
        said = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 60}
        said |= {"nonce": asked["nonce"], **self.claims, **self.wrong}
        key: Any = self.key
        header = {"alg": self.signature, "kid": "1"}
        if self.signature == "other":
            key, header["alg"] = self.other, "RS256"
        if self.signature in ("none", "HS256"):  # HS256 with the public key as the secret
            token = f"{encode({'alg': self.signature, 'kid': '1'})}.{encode(said)}"
            public = self.key.as_pem(private=False)
            mark = hmac.digest(public, token.encode(), "sha256")
            token += "." + (b64(mark) if self.signature == "HS256" else "")
        else:
            token = jwt.encode(header, said, key)
        answer = {"access_token": "a", "token_type": "Bearer", "id_token": token}
        if self.without_token:
            del answer["id_token"]
        return answer


@contextmanager
def serving_oidc() -> Iterator[OidcServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            if address.path == "/authorize":
                asked = {name: values[0] for name, values in parse_qs(address.query).items()}
                self.send_response(302)
                self.send_header("Location", server.authorize(asked))
                self.end_headers()
            elif address.path == "/keys":
                self.answer({"keys": [server.key.as_dict(private=False)]})
            else:
                self.answer(server.metadata())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self.answer(server.exchange(form, self.headers.get("Authorization", "")))

        def answer(self, value: dict[str, Any]) -> None:
            self.send_response(400 if "error" in value else 200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(value).encode())

        def log_message(self, *_: object) -> None: ...

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = OidcServer(f"http://127.0.0.1:{http.server_port}")
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
