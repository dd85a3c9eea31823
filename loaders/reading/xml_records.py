"""XML: records found by an XPath iterator, values by XPath references. Any DOCTYPE is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, BinaryIO
from xml.parsers import expat

from lxml import etree

from loaders.findings import Fault, refused_as, show_error
from loaders.reading import Record
from loaders.reading.files import CHUNK, open_file, read_whole

DEEPEST = 200
MOST_ENTITIES = 200
ENTITY = re.compile(rb"""<!ENTITY\s+([\w.-]+)\s+(?:"[^"'<&%]{0,200}"|'[^"'<&%]{0,200}')\s*>""")
PLAIN_DOCTYPE = re.compile(
    rb"<!DOCTYPE\s+[\w.:-]+\s*\[(?:\s*" + ENTITY.pattern.replace(b"(", b"(?:", 1) + rb")*\s*\]\s*>"
)
PLAIN = re.compile(r"(?:/[\w.-]+)+")
OUTSIDE = re.compile(r"\.\.|^\s*/|ancestor|parent::|preceding|following")
# Nothing is fetched or expanded, and nothing but elements is seen.
SAFE: dict[str, Any] = {
    "no_network": True, "resolve_entities": False, "load_dtd": False, "huge_tree": False,
    "remove_comments": True, "remove_pis": True,
}  # fmt: skip

BROKEN = ("xml-syntax", "the XML is broken", "send the whole file, written by a program")
UNUSABLE = ("xpath", "an XPath of the mapping cannot be used", "correct it in the mapping")


def walk_xml(stream: IO[bytes]) -> Iterator[tuple[str, etree._Element]]:
    """Start and end of each element. Raises XMLSyntaxError."""
    return iter(etree.iterparse(stream, events=("start", "end"), **SAFE))


def drop_element(element: etree._Element) -> None:
    """Let an element go that has ended, and those before it."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]  # type: ignore[union-attr]


class XmlRecords:
    """The records of one iterator over an XML file, as texts.

    A plain iterator (``/list/item``) with references that stay inside the record is read element
    by element, any other over the whole tree. Elements of the root's default namespace are named
    without prefix, others by the root's prefixes. ``members`` and ``found`` are as for JSON.
    """

    def __init__(self, path: Path, iterator: str, references: Sequence[str]) -> None:
        self.path, self.iterator = path, iterator or "/*"
        self.names = list(references)
        self.members: set[str] = set()
        self.found: set[str] = set()
        self._paths: list[etree.XPath] = []
        self._prefixes: dict[str, str] = {}

    def __iter__(self) -> Iterator[Record]:
        with open_file(self.path) as stream:
            check_xml(stream)
        streamed = PLAIN.fullmatch(self.iterator) and not any(OUTSIDE.search(n) for n in self.names)
        with refused_as(*BROKEN, etree.XMLSyntaxError), refused_as(*UNUSABLE, etree.XPathError):
            for number, element in enumerate(self._stream() if streamed else self._search(), 1):
                yield self._read_record(number, element)

    def _stream(self) -> Iterator[etree._Element]:
        path = self.iterator.strip("/").split("/")
        depth, matched, default = 0, 0, ""
        reached = False
        with open_file(self.path) as stream:
            for event, element in walk_xml(stream):
                if event == "start":
                    if not depth:
                        default = self._prepare(element)
                    if default and element.tag.startswith(default):
                        element.tag = element.tag[len(default) :]
                    if matched == depth < len(path) and element.tag == path[depth]:
                        matched += 1
                    depth += 1
                    reached = reached or matched >= max(len(path) - 1, 1)
                    continue
                if matched == depth == len(path):
                    yield element
                if depth <= len(path):
                    drop_element(element)
                depth -= 1
                matched = min(matched, depth)
        if not reached:
            self._refuse_iterator()

    def _search(self) -> Iterator[etree._Element]:
        root = etree.fromstring(read_whole(self.path), etree.XMLParser(**SAFE))
        default = self._prepare(root)
        if default:
            for element in root.iter():
                if isinstance(element.tag, str) and element.tag.startswith(default):
                    element.tag = element.tag[len(default) :]
        search = etree.XPath(self.iterator, namespaces=_prefixes(root), regexp=False)
        found: object = search(root.getroottree())
        elements = found if isinstance(found, list) else [found]
        if not elements:
            self._refuse_iterator()
        for element in elements:
            if not isinstance(element, etree._Element):
                message = "the iterator of the mapping does not lead to elements"
                raise Fault("iterator", message, "correct it", value=self.iterator)
            yield element

    def _prepare(self, root: etree._Element) -> str:
        """Compile the references for this document; returns its default namespace as lxml writes
        it.
        """
        for name in self.names:
            try:
                path = etree.XPath(
                    name, namespaces=_prefixes(root), regexp=False, smart_strings=False
                )
            except etree.XPathError as error:
                message = f"a reference of the mapping is no XPath: {show_error(error)}"
                raise Fault("xpath", message, "correct it in the mapping", column=name) from error
            self._paths.append(path)
        self._prefixes = {uri: prefix for prefix, uri in _prefixes(root).items()}
        default = root.nsmap.get(None)
        return f"{{{default}}}" if default else ""

    def _shorten(self, name: str) -> str:
        """``{namespace}local`` as the XPath that reaches it: ``prefix:local``."""
        namespace, brace, local = name.removeprefix("{").rpartition("}")
        return f"{self._prefixes.get(namespace, namespace)}:{local}" if brace else name

    def _refuse_iterator(self) -> None:
        message = "the iterator of the mapping leads to nothing in this file"
        remedy = "correct the iterator, or send the whole file"
        raise Fault("iterator-empty", message, remedy, value=self.iterator)

    def _read_record(self, number: int, element: etree._Element) -> Record:
        self.members.update(self._shorten(child.tag) for child in element)
        self.members.update("@" + self._shorten(str(name)) for name in element.attrib)
        values = []
        for name, path in zip(self.names, self._paths, strict=True):
            result: Any = path(element)
            nodes = result if isinstance(result, list) else [_write_scalar(result)]
            if nodes:
                self.found.add(name)
            texts = (n if isinstance(n, str) else "".join(n.itertext()) for n in nodes)
            values.append(tuple(text for text in texts if text and not text.isspace()))
        return number, tuple(values)


def check_xml(stream: BinaryIO, *, whole: bool = False) -> None:
    """Raise Fault for a DOCTYPE, which is where bombs and outside files are declared, or broken
    XML before the root.

    The ``whole`` document (RDF/XML) is also held against nesting deeper than 200, and may have a
    DOCTYPE of nothing but plain entities, such as vocabularies have for their namespaces: short,
    each declared once, without markup or other entities in them.
    """
    parser = expat.ParserCreate()
    depth = 0
    first = b""

    def judge(*_: object) -> None:
        # Judged as text: what two parsers might see differently is refused with the rest.
        names = ENTITY.findall(found[0]) if (found := PLAIN_DOCTYPE.search(first)) else []
        plain = whole and found and first.count(b"<!DOCTYPE") == 1
        if not plain or not len(set(names)) == len(names) <= MOST_ENTITIES:
            message = "the file has a DOCTYPE, which may name other files or grow without end"
            raise Fault("doctype", message, "save it without")

    def start(_name: str, _attributes: object) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            message = f"the XML is nested deeper than {DEEPEST} at line {parser.CurrentLineNumber}"
            raise Fault("nesting", message, "send flat records")

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    parser.StartDoctypeDeclHandler = judge
    parser.StartElementHandler = start
    if whole:
        parser.EndElementHandler = end
    unread = ("encoding", "the XML's encoding cannot be read", "save it as UTF-8")
    with refused_as(*BROKEN, expat.ExpatError), refused_as(*unread, ValueError, LookupError):
        while chunk := stream.read(CHUNK if whole else 4096):
            first = first or chunk
            parser.Parse(chunk, False)
            if depth and not whole:
                return
        parser.Parse(b"", True)


def _prefixes(root: etree._Element) -> dict[str, str]:
    return {prefix: uri for prefix, uri in root.nsmap.items() if prefix}


def _write_scalar(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)
