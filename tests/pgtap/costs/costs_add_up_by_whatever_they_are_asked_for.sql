begin;
select plan(37);

select freeze('2026-11-20 10:00Z');
select given_instance('{}');
select given_agent('thrifty', model => 'claude-sonnet-5-5');
select given_agent('lavish', model => 'claude-opus-5-5');

create function pg_temp.one_call(name text, agent text, usage jsonb, session text default null, options jsonb default '{}') returns void language plpgsql as $$
begin
  perform given_run(name, agent => agent, session => coalesce(session, name || ' session'), options => options);
  perform claim_one();
  perform answer(reply_blocks('[{"type": "text", "text": "Yes."}]', 'end_turn', usage), name);
end
$$;
-- Sonnet 5.5: 2, 10, writes 2.50 and 4, reads 0.10. Opus 5.5: 4, 20, 5, 8, 0.20.
select pg_temp.one_call('a', 'thrifty', '{"input_tokens": 1000, "output_tokens": 100, "cache_creation_input_tokens": 3000,
  "cache_creation": {"ephemeral_5m_input_tokens": 1000, "ephemeral_1h_input_tokens": 2000}}', 'one');
select freeze('2026-11-21 10:00Z');
select pg_temp.one_call('b', 'thrifty', '{"input_tokens": 1000, "output_tokens": 100, "cache_read_input_tokens": 3000}', 'one');
select pg_temp.one_call('c', 'lavish', '{"input_tokens": 1000, "output_tokens": 100}', 'two');
select freeze('2026-11-22 10:00Z');
select pg_temp.one_call('d', 'lavish', '{"input_tokens": 500, "output_tokens": 50}', 'two', '{"model": "claude-of-2031"}');

select results_eq(
  $$ select key, calls, input_tokens, output_tokens, cache_write_5m_tokens, cache_write_1h_tokens, cache_read_tokens, cache_hit_rate,
       cost_usd, priced_cost_usd, unpriced_calls from agentpg.costs() $$,
  $$ values ('2026-11-22', 1::bigint, 500::bigint, 50::bigint, 0::bigint, 0::bigint, 0::bigint, 0.0, null::numeric, 0.0, 1::bigint),
       ('2026-11-21', 2, 2000, 200, 0, 0, 3000, 0.6, 0.0093, 0.0093, 0),
       ('2026-11-20', 1, 1000, 100, 1000, 2000, 0, 0.0, 0.0135, 0.0135, 0) $$,
  'by day, the newest first: 0.002 + 0.001 + 0.0025 + 0.008; 0.002 + 0.001 + 0.0003 and 0.004 + 0.002'
);
select results_eq(
  $$ select key, name, calls, cache_hit_rate, cost_usd, priced_cost_usd, unpriced_calls from agentpg.costs('agent') $$,
  $$ values (agent_id('thrifty')::text, 'thrifty', 2::bigint, 0.375, 0.0168, 0.0168, 0::bigint),
       (agent_id('lavish')::text, 'lavish', 2, 0.0, null::numeric, 0.006, 1) $$,
  'by agent, the dearest first; a sum with an unpriced call in it is not known'
);
select results_eq($$ select key, calls, priced_cost_usd from agentpg.costs('session') $$,
  $$ values (session_id('one')::text, 2::bigint, 0.0168), (session_id('two')::text, 2, 0.006) $$, 'by session');
select results_eq($$ select key, cost_usd, unpriced_calls from agentpg.costs('run') $$,
  $$ values (run_id('a')::text, 0.0135, 0::bigint), (run_id('c')::text, 0.006, 0), (run_id('b')::text, 0.0033, 0), (run_id('d')::text, null, 1) $$, 'by run');
select results_eq($$ select key, calls, cost_usd from agentpg.costs('model') $$,
  $$ values ('claude-sonnet-5-5', 2::bigint, 0.0168), ('claude-opus-5-5', 1, 0.006), ('claude-of-2031', 1, null) $$, 'by model');
