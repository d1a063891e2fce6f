begin;
select plan(12);

-- Given up, it answers after all, while its runs are in another batch: nothing of it may reach them.
select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select given_instance();
select given_batch_runs('a', 'b'), gather('first');
select begin_sending('first'), batch_error('{}', batch => 'first');
select is(agentpg.abandon_batch(batch_id('first')), true);
select is(gather('second'), '{a,b}');
select send('second', 'msgbatch_2');
select accepted('first', 'msgbatch_1');
select is(batch_state('first'), 'submitted');
update agentpg.batches set next_poll_at = agentpg.now() + interval '1 day' where id = batch_id('second');
select agentpg.cancel_run(run_id('b')), advance('10 minutes'), poll();
select is(tell(message_batch('ended', 'msgbatch_1', '{"succeeded": 2}')), 'ingest');
select is(take(succeeded('a'), succeeded('b')), '(2,0,0)');
select is(ingested(2), true);
select is((select row(r.state, r.input_tokens, r.iteration_count)::text from agentpg.get_run(run_id('a')) r), '(batch_pending,0,0)', 'it waits for the batch it is in');
select is((select f.details #>> '{usage,input_tokens}' from agentpg.failed_attempts f where f.run_id = run_id('a')), '10', 'and what was spent is written down');
select is((select count(*)::integer from agentpg.iterations t), 1, 'that of the run that ended counts');
update agentpg.batches set next_poll_at = agentpg.now() where id = batch_id('second');
select poll(), tell(message_batch('ended', 'msgbatch_2', '{"succeeded": 2}'));
select is(take(succeeded('a'), succeeded('b')), '(2,0,0)');
select is((select row(r.state, r.input_tokens, r.iteration_count, r.response_text)::text from agentpg.get_run(run_id('a')) r), '(completed,10,1,"Hello a")');
select is((select row(r.state, r.input_tokens)::text from agentpg.get_run(run_id('b')) r), '(cancelled,10)', 'counted once');

select * from finish();
rollback;
