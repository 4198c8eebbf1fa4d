-- Rescoring many tickets at once. A shape is everything about a ticket that its score is made of beside the
-- catalog, the policy and the time: tickets of one shape that are equally old score the same. So the scorer
-- is asked once a shape and span of age, and the rows follow in SQL (docs/decisions/rescoring.md).

CREATE TABLE shapes (
  id    INTEGER PRIMARY KEY,                     -- a digest of the facts
  facts TEXT NOT NULL CHECK (json_valid(facts))
) STRICT;

-- shape: NULL where the score needs more than a shape (pauses, a due time of its own, an override that ends).
-- stale: the interval is an estimate since a rescoring in SQL, and is made when the ticket is next looked at.
ALTER TABLE queue ADD COLUMN shape INTEGER;
ALTER TABLE queue ADD COLUMN stale INTEGER NOT NULL DEFAULT 0;
CREATE INDEX queue_shape ON queue(shape, created_at) WHERE bucket < 2;
CREATE INDEX queue_stale ON queue(bucket, rank) WHERE stale = 1;

-- A priority that rests on nothing but what nobody confirmed is uncertain also where its points are not.
DROP INDEX queue_uncertain;
CREATE INDEX queue_uncertain ON queue(bucket, low - high, rank) WHERE low < high OR sure = 0;

-- While a row stands here the triggers leave the counts alone: the transaction that put it there changes them
-- itself, a set of tickets at a time, and takes the row away before it ends. No other connection ever sees it.
CREATE TABLE counting_by_hand (
  one INTEGER PRIMARY KEY CHECK (one = 1)
) STRICT;

DROP TRIGGER queue_count_leave;
DROP TRIGGER queue_count_enter;
CREATE TRIGGER queue_count_leave BEFORE UPDATE OF bucket, priority, sure, service, touchpoint, condition, site, assignee, score ON queue
WHEN (old.bucket IS NOT new.bucket OR old.priority IS NOT new.priority OR old.sure IS NOT new.sure
  OR old.service IS NOT new.service OR old.touchpoint IS NOT new.touchpoint OR old.condition IS NOT new.condition
  OR old.site IS NOT new.site OR old.assignee IS NOT new.assignee OR old.score IS NOT new.score)
  AND NOT EXISTS (SELECT 1 FROM counting_by_hand)
BEGIN
  INSERT INTO counts (name, key1, key2, n, points)
    SELECT name, key1, key2, -1, -score FROM queue_cells WHERE ticket_id = old.ticket_id
    ON CONFLICT DO UPDATE SET n = n - 1, points = points + excluded.points;
END;
CREATE TRIGGER queue_count_enter AFTER UPDATE OF bucket, priority, sure, service, touchpoint, condition, site, assignee, score ON queue
WHEN (old.bucket IS NOT new.bucket OR old.priority IS NOT new.priority OR old.sure IS NOT new.sure
  OR old.service IS NOT new.service OR old.touchpoint IS NOT new.touchpoint OR old.condition IS NOT new.condition
  OR old.site IS NOT new.site OR old.assignee IS NOT new.assignee OR old.score IS NOT new.score)
  AND NOT EXISTS (SELECT 1 FROM counting_by_hand)
BEGIN
  INSERT INTO counts (name, key1, key2, n, points)
    SELECT name, key1, key2, 1, score FROM queue_cells WHERE ticket_id = new.ticket_id
    ON CONFLICT DO UPDATE SET n = n + 1, points = points + excluded.points;
END;
