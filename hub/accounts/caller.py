"""Whoever asks: an account, what it sees, and what it may do with that."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hub.access import PUBLIC, Viewer
from hub.errors import Forbidden, Invalid

# Each right includes those before it.
RIGHTS = ("read", "review", "administer")


@dataclass(frozen=True)
class Caller:
    """The public, or an account.

    Attributes:
        account: what identifies it for good, `user:anna` or `token:0123456789abcdef`; empty for the
            public. What somebody keeps is kept under this.
        name: what people call it.
        viewer: what it sees.
        right: `read`; `review`, to judge what is one thing; `administer`, to read the audit trail.
        credential: by what it is known here: `user:…`, or `token:…`, also where that is a user's.
    """

    account: str = ""
    name: str = ""
    viewer: Viewer = PUBLIC
    right: str = "read"
    credential: str = ""

    def __post_init__(self) -> None:
        if self.right not in RIGHTS:
            raise Invalid(f"There is no right “{self.right}”.", remedy=f"Use {', '.join(RIGHTS)}.")

    def may(self, right: str) -> bool:
        """Whether the account has this right, by itself or within a greater one."""
        return RIGHTS.index(right) <= RIGHTS.index(self.right)

    def require(self, right: str) -> None:
        """Raises Forbidden where the account lacks the right."""
        if not self.may(right):
            raise Forbidden(
                f"This account may {self.right}, and not {right}.",
                remedy="Ask the operator of the hub for an account that may.",
            )

    def includes(self, other: Caller) -> bool:
        """Whether this account sees and may all that the other does."""
        return self.viewer.sees(other.viewer) and self.may(other.right)

    def lend(self, other: Caller) -> Caller:
        """This account, seeing and doing no more than `other` may."""
        viewer = other.viewer if self.viewer.sees(other.viewer) else self.viewer
        right = min(self.right, other.right, key=RIGHTS.index)
        return replace(self, viewer=viewer, right=right, credential=other.credential)


NOBODY = Caller()
