-- Sessions, one row each, with the words of the API so that an operator can query them. An open row is also the
-- session's reminder; grain_hash is its position on Orleans' ring, signed. A session is updated a few times at most,
-- and of the indexed columns only payment_status then changes. The columns of fixed width come first, the widest before
-- the others, so that no row has gaps between its values.
create table deposit_session (
    created_at                     timestamptz not null,
    expires_at                     timestamptz not null,
    confirmed_at                   timestamptz,
    erased_at                      timestamptz,
    grain_hash                     integer     not null,
    sequence                       integer     not null,
    required_confirmations         smallint    not null,
    slots                          smallint    not null,
    has_assigned_address           boolean     not null,
    id                             text        not null primary key,
    business_id                    text        not null,
    widget_id                      text        not null,
    payment_status                 text        not null,
    amount                         text        not null,
    currency                       text        not null,
    network                        text        not null,
    currency_address               text        not null,
    deposit_address                text        not null,
    customer_email                 text,
    customer_reference             text,
    metadata                       text,
    underpayment_tolerance_percent text,
    secret_key_id                  text        not null,
    fingerprint                    bytea,
    ended_by                       text
) with (fillfactor = 85);

-- What the reminder service reads. The query repeats this condition to the letter, or the index is not used.
create index deposit_session_due on deposit_session (grain_hash, expires_at)
    where payment_status in ('CREATED', 'PENDING', 'UNDERPAID');

-- Lists of sessions, newest first. Each index ends in the time of creation, so that a page is one stretch of it
-- wherever in the list it is; a list of a business without a filter is one stretch for each status. A session without a
-- customer has no entry in the indexes of customers. An index holds a hash instead of the business and the value, so
-- that an entry is 24 bytes whatever the value is: creating a session writes seven of them to the log. The statement
-- compares the columns themselves as well, so two values with the same hash only cost a look at a row. The function is
-- that of hash partitions, so its results never change. The index of addresses leaves the business out, because the
-- watchers of chains look for an address in all businesses.
create index deposit_session_by_status on deposit_session
    (hashtextextended(business_id || ' ' || payment_status, 0), created_at);
create index deposit_session_by_widget on deposit_session
    (hashtextextended(business_id || ' ' || widget_id, 0), created_at);
create index deposit_session_by_network on deposit_session
    (hashtextextended(business_id || ' ' || network, 0), created_at);
create index deposit_session_by_currency on deposit_session
    (hashtextextended(business_id || ' ' || currency, 0), created_at);
create index deposit_session_by_address on deposit_session
    (hashtextextended(lower(deposit_address), 0), created_at);
create index deposit_session_by_reference on deposit_session
    (hashtextextended(business_id || ' ' || customer_reference, 0), created_at) where customer_reference is not null;
create index deposit_session_by_email on deposit_session
    (hashtextextended(business_id || ' ' || customer_email, 0), created_at) where customer_email is not null;

-- Every change of a session after its creation, in the same commit as the change itself; the first change is the
-- session's own row. The last six columns hold the payment that caused the change, and what the session showed of its
-- payments from then on. They are null before the first payment, so that a change without one costs nothing more.
create table session_event (
    session_id             text        not null,
    sequence               integer     not null,
    payment_status         text        not null,
    cause                  text        not null,
    occurred_at            timestamptz not null,
    payment_tx_id          text,
    payment_transfer_index integer,
    tx_id                  text,
    received_amount        text,
    confirmations          integer,
    pending_amount         text,
    late_amount            text,
    primary key (session_id, sequence)
);

-- Every payment that was reported of a session, one row for each transfer. They are in the order of seen_sequence, the
-- change of the session by which each was first seen.
create table session_payment (
    session_id       text        not null,
    tx_id            text        not null,
    transfer_index   integer     not null,
    amount           text        not null,
    stage            text        not null,
    confirmations    integer     not null,
    sender           text,
    observed_at      timestamptz,
    observed_in_time boolean     not null,
    seen_sequence    integer     not null,
    seen_at          timestamptz not null,
    settled_at       timestamptz,
    is_ambiguous     boolean     not null,
    primary key (session_id, tx_id, transfer_index)
) with (fillfactor = 85);

