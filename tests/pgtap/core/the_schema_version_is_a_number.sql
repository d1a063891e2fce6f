begin;
select plan(1);

select is(agentpg.schema_version(), 1);

select * from finish();
rollback;
