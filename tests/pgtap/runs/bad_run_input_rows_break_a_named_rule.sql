begin;
select plan(14);

select given_run();
create function pg_temp.fresh(changes jsonb) returns jsonb language sql as
$$ select jsonb_build_object('run_id', agentpg._uuid_v7(), 'turn', 2) || changes $$;
select agentpg.create_run(session_id => session_id(), agent_id => agent_id(), prompt => 'Hello?', idempotency_key => 'k');
select breaks('agentpg.run_inputs', '{}', 'run_inputs_pk');
select breaks('agentpg.run_inputs', pg_temp.fresh('{"turn": 1}'), 'run_inputs_turn_unique');
select breaks('agentpg.run_inputs', pg_temp.fresh('{"turn": 3, "idempotency_key": "k"}'), 'run_inputs_idempotency_unique');
select breaks('agentpg.run_inputs', '{"turn": 0}', 'run_inputs_turn_positive');
select breaks('agentpg.run_inputs', '{"content": []}', 'run_inputs_content_is_blocks');
select breaks('agentpg.run_inputs', '{"variables": [1]}', 'run_inputs_variables_is_object');
select breaks('agentpg.run_inputs', '{"options": [1]}', 'run_inputs_options_is_object');
select breaks('agentpg.run_inputs', '{"depth": 1}', 'run_inputs_depth_matches_parent');
select breaks('agentpg.run_inputs', jsonb_build_object('depth', 1, 'parent_run_id', run_id()), 'run_inputs_parents_together');
select breaks('agentpg.run_inputs', '{"max_iterations": 0}', 'run_inputs_limits_in_range');
select breaks('agentpg.run_inputs', '{"max_iterations": 65536}', 'run_inputs_limits_in_range');
select breaks('agentpg.run_inputs', pg_temp.fresh(jsonb_build_object('session_id', agentpg._uuid_v7())), 'run_inputs_session_fk');
select breaks('agentpg.run_inputs', pg_temp.fresh(jsonb_build_object('turn', 3, 'agent_id', agentpg._uuid_v7())), 'run_inputs_agent_fk');
select every_rule_was_broken('agentpg.run_inputs');

select * from finish();
rollback;
