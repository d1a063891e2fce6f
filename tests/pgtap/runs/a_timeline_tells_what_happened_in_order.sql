begin;
select plan(8);

select freeze('2026-11-22 12:00Z');
select given_instance('{lookup}', 'worker');
select given_agent(tools => '{lookup}');
select given_run(prompt => 'How is it?');
select advance('1 second');
select claim_one('worker');
select advance('1 second');
select agentpg.record_failure(iteration_id(), run_lease(), '{"status": 500, "type": "api_error", "message": "Busy"}', '0');
select advance('1 second');
select claim_one('worker');
select advance('1 second');
select answer(reply_tool_use('toolu_1', 'lookup', '{"q": 1}'));
select advance('1 second');
select agentpg.fail_tool(tool_execution_id('toolu_1'), tool_lease('toolu_1'), 'no network');
select advance('1 second');
select claim_tool('worker');
select advance('1 second');
select finish_tool('toolu_1', '"fine"', claim_next => true);
select advance('1 second');
select answer(reply_text('Fine.'));
select results_eq(
  $$ select extract(epoch from t.elapsed)::integer, t.event, t.iteration, t.attempt, t.actor from agentpg.run_timeline(run_id()) t $$,
  $$ values (0, 'created', null::integer, null::integer, null::text),
       (1, 'model call', 1, 1, 'worker'), (2, 'model call failed', 1, 1, 'worker'), (3, 'model call', 1, 2, 'worker'), (4, 'answer', 1, 2, 'worker'),
       (4, 'tool started', 1, 1, 'worker'), (5, 'tool attempt failed', 1, 1, 'worker'),
       (6, 'tool started', 1, 2, 'worker'), (7, 'tool completed', 1, 2, 'worker'),
       (7, 'model call', 2, 1, 'worker'), (8, 'answer', 2, 1, 'worker'), (8, 'completed', 2, null, null) $$
);
select is((select t.detail from agentpg.run_timeline(run_id()) t where t.event = 'created'), 'How is it?');
select is((select row(t.detail, t.duration)::text from agentpg.run_timeline(run_id()) t where t.event = 'tool completed'), '("lookup: fine",00:00:01)');
select matches((select t.detail from agentpg.run_timeline(run_id()) t where t.event = 'model call failed'), 'api_error: Busy \(again at 12:00:02.*\)');
select is((select t.detail from agentpg.run_timeline(run_id()) t where t.event = 'answer' and t.iteration = 2), 'end_turn, 10 tokens in, 5 out, $0.000105');
select is((select t.duration from agentpg.run_timeline(run_id()) t where t.event = 'completed'), interval '8 seconds');
select agentpg.deregister_instance(instance_id('worker'));
select matches((select t.actor from agentpg.run_timeline(run_id()) t where t.event = 'tool completed'), 'instance [0-9a-f]{8}', 'a worker that left is known by its id');
select refused(format('select * from agentpg.run_timeline(%L)', agentpg._uuid_v7()), 'AP003', 'commit');

select * from finish();
rollback;
