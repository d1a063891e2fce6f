begin;
select plan(19);

select freeze('2026-11-22 10:00Z');
select given_instance();
select given_agent('a', model => 'claude-sonnet-5-5');
create function pg_temp.costs() returns text language sql as $$
  select row(c.calls, c.abandoned_calls, c.cost_usd, c.failed_calls, c.failed_cost_usd)::text from agentpg.costs() c
$$;
create function pg_temp.used() returns text language sql as $$ select row(u.used_tokens, u.used_cost_usd, u.unpriced_calls)::text from agentpg.budget_usage u $$;

-- A stream that broke off had used something, and the next attempt pays again.
select given_run('torn', agent => 'a', session => 'torn', options => '{"max_cost_usd": 5}'), claim_one();
select agentpg.record_failure(iteration_id('torn'), run_lease('torn'),
  '{"type": "connection_error", "message": "cut", "usage": {"input_tokens": 1000, "output_tokens": 10}, "billed": {"cost_usd": 1000}}');
select is(pg_temp.costs(), '(0,0,0,1,0.0021)', 'an attempt without an answer stands apart');
select is(pg_temp.used(), '(1010,0.0021,0)', 'and is spent from the budget');
select is((select row(f.details -> 'usage' ->> 'input_tokens', f.details -> 'billed' ->> 'model')::text from agentpg.failed_attempts f), '(1000,claude-sonnet-5-5)');
select advance('1 minute'), claim_one();
select agentpg.record_failure(iteration_id('torn'), run_lease('torn'), '{"type": "overloaded_error", "status": 529}');
select is(pg_temp.costs(), '(0,0,0,1,0.0021)', 'one that told nothing costs nothing');
select advance('10 minutes'), claim_one();
select agentpg.record_response(iteration_id('torn'), run_lease('torn'),
  '{"role": "assistant", "content": [{"type": "text", "text": "Ye"}], "stop_reason": null, "usage": {"input_tokens": 1000, "output_tokens": 1}}');
select is(pg_temp.costs(), '(0,0,0,2,0.00411)', 'an answer that was cut');
select advance('10 minutes'), claim_one();
select answer(reply_blocks('[{"type": "text", "text": "Yes."}]', 'end_turn', '{"input_tokens": 1000, "output_tokens": 20}'), 'torn');
select is(pg_temp.costs(), '(1,0,0.0022,2,0.00411)');
select is((select row(d.cost_usd, d.unpriced_calls)::text from agentpg.run_details d where d.id = run_id('torn')), '(0.0022,0)', 'a run costs what its calls cost');
select is(pg_temp.used(), '(3031,0.00631,0)');
select is((select row(c.calls, c.cost_usd, c.failed_calls, c.failed_cost_usd)::text from agentpg.cost_by_run c where c.run_id = run_id('torn')), '(1,0.0022,2,0.00411)');

-- Cancelled while it was streamed.
select given_run('cancelled', agent => 'a', session => 'cancelled'), claim_one();
select agentpg.cancel_run(run_id('cancelled'));
select agentpg.record_abandoned(iteration_id('cancelled'), run_lease('cancelled'), '{"input_tokens": 1000, "output_tokens": 0}');
select is(pg_temp.costs(), '(2,1,0.0042,2,0.00411)', 'is among the calls, and marked');

-- What has no price is not free.
select given_run('fast', agent => 'a', session => 'fast', options => '{"request": {"speed": "fast"}}'), claim_one();
select agentpg.record_failure(iteration_id('fast'), run_lease('fast'), '{"type": "connection_error", "usage": {"input_tokens": 1000, "speed": "fast"}}');
select is(pg_temp.costs(), '(2,1,0.0042,3,)', 'an attempt too');

-- A result that comes when the run has gone on.
create function pg_temp.late(run text, usage jsonb) returns void language plpgsql as $$
declare
  v_run agentpg.runs;
  v_member agentpg.batch_members;
  v_batch agentpg.batches;
begin
  select r.* into v_run from agentpg.runs r where r.id = run_id(run);
  v_member.iteration_id := v_run.iteration_id;
  v_batch.id := agentpg._uuid_v7();
  perform agentpg._late_result(v_run, v_member, v_batch, jsonb_build_object('usage', usage));
end
$$;
select given_run('late', agent => 'a', session => 'late'), claim_one();
select answer(reply_blocks('[{"type": "text", "text": "Yes."}]', 'end_turn', '{"input_tokens": 1000}'), 'late');
select pg_temp.late('late', '{"input_tokens": 1000000}');
select is((select row(c.calls, c.cost_usd, c.failed_calls, c.failed_cost_usd)::text from agentpg.cost_by_run c where c.run_id = run_id('late')), '(1,0.002,1,1)',
  'the second answer of a call, at the price of a batch');

-- All of it outlives its runs.
create temporary table before as select pg_temp.costs() as costs;
select agentpg.cancel_run(run_id('fast'));
select agentpg.delete_session(session_id(n)) from unnest('{torn,cancelled,fast,late}'::text[]) n;
select is((select count(*)::integer from agentpg.iterations), 0);
select is(pg_temp.costs(), (select b.costs from before b), 'a day costs what it cost');

-- A budget of a run whose calls turn out to have no price.
select given_agent('b', model => 'claude-opus-5');
select given_run('odd', agent => 'b', session => 'odd', options => '{"max_cost_usd": 5}'), claim_one();
create temporary table reserved as select v.cost_usd from agentpg.reservations v;
select cmp_ok((select r.cost_usd from reserved r), '>', 0.0);
select answer(reply_blocks('[{"type": "text", "text": "Yes."}]', 'end_turn', '{"input_tokens": 10, "inference_geo": "mars"}'), 'odd');
select is((select row(u.used_cost_usd, u.unpriced_calls)::text from agentpg.budget_usage u where u.run_id = run_id('odd')),
  (select row(trim_scale(r.cost_usd), 1)::text from reserved r), 'what was reserved for it counts, and it is counted');
select agentpg._add_up(u.id) from agentpg.budget_usage u;
select is((select u.unpriced_calls from agentpg.budget_usage u where u.run_id = run_id('odd')), 1);
-- Fast is reserved at the price of fast, and what has no such price does not start.
select given_run('fast', agent => 'b', session => 'fast again', options => '{"max_cost_usd": 5, "request": {"speed": "fast"}}'), claim_one();
select is((select round(v.cost_usd / r.cost_usd, 1) from agentpg.reservations v, reserved r), 2.0, 'twice the price');
select given_run('slow', agent => 'a', session => 'slow', options => '{"max_cost_usd": 5, "request": {"speed": "fast"}}');
select is(claim_one(), null);

select * from finish();
rollback;
