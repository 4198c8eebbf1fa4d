-- The core of triage: catalog versions, tickets, what was read from them, what people decided, the
-- queue that is derived from all of it, and the log of every act. Times are whole seconds since 1970 (UTC)
-- but in acts, where they are milliseconds.

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE acts (
  id        INTEGER PRIMARY KEY,
  at        INTEGER NOT NULL,
  who       TEXT NOT NULL,
  what      TEXT NOT NULL,                       -- confirm, link, set, override, claim, import, apply, undo …
  detail    TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(detail)),
  undoes    INTEGER REFERENCES acts(id),
  undone_by INTEGER REFERENCES acts(id)
) STRICT;
CREATE INDEX acts_who ON acts(who, id);

CREATE TABLE policies (
  version  INTEGER PRIMARY KEY,
  at       INTEGER NOT NULL,
  document TEXT NOT NULL UNIQUE CHECK (json_valid(document))  -- the overrides, canonical JSON
) STRICT;

CREATE TABLE catalog_versions (
  version        INTEGER PRIMARY KEY,
  at             INTEGER NOT NULL,
  who            TEXT NOT NULL,
  note           TEXT NOT NULL DEFAULT '',
  policy_version INTEGER NOT NULL REFERENCES policies(version),
  summary        TEXT NOT NULL CHECK (json_valid(summary)),
  document       BLOB NOT NULL,                  -- the whole catalog: canonical JSON, zlib
  act_id         INTEGER REFERENCES acts(id)
) STRICT;

CREATE TABLE imports (
  id        INTEGER PRIMARY KEY,
  at        INTEGER NOT NULL,
  who       TEXT NOT NULL,
  source    TEXT NOT NULL,
  name      TEXT NOT NULL,                       -- the file's name, without its folder
  total     INTEGER NOT NULL,
  done      INTEGER NOT NULL DEFAULT 0,
  state     TEXT NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'stopped', 'told')),
  process   TEXT NOT NULL DEFAULT '',
  added     INTEGER NOT NULL DEFAULT 0,
  updated   INTEGER NOT NULL DEFAULT 0,
  unchanged INTEGER NOT NULL DEFAULT 0,
  rejected  INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE tickets (
  id              INTEGER PRIMARY KEY,
  source          TEXT NOT NULL,
  external_id     TEXT NOT NULL,
  subject         TEXT NOT NULL,
  requester       TEXT,
  requester_name  TEXT,
  organisation    TEXT,
  site            TEXT,
  channel         TEXT,
  created_at      INTEGER NOT NULL,
  updated_at      INTEGER,
  due_at          INTEGER,
  source_status   TEXT,
  source_priority TEXT,
  tags            TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags)),
  url             TEXT,
  content_hash    BLOB NOT NULL,
  import_id       INTEGER REFERENCES imports(id),
  forgotten       INTEGER NOT NULL DEFAULT 0 CHECK (forgotten IN (0, 1)),
  UNIQUE (source, external_id)
) STRICT;
CREATE INDEX tickets_requester ON tickets(requester) WHERE requester IS NOT NULL;

CREATE TABLE bodies (
  ticket_id   INTEGER PRIMARY KEY REFERENCES tickets(id) ON DELETE CASCADE,
  body        TEXT NOT NULL,
  extra       TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(extra)),
  attachments TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(attachments))
) STRICT;

-- What linking read from a ticket when it was last read: candidates, evidence, feature vectors.
CREATE TABLE readings (
  ticket_id       INTEGER PRIMARY KEY REFERENCES tickets(id) ON DELETE CASCADE,
  catalog_version INTEGER NOT NULL,
  memory_version  INTEGER NOT NULL DEFAULT 0,
  reading         TEXT NOT NULL CHECK (json_valid(reading))
) STRICT;

-- What people decided, one value a field: service, touchpoint, condition, reach, workaround, flag, told,
-- override, pauses, notes, rejected … Undo puts the value before back, so nothing else holds decisions.
CREATE TABLE decisions (
  ticket_id INTEGER NOT NULL REFERENCES tickets(id) ON DELETE CASCADE,
  field     TEXT NOT NULL,
  value     TEXT NOT NULL CHECK (json_valid(value)),
  who       TEXT NOT NULL,
  at        INTEGER NOT NULL,
  PRIMARY KEY (ticket_id, field)
) STRICT, WITHOUT ROWID;

