begin;
select plan(13);

select freeze('2026-11-22 12:00Z');
select given_instance('{lookup}');
select agentpg.configure('{"tool_max_snoozes": 2}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
select answer(reply_tool_use('toolu_1', 'lookup'));
create function pg_temp.snooze(delay interval default '10 seconds') returns timestamptz language sql as
$$ select agentpg.snooze_tool(tool_execution_id('toolu_1'), tool_lease('toolu_1'), delay, 'not ready') $$;
select is(pg_temp.snooze(), '2026-11-22 12:00:10Z'::timestamptz);
select is((select row(t.state, t.attempt, t.snooze_count)::text from agentpg.tool_calls t), '(pending,0,1)');
select is(pg_temp.snooze(), '2026-11-22 12:00:10Z'::timestamptz, 'said again, it returns the same');
select is((select t.snooze_count from agentpg.tool_calls t), 1, 'and changes nothing');
select is(claim_tool(), null, 'not before its time');
select advance('10 seconds');
select is(claim_tool(), 'toolu_1');
select is((select t.attempt from agentpg.tool_calls t), 1, 'the first attempt still');
select isnt(pg_temp.snooze('0'), null, 'a delay of nothing is one');
select is(claim_tool(), 'toolu_1');
select is(pg_temp.snooze(), null, 'the third is one too many');
select is(pg_temp.snooze(), null, 'however often it is said');
select is((select row(t.state, t.is_error, t.output, t.error_message)::text from agentpg.run_tool_calls(run_id()) t),
  '(failed,t,"The tool gave up: snoozed 2 times. not ready","snoozed 2 times: not ready")');
select is(state_of(), 'pending', 'the run goes on');

select * from finish();
rollback;
