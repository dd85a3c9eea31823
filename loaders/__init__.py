"""Partner files become statements: reading, mapping, findings. Imports nothing of `hub`."""

from loaders.findings import Finding, Severity, SourceRefused

__all__ = ["Finding", "Severity", "SourceRefused"]
