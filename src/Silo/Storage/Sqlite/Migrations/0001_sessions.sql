-- Sessions, one row each, in the words of the API so that an operator can ask in SQL. Times are Unix milliseconds.
-- An open row is also the session's reminder; grain_hash is its place on Orleans' ring, signed.
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
    capped_places                  integer not null,
    secret_key_id                  text    not null,
    fingerprint                    blob,
    created_at                     integer not null,
    expires_at                     integer not null,
    grain_hash                     integer not null
) strict;

-- What the reminder service asks for. The query repeats this condition to the letter, or the index is not used. The one
-- silo of a file owns the whole ring, so what is due comes first.
create index deposit_session_due on deposit_session (expires_at, grain_hash)
    where payment_status in ('CREATED', 'PENDING', 'UNDERPAID');

-- Every change of every session, in the same commit as the change itself: the session's timeline, and the events
-- that it owes to others.
create table session_event (
    session_id     text    not null,
    sequence       integer not null,
    payment_status text    not null,
    cause          text    not null,
    occurred_at    integer not null,
    primary key (session_id, sequence)
) strict, without rowid;

-- How many sessions of a capped widget are open: one row a widget (customer_reference is empty), one a reference.
create table open_session_count (
    widget_id          text    not null,
    customer_reference text    not null,
    open_sessions      integer not null check (open_sessions >= 0),
    primary key (widget_id, customer_reference)
) strict, without rowid;
