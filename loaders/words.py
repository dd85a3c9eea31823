"""The words of partners' languages in ``words.toml``."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

WORDS: dict[str, Any] = tomllib.loads(files("loaders").joinpath("words.toml").read_text("utf-8"))
