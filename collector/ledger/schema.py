"""The ledger's tables: one script for each version, run once, in order."""

from __future__ import annotations

_FIRST = """
CREATE TABLE ranges (
    kind TEXT NOT NULL,
    plant TEXT NOT NULL,
    name TEXT NOT NULL,
    part TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (kind, plant, name, part, first)
) WITHOUT ROWID;
CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY,
    plant TEXT NOT NULL,
    gateway TEXT NOT NULL,
    outbox TEXT,
    seq INTEGER,
    received_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    payload BLOB NOT NULL,
    UNIQUE (plant, gateway, outbox, seq)
);
CREATE TABLE evicted (plant TEXT PRIMARY KEY, packs INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE events (
    plant TEXT NOT NULL,
    time_ms INTEGER NOT NULL,
    gateway TEXT NOT NULL,
    meter TEXT NOT NULL,
    point TEXT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (plant, time_ms, gateway, meter, point, kind, text)
) WITHOUT ROWID;
CREATE TABLE anchors (
    plant TEXT NOT NULL,
    meter TEXT NOT NULL,
    time_ms INTEGER NOT NULL,
    PRIMARY KEY (plant, meter, time_ms)
) WITHOUT ROWID;
CREATE TABLE sources (
    plant TEXT NOT NULL,
    meter TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    PRIMARY KEY (plant, meter)
) WITHOUT ROWID;
CREATE TABLE statuses (
    plant TEXT NOT NULL,
    gateway TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    payload BLOB NOT NULL,
    PRIMARY KEY (plant, gateway)
) WITHOUT ROWID;
CREATE TABLE amounts (
    id INTEGER PRIMARY KEY,
    plant TEXT NOT NULL,
    quantity TEXT NOT NULL,
    first_day TEXT NOT NULL,
    end_day TEXT NOT NULL,
    value REAL NOT NULL,
    unit TEXT NOT NULL,
    source TEXT NOT NULL,
    author TEXT NOT NULL,
    reason TEXT NOT NULL,
    entered_ms INTEGER NOT NULL,
    replaces INTEGER UNIQUE REFERENCES amounts (id)
);
CREATE INDEX amounts_by_quantity ON amounts (plant, quantity, first_day);
CREATE TABLE locks (
    id INTEGER PRIMARY KEY,
    plant TEXT NOT NULL,
    plan TEXT NOT NULL,
    hash TEXT NOT NULL,
    content TEXT NOT NULL,
    locked_ms INTEGER NOT NULL,
    author TEXT NOT NULL,
    reason TEXT NOT NULL,
    readings_known INTEGER NOT NULL
)
"""
_ADJUSTMENTS = """
CREATE TABLE adjustments (
    id INTEGER PRIMARY KEY,
    plant TEXT NOT NULL,
    resource TEXT NOT NULL,
    first_day TEXT NOT NULL,
    last_day TEXT NOT NULL,
    amount REAL NOT NULL,
    unit TEXT NOT NULL,
    author TEXT NOT NULL,
    reason TEXT NOT NULL,
    entered_ms INTEGER NOT NULL
)
"""
_CHAIN = """
ALTER TABLE quarantine ADD COLUMN said TEXT NOT NULL DEFAULT '{}'
"""
_ACCOUNTS = """
CREATE TABLE users (
    name TEXT PRIMARY KEY,
    password TEXT NOT NULL,
    created_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE roles (
    name TEXT NOT NULL REFERENCES users (name),
    plant TEXT NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (name, plant)
) WITHOUT ROWID;
CREATE TABLE tokens (
    name TEXT PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    plants TEXT NOT NULL,
    created_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE sessions (
    hash BLOB PRIMARY KEY,
    user TEXT,
    token TEXT,
    began_ms INTEGER NOT NULL,
    seen_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    time_ms INTEGER NOT NULL,
    who TEXT NOT NULL,
    address TEXT NOT NULL,
    plant TEXT NOT NULL,
    action TEXT NOT NULL,
    detail TEXT NOT NULL
)
"""
_LINKS = """
CREATE TABLE outboxes (
    id INTEGER PRIMARY KEY,
    plant TEXT NOT NULL,
    gateway TEXT NOT NULL,
    outbox TEXT NOT NULL,
    UNIQUE (plant, gateway, outbox)
);
CREATE TABLE links (
    id INTEGER PRIMARY KEY,
    outbox INTEGER NOT NULL REFERENCES outboxes (id),
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    prev BLOB NOT NULL,
    day INTEGER NOT NULL,
    UNIQUE (outbox, seq)
);
CREATE TABLE custody (
    outbox INTEGER NOT NULL REFERENCES outboxes (id),
    day INTEGER NOT NULL,
    packs INTEGER NOT NULL,
    signed INTEGER NOT NULL,
    breaks INTEGER NOT NULL,
    PRIMARY KEY (outbox, day)
) WITHOUT ROWID
"""
_ALARMS = """
CREATE TABLE alarms (
    id INTEGER PRIMARY KEY,
    plant TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    opened_ms INTEGER NOT NULL,
    closed_ms INTEGER,
    value REAL,
    bound REAL,
    unit TEXT NOT NULL
);
CREATE UNIQUE INDEX alarms_open ON alarms (plant, kind, subject) WHERE closed_ms IS NULL;
CREATE TABLE acknowledgements (
    id INTEGER PRIMARY KEY,
    alarm INTEGER NOT NULL REFERENCES alarms (id),
    author TEXT NOT NULL,
    text TEXT NOT NULL,
    entered_ms INTEGER NOT NULL
);
CREATE TABLE notes (
    id INTEGER PRIMARY KEY,
    plant TEXT NOT NULL,
    start_ms INTEGER NOT NULL,
    end_ms INTEGER NOT NULL,
    about TEXT NOT NULL,
    author TEXT NOT NULL,
    text TEXT NOT NULL,
    entered_ms INTEGER NOT NULL,
    withdraws INTEGER UNIQUE REFERENCES notes (id)
)
"""
_SHIFTS = """
ALTER TABLE amounts ADD COLUMN shift TEXT NOT NULL DEFAULT ''
"""
_WITHDRAWALS = """
ALTER TABLE amounts ADD COLUMN withdraws INTEGER NOT NULL DEFAULT 0
"""
# The day of receipt, from 1970, on which an outbox was first heard; 0: before that was kept.
_BEGUN = """
ALTER TABLE outboxes ADD COLUMN began_day INTEGER NOT NULL DEFAULT 0
"""
MIGRATIONS = (
    *(_FIRST, _ADJUSTMENTS, _CHAIN, _ACCOUNTS, _LINKS, _ALARMS, _SHIFTS, _WITHDRAWALS),
    _BEGUN,
)
