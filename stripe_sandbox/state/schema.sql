-- The sandbox's tables in SQLite. Indexes on what is inside an object are made beside the code that
-- asks by them (store.py).

-- Everything that Stripe has: `body` is what it shows, `private` what it knows beside that.
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    object TEXT NOT NULL,
    created INTEGER NOT NULL,
    body TEXT NOT NULL,
    private TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (object, seq);

-- What happens by itself: sessions expire, banks answer.
CREATE TABLE IF NOT EXISTS due (
    id TEXT NOT NULL,
    what TEXT NOT NULL,
    at REAL NOT NULL,
    PRIMARY KEY (id, what)
);
CREATE INDEX IF NOT EXISTS due_by_time ON due (at);

-- What each idempotency key was answered.
CREATE TABLE IF NOT EXISTS replies (
    key TEXT PRIMARY KEY,
    endpoint TEXT NOT NULL,
    params TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    request_id TEXT NOT NULL,
    created REAL NOT NULL
);

-- Attempts to deliver events, made and to be made.
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    event TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    due_at REAL NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed', 'lost')),
    status INTEGER,
    answer TEXT NOT NULL DEFAULT '',
    milliseconds INTEGER
);
CREATE INDEX IF NOT EXISTS deliveries_by_state ON deliveries (state, due_at);
CREATE INDEX IF NOT EXISTS deliveries_by_event ON deliveries (event);
