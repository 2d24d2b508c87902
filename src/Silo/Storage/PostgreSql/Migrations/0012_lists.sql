-- Lists of deliveries, newest first: a list is a stretch of an index for each status, of a business or of an endpoint.
drop index webhook_delivery_of_business;

create index webhook_delivery_by_status
    on webhook_delivery (business_id, status, created_at, session_id, sequence, endpoint_id);
create index webhook_delivery_by_endpoint
    on webhook_delivery (endpoint_id, status, created_at, session_id, sequence);

-- For what is old enough to be removed, and for nothing else: in the words of a list's condition the planner would take
-- it for a list of one business, and read the deliveries of all.
drop index webhook_delivery_done;
create index webhook_delivery_done on webhook_delivery (created_at) where (status || '') in ('DELIVERED', 'FAILED');

-- What a list of sessions shows of each without its history: when it was paid, and what was paid too late.
create index session_event_paid on session_event (session_id, sequence)
    where payment_status in ('CONFIRMED', 'OVERPAID');
create index session_payment_late on session_payment (session_id) where stage = 'LATE';
