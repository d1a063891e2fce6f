begin;
select plan(6);

select freeze();
select given_instance();
select given_session('poor', '{"tenant_id": "acme"}');
select agentpg.set_budget(tenant_id => 'acme', max_tokens => 4500);
select given_run('first', session => 'poor');
select is(claim_one(), 'first', 'it reserves nearly all of the budget');
select count(agentpg.create_run(agentpg.create_session(metadata => '{"tenant_id": "acme"}'), agent_id(), 'x', priority => 5)) from generate_series(1, 400);
select given_session('rich');
select given_run('other', session => 'rich');

select is(claim_one(), null, 'a bounded number of them is passed over');
select is((select count(*) from agentpg.runs where priority = 5 and available_at > agentpg.now()), 300::bigint);
select cmp_ok((select count(*) from agentpg.runs where priority = 5 and available_at > agentpg.now() + interval '1 second'), '>', 200::bigint,
  'most of a crowd wait longer than one alone');
select is(claim_one(), 'other', 'the next claim comes to those behind them');
select is((select count(*) from agentpg.runs where priority = 5 and state = 'pending' and attempt = 0), 400::bigint, 'none of them failed or counted an attempt');

select * from finish();
rollback;
