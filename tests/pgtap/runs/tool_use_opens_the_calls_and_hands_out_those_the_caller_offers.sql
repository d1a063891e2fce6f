begin;
select plan(7);

select given_instance('{lookup}');
select given_instance('{search}', 'other');
select given_agent(tools => '{lookup,search}');
select given_run(variables => '{"user": 7}');
select claim_one();
create temporary table claim as
select * from agentpg.record_response(iteration_id(), run_lease(), reply_tool_uses(
  tool_use_block('toolu_1', 'lookup', '{"n": 1}'), tool_use_block('toolu_2', 'search', '{"n": 2}'), tool_use_block('toolu_3', 'lookup', '{"n": 3}')
), request_id => 'req_1');
select results_eq('select c.tool_use_id, c.tool_name, c.input, c.variables, c.attempt, c.run_id, c.session_id from claim c',
  $$ values ('toolu_1', 'lookup', '{"n": 1}'::jsonb, '{"user": 7}'::jsonb, 1, run_id(), session_id()),
            ('toolu_3', 'lookup', '{"n": 3}', '{"user": 7}', 1, run_id(), session_id()) $$, 'in the order of the calls');
select is((select count(distinct c.lease_token)::integer from claim c), 2, 'each under a token of its own');
select is((select row(r.state, r.open_tools, r.claimed_by_instance_id)::text from agentpg.get_run(run_id()) r), '(pending_tools,3,)');
select is(tool_state('toolu_2'), 'pending', 'another worker offers that one');
select is(claim_tool('other'), 'toolu_2');
select results_eq('select t.iteration_number, t.tool_use_id, t.name, t.input, t.state::text from agentpg.run_tool_calls(run_id()) t',
  $$ values (1, 'toolu_1', 'lookup', '{"n": 1}'::jsonb, 'running'), (1, 'toolu_2', 'search', '{"n": 2}', 'running'), (1, 'toolu_3', 'lookup', '{"n": 3}', 'running') $$);
select is((select row(i.request_id, i.tool_count, i.stop_reason)::text from agentpg.run_iterations(run_id()) i), '(req_1,3,tool_use)');

select * from finish();
rollback;
