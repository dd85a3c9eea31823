"""Going back to a generation that was published before."""

from __future__ import annotations

from pathlib import Path

from hub.history import record_event
from hub.store.generations import current_number, name_current, open_generation, verify, writing


def roll_back(data: Path, number: int) -> int | None:
    """Serve generation `number` again, after verifying it; returns the number served before.

    Raises NotFound where it is not kept, HubError where it is damaged.
    """
    with writing(data):
        generation = open_generation(data, number)
        before = current_number(data)
        if before != number:
            verify(generation)
            name_current(data, number)
            record_event(data, "rollback", number, "rolled back", {"note": f"instead of {before}"})
        return before
