-- Lists of sessions, newest first. Each index ends in the time of creation, so that a page is one stretch of it wherever
-- in the list it is; those of a business without a filter are as many stretches as there are statuses. A session without
-- a customer costs the indexes of customers nothing.
create index deposit_session_by_status   on deposit_session (business_id, payment_status, created_at);
create index deposit_session_by_widget   on deposit_session (widget_id, created_at);
create index deposit_session_by_network  on deposit_session (business_id, network, created_at);
create index deposit_session_by_currency on deposit_session (business_id, currency, created_at);
create index deposit_session_by_address  on deposit_session (business_id, lower(deposit_address), created_at);
create index deposit_session_by_reference on deposit_session (business_id, customer_reference, created_at)
    where customer_reference is not null;
create index deposit_session_by_email on deposit_session (business_id, customer_email, created_at)
    where customer_email is not null;

-- By any transaction that was reported of it, in the spelling in which payments are kept.
create index session_payment_by_transaction on session_payment (tx_id);
