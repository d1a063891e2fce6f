begin;
select plan(7);

select given_child('batch');
select advance('1 minute');
select is(gather('second'), '{child}');
select send('second', 'msgbatch_2');
select is(state_of('child'), 'batch_pending');
select agentpg.cancel_run(run_id());
select is(state_of('child'), 'cancelled');
select isnt((select m.withdrawn_at from agentpg.batch_members m where m.run_id = run_id('child')), null, 'it has left its batch');
-- The provider answers all the same: paid for, and told to nobody.
select advance('10 minutes');
select poll('second');
select tell(message_batch('ended', 'msgbatch_2', '{"succeeded": 1}'), 'second');
select remember('batch', 'batch', batch_id('second'), batch_lease('second'));
select take(succeeded('child', reply_text('Late.')));
select is(results_of(), array['error: Not finished: the run was cancelled.']);
select is((select n.total_output_tokens from agentpg.run_tree(run_id()) n where n.path = '1'), 10::bigint, 'the tree counts it');
select all_is_well();

select * from finish();
rollback;
