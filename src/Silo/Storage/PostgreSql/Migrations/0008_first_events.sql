-- The first event of a session is its own row: created_at says when it was opened. session_event has what came after.
delete from session_event where sequence = 1;
