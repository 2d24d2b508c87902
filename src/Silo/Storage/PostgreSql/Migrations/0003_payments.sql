-- Every payment that was reported of a session, one row a transfer. They are in the order of seen_sequence, the
-- session's change by which each was first seen.
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
    primary key (session_id, tx_id, transfer_index)
) with (fillfactor = 85);

-- Which payment brought a change about, and what the session showed of its payments from then on. Null before anything
-- was paid, so that a change without a payment costs what it did.
alter table session_event
    add column payment_tx_id          text,
    add column payment_transfer_index integer,
    add column tx_id                  text,
    add column received_amount        text,
    add column confirmations          integer;
