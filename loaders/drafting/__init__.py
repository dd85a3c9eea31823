"""Drafting the mapping of an unknown file: what it holds, what that may mean, and why."""
