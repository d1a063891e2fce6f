begin;
select plan(25);

select given_instance('{lookup}', 'zombie');
select given_instance('{lookup}', 'heir');
select given_agent(tools => '{lookup}');
select given_run();
select is(claim_one('zombie'), 'run');
create temporary table stale as select iteration_id() as iteration_id, run_lease() as lease_token;
select advance('1 minute');
select maintain();
create function pg_temp.each_call_of_the_zombie() returns setof text language plpgsql as $$
begin
  return next refused(format('select * from agentpg.record_response(%L, %L, %L)', s.iteration_id, s.lease_token, reply_text()), 'AP210', 'drop the work') from stale s;
  return next refused(format('select * from agentpg.record_response(%L, %L, %L)', s.iteration_id, s.lease_token, reply_text() || '{"stop_reason": null}'), 'AP210') from stale s;
  return next refused(format('select * from agentpg.record_response(%L, null, %L)', s.iteration_id, reply_text()), 'AP210') from stale s;
  return next refused(format('select * from agentpg.record_failure(%L, %L, ''{"status": 529}'')', s.iteration_id, s.lease_token), 'AP210', 'drop the work') from stale s;
  return next is(agentpg.release_runs(instance_id('zombie')), 0, 'releases nothing');
  return next is(agentpg.heartbeat(instance_id('zombie'), jsonb_build_array(jsonb_build_object('run_id', run_id(), 'lease_token', s.lease_token))) #>> '{lost,0,reason}',
    'lease_lost', 'and is told so') from stale s;
end
$$;
create function pg_temp.all_but_instances() returns text language sql as $$ select regexp_replace(everything(), 'agentpg.(instances|leadership) [0-9a-f]+', '', 'g') $$;
create temporary table before as select pg_temp.all_but_instances() as all_rows;
select pg_temp.each_call_of_the_zombie();
select is(pg_temp.all_but_instances(), (select b.all_rows from before b), 'while the run is free');
select is(claim_one('heir'), 'run');
delete from before;
insert into before select pg_temp.all_but_instances();
select pg_temp.each_call_of_the_zombie();
select is(pg_temp.all_but_instances(), (select b.all_rows from before b), 'while another holds it');
select answer(reply_text('From the heir.'));
delete from before;
insert into before select pg_temp.all_but_instances();
select pg_temp.each_call_of_the_zombie();
select is(pg_temp.all_but_instances(), (select b.all_rows from before b), 'after it has ended');
select is((select r.response_text from agentpg.get_run(run_id()) r), 'From the heir.');
select is(
  ids_in_error((select format('select * from agentpg.record_response(%L, %L, %L)', s.iteration_id, s.lease_token, reply_text()) from stale s)),
  (select jsonb_build_object('run_id', run_id(), 'session_id', session_id(), 'iteration_id', s.iteration_id) from stale s), 'the error carries the ids'
);

select * from finish();
rollback;
