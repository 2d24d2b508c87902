-- Webhook endpoints. events holds its types between commas: ,deposit.created,deposit.expired, .
create table webhook_endpoint (
    id            text        not null primary key,
    business_id   text        not null,
    version       integer     not null,
    url           text        not null,
    description   text,
    events        text        not null,
    is_enabled    boolean     not null,
    secret_key_id text        not null,
    secret        bytea       not null,
    created_at    timestamptz not null,
    updated_at    timestamptz not null,
    failing_since timestamptz,
    paused_at     timestamptz
);

create index webhook_endpoint_of_business on webhook_endpoint (business_id);

-- One event for one endpoint, written by the commit of the change that it tells of.
create table webhook_delivery (
    endpoint_id     text        not null,
    session_id      text        not null,
    sequence        integer     not null,
    business_id     text        not null,
    event_type      text        not null,
    status          text        not null,
    attempts        integer     not null,
    step            integer     not null,
    created_at      timestamptz not null,
    last_attempt_at timestamptz,
    request_url     text,
    request_body    text,
    response_code   integer,
    response_body   text,
    failure         text,
    primary key (endpoint_id, session_id, sequence)
);

create index webhook_delivery_of_business
    on webhook_delivery (business_id, created_at, session_id, sequence, endpoint_id);

create index webhook_delivery_done on webhook_delivery (created_at) where status in ('DELIVERED', 'FAILED');

-- One row for each session that an endpoint has events of to be told. It is what is claimed: a session's events are told
-- by one at a time. version moves with every event that is added. Rows come and go quickly, so it is vacuumed by their
-- number and not by their part of the table.
create table webhook_queue (
    endpoint_id text        not null,
    session_id  text        not null,
    version     integer     not null,
    due_at      timestamptz not null,
    primary key (endpoint_id, session_id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);

create index webhook_queue_due on webhook_queue (endpoint_id, due_at);
