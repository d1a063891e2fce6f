begin;
select plan(4);

select given_instance();
select given_run();
select claim_one();
select is(answer(reply_tool_use('toolu_1', 'invented')), 0);
select is((select row(r.state, r.current_iteration, r.open_tools)::text from agentpg.get_run(run_id()) r), '(pending,2,0)');
select is(claim_one(), 'run');
select is(request_of() #>> '{messages,2,content,0,content}', 'There is no tool named invented. Available tools: none.');

select * from finish();
rollback;
