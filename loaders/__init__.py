"""Partner files become statements: reading, mapping, findings. Imports nothing of `hub`."""
