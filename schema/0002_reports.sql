-- What the reports need and no ticket tells: figures and hours of training that people bring in, what the
-- business says of scored tickets, and what an improvement started from. Times are whole seconds since 1970 (UTC).

-- A value of an indicator for a quarter (2026Q3) or a month (2026-07). service '' is the whole company; kpi is the
-- id of the service's indicator. What is imported counts before what the catalog says for the same period.
CREATE TABLE figures (
  service TEXT NOT NULL,
  kpi     TEXT NOT NULL,
  period  TEXT NOT NULL CHECK (period GLOB '[0-9][0-9][0-9][0-9]Q[1-4]' OR period GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]'),
  value   REAL NOT NULL,
  source  TEXT,
  act_id  INTEGER NOT NULL REFERENCES acts(id),
  PRIMARY KEY (service, kpi, period)
) STRICT, WITHOUT ROWID;

CREATE TABLE training (
  person TEXT NOT NULL,
  kind   TEXT NOT NULL,
  period TEXT NOT NULL CHECK (period GLOB '[0-9][0-9][0-9][0-9]Q[1-4]' OR period GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]'),
  hours  REAL NOT NULL CHECK (hours >= 0),
  act_id INTEGER NOT NULL REFERENCES acts(id),
  PRIMARY KEY (person, kind, period)
) STRICT, WITHOUT ROWID;

-- What the business would have given a scored ticket, beside what triage gave it at that moment. One rating a
-- ticket and person; rating again replaces it, and the log keeps both.
CREATE TABLE ratings (
  ticket_id       INTEGER NOT NULL REFERENCES tickets(id) ON DELETE CASCADE,
  who             TEXT NOT NULL,
  at              INTEGER NOT NULL,
  service         TEXT,
  rated           INTEGER NOT NULL CHECK (rated BETWEEN 1 AND 5),
  computed        INTEGER NOT NULL CHECK (computed BETWEEN 1 AND 5),  -- by points and floor, without an override
  score           INTEGER NOT NULL,
  vector          TEXT NOT NULL,
  note            TEXT,
  catalog_version INTEGER NOT NULL,
  policy_version  INTEGER NOT NULL,
  act_id          INTEGER NOT NULL REFERENCES acts(id),
  PRIMARY KEY (ticket_id, who)
) STRICT, WITHOUT ROWID;
CREATE INDEX ratings_at ON ratings(at);

-- What an improvement set out to take away, written down when it began, so that later changes of links or a
-- forgotten ticket do not move the mark that it is measured against.
CREATE TABLE improvement_baselines (
  improvement TEXT PRIMARY KEY,
  began_at    INTEGER NOT NULL,
  days        INTEGER NOT NULL CHECK (days > 0),
  tickets     INTEGER NOT NULL,
  points      INTEGER NOT NULL,
  act_id      INTEGER NOT NULL REFERENCES acts(id)
) STRICT, WITHOUT ROWID;
