-- What is erased has a name that nobody can send a ticket under.
UPDATE tickets SET external_id = external_id || '-' || lower(hex(randomblob(16)))
  WHERE forgotten = 1 AND external_id = 'forgotten-' || id;
