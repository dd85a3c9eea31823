"""Answering SPARQL: a text is scanned, then evaluated in a process that can be killed.

- `pool` hands queries to workers and holds the limits: start there
- `answer` is the bytes of an answer while they are read
- `formats` holds media types and content negotiation
- `scanner` reads a text: form, dataset, bounds, what is refused; `tokens` cuts it
- `query` is what it found, and the text for the engine
- `services` finds SERVICE in it and puts rows in its place; `federation` asks listed endpoints;
  `constants` reads terms and VALUES
- `workers` keeps the workers: takes, kills, replaces them; `process` is one as the pool sees it;
  `frames` is what they say to each other
- `worker` is the process that holds the engine; `isolation` takes its rights away
- `limits`, `errors`
"""
