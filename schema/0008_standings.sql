-- What a ticket scores is written once for all tickets of one shape and span of age: its standing. A change of the catalog or
-- the policy that moves most tickets updates standings and writes no ticket (docs/decisions/rescoring.md). `placed` keeps what
-- is the ticket's own; the view `queue` joins the two and has the columns that the table of that name had, and `width`.

-- A standing with a shape holds open tickets of that shape alone, and a rescoring changes it under them. One without (of tickets
-- that are scored one by one, and of those that are done) is shared by content and never changed. One without tickets is taken
-- away. level: priority and score as the order has them, see store/rank.py. first_tail: no ticket of it comes before that; live:
-- 1 open or snoozed, 0 done. codes: condition and reach as the vector has them. moved: changed under tickets whose intervals
-- may be older; certain: they have none.
CREATE TABLE standings (
  id              INTEGER PRIMARY KEY,
  shape           INTEGER,
  live            INTEGER NOT NULL,
  score           INTEGER NOT NULL,
  priority        INTEGER NOT NULL,              -- in force, 1 to 5
  points_priority INTEGER NOT NULL,
  sure            INTEGER NOT NULL,
  cr INTEGER NOT NULL, re INTEGER NOT NULL, jo INTEGER NOT NULL,
  tm INTEGER NOT NULL, cm INTEGER NOT NULL, wi INTEGER NOT NULL,
  level           INTEGER NOT NULL,
  service         TEXT,                          -- these three as its tickets have them, so that a walk along the order
  touchpoint      TEXT,                          -- passes by the standings that a filter does not want
  condition       TEXT NOT NULL,
  vector          TEXT NOT NULL,
  codes           TEXT NOT NULL,
  certain         INTEGER NOT NULL,
  policy_version  INTEGER NOT NULL,
  catalog_version INTEGER NOT NULL,
  first_tail      INTEGER NOT NULL,
  moved           INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Of a ticket that came in a moment ago and was not scored yet.
INSERT INTO standings VALUES (0, NULL, 1, 0, 5, 5, 0, 0, 0, 0, 0, 0, 0, 740, NULL, NULL, 'question', '', '', 0, 0, 0, 0, 0);

INSERT INTO standings (shape, live, score, priority, points_priority, sure, cr, re, jo, tm, cm, wi, level, service,
    touchpoint, condition, vector, codes,
    certain, policy_version, catalog_version, first_tail, moved)
  SELECT iif(q.bucket < 2, q.shape, NULL), q.bucket < 2, q.score, q.priority, q.points_priority, q.sure, q.cr, q.re, q.jo,
    q.tm, q.cm, q.wi, q.priority * 128 + 100 - q.score, q.service, q.touchpoint, q.condition, q.vector,
    iif(q.vector = '', '', substr(q.vector, instr(q.vector, '/CO:') + 4, 1) || substr(q.vector, instr(q.vector, '/RE:') + 4, 1)),
    coalesce(json_extract(f.facts, '$[5]') AND json_extract(f.facts, '$[6]') AND json_extract(f.facts, '$[7]'), 0),
    q.policy_version, q.catalog_version, min(q.rank & 4503599627370495), max(q.stale)
  FROM queue q LEFT JOIN shapes f ON f.id = q.shape
  GROUP BY iif(q.bucket < 2, q.shape, NULL), q.bucket < 2, q.vector, q.score, q.priority, q.points_priority, q.sure,
    q.cr, q.re, q.jo, q.tm, q.cm, q.wi, q.service, q.touchpoint, q.condition, q.policy_version, q.catalog_version;
CREATE INDEX standings_content ON standings(shape, vector, live);

-- bucket: 0 open, 1 snoozed, 2 done. tail: what the order goes by after priority and score. below, width: the interval begins so
-- many points below the score and is so wide, and moves with it. policy_version, catalog_version: under which the interval was
-- made; under which the score was, the standing says.
CREATE TABLE placed (
  ticket_id       INTEGER PRIMARY KEY REFERENCES tickets(id) ON DELETE CASCADE,
  bucket          INTEGER NOT NULL,
  standing        INTEGER NOT NULL REFERENCES standings(id),
  tail            INTEGER NOT NULL,
  status          TEXT NOT NULL,
  assignee        TEXT,
  snoozed_until   INTEGER,
  resolved_at     INTEGER,
  responded_at    INTEGER,
  below           INTEGER NOT NULL,
  width           INTEGER NOT NULL,
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
  shape           INTEGER,
  policy_version  INTEGER NOT NULL,
  catalog_version INTEGER NOT NULL
) STRICT;
INSERT INTO placed SELECT q.ticket_id, q.bucket,
    (SELECT s.id FROM standings s WHERE s.shape IS iif(q.bucket < 2, q.shape, NULL) AND s.vector = q.vector
      AND s.live = (q.bucket < 2) AND s.score = q.score AND s.priority = q.priority AND s.points_priority = q.points_priority
      AND s.sure = q.sure AND (s.cr, s.re, s.jo, s.tm, s.cm, s.wi) = (q.cr, q.re, q.jo, q.tm, q.cm, q.wi)
      AND s.service IS q.service AND s.touchpoint IS q.touchpoint AND s.condition = q.condition
      AND s.policy_version = q.policy_version AND s.catalog_version = q.catalog_version AND s.id > 0),
    q.rank & 4503599627370495, q.status, q.assignee, q.snoozed_until, q.resolved_at, q.responded_at, q.score - q.low,
    q.high - q.low, q.service, q.touchpoint, q.condition, q.reach, q.site, q.swarm, q.vip, q.first_clock, q.clock_name,
    q.next_clock, q.next_change, q.created_at, q.shape, iif(q.stale, 0, q.policy_version), iif(q.stale, 0, q.catalog_version)
  FROM queue q ORDER BY q.ticket_id;

DROP VIEW queue_outages;
DROP VIEW queue_cells;
DROP TABLE queue;

-- The order by impact is that of standings by level, and within a level that of their tickets by tail and number.
CREATE INDEX standings_level ON standings(live, level, first_tail, service, touchpoint, condition);
CREATE INDEX standings_moved ON standings(level) WHERE moved = 1;
CREATE INDEX standings_service ON standings(service, live, level, first_tail);
CREATE INDEX queue_standing ON placed(standing, bucket, tail, ticket_id, assignee, site, created_at);
CREATE INDEX queue_assignee ON placed(assignee, bucket, service);
CREATE INDEX queue_service ON placed(service, bucket);
CREATE INDEX queue_touchpoint ON placed(touchpoint, bucket) WHERE touchpoint IS NOT NULL;
CREATE INDEX queue_due ON placed(next_change) WHERE next_change IS NOT NULL;
CREATE INDEX queue_clock ON placed(bucket, next_clock) WHERE next_clock IS NOT NULL;
CREATE INDEX queue_first_clock ON placed(bucket, coalesce(first_clock, 9e15));
CREATE INDEX queue_age ON placed(bucket, created_at);
CREATE INDEX queue_snoozed ON placed(snoozed_until) WHERE bucket = 1;
CREATE INDEX queue_swarm ON placed(swarm) WHERE swarm IS NOT NULL;
CREATE INDEX queue_shape ON placed(shape, created_at) WHERE bucket < 2;
CREATE INDEX queue_uncertain ON placed(bucket, width DESC) WHERE width > 0;

-- LEFT, so that SQLite leaves the standings out where a query wants nothing of them.
CREATE VIEW queue AS
  SELECT p.ticket_id, p.bucket, s.level << 52 | p.tail AS rank, p.status, p.assignee, p.snoozed_until, p.resolved_at,
    p.responded_at, s.priority, s.points_priority, s.score, max(0, s.score - p.below) AS low,
    min(100, s.score - p.below + p.width) AS high, s.sure, s.cr, s.re, s.jo, s.tm, s.cm, s.wi, p.service, p.touchpoint,
    p.condition, p.reach, p.site, p.swarm, p.vip, p.first_clock, p.clock_name, p.next_clock, p.next_change, p.created_at,
    s.vector, s.policy_version, s.catalog_version, p.shape,
    s.moved AND NOT s.certain AND (p.policy_version, p.catalog_version) <> (s.policy_version, s.catalog_version) AS stale,
    p.width
  FROM placed p LEFT JOIN standings s ON s.id = p.standing;

-- The same, read along the order: WHERE live = 1 … ORDER BY level, tail, ticket_id.
CREATE VIEW queue_in_order AS
  SELECT p.ticket_id, p.bucket, s.level << 52 | p.tail AS rank, p.status, p.assignee, p.snoozed_until, p.resolved_at,
    p.responded_at, s.priority, s.points_priority, s.score, max(0, s.score - p.below) AS low,
    min(100, s.score - p.below + p.width) AS high, s.sure, s.cr, s.re, s.jo, s.tm, s.cm, s.wi, s.service, s.touchpoint,
    s.condition, p.reach, p.site, p.swarm, p.vip, p.first_clock, p.clock_name, p.next_clock, p.next_change, p.created_at,
    s.vector, s.policy_version, s.catalog_version, p.shape,
    s.moved AND NOT s.certain AND (p.policy_version, p.catalog_version) <> (s.policy_version, s.catalog_version) AS stale,
    p.width, s.id AS standing, s.live, s.level, p.tail
  FROM standings s CROSS JOIN placed p INDEXED BY queue_standing ON p.standing = s.id;

CREATE VIEW queue_cells AS
  SELECT ticket_id, 'bucket' AS name, CAST(bucket AS TEXT) AS key1, '' AS key2, score FROM queue
  UNION ALL SELECT ticket_id, 'priority', CAST(priority AS TEXT), CAST(sure AS TEXT), score FROM queue WHERE bucket = 0
  UNION ALL SELECT ticket_id, 'service', coalesce(service, ''), condition, score FROM queue WHERE bucket = 0
  UNION ALL SELECT ticket_id, 'touchpoint', coalesce(touchpoint, ''), '', score FROM queue WHERE bucket = 0
  UNION ALL SELECT ticket_id, 'site', coalesce(site, ''), '', score FROM queue WHERE bucket = 0
  UNION ALL SELECT ticket_id, 'assignee', coalesce(assignee, ''), '', score FROM queue WHERE bucket = 0;

CREATE VIEW queue_outages AS
  SELECT p.ticket_id, p.service, s.codes, coalesce(p.site, '') AS site, coalesce(p.swarm, 0) AS swarm
  FROM placed p JOIN standings s ON s.id = p.standing
  WHERE p.bucket = 0 AND p.condition IN ('unavailable', 'degraded') AND p.service IS NOT NULL;

CREATE TRIGGER queue_count_insert AFTER INSERT ON placed BEGIN
  INSERT INTO counts (name, key1, key2, n, points)
    SELECT name, key1, key2, 1, score FROM queue_cells WHERE ticket_id = new.ticket_id
    ON CONFLICT DO UPDATE SET n = n + 1, points = points + excluded.points;
END;
CREATE TRIGGER queue_count_leave BEFORE UPDATE OF bucket, standing, service, touchpoint, condition, site, assignee ON placed
WHEN (old.bucket IS NOT new.bucket OR old.standing IS NOT new.standing OR old.service IS NOT new.service
  OR old.touchpoint IS NOT new.touchpoint OR old.condition IS NOT new.condition OR old.site IS NOT new.site
  OR old.assignee IS NOT new.assignee) AND NOT EXISTS (SELECT 1 FROM counting_by_hand)
BEGIN
  INSERT INTO counts (name, key1, key2, n, points)
    SELECT name, key1, key2, -1, -score FROM queue_cells WHERE ticket_id = old.ticket_id
    ON CONFLICT DO UPDATE SET n = n - 1, points = points + excluded.points;
END;
CREATE TRIGGER queue_count_enter AFTER UPDATE OF bucket, standing, service, touchpoint, condition, site, assignee ON placed
WHEN (old.bucket IS NOT new.bucket OR old.standing IS NOT new.standing OR old.service IS NOT new.service
  OR old.touchpoint IS NOT new.touchpoint OR old.condition IS NOT new.condition OR old.site IS NOT new.site
  OR old.assignee IS NOT new.assignee) AND NOT EXISTS (SELECT 1 FROM counting_by_hand)
BEGIN
  INSERT INTO counts (name, key1, key2, n, points)
    SELECT name, key1, key2, 1, score FROM queue_cells WHERE ticket_id = new.ticket_id
    ON CONFLICT DO UPDATE SET n = n + 1, points = points + excluded.points;
END;
CREATE TRIGGER queue_count_delete BEFORE DELETE ON placed BEGIN
  INSERT INTO counts (name, key1, key2, n, points)
    SELECT name, key1, key2, -1, -score FROM queue_cells WHERE ticket_id = old.ticket_id
    ON CONFLICT DO UPDATE SET n = n - 1, points = points + excluded.points;
END;

CREATE TRIGGER queue_outage_insert AFTER INSERT ON placed WHEN new.condition IN ('unavailable', 'degraded')
BEGIN
  INSERT INTO outages SELECT service, codes, site, swarm, 1 FROM queue_outages WHERE ticket_id = new.ticket_id
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER queue_outage_leave BEFORE UPDATE OF bucket, service, condition, site, swarm, standing ON placed
WHEN old.condition IN ('unavailable', 'degraded') AND (old.bucket IS NOT new.bucket OR old.service IS NOT new.service
  OR old.condition IS NOT new.condition OR old.site IS NOT new.site OR old.swarm IS NOT new.swarm
  OR old.standing IS NOT new.standing)
BEGIN
  INSERT INTO outages SELECT service, codes, site, swarm, -1 FROM queue_outages WHERE ticket_id = old.ticket_id
    ON CONFLICT DO UPDATE SET n = n - 1;
  DELETE FROM outages WHERE n = 0 AND (service, codes, site, swarm) IN
    (SELECT service, codes, site, swarm FROM queue_outages WHERE ticket_id = old.ticket_id);
END;
CREATE TRIGGER queue_outage_enter AFTER UPDATE OF bucket, service, condition, site, swarm, standing ON placed
WHEN new.condition IN ('unavailable', 'degraded') AND (old.bucket IS NOT new.bucket OR old.service IS NOT new.service
  OR old.condition IS NOT new.condition OR old.site IS NOT new.site OR old.swarm IS NOT new.swarm
  OR old.standing IS NOT new.standing)
BEGIN
  INSERT INTO outages SELECT service, codes, site, swarm, 1 FROM queue_outages WHERE ticket_id = new.ticket_id
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER queue_outage_delete BEFORE DELETE ON placed WHEN old.condition IN ('unavailable', 'degraded')
BEGIN
  INSERT INTO outages SELECT service, codes, site, swarm, -1 FROM queue_outages WHERE ticket_id = old.ticket_id
    ON CONFLICT DO UPDATE SET n = n - 1;
  DELETE FROM outages WHERE n = 0 AND (service, codes, site, swarm) IN
    (SELECT service, codes, site, swarm FROM queue_outages WHERE ticket_id = old.ticket_id);
END;

CREATE TRIGGER standing_first_insert AFTER INSERT ON placed BEGIN
  UPDATE standings SET first_tail = new.tail WHERE id = new.standing AND first_tail > new.tail;
END;
CREATE TRIGGER standing_first_update AFTER UPDATE OF standing, tail ON placed BEGIN
  UPDATE standings SET first_tail = new.tail WHERE id = new.standing AND first_tail > new.tail;
END;
CREATE TRIGGER standing_left AFTER UPDATE OF standing ON placed WHEN old.standing IS NOT new.standing AND old.standing > 0
BEGIN
  DELETE FROM standings WHERE id = old.standing AND NOT EXISTS (SELECT 1 FROM placed WHERE standing = old.standing);
END;
CREATE TRIGGER standing_deleted AFTER DELETE ON placed WHEN old.standing > 0
BEGIN
  DELETE FROM standings WHERE id = old.standing AND NOT EXISTS (SELECT 1 FROM placed WHERE standing = old.standing);
END;
