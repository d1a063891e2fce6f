begin;
select plan(18);

select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select given_instance(), given_instance(name => 'second');
create function pg_temp.cancel(instance text default 'executor') returns text language plpgsql as $$
declare
  v_task record;
begin
  select * into v_task from agentpg.claim_batch_cancellations(instance_id(instance), 10);
  if v_task.batch_id is not null then
    perform remember('batch', 'batch', v_task.batch_id, v_task.lease_token);
  end if;
  return v_task.task || ' ' || v_task.provider_batch_id;
end
$$;
select given_batch_runs('a', 'b'), gather();
select agentpg.cancel_run(run_id('a'));
select is(pg_temp.cancel(), null, 'it is not even sent');
select send();
select is(pg_temp.cancel(), null, 'one is still in it');
select agentpg.cancel_run(run_id('b'));
select is(pg_temp.cancel(), 'cancel msgbatch_1');
select is(pg_temp.cancel('second'), null, 'one worker');
select is((select b.cancel_requested_at is not null from agentpg.batches b), true);
select is(tell(message_batch('canceling')), 'wait');
select is((select row(b.state, b.status)::text from agentpg.batches b), '(submitted,canceling)');
select advance('1 hour'), given_instance(), given_instance(name => 'second');
select is(pg_temp.cancel(), null, 'once');
select is(poll(), 'retrieve', 'what it has done until then is still read');
select is(tell(message_batch('ended', counts => '{"canceled": 1}')), 'ingest');
select is(take(result_line('b', '{"type": "canceled"}')), '(1,0,0)');
select is(ingested(1), true);
select is((select array_agg(distinct state_of(n)::text) from unnest('{a,b}'::text[]) n), '{cancelled}', 'a canceled result follows the run');

-- Asked again when it failed, and when whoever was to ask was lost.
select given_batch_runs('c'), gather();
select send(provider_id => 'msgbatch_2');
select agentpg.cancel_run(run_id('c'));
select is(pg_temp.cancel(), 'cancel msgbatch_2');
select is(batch_error('{"status": 500}'), 'submitted');
select is(pg_temp.cancel(), null, 'not at once');
select advance('1 minute');
select is(pg_temp.cancel('second'), 'cancel msgbatch_2');
select advance('2 minutes');
select is(pg_temp.cancel(), 'cancel msgbatch_2');

select * from finish();
rollback;
