-- The columns of fixed width come first, the widest before the others, so that no row has gaps between its values. A
-- table's columns can't be moved: a new table takes the place of the old one, and its indexes are made again as they were.
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

do $$
declare definition text;
begin
    create temporary table deposit_session_indexes on commit drop as
        select indexdef from pg_indexes
        where schemaname = current_schema()
          and tablename = 'deposit_session_before' and indexname <> 'deposit_session_before_pkey';
    drop table deposit_session_before;
    for definition in select indexdef from deposit_session_indexes loop
        execute replace(definition, 'deposit_session_before', 'deposit_session');
    end loop;
end $$;
