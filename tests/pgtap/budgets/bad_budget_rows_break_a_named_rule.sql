begin;
select plan(13);

select given_instance();
select given_run(options => '{"max_tokens": 100000}');
select is(claim_one(), 'run');
select breaks('agentpg.budgets', jsonb_build_object('run_id', agentpg._uuid_v7()), 'budgets_pk');
select breaks('agentpg.budgets', jsonb_build_object('id', agentpg._uuid_v7()), 'budgets_run_unique');
select breaks('agentpg.budgets', '{"scope": "galaxy"}', 'budgets_scope_has_its_subject');
select breaks('agentpg.budgets', '{"max_tokens": -1}', 'budgets_limits_not_negative');
select breaks('agentpg.budgets', '{"max_tokens": null}', 'budgets_limits_something');
select breaks('agentpg.budgets', '{"period": "0"}', 'budgets_period_positive');

update agentpg.budgets set scope = 'session', run_id = null, session_id = session_id();
select breaks('agentpg.budgets', jsonb_build_object('id', agentpg._uuid_v7()), 'budgets_session_unique');
update agentpg.budgets set scope = 'tenant', session_id = null, tenant_id = 'acme';
select breaks('agentpg.budgets', jsonb_build_object('id', agentpg._uuid_v7()), 'budgets_tenant_unique');
select every_rule_was_broken('agentpg.budgets');

select breaks('agentpg.reservations', '{}', 'reservations_pk');
select breaks('agentpg.reservations', '{"max_tokens": 0}', 'reservations_positive');
select every_rule_was_broken('agentpg.reservations');

select * from finish();
rollback;
