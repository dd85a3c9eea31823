"""Asking for introductions: the ledger of what was asked and came of it, and drafts of requests."""
