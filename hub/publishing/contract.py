"""The contract of a load: the ontology, and the checks that its shapes are compiled to.

A load that finds the contract of the last one reads neither again: to compile the shapes takes
longer than to load a small change.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

import hub
from hub.checking.examination import Check
from hub.store.files import digest_file

COMPILERS = ("checking/shapes.py", "publishing/derivation.py")
CHECKS = "checks.json"


def digest_contract(folder: Path) -> str:
    """A hash of the ontology in a folder, and of the code that makes rules and checks of it."""
    code = Path(hub.__file__).resolve().parent
    files = [*sorted(folder.glob("*.ttl")), *(code / name for name in COMPILERS)]
    return sha256(
        "".join(f"{file.name} {digest_file(file)}\n" for file in files).encode()
    ).hexdigest()


def take_checks(
    folder: Path, base: str, before: Path | None, generation: Path
) -> tuple[Check, ...]:
    """The checks of the ontology's shapes, kept in the generation in the making.

    `before` is a generation of the same contract, which may have them.
    """
    kept = generation / CHECKS
    if before and (before / CHECKS).exists():
        kept.hardlink_to(before / CHECKS)
        return tuple(Check(**values) for values in json.loads(kept.read_text(encoding="utf-8")))
    from hub.checking.shapes import read_checks  # to import rdflib takes a tenth of a small load

    checks = read_checks(folder / "shapes.ttl", base)
    text = json.dumps([asdict(check) for check in checks], ensure_ascii=False, indent=0)
    kept.write_text(text, encoding="utf-8")
    return checks
