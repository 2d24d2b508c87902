-- The indexes of the lists hold the beginning of a hash instead of the business and the value, so that an entry is 24
-- bytes whatever the value is: a session opened writes seven of them ahead. 28 bits name the stretch of the index, and
-- the statement compares the columns themselves as well, so two values of one hash only cost a look at the row.
drop index
    deposit_session_by_status, deposit_session_by_widget, deposit_session_by_network, deposit_session_by_currency,
    deposit_session_by_address, deposit_session_by_reference, deposit_session_by_email;

create index deposit_session_by_status on deposit_session
    (left(md5(business_id || ' ' || payment_status), 7), created_at);
create index deposit_session_by_widget on deposit_session
    (left(md5(business_id || ' ' || widget_id), 7), created_at);
create index deposit_session_by_network on deposit_session
    (left(md5(business_id || ' ' || network), 7), created_at);
create index deposit_session_by_currency on deposit_session
    (left(md5(business_id || ' ' || currency), 7), created_at);
create index deposit_session_by_address on deposit_session
    (left(md5(business_id || ' ' || lower(deposit_address)), 7), created_at);
create index deposit_session_by_reference on deposit_session
    (left(md5(business_id || ' ' || customer_reference), 7), created_at) where customer_reference is not null;
create index deposit_session_by_email on deposit_session
    (left(md5(business_id || ' ' || customer_email), 7), created_at) where customer_email is not null;