-- By any transaction that was reported of a session, in the spelling in which payments are stored.
create index session_payment_by_transaction on session_payment (tx_id);

-- Those that wait to become final: a watcher reads them when it starts. Few at a time, and none is written by a creation.
create index session_payment_pending on session_payment (seen_at) where stage = 'PENDING';

-- Transfers on watched networks to addresses of a business that no session took. A row is kept when a reorganisation
-- removes its transfer, because the transfer keeps its decision if it returns. session_id is the session that the
-- payment is assigned to.
create table unmatched_payment (
    seen_at          timestamptz not null,
    block_time       timestamptz not null,
    assigned_at      timestamptz,
    block_number     bigint      not null,
    transfer_index   integer     not null,
    confirmations    integer     not null,
    is_settled       boolean     not null,
    is_removed       boolean     not null,
    id               text        not null primary key,
    business_id      text        not null,
    network          text        not null,
    tx_id            text        not null,
    currency         text        not null,
    currency_address text        not null,
    deposit_address  text        not null,
    amount           text        not null,
    sender           text,
    reason           text        not null,
    session_id       text
);

-- Lists of a business, newest first: what waits to be assigned, and what was.
create index unmatched_payment_waiting on unmatched_payment (business_id, seen_at, id)
    where session_id is null and not is_removed;
create index unmatched_payment_assigned on unmatched_payment (business_id, seen_at, id)
    where session_id is not null and not is_removed;

-- What is recorded of the transfers of a block.
create index unmatched_payment_by_transaction on unmatched_payment (tx_id);
create index unmatched_payment_pending on unmatched_payment (network, block_time) where not is_settled and not is_removed;

-- The number of open sessions of a capped widget: one row for the widget, with an empty customer_reference, and one for
-- each reference.
create table open_session_count (
    widget_id          text    not null,
    customer_reference text    not null,
    open_sessions      integer not null check (open_sessions >= 0),
    primary key (widget_id, customer_reference)
) with (fillfactor = 50);

-- A commit of capped sessions calls these two functions within its one statement. It takes the locks, decides and
-- releases them on the server alone, so a node that freezes at any moment holds no counter.

-- Locks the counters, creates those that are missing, and returns the number of sessions that each counts, in the order
-- of the arguments. Counters are locked in one order everywhere, so that no two commits wait for each other. If waits
-- is true, it waits up to lock_timeout for a counter that another commit holds; otherwise that counter's number is
-- null.
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
--   without_address      ids of the new sessions that are not inserted for want of an address; they take nothing
create function move_open_session_counts(
    widget_ids text[], customer_references text[], counts integer[], session_ids text[], is_new boolean[],
    widget_counters integer[], widget_caps integer[], reference_counters integer[], reference_caps integer[],
    ended text[], without_address text[])
returns table (session_id text, is_known boolean)
language plpgsql as $$
declare
    before  integer[] := counts;
    known   text[];
    wanted  record;
begin
    -- A separate statement sees what others have committed while this one waited for its locks.
    known := array(select stored.id from deposit_session as stored where stored.id = any (session_ids));

    for wanted in
        select one.*
        from unnest(session_ids, is_new, widget_counters, widget_caps, reference_counters, reference_caps)
            with ordinality
            as one (id, takes, widget_counter, widget_cap, reference_counter, reference_cap, position)
        where (one.widget_counter is null or before[one.widget_counter] is not null)
          and (one.reference_counter is null or before[one.reference_counter] is not null)
          and case when one.takes then one.id <> all (without_address) else one.id = any (ended) end
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

-- When a session has ended: by its first change to a final status. Null while it is open.
create function end_of_session(id text) returns timestamptz
language sql stable as $$
    select min(occurred_at) from session_event
    where session_id = id and payment_status in ('CONFIRMED', 'OVERPAID', 'EXPIRED')
$$;

