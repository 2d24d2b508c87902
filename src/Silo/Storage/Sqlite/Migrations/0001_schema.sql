-- Sessions, one row each, with the words of the API so that an operator can query them. Times are Unix milliseconds.
-- An open row is also the session's reminder; grain_hash is its position on Orleans' ring, signed.
create table deposit_session (
    id                             text    not null primary key,
    business_id                    text    not null,
    widget_id                      text    not null,
    payment_status                 text    not null,
    sequence                       integer not null,
    amount                         text    not null,
    currency                       text    not null,
    network                        text    not null,
    currency_address               text    not null,
    deposit_address                text    not null,
    customer_email                 text,
    customer_reference             text,
    metadata                       text,
    underpayment_tolerance_percent text,
    required_confirmations         integer not null,
    slots                          integer not null,
    has_assigned_address           integer not null,
    secret_key_id                  text    not null,
    fingerprint                    blob,
    ended_by                       text,
    confirmed_at                   integer,
    erased_at                      integer,
    created_at                     integer not null,
    expires_at                     integer not null,
    grain_hash                     integer not null
) strict;

-- What the reminder service reads. The query repeats this condition to the letter, or the index is not used. The one
-- silo of a file owns the whole ring, so the time comes first.
create index deposit_session_due on deposit_session (expires_at, grain_hash)
    where payment_status in ('CREATED', 'PENDING', 'UNDERPAID');

-- Lists of sessions, newest first. Each index ends in the time of creation, so that a page is one stretch of it
-- wherever in the list it is; a list of a business without a filter is one stretch for each status. A session without a
-- customer has no entry in the indexes of customers. The index of addresses leaves the business out, because the
-- watchers of chains look for an address in all businesses.
create index deposit_session_by_status   on deposit_session (business_id, payment_status, created_at);
create index deposit_session_by_widget   on deposit_session (widget_id, created_at);
create index deposit_session_by_network  on deposit_session (business_id, network, created_at);
create index deposit_session_by_currency on deposit_session (business_id, currency, created_at);
create index deposit_session_by_address  on deposit_session (lower(deposit_address), created_at);
create index deposit_session_by_reference on deposit_session (business_id, customer_reference, created_at)
    where customer_reference is not null;
create index deposit_session_by_email on deposit_session (business_id, customer_email, created_at)
    where customer_email is not null;

-- Every change of a session after its creation, in the same commit as the change itself; the first change is the
-- session's own row. The last six columns hold the payment that caused the change, and what the session showed of its
-- payments from then on; they are null before the first payment.
create table session_event (
    session_id             text    not null,
    sequence               integer not null,
    payment_status         text    not null,
    cause                  text    not null,
    occurred_at            integer not null,
    payment_tx_id          text,
    payment_transfer_index integer,
    tx_id                  text,
    received_amount        text,
    confirmations          integer,
    pending_amount         text,
    late_amount            text,
    primary key (session_id, sequence)
) strict, without rowid;

-- Every payment that was reported of a session, one row for each transfer. They are in the order of seen_sequence, the
-- change of the session by which each was first seen.
create table session_payment (
    session_id       text    not null,
    tx_id            text    not null,
    transfer_index   integer not null,
    amount           text    not null,
    stage            text    not null,
    confirmations    integer not null,
    sender           text,
    observed_at      integer,
    observed_in_time integer not null,
    seen_sequence    integer not null,
    seen_at          integer not null,
    settled_at       integer,
    is_ambiguous     integer not null,
    primary key (session_id, tx_id, transfer_index)
) strict, without rowid;

-- By any transaction that was reported of a session, in the spelling in which payments are stored.
create index session_payment_by_transaction on session_payment (tx_id);

-- Those that wait to become final: a watcher reads them when it starts. Few at a time, and none is written by a creation.
create index session_payment_pending on session_payment (seen_at) where stage = 'PENDING';

-- Transfers on watched networks to addresses of a business that no session took. A row is kept when a reorganisation
-- removes its transfer, because the transfer keeps its decision if it returns. session_id is the session that the
-- payment is assigned to.
create table unmatched_payment (
    id               text    not null primary key,
    business_id      text    not null,
    network          text    not null,
    tx_id            text    not null,
    transfer_index   integer not null,
    currency         text    not null,
    currency_address text    not null,
    deposit_address  text    not null,
    amount           text    not null,
    sender           text,
    block_number     integer not null,
    block_time       integer not null,
    seen_at          integer not null,
    confirmations    integer not null,
    reason           text    not null,
    is_settled       integer not null,
    is_removed       integer not null,
    session_id       text,
    assigned_at      integer
) strict, without rowid;

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
) strict, without rowid;

-- Webhook endpoints. events holds its types between commas: ,deposit.created,deposit.expired, . url_key is the
-- normalised form of url.
create table webhook_endpoint (
    id                     text    not null primary key,
    business_id            text    not null,
    version                integer not null,
    url                    text    not null,
    description            text,
    events                 text    not null,
    is_enabled             integer not null,
    secret_key_id          text    not null,
    secret                 blob    not null,
    created_at             integer not null,
    updated_at             integer not null,
    failing_since          integer,
    paused_at              integer,
    url_key                text    not null,
    previous_secret_key_id text,
    previous_secret        blob,
    previous_secret_until  integer
) strict, without rowid;

create index webhook_endpoint_of_business on webhook_endpoint (business_id);

-- A business has one endpoint for each URL.
create unique index webhook_endpoint_url on webhook_endpoint (business_id, url_key);

