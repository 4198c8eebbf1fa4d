-- Open outages by what their cost is made of, kept true by triggers as the counts are, so that the board says what an
-- hour of them costs without walking a million tickets. codes: condition and reach as the vector has them, "UA"
-- (docs/impact.md); site and swarm are '' and 0 where a ticket has none. A row that comes to nothing is taken away.
CREATE TABLE outages (
  service TEXT NOT NULL,
  codes   TEXT NOT NULL,
  site    TEXT NOT NULL,
  swarm   INTEGER NOT NULL,
  n       INTEGER NOT NULL,
  PRIMARY KEY (service, codes, site, swarm)
) STRICT, WITHOUT ROWID;

CREATE VIEW queue_outages AS
  SELECT ticket_id, service,
    substr(vector, instr(vector, '/CO:') + 4, 1) || substr(vector, instr(vector, '/RE:') + 4, 1) AS codes,
    coalesce(site, '') AS site, coalesce(swarm, 0) AS swarm
  FROM queue WHERE bucket = 0 AND condition IN ('unavailable', 'degraded') AND service IS NOT NULL;

INSERT INTO outages SELECT service, codes, site, swarm, count(*) FROM queue_outages GROUP BY 1, 2, 3, 4;

CREATE TRIGGER queue_outage_insert AFTER INSERT ON queue WHEN new.condition IN ('unavailable', 'degraded')
BEGIN
  INSERT INTO outages SELECT service, codes, site, swarm, 1 FROM queue_outages WHERE ticket_id = new.ticket_id
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
-- From '/CO:' to '/JO:' stand condition and reach: what else moves in a vector moves no money.
CREATE TRIGGER queue_outage_leave BEFORE UPDATE OF bucket, service, condition, site, swarm, vector ON queue
WHEN old.condition IN ('unavailable', 'degraded') AND (old.bucket IS NOT new.bucket OR old.service IS NOT new.service
  OR old.condition IS NOT new.condition OR old.site IS NOT new.site OR old.swarm IS NOT new.swarm
  OR substr(old.vector, instr(old.vector, '/CO:'), instr(old.vector, '/JO:') - instr(old.vector, '/CO:'))
    IS NOT substr(new.vector, instr(new.vector, '/CO:'), instr(new.vector, '/JO:') - instr(new.vector, '/CO:')))
BEGIN
  INSERT INTO outages SELECT service, codes, site, swarm, -1 FROM queue_outages WHERE ticket_id = old.ticket_id
    ON CONFLICT DO UPDATE SET n = n - 1;
  DELETE FROM outages WHERE n = 0 AND (service, codes, site, swarm) IN
    (SELECT service, codes, site, swarm FROM queue_outages WHERE ticket_id = old.ticket_id);
END;
CREATE TRIGGER queue_outage_enter AFTER UPDATE OF bucket, service, condition, site, swarm, vector ON queue
WHEN new.condition IN ('unavailable', 'degraded') AND (old.bucket IS NOT new.bucket OR old.service IS NOT new.service
  OR old.condition IS NOT new.condition OR old.site IS NOT new.site OR old.swarm IS NOT new.swarm
  OR substr(old.vector, instr(old.vector, '/CO:'), instr(old.vector, '/JO:') - instr(old.vector, '/CO:'))
    IS NOT substr(new.vector, instr(new.vector, '/CO:'), instr(new.vector, '/JO:') - instr(new.vector, '/CO:')))
BEGIN
  INSERT INTO outages SELECT service, codes, site, swarm, 1 FROM queue_outages WHERE ticket_id = new.ticket_id
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER queue_outage_delete BEFORE DELETE ON queue WHEN old.condition IN ('unavailable', 'degraded')
BEGIN
  INSERT INTO outages SELECT service, codes, site, swarm, -1 FROM queue_outages WHERE ticket_id = old.ticket_id
    ON CONFLICT DO UPDATE SET n = n - 1;
  DELETE FROM outages WHERE n = 0 AND (service, codes, site, swarm) IN
    (SELECT service, codes, site, swarm FROM queue_outages WHERE ticket_id = old.ticket_id);
END;
