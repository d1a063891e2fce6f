begin;
select plan(7);

select given_instance();
select given_run(options => '{"output_schema": {"type": "string"}}');
select claim_one();
select answer(reply_text('Not JSON.'));
select breaks('agentpg.output_repairs', '{}', 'output_repairs_pk');
select breaks('agentpg.output_repairs', jsonb_build_object('run_id', gen_random_uuid()), 'output_repairs_run_fk');
select breaks('agentpg.output_repairs', '{"iteration_number": 0}', 'output_repairs_iteration_positive');
select breaks('agentpg.output_repairs', '{"iteration_number": 2, "reason": "dull"}', 'output_repairs_reason_known');
select breaks('agentpg.output_repairs', '{"iteration_number": 2, "prompt_seq": null}', 'output_repairs_told_if_not_json');
select every_rule_was_broken('agentpg.output_repairs');
select throws_ok($$ update agentpg.output_repairs set reason = 'refused' $$);

select * from finish();
rollback;
