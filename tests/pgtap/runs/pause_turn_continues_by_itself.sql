begin;
select plan(5);

select given_instance();
select given_run();
select claim_one();
select answer(reply_blocks('[{"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}}]', 'pause_turn'));
select is((select row(r.state, r.current_iteration, r.attempt)::text from agentpg.get_run(run_id()) r), '(pending,2,0)');
select is(claim_one(), 'run');
select is((select array_agg(m ->> 'role') from jsonb_array_elements(request_of() -> 'messages') m), '{user,assistant}', 'with what was said so far and no new turn');
select answer(reply_text('Found.'));
select is((select row(r.state, r.response_text, r.iteration_count)::text from agentpg.get_run(run_id()) r), '(completed,Found.,2)');
select is((select array_agg(i.trigger_type order by i.number) from agentpg.run_iterations(run_id()) i), '{user_prompt,continuation}');

select * from finish();
rollback;
