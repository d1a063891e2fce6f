begin;
select plan(7);

create function pg_temp.refused(events jsonb) returns text language sql as
$$ select throws_ok(format('select agentpg.publish_events(%L)', events), 'AP100') $$;
create function pg_temp.with(changes jsonb) returns jsonb language sql as
$$ select jsonb_build_array(jsonb_build_object('iteration_id', agentpg._uuid_v7(), 'lease_token', agentpg._uuid_v7(), 'kind', 'text') || changes) $$;
select pg_temp.refused('{}');
select pg_temp.refused('[1]');
select pg_temp.refused(pg_temp.with('{"iteration_id": "x"}'));
select pg_temp.refused(pg_temp.with('{"lease_token": null}'));
select pg_temp.refused(pg_temp.with('{"kind": "run_ended"}'));
select pg_temp.refused(pg_temp.with('{"data": 1}'));
select is(agentpg.publish_events(pg_temp.with('{}')), '{"busy": [], "stale": 1, "published": 0}', 'of a call nobody knows it is no news');

select * from finish();
rollback;
