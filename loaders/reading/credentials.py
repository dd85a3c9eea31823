"""Who asks: passwords and tokens, taken from the environment when a server is asked.

They stand in no file, are sent to the endpoint's own server alone, and are told to nobody.
"""

from __future__ import annotations

import base64
import os
from urllib.parse import urlsplit
from urllib.request import (
    BaseHandler,
    HTTPDigestAuthHandler,
    HTTPPasswordMgrWithDefaultRealm,
    Request,
)

from loaders.description import Endpoint
from loaders.findings import Fault


class Credentials:
    """What an endpoint is shown by whoever asks. Raises Fault where the environment lacks it."""

    def __init__(self, endpoint: Endpoint) -> None:
        variable = endpoint.password_variable or endpoint.token_variable
        self.endpoint, self.secret = endpoint, os.environ.get(variable, "") if variable else ""
        if variable and not (self.secret.isprintable() and self.secret):
            message = f"the environment variable “{variable}” is not set, or not of one line"
            remedy = "set it to the secret for whoever loads; it stands in no file"
            raise Fault("endpoint-secret", message, remedy)
        pair = base64.b64encode(f"{endpoint.user}:{self.secret}".encode()).decode()
        self.header = f"Bearer {self.secret}" if endpoint.token_variable else f"Basic {pair}"

    def handlers(self) -> list[BaseHandler]:
        """What shows them, for an opener of urllib."""
        if not self.secret:
            return []
        if not self.endpoint.digest:
            return [_Header(self.endpoint.url, self.header)]
        known = HTTPPasswordMgrWithDefaultRealm()
        known.add_password(None, self.endpoint.url, self.endpoint.user, self.secret)
        return [HTTPDigestAuthHandler(known)]

    def veil(self, fault: Fault) -> Fault:
        """The same without the secret, which a server may have sent back in its answer."""
        texts = [fault.message, fault.value]
        for secret in (self.header.partition(" ")[2], self.secret) if self.secret else ():
            texts = [text.replace(secret, "…") for text in texts]
        return Fault(fault.rule, texts[0], fault.remedy, column=fault.column, value=texts[1])


class _Header(BaseHandler):
    """Shows the credentials to one server, before they are asked for."""

    def __init__(self, url: str, header: str) -> None:
        self.server, self.header = urlsplit(url)[:2], header

    def http_request(self, request: Request) -> Request:
        if urlsplit(request.full_url)[:2] == self.server:
            request.add_unredirected_header("Authorization", self.header)
        return request

    https_request = http_request
