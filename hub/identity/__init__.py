"""One thing, many names: judgements of sameness, and the canonical IRIs that follow from them.

Sources stay as they were said. A judgement says that two IRIs mean the same thing, or different
things, or that nobody can tell, by whom, when and why; it is visible at a level, like a source.
Judgements stand in files (`judgements`) and in the ledger of decisions (`decisions`). At each level
those visible there join IRIs into clusters, and the view of the data writes each cluster under one
of its IRIs (`names`). A judgement of a higher level never changes a lower one.
"""

from hub.identity.decisions import all_judgements
from hub.identity.judgements import Judgement, read_judgements
from hub.identity.names import find_chain, names_at

__all__ = ["Judgement", "all_judgements", "find_chain", "names_at", "read_judgements"]
