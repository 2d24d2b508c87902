-- Webhook endpoints. events holds its types between commas: ,deposit.created,deposit.expired, . Times are Unix
-- milliseconds.
create table webhook_endpoint (
    id            text    not null primary key,
    business_id   text    not null,
    version       integer not null,
    url           text    not null,
    description   text,
    events        text    not null,
    is_enabled    integer not null,
    secret_key_id text    not null,
    secret        blob    not null,
    created_at    integer not null,
    updated_at    integer not null,
    failing_since integer,
    paused_at     integer
) strict, without rowid;

create index webhook_endpoint_of_business on webhook_endpoint (business_id);

-- One event for one endpoint, written by the commit of the change that it tells of.
create table webhook_delivery (
    endpoint_id     text    not null,
    session_id      text    not null,
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
    primary key (endpoint_id, session_id, sequence)
) strict, without rowid;

create index webhook_delivery_of_business
    on webhook_delivery (business_id, created_at, session_id, sequence, endpoint_id);

create index webhook_delivery_done on webhook_delivery (created_at) where status in ('DELIVERED', 'FAILED');

-- One row for each session that an endpoint has events of to be told. It is what is claimed: a session's events are told
-- by one at a time. version moves with every event that is added.
create table webhook_queue (
    endpoint_id text    not null,
    session_id  text    not null,
    version     integer not null,
    due_at      integer not null,
    primary key (endpoint_id, session_id)
) strict, without rowid;

create index webhook_queue_due on webhook_queue (endpoint_id, due_at);