-- One event for one endpoint. subject_id is the session whose change it reports, and then the commit of that change has
-- written it; or it is a test event. is_erased is set when the customer's data was erased: an attempt that began before
-- then doesn't record its body.
create table webhook_delivery (
    endpoint_id     text    not null,
    subject_id      text    not null,
    sequence        integer not null,
    business_id     text    not null,
    event_type      text    not null,
    status          text    not null,
    attempts        integer not null,
    step            integer not null,
    created_at      integer not null,
    last_attempt_at integer,
    request_url     text,
    request_body    text,
    response_code   integer,
    response_body   text,
    failure         text,
    is_erased       integer not null default 0,
    primary key (endpoint_id, subject_id, sequence)
) strict, without rowid;

create index webhook_delivery_done on webhook_delivery (created_at) where status in ('DELIVERED', 'FAILED');

-- Lists of deliveries, newest first: a list is a stretch of an index for each status, of a business or of an endpoint.
create index webhook_delivery_by_status
    on webhook_delivery (business_id, status, created_at, subject_id, sequence, endpoint_id);
create index webhook_delivery_by_endpoint
    on webhook_delivery (endpoint_id, status, created_at, subject_id, sequence);

-- One row for each subject with events that an endpoint has not received yet. The row is what is claimed, so that one
-- claimant at a time sends a subject's events. version grows with every event that is added.
create table webhook_queue (
    endpoint_id text    not null,
    subject_id  text    not null,
    version     integer not null,
    due_at      integer not null,
    primary key (endpoint_id, subject_id)
) strict, without rowid;

create index webhook_queue_due on webhook_queue (endpoint_id, due_at);

-- What Orleans' stock ADO.NET providers need: grain storage (widgets) and reminders (of every grain but sessions).
-- The names of keys, parameters and result columns are the providers'; the statements are this service's.
create table OrleansQuery (
    QueryKey  text not null primary key,
    QueryText text not null
) strict;

create table OrleansStorage (
    ServiceId              text    not null,
    GrainTypeHash          integer not null,
    GrainTypeString        text    not null,
    GrainIdHash            integer not null,
    GrainIdN0              integer not null,
    GrainIdN1              integer not null,
    GrainIdExtensionString text,
    PayloadBinary          blob,
    ModifiedOn             text    not null,
    Version                integer not null
) strict;

-- Unique, so that of two first writes of one grain the second is refused.
create unique index OrleansStorage_identity on OrleansStorage (
    GrainIdHash, GrainTypeHash, GrainIdN0, GrainIdN1, ifnull(GrainIdExtensionString, ''), GrainTypeString, ServiceId);

create table OrleansRemindersTable (
    ServiceId    text    not null,
    GrainId      text    not null,
    ReminderName text    not null,
    StartTime    text    not null,
    Period       integer not null,
    GrainHash    integer not null,
    Version      integer not null,
    primary key (ServiceId, GrainId, ReminderName)
) strict, without rowid;

create index OrleansRemindersTable_range on OrleansRemindersTable (ServiceId, GrainHash);

insert into OrleansQuery (QueryKey, QueryText) values
('ReadFromStorageKey', '
    select PayloadBinary, Version from OrleansStorage
    where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash
      and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1
      and ifnull(GrainIdExtensionString, '''') = ifnull(@GrainIdExtensionString, '''')
      and GrainTypeString = @GrainTypeString and ServiceId = @ServiceId'),
('WriteToStorageKey', '
    insert into OrleansStorage (
        ServiceId, GrainTypeHash, GrainTypeString, GrainIdHash, GrainIdN0, GrainIdN1, GrainIdExtensionString,
        PayloadBinary, ModifiedOn, Version)
    select @ServiceId, @GrainTypeHash, @GrainTypeString, @GrainIdHash, @GrainIdN0, @GrainIdN1,
        @GrainIdExtensionString, @PayloadBinary, datetime(''now''), 1
    where @GrainStateVersion is null
    on conflict do nothing
    returning Version as NewGrainStateVersion;
    update OrleansStorage
    set PayloadBinary = @PayloadBinary, ModifiedOn = datetime(''now''), Version = Version + 1
    where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash
      and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1
      and ifnull(GrainIdExtensionString, '''') = ifnull(@GrainIdExtensionString, '''')
      and GrainTypeString = @GrainTypeString and ServiceId = @ServiceId and Version = @GrainStateVersion
    returning Version as NewGrainStateVersion'),
('ClearStorageKey', '
    update OrleansStorage
    set PayloadBinary = null, ModifiedOn = datetime(''now''), Version = Version + 1
    where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash
      and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1
      and ifnull(GrainIdExtensionString, '''') = ifnull(@GrainIdExtensionString, '''')
      and GrainTypeString = @GrainTypeString and ServiceId = @ServiceId and Version = @GrainStateVersion
    returning Version as NewGrainStateVersion'),
('DeleteStorageKey', '
    delete from OrleansStorage
    where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash
      and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1
      and ifnull(GrainIdExtensionString, '''') = ifnull(@GrainIdExtensionString, '''')
      and GrainTypeString = @GrainTypeString and ServiceId = @ServiceId and Version = @GrainStateVersion
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
        Version = Version + 1
    returning Version'),
-- The provider reads one row even when nothing was removed.
('DeleteReminderRowKey', '
    delete from OrleansRemindersTable
    where ServiceId = @ServiceId and GrainId = @GrainId and ReminderName = @ReminderName and Version = @Version;
    select changes()'),
('DeleteReminderRowsKey', '
    delete from OrleansRemindersTable where ServiceId = @ServiceId');
