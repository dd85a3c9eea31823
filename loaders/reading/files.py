"""Opening a source's files: only inside its folder, unpacked where packed, never more than is
bearable.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from loaders.findings import Fault, refused_as, show_error

CHUNK = 1 << 20
LARGEST_UNPACKED = 8 << 30
LARGEST_IN_MEMORY = 512 << 20
RATIO_CHECKED_FROM = 64 << 20
HIGHEST_RATIO = 200
MOST_MEMBERS = 10_000
MEMBERS_SHOWN, LONGEST_MEMBER = 5, 80
PACKED = (".gz", ".zip")
JUNK = ("__MACOSX/", ".DS_Store", "Thumbs.db")
# What damaged archives raise; OSError where one points to before its beginning.
DAMAGED = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError,
)  # fmt: skip
MAGIC = {
    b"PK\x03\x04": "a zip archive or office document",
    b"%PDF": "a PDF document",
    b"\x1f\x8b": "a gzip archive",
    b"\xd0\xcf\x11\xe0": "an old office document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
}


@dataclass(frozen=True)
class FileFact:
    """What a file was when it was loaded: name in the source's folder, SHA-256, size in bytes."""

    name: str
    sha256: str
    bytes: int


def locate_file(folder: Path, name: str) -> Path:
    """The path of a source's file. Raises Fault when it is elsewhere, missing, empty or no file."""
    if "://" in name:
        message = f"“{name}” is not in the source's folder"
        raise Fault("remote-file", message, "download it and put it beside the description")
    unread = ("file-unreadable", "the file cannot be opened", "check its name and rights")
    with refused_as(*unread, OSError, ValueError, RuntimeError):
        path = (folder / name).resolve()
        if "\x00" in name or not path.is_relative_to(folder.resolve()):
            message = f"“{name}” leads out of the source's folder"
            remedy = "put the file into the folder and give its name alone"
            raise Fault("file-outside", message, remedy)
        if not path.exists():
            message = f"the file “{name}” is not there"
            raise Fault("file-missing", message, "send it, or correct the name")
        if not path.is_file():
            raise Fault("file-type", f"“{name}” is not a file", "name a file")
        if path.stat().st_size == 0:
            raise Fault("file-empty", f"the file “{name}” is empty", "send it again")
    return path


def describe_file(path: Path, name: str) -> FileFact:
    """The file's hash and size, of the bytes as they were sent."""
    digest = hashlib.sha256()
    size = 0
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return FileFact(name, digest.hexdigest(), size)


def find_format(name: str) -> str:
    """What a file is by its ending, without that of its packing: ``.csv`` of ``a.csv.gz``."""
    suffixes = [suffix.lower() for suffix in Path(name).suffixes]
    if suffixes and suffixes[-1] in PACKED:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def find_packed_format(path: Path) -> str:
    """The same, where the name of a zip does not say it: that of the one file in it.

    Raises Fault where it holds another number of files, or is damaged.
    """
    if (ending := find_format(path.name)) or path.suffix.lower() != ".zip":
        return ending
    with _open_archive(path), zipfile.ZipFile(path) as archive:
        return find_format(_find_member(archive).filename)


def strip_endings(name: str) -> str:
    """A file's name without its ending and that of its packing: ``v1.2`` of ``v1.2.csv.gz``."""
    path = Path(name)
    if path.suffix.lower() in PACKED:
        path = path.with_suffix("")
    return path.stem


@contextmanager
def open_file(path: Path) -> Iterator[io.BufferedReader]:
    """The file's bytes, unpacked from gzip, or from a zip that holds one file beside junk.

    Raises Fault for bombs, damaged archives and, where ``text`` is expected, for files of another
    kind.
    """
    with _open_archive(path):
        if path.suffix.lower() == ".gz":
            with path.open("rb") as packed, gzip.open(packed) as stream:
                yield io.BufferedReader(_Bounded(stream, path.stat().st_size), CHUNK)
        elif path.suffix.lower() == ".zip":
            with zipfile.ZipFile(path) as archive, archive.open(_find_member(archive)) as member:
                yield io.BufferedReader(_Bounded(member, path.stat().st_size), CHUNK)
        else:
            with path.open("rb") as plain:
                _check_kind(plain.peek(8)[:8])
                yield plain


def read_whole(path: Path) -> bytes:
    """All bytes of a file that has to be held in memory. Raises Fault when it is too large for
    that.
    """
    with open_file(path) as stream:
        content = stream.read(LARGEST_IN_MEMORY + 1)
    if len(content) > LARGEST_IN_MEMORY:
        message = "the file is larger than 512 MB, more than can be read as one tree"
        remedy = "send it as JSON Lines, CSV or N-Quads, which are read row by row"
        raise Fault("file-size", message, remedy)
    return content


def check_archive(path: Path) -> None:
    """Raise Fault for an archive (XLSX, ODS, zip) that unpacks to far more than it is, or is
    broken.
    """
    other = ("archive-broken", "the file is damaged or of another kind", "save and send it again")
    with refused_as(*other, *DAMAGED), zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        size = sum(member.file_size for member in members)
        large = (m.file_size / max(m.compress_size, 1) for m in members if m.file_size > CHUNK)
        worst = max(large, default=0)
        if len(members) > MOST_MEMBERS or size > LARGEST_IN_MEMORY or worst > HIGHEST_RATIO:
            message = f"the archive holds {len(members)} files of {size:,} bytes unpacked"
            remedy = "save it again with the program it comes from, or send CSV"
            raise Fault("archive-bomb", message, remedy)
        if broken := archive.testzip():
            message = f"“{broken}” in the archive is damaged"
            raise Fault("archive-broken", message, "send the file again")


@contextmanager
def _open_archive(path: Path) -> Iterator[None]:
    """What a damaged archive raises, as a Fault."""
    try:
        yield
    except DAMAGED as error:
        archived = path.suffix.lower() in PACKED
        if isinstance(error, RecursionError) or (isinstance(error, OSError) and not archived):
            raise
        message = f"the archive is damaged: {show_error(error)}"
        raise Fault("archive-broken", message, "pack and send it again") from error


def _find_member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    members = [
        m for m in archive.infolist() if not m.is_dir() and not any(j in m.filename for j in JUNK)
    ]
    if len(members) != 1:
        names = ", ".join(f"“{m.filename[:LONGEST_MEMBER]}”" for m in members[:MEMBERS_SHOWN])
        more = ", …" if len(members) > MEMBERS_SHOWN else ""
        told = f": {names}{more}" if members else ""
        message = f"the archive holds {len(members)} files, and one is expected{told}"
        raise Fault("archive-members", message, "unpack it, and name one of its files instead")
    return members[0]


def _check_kind(start: bytes) -> None:
    for magic, kind in MAGIC.items():
        if start.startswith(magic):
            message = f"the file is {kind}, not what its name says"
            raise Fault("file-kind", message, "send the file that is meant, or correct its ending")


class _Bounded(io.RawIOBase):
    """A stream of unpacked bytes that stops when they become far more than the packed ones."""

    def __init__(self, stream: IO[bytes] | gzip.GzipFile, packed: int) -> None:
        self._stream, self._packed, self._read = stream, max(packed, 1), 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        self._read += len(data)
        bomb = self._read > RATIO_CHECKED_FROM and self._read > HIGHEST_RATIO * self._packed
        if bomb or self._read > LARGEST_UNPACKED:
            message = f"the archive unpacks to more than {self._read:,} bytes"
            raise Fault("archive-bomb", message, "send it unpacked")
        return len(data)
