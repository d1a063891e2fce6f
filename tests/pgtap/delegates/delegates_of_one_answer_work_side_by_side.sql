begin;
select plan(14);

select given_instance('{lookup}');
select given_agent('worker');
select given_agent('checker');
select given_manager(delegates => '{worker,checker}', tools => '{lookup}');
select given_run(agent => 'manager');
select claim_one();
select is(answer(reply_tool_uses(
  task_for('worker', 'toolu_1'), tool_use_block('toolu_2', 'lookup'), task_for('checker', 'toolu_3'), task_for('worker', 'toolu_4')
)), 1);
select child_of('toolu_1', 'first');
select child_of('toolu_3', 'second');
select child_of('toolu_4', 'third');
select is((select r.open_tools from agentpg.get_run(run_id()) r), 4);
select set_eq($$ select claim_one() from generate_series(1, 3) $$, '{first,second,third}'::text[]);
select is((select count(distinct (agentpg.get_run(run_id(n))).session_id) from unnest('{first,second,third}'::text[]) n), 3::bigint);
select answer(reply_text('Three.'), 'third');
select is(finish_tool('toolu_2', claim_next => true), null);
select answer(reply_text('One.'), 'first');
select is((select row(r.state, r.open_tools)::text from agentpg.get_run(run_id()) r), '(pending_tools,1)');
select is((select w.reason from agentpg.why_waiting(run_id()) w), 'delegate');
select alike((select w.detail from agentpg.why_waiting(run_id()) w), format('%%%s%%', run_id('second')), 'and says which run to ask');
select is(claim_one(), null);
select answer(reply_text('Two.'), 'second');
select is(claim_one(), 'run', 'the last one sends the run on');
select is((select array_agg(b ->> 'tool_use_id' order by p) from jsonb_array_elements(request_of() #> '{messages,2,content}') with ordinality as x(b, p)),
  '{toolu_4,toolu_2,toolu_1,toolu_3}', 'all results stand in one user message');
select answer(reply_text('Four in all.'));
select is(state_of(), 'completed');
select is((select count(*) from agentpg.run_tree(run_id())), 4::bigint);
select all_is_well();

select * from finish();
rollback;
