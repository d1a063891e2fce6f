begin;
select plan(5);

create function pg_temp.why() returns text language sql as $$ select w.reason || ': ' || w.detail from agentpg.why_waiting(run_id()) w $$;
select freeze('2026-11-22 12:00Z');
select given_instance('{lookup}');
select agentpg.register_tools(null, '[{"name": "lookup", "input_schema": {"type": "object"}, "retry_jitter": 1}]');
select given_agent(tools => '{lookup,search}');
select given_run();
select claim_one();
select answer(reply_tool_uses(tool_use_block('toolu_1', 'lookup'), tool_use_block('toolu_2', 'search')));
select is(pg_temp.why(), 'tool_not_offered: no live executor offers tool search');
select agentpg.register_tools(instance_id(), '[{"name": "search", "input_schema": {"type": "object"}}]');
select is(pg_temp.why(), 'tool_queued: tool search waits for an executor with a free slot');
select claim_tool();
select matches(pg_temp.why(), 'tool_running: tool (lookup|search) runs on executor \(attempt 1\)');
select agentpg.snooze_tool(tool_execution_id('toolu_1'), tool_lease('toolu_1'), '1 hour', 'not ready');
select matches(pg_temp.why(), 'tool_delayed: tool lookup is tried again at .*: not ready');
select is((select w.until from agentpg.why_waiting(run_id()) w), '2026-11-22 13:00Z'::timestamptz);

select * from finish();
rollback;
