"""Records made ready to be compared, and how common their words and domains are."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from urllib.parse import urlsplit

from stdnum import isni, lei

from hub.matching.names import Name, fold_place
from hub.matching.records import Record

# A record with more names is compared by the first of them.
MOST_NAMES = 24
# Hosts that lend their names to anybody who keeps a page there.
HOSTING = re.compile(
    r"(facebook|linkedin|google|wordpress|wixsite|blogspot|weebly|wikipedia|twitter|x|instagram"
    r"|youtube|webnode)\.[a-z.]+|github\.io"
)
# Steps of an address that lead to nothing but a website's first page.
ENTRANCE = re.compile(
    r"|[a-z]{2}([-_][a-z]{2})?|(index|home|default|main|welcome)\b.*|web|eng|about.*"
)
NO_NUMBER = re.compile(r"[\W_]+")
CHECKS: dict[str, Callable[[str], bool]] = {"lei": lei.is_valid, "isni": isni.is_valid}
SECOND_LEVEL = re.compile("ac|co|com|edu|go|gob|gouv|gov|ne|net|nic|or|org")
# Names behind the shares of `frequencies.tsv`: a small set says little of how common words are.
BACKGROUND = 5000
# No word tells more than this, so that scores do not grow with the set.
RAREST = 9.0
# Nor more than its letters can.
LETTER = math.log(26)


@dataclass(frozen=True, slots=True)
class Subject:
    """A record with its values read; `hosts`, `owners` and `pages` go together."""

    record: Record
    names: tuple[Name, ...]
    identifiers: frozenset[tuple[str, str]]
    countries: frozenset[str]
    places: tuple[str, ...]
    hosts: tuple[str, ...]
    owners: tuple[str, ...]
    pages: tuple[str, ...]


def prepare(record: Record) -> Subject:
    person = record.kind == "person"
    found = (Name.read(text, person=person) for text in record.names)
    read = {name.key: name for name in found if name}
    names = tuple(read.values())[:MOST_NAMES]
    countries = frozenset(record.countries) or frozenset(n.country for n in names if n.country)
    addresses = dict.fromkeys(filter(None, map(read_address, record.domains)))
    hosts, pages = zip(*addresses, strict=True) if addresses else ((), ())
    places = tuple(dict.fromkeys(filter(None, map(fold_place, record.places))))
    identifiers = frozenset(filter(None, (read_identifier(*pair) for pair in record.identifiers)))
    owners = tuple(map(find_owner, hosts))
    return Subject(record, names, identifiers, countries, places, hosts, owners, pages)


def read_identifier(scheme: str, value: str) -> tuple[str, str] | None:
    """Scheme and number without blanks and the address before it.

    Nothing where it is a placeholder or its check digits are wrong: it then says nothing, neither
    by being the same nor by being another.

    >>> read_identifier("ISNI", "https://isni.org/isni/0000 0001 2103 2683")
    ('isni', '0000000121032683')
    """
    scheme = scheme.casefold()
    number = NO_NUMBER.sub("", value.rstrip("/").rpartition("/")[2]).upper()
    check = CHECKS.get(scheme, str.isascii)
    told = len(set(number)) > 1 and any(letter.isdigit() for letter in number)
    return (scheme, number) if told and check(number) else None


def read_address(address: str) -> tuple[str, str] | None:
    """Host, without ``www``, and page of a web address or of a host alone; nothing if it is none.

    >>> read_address("https://www.uni-x.ac.uk/en/index.html"), read_address("uni-x.ac.uk/library/")
    (('uni-x.ac.uk', ''), ('uni-x.ac.uk', 'library'))
    """
    address = address.strip().casefold()[:2000]
    try:
        parts = urlsplit(address if "//" in address else f"//{address}")
        host = (parts.hostname or "").removeprefix("www.").rstrip(".")
    except ValueError:
        return None
    if "." not in host or HOSTING.fullmatch(find_owner(host)):
        return None
    return host, "/".join(step for step in parts.path.split("/") if not ENTRANCE.fullmatch(step))


def find_owner(host: str) -> str:
    """The part of a host that somebody registered: ``cs.uni-x.ac.uk`` → ``uni-x.ac.uk``."""
    parts = host.split(".")
    country = len(parts) > 2 and len(parts[-1]) == 2 and bool(SECOND_LEVEL.fullmatch(parts[-2]))
    return ".".join(parts[-3:] if country else parts[-2:])


class Frequencies:
    """How much a word tells, and how many records of one source share a host or its owner.

    The set is counted together with a background of names of research organisations, so that a
    list of a hundred names knows how common "university" is.
    """

    def __init__(self, subjects: Iterable[Subject]) -> None:
        self.words: Counter[str] = Counter()
        hosts: Counter[tuple[str, str]] = Counter()
        names = 0
        for subject in subjects:
            for name in subject.names:
                self.words.update({w for part in (name, *name.parts) for w in part.core})
            names += len(subject.names)
            source = subject.record.source
            hosts.update((host, source) for host in {*subject.hosts, *subject.owners})
        self.crowds: dict[str, int] = {}
        for (host, _), count in hosts.items():
            self.crowds[host] = max(count, self.crowds.get(host, 1))
        background = _background()
        total = math.log(names + BACKGROUND)
        self.weights = {
            word: min(
                total - math.log(count + BACKGROUND * background.get(word, 0.0)),
                RAREST,
                LETTER * len(word),
            )
            for word, count in self.words.items()
        }

    def weigh(self, words: Iterable[str]) -> float:
        """Information in the words, in natural units: what is rare weighs more."""
        weights = self.weights
        return sum(weights[word] for word in words)


@cache
def _background() -> dict[str, float]:
    lines = files("hub.matching").joinpath("frequencies.tsv").read_text("utf-8").splitlines()
    shares = (line.split("\t") for line in lines if not line.startswith("#"))
    return {word: float(share) for word, share in shares}
