-- The order by impact stands in one index, which has beside it what views and filters narrow the queue by: a rescoring that
-- moves every ticket writes each place once. A view of few tickets is looked up by its own index and sorted, one of many is
-- met by walking the order (store/walk.py). The ticket's number comes before the rest, so that equal ranks go by it.
DROP INDEX queue_rank;
DROP INDEX queue_assignee;
DROP INDEX queue_service;
DROP INDEX queue_touchpoint;
DROP INDEX queue_stale;
CREATE INDEX queue_rank ON queue(bucket, rank, ticket_id, service, touchpoint, assignee, stale);
CREATE INDEX queue_assignee ON queue(assignee, bucket, service);
CREATE INDEX queue_service ON queue(service, bucket);
CREATE INDEX queue_touchpoint ON queue(touchpoint, bucket) WHERE touchpoint IS NOT NULL;
CREATE INDEX queue_stale ON queue(bucket) WHERE stale = 1;
