begin;
select plan(13);

select given_agent();
select breaks('agentpg.agents', '{}', 'agents_pk');
select breaks('agentpg.agents', jsonb_build_object('id', agentpg._uuid_v7()), 'agents_name_metadata_unique');
select breaks('agentpg.agents', '{"name": ""}', 'agents_name_length');
select breaks('agentpg.agents', jsonb_build_object('name', repeat('x', 256)), 'agents_name_length');
select breaks('agentpg.agents', '{"model": ""}', 'agents_model_not_empty');
select breaks('agentpg.agents', '{"max_tokens": 0}', 'agents_max_tokens_positive');
select breaks('agentpg.agents', '{"temperature": 1.1}', 'agents_temperature_range');
select breaks('agentpg.agents', '{"top_k": 0}', 'agents_top_k_positive');
select breaks('agentpg.agents', '{"top_p": 0}', 'agents_top_p_range');
select breaks('agentpg.agents', '{"metadata": [1]}', 'agents_metadata_is_object');
select breaks('agentpg.agents', '{"config": "x"}', 'agents_config_is_object');
select breaks('agentpg.agents',
  jsonb_build_object('id', agentpg._uuid_v7(), 'name', 'other', 'prefix_id', agentpg._uuid_v7()), 'agents_prefix_fk');
select every_rule_was_broken('agentpg.agents');

select * from finish();
rollback;
