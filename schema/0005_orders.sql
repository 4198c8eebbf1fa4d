-- The orders of the queue beside that by impact. The numbers of tickets end these indexes, not the rank: a rescoring moves
-- ranks, and need not touch what goes by age or by the clock.
CREATE INDEX queue_age ON queue(bucket, created_at);
CREATE INDEX queue_first_clock ON queue(bucket, coalesce(first_clock, 9e15));
