"""Functions over arrays, compiled."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType, SimpleNamespace
from typing import Any


def compile_all(*functions: Callable[..., Any], **options: Any) -> Any:
    """The functions by name, each calling those before it; the functions themselves stay plain.

    What is compiled is kept in numba's cache, if there is any place for one.
    """
    from numba import njit  # half a second, which who needs nothing compiled is spared

    made: dict[str, Any] = {}
    for function in functions:
        assert isinstance(function, FunctionType)
        known = {**function.__globals__, **made}
        copy = FunctionType(function.__code__, known, function.__name__)
        try:
            made[function.__name__] = njit(cache=True, nogil=True, **options)(copy)
        except RuntimeError:  # no folder can be written to: compiled anew by each process
            made[function.__name__] = njit(nogil=True, **options)(copy)
    return SimpleNamespace(**made)
