begin;
select plan(11);

select given_instance();
select freeze('2026-03-01 23:59+00');
select given_run();
select claim_one();
select answer(reply_blocks('[{"type": "text", "text": "One."}]', 'end_turn', '{"input_tokens": 1000, "output_tokens": 10, "cache_read_input_tokens": 7}'));
select freeze('2026-03-02 00:01+00');
select given_run('second');
select claim_one();
select answer(reply_blocks('[{"type": "text", "text": "Two."}]', 'end_turn', '{"input_tokens": 2000, "output_tokens": 20}'), 'second');
select given_run('unpriced', options => '{"model": "claude-of-tomorrow"}');
select claim_one();
select answer(reply_text('Three.'), 'unpriced');
create temp table spent as select sum(t.cost_usd) as cost from agentpg.iterations t;
select agentpg.delete_session(session_id());
select is((select sum(u.cost_usd) from agentpg.deleted_usage u), (select cost from spent), 'what was spent stays spent');
select results_eq(
  $$ select day::text, model, calls, unpriced_calls, input_tokens, output_tokens, cache_read_input_tokens from agentpg.deleted_usage order by 1, 2 $$,
  $$ values ('2026-03-01', 'claude-sonnet-4-5', 1, 0, 1000::bigint, 10::bigint, 7::bigint),
     ('2026-03-02', 'claude-of-tomorrow', 1, 1, 10::bigint, 5::bigint, 0::bigint),
     ('2026-03-02', 'claude-sonnet-4-5', 1, 0, 2000::bigint, 20::bigint, 0::bigint) $$,
  'by day and model; what has no price says so'
);

select breaks('agentpg.deleted_usage', '{}', 'deleted_usage_pk');
select breaks('agentpg.deleted_usage', '{"id": 100, "calls": 0}', 'deleted_usage_calls_counted');
select breaks('agentpg.deleted_usage', '{"id": 100, "unpriced_calls": 2}', 'deleted_usage_calls_counted');
select breaks('agentpg.deleted_usage', '{"id": 100, "abandoned_calls": 2}', 'deleted_usage_calls_counted');
select breaks('agentpg.deleted_usage', '{"id": 100, "failed_unpriced_calls": 1}', 'deleted_usage_calls_counted');
select breaks('agentpg.deleted_usage', '{"id": 100, "cache_creation_1h_input_tokens": 1}', 'deleted_usage_not_negative');
select breaks('agentpg.deleted_usage', '{"id": 100, "cost_usd": -1}', 'deleted_usage_not_negative');
select every_rule_was_broken('agentpg.deleted_usage');
select throws_ok('update agentpg.deleted_usage set calls = 2', 'AP200');

select * from finish();
rollback;
