begin;
select plan(6);

select throws_ok($$ select agentpg.set_budget(tenant_id => 'acme', max_cost_usd => 'NaN') $$, 'AP108');
select throws_ok($$ select agentpg.set_budget(tenant_id => 'acme', max_cost_usd => 'Infinity') $$, 'AP108');
select is((select b.max_tokens from agentpg.set_budget(tenant_id => 'acme', max_tokens => 10) b), 10::bigint);
select is((select row(b.max_tokens, b.max_cost_usd)::text from agentpg.set_budget(tenant_id => 'acme', max_cost_usd => 2) b), '(,2)');
select is((select b.scope from agentpg.set_budget(session_id => agentpg.create_session(), tenant_id => '', max_tokens => 1) b), 'session');
select is((select count(*) from agentpg.budgets), 2::bigint);

select * from finish();
rollback;
