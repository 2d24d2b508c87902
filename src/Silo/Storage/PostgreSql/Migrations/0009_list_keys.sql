-- The indexes of the lists hold a hash instead of the business and the value, so that an entry is 24 bytes whatever the
-- value is: opening a session writes seven of them ahead. The statement compares the columns themselves as well, so two
-- values of one hash cost a look at a row. The function is that of hash partitions, so it stays the same for ever.
drop index
    deposit_session_by_status, deposit_session_by_widget, deposit_session_by_network, deposit_session_by_currency,
    deposit_session_by_address, deposit_session_by_reference, deposit_session_by_email;

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
