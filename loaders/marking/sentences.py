"""Findings as sentences in somebody else's file: short, on one line, and harmless."""

from __future__ import annotations

import re
from collections.abc import Iterable

from loaders.findings import Finding, Severity, show_text

UNFIT = re.compile("[\ufffe\uffff]")  # what XML cannot hold, and ``show_text`` leaves
RANK = {severity: rank for rank, severity in enumerate(Severity)}


def say_findings(findings: Iterable[Finding], *, columns: bool = True) -> str:
    """Findings one after the other, the worst first; no text begins as a formula does."""
    ranked = sorted(findings, key=lambda finding: RANK[Severity(finding.severity)])
    return " / ".join(_say(finding, columns) for finding in ranked)


def _say(finding: Finding, columns: bool) -> str:
    place = f", {finding.column}" if finding.column and columns else ""
    return " ".join(clean_text(f"{finding.severity}{place}: {finding.said}").split())


def clean_text(text: str) -> str:
    """The text without what XML cannot hold and terminals would obey."""
    return UNFIT.sub("", show_text(text))


def make_harmless(value: object) -> str:
    """A cell that no spreadsheet takes for a formula: such texts get an apostrophe in front."""
    text = "" if value is None else clean_text(str(value))
    begins = text.lstrip()[:1]
    return "'" + text if (begins and begins in "=+-@|%") or text[:1] in ("\t", "\r") else text


def find_worst(findings: Iterable[Finding]) -> Severity:
    """The loudest severity among findings."""
    return min((Severity(f.severity) for f in findings), key=lambda s: RANK[s])
