begin;
select plan(4);

select given_instance();
select given_run('a', session => 'a', mode => 'batch', options => '{"betas": ["files-api-2025-04-14", "context-management-2025-06-27"]}');
select given_run('b', session => 'b', mode => 'batch');
select advance('1 hour');
create temporary table claimed as select c.* from agentpg.claim_batch(instance_id(), 10) c;
select is((select string_agg(coalesce(c.betas::text, 'null'), ' ' order by c.betas) from claimed c), '{} {files-api-2025-04-14,context-management-2025-06-27}');
select is((select count(*) from claimed c where c.params ? 'betas'), 0::bigint, 'an item of a batch has no such parameter');
select advance('1 hour');
create temporary table again as select c.* from agentpg.claim_batch(instance_id(), 10) c;
select is((select count(*) from again), 2::bigint);
select is((select string_agg(c.betas::text, ' ' order by c.betas) from again c where not c.params ? 'betas'), '{} {files-api-2025-04-14,context-management-2025-06-27}', 'also when it was not sent at first');

select * from finish();
rollback;