select results_eq($$ select key, calls, priced_cost_usd from agentpg.costs('mode') $$, $$ values ('streaming', 4::bigint, 0.0228) $$, 'by mode');
select results_eq($$ select key, calls from agentpg.costs('tenant') $$, $$ values (null::text, 4::bigint) $$, 'by tenant');
select results_eq($$ select key from agentpg.costs('day', since => '2026-11-21 10:00Z') $$, $$ values ('2026-11-22'), ('2026-11-21') $$, 'since is within');
select results_eq($$ select key from agentpg.costs('day', until => '2026-11-21 10:00Z') $$, $$ values ('2026-11-20') $$, 'until is not');
select results_eq($$ select key from agentpg.costs('run', agent_id => agent_id('thrifty')) $$, $$ values (run_id('a')::text), (run_id('b')::text) $$, 'of an agent');
select results_eq($$ select key from agentpg.costs('run', session_id => session_id('two')) $$, $$ values (run_id('c')::text), (run_id('d')::text) $$, 'of a session');
select results_eq($$ select key, calls from agentpg.costs('tree', run_id => run_id('c')) $$, $$ values (run_id('c')::text, 1::bigint) $$, 'of a tree');
select is_empty($$ select from agentpg.costs(tenant_id => 'acme') $$, 'of a tenant');
select is((select count(*)::integer from agentpg.costs('run', max_count => 3)), 3);
select throws_ok($$ select agentpg.costs('week') $$, 'AP100');
select throws_ok($$ select agentpg.costs(null) $$, 'AP100');
select throws_ok($$ select agentpg.costs(max_count => 0) $$, 'AP108');
select throws_ok($$ select agentpg.costs(run_id => '00000000-0000-7000-8000-000000000000') $$, 'AP003');

-- The views say the same.
select results_eq($$ select calls, cache_write_5m_tokens, cache_write_1h_tokens, cost_usd from agentpg.cost_by_iteration where run_id = run_id('a') $$,
  $$ values (1::bigint, 1000::bigint, 2000::bigint, 0.0135) $$, 'by iteration');
select results_eq($$ select cost_usd from agentpg.cost_by_run where run_id = run_id('b') $$, $$ values (0.0033) $$);
select results_eq($$ select runs, calls from agentpg.cost_by_tree where root_run_id = run_id('b') $$, $$ values (1, 1::bigint) $$);
select results_eq($$ select cost_usd from agentpg.cost_by_session where session_id = session_id('one') $$, $$ values (0.0168) $$);
select results_eq($$ select agent_name, cache_hit_rate, cost_usd, priced_cost_usd, unpriced_calls from agentpg.cost_by_agent order by 1 $$,
  $$ values ('lavish', 0.0, null::numeric, 0.006, 1::bigint), ('thrifty', 0.375, 0.0168, 0.0168, 0) $$);
select results_eq($$ select tenant_id, calls, priced_cost_usd from agentpg.cost_by_tenant $$, $$ values (null::text, 4::bigint, 0.0228) $$);
select results_eq($$ select day::text, calls from agentpg.cost_by_day order by 1 $$, $$ values ('2026-11-20', 1::bigint), ('2026-11-21', 2), ('2026-11-22', 1) $$);

-- Every other sum says of how many calls the cost is not known.
select is((select row(d.cost_usd, d.unpriced_calls)::text from agentpg.run_details d where d.id = run_id('d')), '(,1)', 'run_details');
select is((select row(d.cost_usd, d.unpriced_calls)::text from agentpg.run_details d where d.id = run_id('c')), '(0.006,0)');
select is((select row(r.cost_usd, r.unpriced_calls)::text from agentpg.get_response(run_id('d')) r), '(,1)', 'get_response');
select is((select row(t.cost_usd, t.unpriced_calls, t.total_cost_usd, t.total_unpriced_calls)::text from agentpg.run_tree(run_id('d')) t), '(,1,,1)', 'run_tree');

-- What is deleted was paid all the same.
select lives_ok($$ select agentpg.delete_session(session_id('one')) $$);
select results_eq(
  $$ select key, calls, cache_write_5m_tokens, cache_write_1h_tokens, cache_read_tokens, cost_usd, unpriced_calls from agentpg.costs() $$,
  $$ values ('2026-11-22', 1::bigint, 0::bigint, 0::bigint, 0::bigint, null::numeric, 1::bigint), ('2026-11-21', 2, 0, 0, 3000, 0.0093, 0), ('2026-11-20', 1, 1000, 2000, 0, 0.0135, 0) $$,
  'a day costs what it cost'
);
select lives_ok($$ select agentpg.delete_session(session_id('two')) $$);
select results_eq($$ select agent_name, cost_usd, unpriced_calls from agentpg.cost_by_agent order by 1 $$,
  $$ values ('lavish', null::numeric, 1::bigint), ('thrifty', 0.0168, 0) $$, 'and an agent too, what is not known with it');
select results_eq($$ select key, cost_usd from agentpg.costs('day', since => '2026-11-21 18:00Z') $$,
  $$ values ('2026-11-22', null::numeric), ('2026-11-21', 0.0093) $$, 'a deleted run counts with its whole day');
select is_empty($$ select from agentpg.costs('run') $$, 'but its id is gone');
select is_empty($$ select from agentpg.costs('tree') $$);
select is_empty($$ select from agentpg.cost_by_iteration $$);

select * from finish();
rollback;
