-- The columns of fixed width come first, the widest before the others, so that no row has gaps between its values. A
-- table's columns can't be moved, so a new table takes the place of the old one.
alter table deposit_session rename to deposit_session_before;
alter index deposit_session_pkey rename to deposit_session_before_pkey;

create table deposit_session (
    created_at                     timestamptz not null,
    expires_at                     timestamptz not null,
    grain_hash                     integer     not null,
    sequence                       integer     not null,
    required_confirmations         smallint    not null,
    capped_places                  smallint    not null,
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
    fingerprint                    bytea
) with (fillfactor = 85);

insert into deposit_session (
    created_at, expires_at, grain_hash, sequence, required_confirmations, capped_places, id, business_id, widget_id,
    payment_status, amount, currency, network, currency_address, deposit_address, customer_email, customer_reference,
    metadata, underpayment_tolerance_percent, secret_key_id, fingerprint)
select
    created_at, expires_at, grain_hash, sequence, required_confirmations, capped_places, id, business_id, widget_id,
    payment_status, amount, currency, network, currency_address, deposit_address, customer_email, customer_reference,
    metadata, underpayment_tolerance_percent, secret_key_id, fingerprint
from deposit_session_before;

drop table deposit_session_before;

-- As they were: what the reminder service asks for, and the lists.
create index deposit_session_due on deposit_session (grain_hash, expires_at)
    where payment_status in ('CREATED', 'PENDING', 'UNDERPAID');

create index deposit_session_by_status on deposit_session
    (hashtextextended(business_id || ' ' || payment_status, 0), created_at);
create index deposit_session_by_widget on deposit_session
    (hashtextextended(business_id || ' ' || widget_id, 0), created_at);
create index deposit_session_by_network on deposit_session
    (hashtextextended(business_id || ' ' || network, 0), created_at);
create index deposit_session_by_currency on deposit_session
    (hashtextextended(business_id || ' ' || currency, 0), created_at);
create index deposit_session_by_address on deposit_session
    (hashtextextended(business_id || ' ' || lower(deposit_address), 0), created_at);
create index deposit_session_by_reference on deposit_session
    (hashtextextended(business_id || ' ' || customer_reference, 0), created_at) where customer_reference is not null;
create index deposit_session_by_email on deposit_session
    (hashtextextended(business_id || ' ' || customer_email, 0), created_at) where customer_email is not null;
