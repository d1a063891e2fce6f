begin;
select plan(12);

select given_instance();
select given_batch_runs('a', 'b', 'c');
select advance('1 minute');
select is(gather(), '{a,b,c}');
select send();
select agentpg.cancel_run(run_id('a'));
select is(agentpg.delete_session(session_id('session of a')) ->> 'runs', '1', 'the provider works on it still');
select all_is_well();

-- Its answer comes with the others.
create temp table line as select jsonb_build_array(
  jsonb_build_object('custom_id', agentpg._custom_id(batch_id(), 1), 'result', jsonb_build_object('type', 'succeeded', 'message', reply_text('Late.')))
) as lines;
select advance('10 minutes');
select poll(), tell(message_batch('ended', counts => '{"processing": 0, "succeeded": 3}'));
select is(
  (select (r.settled, r.stored, r.ignored) from line, agentpg.record_batch_results(batch_id(), batch_lease(), line.lines) r), (1, 0, 0),
  'the line is taken as settled'
);
select is(take(succeeded('b')), '(1,0,0)');

-- One whose answer was kept because somebody held its session, and whose run was cancelled and deleted before it was settled.
select agentpg.cancel_run(run_id('c'));
update agentpg.batch_members set result = '{"type": "succeeded", "message": {"secret": true}}' where ordinal = 3;
select is(agentpg.delete_session(session_id('session of c')) ->> 'runs', '1');
select is((select count(*) from agentpg.batch_members where result is not null), 0::bigint, 'nothing of it is kept');
select is(ingested(3), true, 'the batch comes to its end');
select is(batch_state(), 'ingested');
select is((agentpg.run_maintenance() ->> 'settled_batch_results'), '0', 'nothing is left to settle');
select is((select (p.request_count, p.settled) from agentpg.batch_progress p), (3, 3), 'it is counted whole');
select all_is_well();

select * from finish();
rollback;
