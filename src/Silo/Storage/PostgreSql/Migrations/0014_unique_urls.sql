-- One endpoint of a business for each URL, compared by its normalised form. Rows of before have their URL as it was
-- written; of those with the same one, all but one get a key that no URL has.
alter table webhook_endpoint add column url_key text not null default '';

update webhook_endpoint set url_key = url;
update webhook_endpoint set url_key = url || '#' || id
where exists (
    select 1 from webhook_endpoint as other
    where other.business_id = webhook_endpoint.business_id and other.url = webhook_endpoint.url
      and other.id < webhook_endpoint.id);

create unique index webhook_endpoint_url on webhook_endpoint (business_id, url_key);
