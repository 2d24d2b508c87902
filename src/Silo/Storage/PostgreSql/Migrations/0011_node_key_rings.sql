-- Which server keys each running node has, by their ids. A node that lacks a key with which another signs, or signs
-- with one that another lacks, is not recorded, and does not serve.
create table node_key_ring (
    node           text        not null primary key,
    signing_key_id text        not null,
    key_ids        text[]      not null,
    seen_at        timestamptz not null
);