-- Chooses a deposit address for each new session that is to get one: of its pool the one that no session of the
-- business, the network and the token has used, else the one whose last session ended the longest ago; none at which a
-- session is open, or ended at or after free_since. Commits that choose for the same business, network and token
-- exclude each other by an advisory lock until their statement ends, and the locks are taken in one order. If waits is
-- false, a session whose lock another commit holds is busy. Returns a row for each session, in the order of the
-- arguments, with an address or with the reason why it has none.
--   pools           the addresses of each session, separated by spaces
--   free_since      see above
--   created_since   no session that was created earlier is open
create function assign_deposit_addresses(
    session_ids text[], business_ids text[], networks text[], tokens text[], pools text[],
    free_since timestamptz[], created_since timestamptz[], waits boolean)
returns table (session_id text, address text, is_known boolean, is_busy boolean)
language plpgsql as $$
declare
    wanted record;
    held   bigint[] := '{}';
    taken  text[] := '{}';
begin
    for wanted in
        select distinct hashtextextended(
            'auto ' || one.business || ' ' || one.network || ' ' || lower(one.token), 0) as lock
        from unnest(business_ids, networks, tokens) as one (business, network, token)
        order by lock
    loop
        if waits then
            perform pg_advisory_xact_lock(wanted.lock);
            held := held || wanted.lock;
        elsif pg_try_advisory_xact_lock(wanted.lock) then
            held := held || wanted.lock;
        end if;
    end loop;

    -- Each statement from here on sees what others have committed while this one waited for its locks.
    for wanted in
        select one.*, hashtextextended(
            'auto ' || one.business || ' ' || one.network || ' ' || lower(one.token), 0) as lock
        from unnest(session_ids, business_ids, networks, tokens, pools, free_since, created_since) with ordinality
            as one (id, business, network, token, pool, free, created, position)
        order by one.position
    loop
        session_id := wanted.id;
        address := null;
        is_known := exists (select 1 from deposit_session as known where known.id = wanted.id);
        is_busy := wanted.lock <> all (held);
        if not is_known and not is_busy then
            select pool.address into address
            from unnest(string_to_array(wanted.pool, ' ')) with ordinality as pool (address, position)
            left join lateral (
                select coalesce(end_of_session(d.id), d.expires_at) as ended_at
                from deposit_session as d
                where hashtextextended(lower(d.deposit_address), 0) = hashtextextended(lower(pool.address), 0)
                  and case when d.business_id = wanted.business and d.network = wanted.network
                      and lower(d.deposit_address) = lower(pool.address)
                      and lower(d.currency_address) = lower(wanted.token) then true end
                order by d.created_at desc limit 1) as last on true
            where wanted.lock || ' ' || lower(pool.address) <> all (taken)
              and not exists (
                select 1 from deposit_session as d
                where hashtextextended(lower(d.deposit_address), 0) = hashtextextended(lower(pool.address), 0)
                  and d.created_at > wanted.created
                  and case when d.business_id = wanted.business and d.network = wanted.network
                      and lower(d.deposit_address) = lower(pool.address)
                      and lower(d.currency_address) = lower(wanted.token) and d.expires_at > wanted.free
                      then d.payment_status in ('CREATED', 'PENDING', 'UNDERPAID')
                        or end_of_session(d.id) > wanted.free
                      end)
            order by last.ended_at nulls first, pool.position
            limit 1;
            if address is not null then taken := taken || (wanted.lock || ' ' || lower(address)); end if;
        end if;
        return next;
    end loop;
end
$$;

-- Webhook endpoints. events holds its types between commas: ,deposit.created,deposit.expired, . url_key is the
-- normalised form of url.
create table webhook_endpoint (
    id                     text        not null primary key,
    business_id            text        not null,
    version                integer     not null,
    url                    text        not null,
    description            text,
    events                 text        not null,
    is_enabled             boolean     not null,
    secret_key_id          text        not null,
    secret                 bytea       not null,
    created_at             timestamptz not null,
    updated_at             timestamptz not null,
    failing_since          timestamptz,
    paused_at              timestamptz,
    url_key                text        not null,
    previous_secret_key_id text,
    previous_secret        bytea,
    previous_secret_until  timestamptz
);

