begin;
select plan(26);

select given_agent();
select breaks('agentpg.models', '{}', 'models_pk');
select breaks('agentpg.models', '{"id": ""}', 'models_id_not_empty');
select breaks('agentpg.models', '{"max_output_tokens": 0}', 'models_windows_positive');
select breaks('agentpg.models', '{"lifecycle": "beta"}', 'models_lifecycle_known');
select breaks('agentpg.models', '{"cache_minimum_tokens": 0}', 'models_cache_minimum_positive');
select every_rule_was_broken('agentpg.models');

select breaks('agentpg.model_prices', '{}', 'model_prices_pk');
select breaks('agentpg.model_prices', '{"model": "unheard-of"}', 'model_prices_model_fk');
select breaks('agentpg.model_prices', '{"input_usd": -1}', 'model_prices_not_negative');
select breaks('agentpg.model_prices', '{"above_prompt_tokens": -1}', 'model_prices_tier_not_negative');
select breaks('agentpg.model_prices', '{"batch_ratio": 0}', 'model_prices_batch_ratio_sane');
select breaks('agentpg.model_prices', '{"speed": ""}', 'model_prices_speed_not_empty');
select breaks('agentpg.model_prices', '{"geo_ratios": {"us": 0}}', 'model_prices_geo_ratios_positive');
select breaks('agentpg.model_prices', '{"geo_ratios": {"us": "1.1"}}', 'model_prices_geo_ratios_positive');
select every_rule_was_broken('agentpg.model_prices');

select breaks('agentpg.server_tool_prices', '{}', 'server_tool_prices_pk');
select breaks('agentpg.server_tool_prices', '{"counter": ""}', 'server_tool_prices_counter_not_empty');
select breaks('agentpg.server_tool_prices', '{"usd_per_thousand": -1}', 'server_tool_prices_not_negative');
select every_rule_was_broken('agentpg.server_tool_prices');

select breaks('agentpg.prompt_prefixes', '{}', 'prompt_prefixes_pk');
select breaks('agentpg.prompt_prefixes', '{"body": []}', 'prompt_prefixes_body_is_object');
select breaks('agentpg.prompt_prefixes', '{"body": {"messages": []}}', 'prompt_prefixes_body_has_no_messages');
select breaks('agentpg.prompt_prefixes', '{"delegates": []}', 'prompt_prefixes_delegates_is_object');
select breaks('agentpg.prompt_prefixes', '{"output_repairs": 1}', 'prompt_prefixes_repairs_only_with_a_schema');
select breaks(
  'agentpg.prompt_prefixes', '{"output_repairs": -1, "body": {"output_config": {"format": {"type": "json_schema"}}}}', 'prompt_prefixes_repairs_not_negative'
);
select every_rule_was_broken('agentpg.prompt_prefixes');

select * from finish();
rollback;
