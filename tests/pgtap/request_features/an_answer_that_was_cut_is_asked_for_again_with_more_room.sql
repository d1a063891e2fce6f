begin;
select plan(15);

select given_instance('{lookup}');
select agentpg.create_agent(name => 'a', model => 'claude-sonnet-4-5', max_tokens => 100, tools => '{lookup}', config => '{"output_repairs": 2}');
select remember('agent', 'a', (agentpg.find_agent('a')).id);
select given_run(agent => 'a', options => '{"output_schema": {"type": "object", "properties": {"n": {"type": "integer"}}}}');
select claim_one();
create temporary table asked as select request_of() as request;
select is(answer(reply_text('{"n": ', 'max_tokens')), 0);
select is(state_of(), 'pending', 'the run goes on');
select is(claim_one(), 'run');
select is(request_of() - 'max_tokens', (select a.request from asked a) - 'max_tokens', 'the same is asked again: the cut answer is not in the transcript');
select is(request_of() -> 'max_tokens', '400', 'with four times the room');
select is((select t.response #>> '{content,0,text}' from agentpg.run_iterations(run_id()) t), '{"n": ', 'what was cut is kept beside it');

select is(answer(reply_blocks(jsonb_build_array(tool_use_block('toolu_1', 'lookup')), 'max_tokens')), 0, 'a call that was cut is asked for again too');
select claim_one();
select is(request_of() -> 'max_tokens', '1600');
select is((select count(*) from agentpg.tool_executions), 0::bigint);

select answer(reply_text('{"n', 'max_tokens'));
select is((select row(r.state, r.stop_reason)::text from agentpg.get_run(run_id()) r), '(awaiting_input,max_tokens)', 'after the last repair it ends as it would without');
select is(
  (select string_agg(concat_ws(' ', t.iteration, t.detail), '; ') from agentpg.run_timeline(run_id()) t where t.event = 'output repair'),
  '1 cut at max_tokens: again, with more room; 2 cut at max_tokens: again, with more room', 'the timeline tells'
);
select is((select sum(t.output_tokens) from agentpg.run_iterations(run_id()) t), 15::numeric, 'each call counts as used');

select agentpg.create_agent(name => 'b', model => 'claude-sonnet-4-5', max_tokens => (select max_output_tokens from agentpg.models where id = 'claude-sonnet-4-5'));
select remember('agent', 'b', (agentpg.find_agent('b')).id);
select given_run('big', session => 's2', agent => 'b', options => '{"output_schema": {"type": "string"}}');
select claim_one();
select answer(reply_text('"', 'max_tokens'), 'big');
select is((select r.state from agentpg.get_run(run_id('big')) r), 'awaiting_input', 'where there is no more room there is no repair');
select is((select count(*) from agentpg.output_repairs o where o.run_id = run_id('big')), 0::bigint);
select is((select count(*) from agentpg.invariant_violations), 0::bigint);

select * from finish();
rollback;
