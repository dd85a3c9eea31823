-- The tables of `hub.sqlite`; `hub/history.py` lets nothing in a ledger be changed.
CREATE TABLE IF NOT EXISTS event (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('load', 'rollback')),
    generation INTEGER,
    outcome TEXT NOT NULL,
    details TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS token (
    id TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    name TEXT NOT NULL,
    level TEXT NOT NULL,
    partner TEXT,
    created TEXT NOT NULL,
    expires TEXT NOT NULL,
    revoked TEXT,
    may TEXT NOT NULL DEFAULT 'read',
    user TEXT NOT NULL DEFAULT '',
    used TEXT
);
CREATE TABLE IF NOT EXISTS user (
    name TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    level TEXT NOT NULL,
    partner TEXT,
    may TEXT NOT NULL,
    password TEXT NOT NULL,
    created TEXT NOT NULL,
    disabled TEXT,
    used TEXT
);
CREATE TABLE IF NOT EXISTS session (
    digest TEXT PRIMARY KEY,
    credential TEXT NOT NULL,
    expires TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS secret (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS decision (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('same', 'different', 'unsure', 'undo')),
    left_iri TEXT NOT NULL,
    right_iri TEXT NOT NULL,
    who TEXT NOT NULL,
    day TEXT NOT NULL,
    level TEXT NOT NULL,
    reason TEXT NOT NULL,
    undoes TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS introduction (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('asked', 'accepted', 'declined', 'met', 'result', 'withdrawn')),
    day TEXT NOT NULL,
    who TEXT NOT NULL,
    partner TEXT NOT NULL,
    start TEXT NOT NULL,
    target TEXT NOT NULL,
    connector TEXT NOT NULL,
    way TEXT NOT NULL,
    note TEXT NOT NULL,
    partners TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS erasure (
    hash TEXT PRIMARY KEY,
    words INTEGER NOT NULL,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS audit (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    account TEXT NOT NULL,
    credential TEXT NOT NULL,
    door TEXT NOT NULL,
    what TEXT NOT NULL,
    salt TEXT NOT NULL,
    seal TEXT NOT NULL,
    generation INTEGER NOT NULL,
    hash TEXT NOT NULL
);
-- What people keep of their own: questions (`hub.questions.keeping`) and how they fared.
CREATE TABLE IF NOT EXISTS question (
    name TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    who TEXT NOT NULL,
    sight TEXT NOT NULL,
    audience TEXT NOT NULL,
    text TEXT NOT NULL,
    kept TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS remark (
    id INTEGER PRIMARY KEY,
    question TEXT NOT NULL REFERENCES question (name) ON DELETE CASCADE,
    who TEXT NOT NULL,
    at TEXT NOT NULL,
    text TEXT NOT NULL
);
DROP TABLE IF EXISTS trial; -- of earlier releases: its generations told of loads of what is hidden
CREATE TABLE IF NOT EXISTS tried (
    question TEXT NOT NULL REFERENCES question (name) ON DELETE CASCADE,
    version TEXT NOT NULL,
    at TEXT NOT NULL,
    columns TEXT NOT NULL,
    rows INTEGER NOT NULL,
    error TEXT NOT NULL,
    PRIMARY KEY (question, version)
);
