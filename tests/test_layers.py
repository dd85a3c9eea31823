"""The imports of the code held against the layers that the README draws."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# From top to bottom; what stands in one row may not import its neighbours either, save itself.
LAYERS = [
    ["hub.cli"],
    ["hub.web"],
    ["hub.pages"],
    ["hub.questions"],
    ["hub.publishing"],
    ["hub.paths"],
    ["hub.hub"],
    ["hub.requests"],
    ["hub.checking", "hub.citations", "hub.identity", "hub.search"],
    ["hub.matching"],
    ["hub.sparql"],
    ["hub.store"],
    ["hub.accounts"],
    ["hub.access", "hub.erasure", "hub.turtle"],
    ["hub.history", "hub.settings", "hub.terms"],
    ["hub.errors", "hub.vocabulary"],
    ["loaders"],
]

# One library, one door: who may import it.
DOORS = {
    "flask": ("hub.web",),
    "jinja2": ("hub.turtle", "hub.web"),
    "waitress": ("hub.web",),
    "werkzeug": ("hub.web",),
    "networkx": ("hub.paths",),
    "numba": ("hub.paths",),
    "numpy": ("hub.paths", "hub.matching"),
    "owlready2": ("hub.checking",),
    "pyshacl": ("hub.checking",),
    "rdflib": ("hub.checking",),
    "SPARQLWrapper": ("loaders.reading",),
    "pyoxigraph": ("hub.store", "hub.sparql.worker", "loaders.reading"),
    "click": ("hub.cli",),
    "rich": ("hub.cli",),
    "sqlite3": ("hub.history", "hub.search"),
    "argon2": ("hub.accounts",),
    "authlib": ("hub.web.single_sign_on",),
    "joserfc": ("hub.web.single_sign_on",),
    "requests": ("hub.web.single_sign_on",),
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for package in ("hub", "loaders"):
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.Module) -> Iterator[str]:
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert not node.level, "imports are absolute"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def layer(module: str) -> tuple[int, str] | None:
    best: tuple[int, str] | None = None
    for depth, names in enumerate(LAYERS):
        for name in names:
            known = module == name or module.startswith(name + ".")
            if known and (best is None or len(name) > len(best[1])):
                best = (depth, name)
    return best


def test_every_module_has_a_layer() -> None:
    without = [name for name, _ in modules() if name != "hub" and layer(name) is None]
    assert without == []


def test_imports_go_downwards() -> None:
    wrong = []
    for module, tree in modules():
        here = layer(module)
        for imported in imports(tree):
            there = layer(imported)
            if here and there and here[1] != there[1] and there[0] <= here[0]:
                wrong.append(f"{module} imports {imported}")
    assert wrong == []


@pytest.mark.parametrize("library", DOORS)
def test_each_library_has_one_door(library: str) -> None:
    doors = DOORS[library]
    wrong = [
        module
        for module, tree in modules()
        if any(name == library or name.startswith(library + ".") for name in imports(tree))
        and not any(module == door or module.startswith(door + ".") for door in doors)
    ]
    assert wrong == []


def test_the_layers_are_drawn_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    drawn = [
        name for row in LAYERS for name in row if f"`{name}`" not in readme and name not in readme
    ]
    assert drawn == []
