begin;
select plan(2);

select given_instance();
select given_agent('new', model => 'claude-of-2031');
select given_run(agent => 'new');
select is((select g.cost_usd from agentpg.get_response(run_id()) g), 0.0, 'nothing was asked yet');
select claim_one(), answer(reply_text());
select is((select g.cost_usd from agentpg.get_response(run_id()) g), null, 'not zero');

select * from finish();
rollback;
