-- Decisions that were made before the proposal was shown: on them alone the precision of auto-link is measured.
CREATE INDEX lessons_blind ON lessons(kind, act_id) WHERE json_extract(decision, '$.blind');
