-- A commit of capped sessions calls these two within its one statement. It takes the locks, decides and releases them
-- on the server alone, so a node that freezes at any moment holds no counter.

-- Locks the counters, creates those that are missing, and returns how many sessions each counts, in the order of the
-- arguments. Counters are locked in one order everywhere, so that no two commits wait for each other. A counter that
-- another commit holds is waited for if waits is true, up to lock_timeout; otherwise its place in the answer is null.
create function lock_open_session_counts(widget_ids text[], customer_references text[], waits boolean)
returns integer[]
language plpgsql as $$
declare
    counts  integer[] := array_fill(null::integer, array[cardinality(widget_ids)]);
    counter record;
begin
    insert into open_session_count (widget_id, customer_reference, open_sessions)
    select wanted.widget_id, wanted.customer_reference, 0
    from unnest(widget_ids, customer_references) as wanted (widget_id, customer_reference)
    order by wanted.widget_id, wanted.customer_reference
    on conflict do nothing;

    if waits then
        perform 1
        from unnest(widget_ids, customer_references) as wanted (widget_id, customer_reference)
        join open_session_count as stored using (widget_id, customer_reference)
        order by stored.widget_id, stored.customer_reference
        for update of stored;
    end if;

    for counter in
        select wanted.position, stored.open_sessions
        from unnest(widget_ids, customer_references) with ordinality
            as wanted (widget_id, customer_reference, position)
        join open_session_count as stored using (widget_id, customer_reference)
        order by stored.widget_id, stored.customer_reference
        for update of stored skip locked
    loop
        counts[counter.position] := counter.open_sessions;
    end loop;
    return counts;
end
$$;

-- Moves the locked counters: down by the sessions that have ended, then up by each new session that finds a slot in all
-- of its counters, in the order of the arguments. Returns the new sessions that must not be inserted: is_known for one
-- that is stored already, false for one without a slot. A session whose counter is not locked takes nothing and is not
-- returned.
--   counts               what lock_open_session_counts returned for the same counters
--   session_ids          each session that takes slots or gives them back, once
--   is_new               takes (true) or gives back (false)
--   widget_counters      the position of the widget's counter, from 1; null if the session has no slot of the widget
--   reference_counters   the same of the customer reference
--   widget_caps, reference_caps   what a new session must find its counters below
--   ended                ids of the sessions that this statement has closed
create function move_open_session_counts(
    widget_ids text[], customer_references text[], counts integer[], session_ids text[], is_new boolean[],
    widget_counters integer[], widget_caps integer[], reference_counters integer[], reference_caps integer[],
    ended text[])
returns table (session_id text, is_known boolean)
language plpgsql as $$
declare
    before  integer[] := counts;
    known   text[];
    wanted  record;
begin
    -- A statement of its own sees what others have committed while this one waited for its locks.
    known := array(select stored.id from deposit_session as stored where stored.id = any (session_ids));

    for wanted in
        select one.*
        from unnest(session_ids, is_new, widget_counters, widget_caps, reference_counters, reference_caps)
            with ordinality
            as one (id, takes, widget_counter, widget_cap, reference_counter, reference_cap, position)
        where (one.widget_counter is null or before[one.widget_counter] is not null)
          and (one.reference_counter is null or before[one.reference_counter] is not null)
          and (one.takes or one.id = any (ended))
        order by one.takes, one.position
    loop
        if not wanted.takes then
            -- A counter that was restored too low ends no session a second time, and stays at 0.
            if wanted.widget_counter is not null then
                counts[wanted.widget_counter] := greatest(counts[wanted.widget_counter] - 1, 0);
            end if;
            if wanted.reference_counter is not null then
                counts[wanted.reference_counter] := greatest(counts[wanted.reference_counter] - 1, 0);
            end if;
        elsif wanted.id = any (known) then
            session_id := wanted.id;
            is_known := true;
            return next;
        elsif counts[wanted.widget_counter] >= wanted.widget_cap
           or counts[wanted.reference_counter] >= wanted.reference_cap then
            session_id := wanted.id;
            is_known := false;
            return next;
        else
            if wanted.widget_counter is not null then
                counts[wanted.widget_counter] := counts[wanted.widget_counter] + 1;
            end if;
            if wanted.reference_counter is not null then
                counts[wanted.reference_counter] := counts[wanted.reference_counter] + 1;
            end if;
        end if;
    end loop;

    update open_session_count as stored
    set open_sessions = moved.after
    from unnest(widget_ids, customer_references, before, counts)
        as moved (widget_id, customer_reference, before, after)
    where stored.widget_id = moved.widget_id and stored.customer_reference = moved.customer_reference
      and moved.after <> moved.before;
end
$$;
