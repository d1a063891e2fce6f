begin;
select plan(14);

select given_instance();
select given_session();
select is((agentpg.set_budget(session_id => session_id(), max_cost_usd => 0.1, period => '1 day')).scope, 'session');
select is((agentpg.set_budget(session_id => session_id(), max_cost_usd => 0.07, period => '1 day')).max_cost_usd, 0.07, 'set again, it is changed');
select given_run();
select is(claim_one(), 'run');
select answer(reply_blocks('[{"type": "text", "text": "dear"}]', 'end_turn', '{"input_tokens": 10, "output_tokens": 4400}'));
select is(state_of(), 'completed');
select given_run('next');
select is(claim_one(), null);
select is((select stop_reason from agentpg.runs where id = run_id('next')), 'session_max_cost_usd');
select advance('1 day');
select given_instance();
select given_run('tomorrow');
select is(claim_one(), 'tomorrow', 'a new day');
select cmp_ok((select used_cost_usd from agentpg.budget_usage), '=', 0::numeric);

select refused('select agentpg.set_budget(max_tokens => 1)', 'AP100');
select refused(format('select agentpg.set_budget(%L, ''t'', 1)', session_id()), 'AP100');
select refused('select agentpg.set_budget(session_id => gen_random_uuid(), max_tokens => 1)', 'AP002');
select refused('select agentpg.set_budget(tenant_id => ''t'', max_tokens => -1)', 'AP108', '');
select refused('select agentpg.set_budget(tenant_id => ''t'', max_tokens => 1, period => ''0'')', 'AP108', '');
select given_agent('unpriced', model => 'claude-of-tomorrow');
select refused(format('select agentpg.create_run(agentpg.create_session(), %L, ''x'', options => ''{"max_cost_usd": 1}'')', agent_id('unpriced')), 'AP111', 'price');

select * from finish();
rollback;
