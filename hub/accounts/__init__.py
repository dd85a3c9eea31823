"""Who asks: accounts, the tokens and log-ins by which they are known, and what they may do."""

from hub.accounts.caller import NOBODY, RIGHTS, Caller

__all__ = ["NOBODY", "RIGHTS", "Caller"]
