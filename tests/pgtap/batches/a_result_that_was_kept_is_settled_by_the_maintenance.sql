begin;
select plan(16);

-- Kept while another transaction holds the session: that takes two connections, so here it is put there by hand.
select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select given_instance();
select given_batch_runs('a', 'b', 'c', 'gone'), gather();
select end_batch();
create function pg_temp.keep(kept jsonb) returns void language sql as
$$ update agentpg.batch_members m set result = kept -> 'result' where agentpg._custom_id(m.batch_id, m.ordinal) = kept ->> 'custom_id' $$;
select pg_temp.keep(succeeded('a')), pg_temp.keep(succeeded('gone')), pg_temp.keep(errored('b', 'invalid_request_error'));
select is((select row(p.settled, p.kept)::text from agentpg.batch_progress p), '(0,3)');
select is(take(succeeded('c')), '(1,0,0)');
select is(ingested(4), true, 'what is kept has arrived');
select is((select row(b.state, b.closed_at is not null)::text from agentpg.batches b), '(ingested,t)');
select is((select w.reason from agentpg.why_waiting(run_id('a')) w), 'batch_results');
select agentpg.cancel_run(run_id('gone'));
select is((maintain() ->> 'settled_batch_results')::integer, 3);
select is(state_of(n), s::agentpg.run_state) from (values ('a', 'completed'), ('b', 'failed'), ('c', 'completed'), ('gone', 'cancelled')) v(n, s);
select is((select r.input_tokens from agentpg.get_run(run_id('gone')) r), 10::bigint, 'the cancelled one counts as used');
select is((maintain() ->> 'settled_batch_results')::integer, 0, 'once');
select is((select row(p.settled, p.succeeded, p.errored, p.kept, p.withdrawn)::text from agentpg.batch_progress p), '(4,3,1,0,1)');
select is((select count(*)::integer from agentpg.messages m where m.role = 'assistant'), 2);

-- A kept result that cannot be stored fails its run, and the maintenance goes on.
select given_instance(), given_batch_runs('bad', 'good'), gather('next');
select send('next', 'msgbatch_2');
update agentpg.batch_members m set result = case when m.run_id = run_id('good') then succeeded('good', batch => 'next') -> 'result' else
  '{"type": "succeeded", "message": {"role": "assistant", "content": [{"type": "text", "text": "x"}], "stop_reason": "end_turn", "usage": {"input_tokens": -5}}}' end
where m.batch_id = batch_id('next');
select is((maintain() ->> 'settled_batch_results')::integer, 2);
select is_empty($$ select from agentpg.runs r where r.finalized_at is null $$);

select * from finish();
rollback;
