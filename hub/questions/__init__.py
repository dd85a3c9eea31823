"""Questions that people reuse: a library of documented queries, and the asking of them.

library = read_library(folder)
answer = ask(hub, library["market-barriers"], {"market": "China"}, viewer)
answer.as_dict(); answer.table()
"""

from hub.questions.answer import Answer, ask, bind
from hub.questions.library import Column, Library, Parameter, Question, read_library

__all__ = ["Answer", "Column", "Library", "Parameter", "Question", "ask", "bind", "read_library"]