create index webhook_endpoint_of_business on webhook_endpoint (business_id);

-- A business has one endpoint for each URL.
create unique index webhook_endpoint_url on webhook_endpoint (business_id, url_key);

-- One event for one endpoint. subject_id is the session whose change it reports, and then the commit of that change has
-- written it; or it is a test event. is_erased is set when the customer's data was erased: an attempt that began before
-- then doesn't record its body.
create table webhook_delivery (
    endpoint_id     text        not null,
    subject_id      text        not null,
    sequence        integer     not null,
    business_id     text        not null,
    event_type      text        not null,
    status          text        not null,
    attempts        integer     not null,
    step            integer     not null,
    created_at      timestamptz not null,
    last_attempt_at timestamptz,
    request_url     text,
    request_body    text,
    response_code   integer,
    response_body   text,
    failure         text,
    is_erased       boolean     not null default false,
    primary key (endpoint_id, subject_id, sequence)
);

-- For what is old enough to be removed, and for nothing else: with the same condition as a list, the planner would use
-- it for the list of one business, and read the deliveries of all.
create index webhook_delivery_done on webhook_delivery (created_at) where (status || '') in ('DELIVERED', 'FAILED');

-- Lists of deliveries, newest first: a list is a stretch of an index for each status, of a business or of an endpoint.
create index webhook_delivery_by_status
    on webhook_delivery (business_id, status, created_at, subject_id, sequence, endpoint_id);
create index webhook_delivery_by_endpoint
    on webhook_delivery (endpoint_id, status, created_at, subject_id, sequence);