CREATE TABLE act_changes (
  act_id    INTEGER NOT NULL REFERENCES acts(id) ON DELETE CASCADE,
  ticket_id INTEGER NOT NULL,
  field     TEXT NOT NULL,
  before    TEXT CHECK (before IS NULL OR json_valid(before)),
  after     TEXT CHECK (after IS NULL OR json_valid(after)),
  PRIMARY KEY (act_id, ticket_id, field)
) STRICT, WITHOUT ROWID;
CREATE INDEX act_changes_ticket ON act_changes(ticket_id, act_id);

-- What the learner was taught by each act: hashed terms and features, no text. The memory in force is the sum
-- over (ticket, kind) of the lesson of the act whose value stands; `triage learn rebuild` makes it anew from here.
CREATE TABLE lessons (
  act_id    INTEGER NOT NULL REFERENCES acts(id) ON DELETE CASCADE,
  ticket_id INTEGER NOT NULL,
  kind      TEXT NOT NULL,
  decision  TEXT NOT NULL CHECK (json_valid(decision)),
  PRIMARY KEY (act_id, ticket_id, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX lessons_ticket ON lessons(ticket_id, kind, act_id);

-- What was fitted from the lessons at a fixed point of the log: the weights in numpy's format, after which act, on how
-- many decisions. Only the newest is kept; any is made again from the lessons.
CREATE TABLE learned (
  number    INTEGER PRIMARY KEY,
  after_act INTEGER NOT NULL,
  decisions INTEGER NOT NULL,
  at        INTEGER NOT NULL,
  fitted    BLOB NOT NULL
) STRICT;

-- What was forgotten, as a salted digest of its source and id, so that an import does not bring it back.
CREATE TABLE tombstones (
  digest BLOB PRIMARY KEY,
  at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE swarms (
  id         INTEGER PRIMARY KEY,
  service    TEXT NOT NULL,
  site       TEXT,
  kind       TEXT NOT NULL CHECK (kind IN ('rate', 'site')),
  opened_at  INTEGER NOT NULL,
  last_at    INTEGER NOT NULL,
  tickets    INTEGER NOT NULL DEFAULT 0,
  requesters INTEGER NOT NULL DEFAULT 0,
  candidate  INTEGER NOT NULL DEFAULT 0 CHECK (candidate IN (0, 1)),
  confirmed  INTEGER NOT NULL DEFAULT 0 CHECK (confirmed IN (0, 1)),
  parent     INTEGER REFERENCES tickets(id),
  why        TEXT NOT NULL DEFAULT '',
  closed_at  INTEGER
) STRICT;
CREATE INDEX swarms_open ON swarms(service) WHERE closed_at IS NULL;

-- The queue: one narrow row a ticket, all of it derived but status, assignee and the snooze.
-- bucket: 0 open, 1 snoozed, 2 done. rank: the order of the queue as one integer, see store/rank.py.
CREATE TABLE queue (
  ticket_id       INTEGER PRIMARY KEY REFERENCES tickets(id) ON DELETE CASCADE,
  bucket          INTEGER NOT NULL,
  rank            INTEGER NOT NULL,
  status          TEXT NOT NULL,
  assignee        TEXT,
  snoozed_until   INTEGER,
  resolved_at     INTEGER,
  responded_at    INTEGER,
  priority        INTEGER NOT NULL,              -- in force, 1 to 5
  points_priority INTEGER NOT NULL,
  score           INTEGER NOT NULL,
  low             INTEGER NOT NULL,
  high            INTEGER NOT NULL,
  sure            INTEGER NOT NULL,
  cr INTEGER NOT NULL, re INTEGER NOT NULL, jo INTEGER NOT NULL,
  tm INTEGER NOT NULL, cm INTEGER NOT NULL, wi INTEGER NOT NULL,
  service         TEXT,
  touchpoint      TEXT,
  condition       TEXT NOT NULL,
  reach           TEXT NOT NULL,
  site            TEXT,
  swarm           INTEGER REFERENCES swarms(id),
  vip             INTEGER NOT NULL DEFAULT 0,
  first_clock     INTEGER,                       -- the clock that runs out, or ran out, first: the order goes by it
  clock_name      TEXT,
  next_clock      INTEGER,                       -- the first that had not run out when the row was derived
  next_change     INTEGER,
  created_at      INTEGER NOT NULL,
  vector          TEXT NOT NULL,
  policy_version  INTEGER NOT NULL,
  catalog_version INTEGER NOT NULL
) STRICT;
CREATE INDEX queue_rank ON queue(bucket, rank);
CREATE INDEX queue_assignee ON queue(assignee, bucket, rank);
CREATE INDEX queue_service ON queue(service, bucket, rank);
CREATE INDEX queue_touchpoint ON queue(touchpoint, bucket, rank) WHERE touchpoint IS NOT NULL;
CREATE INDEX queue_due ON queue(next_change) WHERE next_change IS NOT NULL;
CREATE INDEX queue_clock ON queue(bucket, next_clock) WHERE next_clock IS NOT NULL;
CREATE INDEX queue_snoozed ON queue(snoozed_until) WHERE bucket = 1;
CREATE INDEX queue_swarm ON queue(swarm) WHERE swarm IS NOT NULL;
CREATE INDEX queue_uncertain ON queue(low - high, rank) WHERE bucket = 0 AND low < high;

-- Counts that the screen and the board show, kept true by triggers in the transaction that changes them.
-- name: bucket (key1 = bucket), priority (key1 = priority, key2 = sure), service (key1 = service or '',
-- key2 = condition), touchpoint, site, assignee; all but bucket count open tickets only.
CREATE TABLE counts (
  name   TEXT NOT NULL,
  key1   TEXT NOT NULL,
  key2   TEXT NOT NULL DEFAULT '',
  n      INTEGER NOT NULL,
  points INTEGER NOT NULL,
  PRIMARY KEY (name, key1, key2)
) STRICT, WITHOUT ROWID;

CREATE VIEW queue_cells AS
  SELECT ticket_id, 'bucket' AS name, CAST(bucket AS TEXT) AS key1, '' AS key2, score FROM queue
  UNION ALL SELECT ticket_id, 'priority', CAST(priority AS TEXT), CAST(sure AS TEXT), score FROM queue WHERE bucket = 0
  UNION ALL SELECT ticket_id, 'service', coalesce(service, ''), condition, score FROM queue WHERE bucket = 0
  UNION ALL SELECT ticket_id, 'touchpoint', coalesce(touchpoint, ''), '', score FROM queue WHERE bucket = 0
  UNION ALL SELECT ticket_id, 'site', coalesce(site, ''), '', score FROM queue WHERE bucket = 0
  UNION ALL SELECT ticket_id, 'assignee', coalesce(assignee, ''), '', score FROM queue WHERE bucket = 0;

CREATE TRIGGER queue_count_insert AFTER INSERT ON queue BEGIN
  INSERT INTO counts (name, key1, key2, n, points)
    SELECT name, key1, key2, 1, score FROM queue_cells WHERE ticket_id = new.ticket_id
    ON CONFLICT DO UPDATE SET n = n + 1, points = points + excluded.points;
END;
CREATE TRIGGER queue_count_leave BEFORE UPDATE OF bucket, priority, sure, service, touchpoint, condition, site, assignee, score ON queue
WHEN old.bucket IS NOT new.bucket OR old.priority IS NOT new.priority OR old.sure IS NOT new.sure
  OR old.service IS NOT new.service OR old.touchpoint IS NOT new.touchpoint OR old.condition IS NOT new.condition
  OR old.site IS NOT new.site OR old.assignee IS NOT new.assignee OR old.score IS NOT new.score
BEGIN
  INSERT INTO counts (name, key1, key2, n, points)
    SELECT name, key1, key2, -1, -score FROM queue_cells WHERE ticket_id = old.ticket_id
    ON CONFLICT DO UPDATE SET n = n - 1, points = points + excluded.points;
END;
CREATE TRIGGER queue_count_enter AFTER UPDATE OF bucket, priority, sure, service, touchpoint, condition, site, assignee, score ON queue
WHEN old.bucket IS NOT new.bucket OR old.priority IS NOT new.priority OR old.sure IS NOT new.sure
  OR old.service IS NOT new.service OR old.touchpoint IS NOT new.touchpoint OR old.condition IS NOT new.condition
  OR old.site IS NOT new.site OR old.assignee IS NOT new.assignee OR old.score IS NOT new.score
BEGIN
  INSERT INTO counts (name, key1, key2, n, points)
    SELECT name, key1, key2, 1, score FROM queue_cells WHERE ticket_id = new.ticket_id
    ON CONFLICT DO UPDATE SET n = n + 1, points = points + excluded.points;
END;
CREATE TRIGGER queue_count_delete BEFORE DELETE ON queue BEGIN
  INSERT INTO counts (name, key1, key2, n, points)
    SELECT name, key1, key2, -1, -score FROM queue_cells WHERE ticket_id = old.ticket_id
    ON CONFLICT DO UPDATE SET n = n - 1, points = points + excluded.points;
END;

-- Titles for the filter that searches while typing; bodies are searched when asked for.
CREATE VIRTUAL TABLE titles USING fts5(
  subject, content='tickets', content_rowid='id', detail=none, prefix='1 2 3 4',
  tokenize="unicode61 remove_diacritics 2"
);
