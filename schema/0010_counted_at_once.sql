-- A batch of an import counts its new tickets at once (store/counting.py): six cells a ticket were a sixth of what storing it cost.
DROP TRIGGER queue_count_insert;
CREATE TRIGGER queue_count_insert AFTER INSERT ON placed WHEN NOT EXISTS (SELECT 1 FROM counting_by_hand) BEGIN
  INSERT INTO counts (name, key1, key2, n, points)
    SELECT name, key1, key2, 1, score FROM queue_cells WHERE ticket_id = new.ticket_id
    ON CONFLICT DO UPDATE SET n = n + 1, points = points + excluded.points;
END;