-- One row for each subject with events that an endpoint has not received yet. The row is what is claimed, so that one
-- claimant at a time sends a subject's events. version grows with every event that is added. Rows come and go quickly,
-- so the table is vacuumed by the number of dead rows and not by their share.
create table webhook_queue (
    endpoint_id text        not null,
    subject_id  text        not null,
    version     integer     not null,
    due_at      timestamptz not null,
    primary key (endpoint_id, subject_id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);

create index webhook_queue_due on webhook_queue (endpoint_id, due_at);

-- The server keys of each running node, by their ids. A node that lacks a key with which another signs, or signs with
-- one that another lacks, is not recorded, and does not serve.
create table node_key_ring (
    node           text        not null primary key,
    signing_key_id text        not null,
    key_ids        text[]      not null,
    seen_at        timestamptz not null
);

-- What Orleans' stock ADO.NET providers need: grain storage (widgets), reminders (of every grain but sessions), and
-- the membership of the cluster. The names of keys, parameters and result columns are the providers'; the statements
-- are this service's. Each is one statement, so each is one transaction.
create table OrleansQuery (
    QueryKey  varchar(64)   not null primary key,
    QueryText varchar(8000) not null
);

create table OrleansStorage (
    ServiceId              text        not null,
    GrainTypeHash          integer     not null,
    GrainTypeString        text        not null,
    GrainIdHash            integer     not null,
    GrainIdN0              bigint      not null,
    GrainIdN1              bigint      not null,
    GrainIdExtensionString text,
    PayloadBinary          bytea,
    ModifiedOn             timestamptz not null,
    Version                integer     not null
);

-- Unique, so that of two first writes of one grain the second is refused.
create unique index OrleansStorage_identity on OrleansStorage (
    GrainIdHash, GrainTypeHash, GrainIdN0, GrainIdN1, GrainTypeString, ServiceId, GrainIdExtensionString)
    nulls not distinct;

-- Every silo asks four times a second which widgets have changed.
create index OrleansStorage_changes on OrleansStorage (ModifiedOn) where GrainTypeString = 'widget';

create table OrleansRemindersTable (
    ServiceId    text           not null,
    GrainId      text           not null,
    ReminderName text           not null,
    StartTime    timestamptz(3) not null,
    Period       bigint         not null,
    GrainHash    integer        not null,
    Version      integer        not null,
    primary key (ServiceId, GrainId, ReminderName)
);

create index OrleansRemindersTable_range on OrleansRemindersTable (ServiceId, GrainHash);

create table OrleansMembershipVersionTable (
    DeploymentId text           not null primary key,
    Timestamp    timestamptz(3) not null default now(),
    Version      integer        not null default 0
);

create table OrleansMembershipTable (
    DeploymentId text           not null references OrleansMembershipVersionTable,
    Address      text           not null,
    Port         integer        not null,
    Generation   integer        not null,
    SiloName     text           not null,
    HostName     text           not null,
    Status       integer        not null,
    ProxyPort    integer,
    SuspectTimes text,
    StartTime    timestamptz(3) not null,
    IAmAliveTime timestamptz(3) not null,
    primary key (DeploymentId, Address, Port, Generation)
);

insert into OrleansQuery (QueryKey, QueryText) values
('ReadFromStorageKey', '
    select PayloadBinary, Version from OrleansStorage
    where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash
      and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1
      and GrainIdExtensionString is not distinct from @GrainIdExtensionString::text
      and GrainTypeString = @GrainTypeString and ServiceId = @ServiceId'),
('WriteToStorageKey', '
    with inserted as (
        insert into OrleansStorage (
            ServiceId, GrainTypeHash, GrainTypeString, GrainIdHash, GrainIdN0, GrainIdN1, GrainIdExtensionString,
            PayloadBinary, ModifiedOn, Version)
        select @ServiceId, @GrainTypeHash, @GrainTypeString, @GrainIdHash, @GrainIdN0, @GrainIdN1,
            @GrainIdExtensionString::text, @PayloadBinary::bytea, now(), 1
        where @GrainStateVersion::integer is null
        on conflict do nothing
        returning Version),
    updated as (
        update OrleansStorage
        set PayloadBinary = @PayloadBinary::bytea, ModifiedOn = now(), Version = Version + 1
        where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash
          and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1
          and GrainIdExtensionString is not distinct from @GrainIdExtensionString::text
          and GrainTypeString = @GrainTypeString and ServiceId = @ServiceId
          and Version = @GrainStateVersion::integer
        returning Version)
    select Version as NewGrainStateVersion from inserted
    union all select Version from updated'),
('ClearStorageKey', '
    update OrleansStorage
    set PayloadBinary = null, ModifiedOn = now(), Version = Version + 1
    where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash
      and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1
      and GrainIdExtensionString is not distinct from @GrainIdExtensionString::text
      and GrainTypeString = @GrainTypeString and ServiceId = @ServiceId
      and Version = @GrainStateVersion::integer
    returning Version as NewGrainStateVersion'),
('DeleteStorageKey', '
    delete from OrleansStorage
    where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash
      and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1
      and GrainIdExtensionString is not distinct from @GrainIdExtensionString::text
      and GrainTypeString = @GrainTypeString and ServiceId = @ServiceId
      and Version = @GrainStateVersion::integer
    returning Version + 1 as NewGrainStateVersion'),
('ReadReminderRowsKey', '
    select GrainId, ReminderName, StartTime, Period, Version from OrleansRemindersTable
    where ServiceId = @ServiceId and GrainId = @GrainId'),
('ReadReminderRowKey', '
    select GrainId, ReminderName, StartTime, Period, Version from OrleansRemindersTable
    where ServiceId = @ServiceId and GrainId = @GrainId and ReminderName = @ReminderName'),
('ReadRangeRows1Key', '
    select GrainId, ReminderName, StartTime, Period, Version from OrleansRemindersTable
    where ServiceId = @ServiceId and GrainHash > @BeginHash and GrainHash <= @EndHash'),
('ReadRangeRows2Key', '
    select GrainId, ReminderName, StartTime, Period, Version from OrleansRemindersTable
    where ServiceId = @ServiceId and (GrainHash > @BeginHash or GrainHash <= @EndHash)'),
('UpsertReminderRowKey', '
    insert into OrleansRemindersTable (ServiceId, GrainId, ReminderName, StartTime, Period, GrainHash, Version)
    values (@ServiceId, @GrainId, @ReminderName, @StartTime, @Period, @GrainHash, 0)
    on conflict (ServiceId, GrainId, ReminderName) do update
    set StartTime = excluded.StartTime, Period = excluded.Period, GrainHash = excluded.GrainHash,
        Version = OrleansRemindersTable.Version + 1
    returning Version'),
-- The provider reads one row even when nothing was removed.
('DeleteReminderRowKey', '
    with removed as (
        delete from OrleansRemindersTable
        where ServiceId = @ServiceId and GrainId = @GrainId and ReminderName = @ReminderName and Version = @Version
        returning 1)
    select count(*)::integer from removed'),
('DeleteReminderRowsKey', '
    delete from OrleansRemindersTable where ServiceId = @ServiceId'),
('InsertMembershipVersionKey', '
    with made as (
        insert into OrleansMembershipVersionTable (DeploymentId) values (@DeploymentId)
        on conflict do nothing
        returning 1)
    select exists (select 1 from made)'),
-- The version row is taken first, and by one writer at a time: the second one finds another version.
('InsertMembershipKey', '
    with moved as (
        update OrleansMembershipVersionTable
        set Timestamp = now(), Version = Version + 1
        where DeploymentId = @DeploymentId and Version = @Version and not exists (
            select 1 from OrleansMembershipTable
            where DeploymentId = @DeploymentId and Address = @Address and Port = @Port and Generation = @Generation)
        returning DeploymentId),
    inserted as (
        insert into OrleansMembershipTable (
            DeploymentId, Address, Port, Generation, SiloName, HostName, Status, ProxyPort, StartTime, IAmAliveTime)
        select DeploymentId, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime,
            @IAmAliveTime
        from moved
        returning 1)
    select exists (select 1 from inserted)'),
('UpdateMembershipKey', '
    with moved as (
        update OrleansMembershipVersionTable
        set Timestamp = now(), Version = Version + 1
        where DeploymentId = @DeploymentId and Version = @Version
        returning DeploymentId),
    updated as (
        update OrleansMembershipTable
        set Status = @Status, SuspectTimes = @SuspectTimes::text, IAmAliveTime = @IAmAliveTime
        from moved
        where OrleansMembershipTable.DeploymentId = moved.DeploymentId
          and Address = @Address and Port = @Port and Generation = @Generation
        returning 1)
    select exists (select 1 from updated)'),
('UpdateIAmAlivetimeKey', '
    update OrleansMembershipTable
    set IAmAliveTime = @IAmAliveTime
    where DeploymentId = @DeploymentId and Address = @Address and Port = @Port and Generation = @Generation'),
('MembershipReadRowKey', '
    select v.DeploymentId, m.Address, m.Port, m.Generation, m.SiloName, m.HostName, m.Status, m.ProxyPort,
        m.SuspectTimes, m.StartTime, m.IAmAliveTime, v.Version
    from OrleansMembershipVersionTable v
    left join OrleansMembershipTable m on m.DeploymentId = v.DeploymentId
        and m.Address = @Address and m.Port = @Port and m.Generation = @Generation
    where v.DeploymentId = @DeploymentId'),
('MembershipReadAllKey', '
    select v.DeploymentId, m.Address, m.Port, m.Generation, m.SiloName, m.HostName, m.Status, m.ProxyPort,
        m.SuspectTimes, m.StartTime, m.IAmAliveTime, v.Version
    from OrleansMembershipVersionTable v
    left join OrleansMembershipTable m on m.DeploymentId = v.DeploymentId
    where v.DeploymentId = @DeploymentId'),
('DeleteMembershipTableEntriesKey', '
    with members as (delete from OrleansMembershipTable where DeploymentId = @DeploymentId)
    delete from OrleansMembershipVersionTable where DeploymentId = @DeploymentId'),
('GatewaysQueryKey', '
    select Address, ProxyPort, Generation from OrleansMembershipTable
    where DeploymentId = @DeploymentId and Status = @Status and ProxyPort > 0'),
-- 3 is a silo that is active: what has long been silent and is not, goes.
('CleanupDefunctSiloEntriesKey', '
    delete from OrleansMembershipTable
    where DeploymentId = @DeploymentId and IAmAliveTime < @IAmAliveTime and Status <> 3');
