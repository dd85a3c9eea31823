"""Whether what is handed in and what is published can be: shapes, consistency, countries."""
