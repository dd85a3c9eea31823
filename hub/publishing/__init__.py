"""From what partners sent to a generation that is served: read, map, check, derive, publish."""
