begin;
select plan(20);

select given_instance('{lookup}');
select breaks('agentpg.tools', '{}', 'tools_pk');
select breaks('agentpg.tools', '{"name": "no spaces"}', 'tools_name_valid');
select breaks('agentpg.tools', jsonb_build_object('name', repeat('x', 65)), 'tools_name_valid');
select breaks('agentpg.tools', '{"definition": [1]}', 'tools_definition_is_object');
select breaks('agentpg.tools', '{"definition": {"input_schema": {"type": "array"}}}', 'tools_schema_is_object');
select breaks('agentpg.tools', '{"definition": {}}', 'tools_schema_is_object');
select breaks('agentpg.tools', '{"max_attempts": 0}', 'tools_max_attempts_positive');
select breaks('agentpg.tools', '{"timeout": "0"}', 'tools_timeout_positive');
select breaks('agentpg.tools', '{"approval": "sometimes"}', 'tools_approval_valid');
select breaks('agentpg.tools', '{"retry_jitter": 2}', 'tools_jitter_is_a_share');
select every_rule_was_broken('agentpg.tools');

select breaks('agentpg.instances', '{}', 'instances_pk');
select breaks('agentpg.instances', '{"name": ""}', 'instances_name_length');
select breaks('agentpg.instances', '{"max_concurrent_runs": -1}', 'instances_capacity_not_negative');
select breaks('agentpg.instances', '{"metadata": 1}', 'instances_metadata_is_object');
select every_rule_was_broken('agentpg.instances');

select breaks('agentpg.instance_tools', '{}', 'instance_tools_pk');
select breaks('agentpg.instance_tools', jsonb_build_object('instance_id', agentpg._uuid_v7()), 'instance_tools_instance_fk');
select breaks('agentpg.instance_tools', '{"tool_name": "unheard_of"}', 'instance_tools_tool_fk');
select every_rule_was_broken('agentpg.instance_tools');

select * from finish();
rollback;
