"""How an answer leaves the hub: whole or as a stream, compressed, marked, and never cut unseen.

An answer that fails after its first bytes have gone ends with a line that says so, which is no
part of any of its formats, and the connection is then broken off: in chunked coding the last chunk
is missing, in HTTP/1.0 the connection is reset (`hub.web.server`). So a cut answer is no whole one
to the HTTP client, to the parser, or to who reads it. A page of ours would not be shown what came
before the connection broke: it asks with `Prefer: told-cut`, and the answer ends with that line.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator

from flask import Flask, Response, abort, g, request, session

from hub.errors import HubError
from hub.hub import Served
from hub.sparql.limits import Limits
from hub.sparql.pool import Answer
from hub.web.budget import Meter
from hub.web.protocol import Asked
from hub.web.request import the_hub, viewer
from hub.web.shelf import Shelf

TOLD_CUT = "told-cut"
LEVEL = 3  # of compression: a third of the time of level 6 for a tenth more bytes
SMALLEST = 1_000  # bytes that are worth compressing
COMPRESSIBLE = ("text/", "application/", "image/svg")
# The marks of answers that were given to their end: others may have been cut.
WHOLE = Shelf[None](100_000)

Headers = tuple[tuple[str, str], ...]
Pieces = Iterable[bytes]

# All that an answer needs that no browser shows as a page.
BARE: Headers = (("X-Content-Type-Options", "nosniff"),)
HEADERS: Headers = (
    *BARE,
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
)
# Pages of other sites may read what the public sees, and what they have a token for; a browser
# never adds a log-in of itself, since that would need more than `*`.
SHARED: Headers = (
    ("Cache-Control", "no-cache"),
    ("Vary", "Accept, Accept-Encoding, Authorization, Cookie"),
    ("Access-Control-Allow-Origin", "*"),
    (
        "Access-Control-Expose-Headers",
        "ETag, Query-Limits, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate",
    ),
)
PRIVATE: Headers = (("Cache-Control", "private, no-cache"), *SHARED[1:])
PREFLIGHT: Headers = (
    ("Access-Control-Allow-Headers", "Authorization, Content-Type, If-None-Match"),
    ("Access-Control-Max-Age", "86400"),
)


def pack(
    answer: Answer, tag: str, meter: Meter, *, gzipped: bool, told: bool = False
) -> tuple[list[tuple[str, str]], Pieces]:
    """The headers and the body of an answer.

    `tag` is what `tag_of` made, where it may be kept; `told`: one that is cut is not broken off.
    """
    headers = [
        ("Content-Type", answer.content_type),
        ("Query-Limits", tell_limits(answer.pool.limits)),
    ]
    if tag:
        headers.append(("ETag", f'W/"{tag}"'))
    pieces: Pieces
    if (body := answer.whole) is None:
        pieces = _stream(answer, tag, meter, told)
        pieces = _compress(pieces) if gzipped else pieces
    else:
        WHOLE.put(tag, None)
        gzipped = gzipped and len(body) >= SMALLEST
        body = gzip.compress(body, LEVEL, mtime=0) if gzipped else body
        headers.append(("Content-Length", str(len(body))))
        pieces = (body,)
    if gzipped:
        headers.append(("Content-Encoding", "gzip"))
    return headers, pieces


def deliver(accepted: str, asked: Asked, ask: Callable[[], Answer]) -> Response:
    """What `ask` answers to whoever asks, unless they have that already.

    Conditions count where there is an answer (RFC 9110, section 13.2.1): one whole is known by its
    mark, of others it is seen.
    """
    served = the_hub().served
    tag = tag_of(served.sight(viewer()).mark, accepted, asked)
    held, wanted = request.if_none_match, request.if_match
    reading = request.method in ("GET", "HEAD") and not wanted
    if reading and held.contains_weak(tag) and tag in WHOLE:
        return Response(status=304, headers=[("ETag", f'W/"{tag}"')])
    answer = ask()
    if (wanted and not wanted.star_tag) or held.star_tag:
        answer.close()
        return Response(status=304) if reading else abort(412)
    kept, told = tag if repeats(answer, served) else "", request.headers.get("Prefer") == TOLD_CUT
    headers, body = pack(answer, kept, g.meter, gzipped=gzips(), told=told)
    if asked.format and request.method == "POST":  # as the workbench's buttons send it
        name = f'attachment; filename="answer.{answer.format.name}"'
        headers.append(("Content-Disposition", name))
    return Response(body, headers=headers)


def repeats(answer: Answer, served: Served) -> bool:
    """Whether the same query over what is `served` gives this again.

    It does not where it was answered from the next generation, gone over to in the meantime.
    """
    return not answer.volatile and answer.process.store == served.generation.store


def tag_of(seen: str, accepted: str, asked: Asked) -> str:
    """What marks an answer: of what the caller sees (`Sight.mark`), to what was asked.

    It says nothing of what the caller does not see: a load that changes only that leaves it alone.
    """
    return hashlib.sha256(repr((seen, accepted, asked)).encode()).hexdigest()[:32]


def tell_limits(limits: Limits) -> str:
    """The limits as a dictionary of structured fields (RFC 9651)."""
    return (
        f"seconds={limits.seconds:g}, rows={limits.rows}, bytes={limits.bytes}, "
        f"memory={limits.memory}"
    )


def _stream(answer: Answer, tag: str, meter: Meter, told: bool) -> Iterator[bytes]:
    with answer:
        try:
            for piece in answer:
                meter.charge()
                yield piece
            WHOLE.put(tag, None)
        except HubError as error:
            yield f"\n\n*** This answer is cut, and not to be used. {error} ***\n".encode()
            if not told:
                raise


def gzips() -> bool:
    """Whether the caller takes gzip."""
    return request.accept_encodings["gzip"] > 0


def _compress(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces in one gzip stream. Where they end in an error, what came before it is told."""
    packer = zlib.compressobj(LEVEL, wbits=31)
    try:
        for piece in pieces:
            if packed := packer.compress(piece):
                yield packed
    except HubError:
        yield packer.flush(zlib.Z_SYNC_FLUSH)
        raise
    finally:
        if close := getattr(pieces, "close", None):
            close()
    yield packer.flush()


def set_up(app: Flask) -> None:
    """Have all answers of `app` bear the same headers, and compressed where they can be."""

    @app.after_request
    def finish(response: Response) -> Response:
        headers = response.headers
        fixed = HEADERS
        if request.endpoint != "static":
            fixed += PRIVATE if "Authorization" in request.headers or session else SHARED
            if request.method == "OPTIONS":
                fixed += (*PREFLIGHT, ("Access-Control-Allow-Methods", headers.get("Allow", "")))
            _compress_page(response)
        # One pass: each look-up of a header is a pass of its own.
        given = {name.lower() for name, _ in headers}
        headers.extend([pair for pair in fixed if pair[0].lower() not in given])
        return response


def _compress_page(response: Response) -> None:
    """Compress what is whole and not compressed yet."""
    if (
        response.is_streamed
        or response.direct_passthrough
        or not gzips()
        or "Content-Encoding" in response.headers
    ):
        return
    body = response.get_data()
    if len(body) >= SMALLEST and (response.mimetype or "").startswith(COMPRESSIBLE):
        response.set_data(gzip.compress(body, LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
