"""People who asked to be erased: known again by keyed hashes alone, and kept out of all loads."""

from hub.erasure.hashes import Erasures, read_erasures

__all__ = ["Erasures", "read_erasures"]
