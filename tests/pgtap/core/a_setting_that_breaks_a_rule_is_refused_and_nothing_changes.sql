begin;
select plan(39);

create temporary table before as select s.* from agentpg.settings s;

select refused(format('select agentpg.configure(%L)', c.changes), 'AP116', c.rule)
from (values
  ('{"heartbeat_interval": "0"}', 'settings_heartbeat_positive'),
  ('{"lease_ttl": "9 seconds"}', 'settings_lease_outlives_two_heartbeats'),
  ('{"instance_ttl": "19 seconds"}', 'settings_instance_outlives_lease'),
  ('{"poll_interval": "-1 second"}', 'settings_poll_positive'),
  ('{"max_poll_interval": "1 second"}', 'settings_poll_positive'),
  ('{"max_model_attempts": 0}', 'settings_attempts_positive'),
  ('{"tool_max_attempts": 0}', 'settings_attempts_positive'),
  ('{"max_rescue_attempts": -1}', 'settings_rescues_not_negative'),
  ('{"model_retry_base": "3 minutes"}', 'settings_retry_delays_ordered'),
  ('{"tool_retry_jitter": 1.1}', 'settings_jitter_is_a_share'),
  ('{"tool_timeout": "0"}', 'settings_tool_times_positive'),
  ('{"tool_deadline": "0"}', 'settings_tool_times_positive'),
  ('{"unserved_tool_timeout": "0"}', 'settings_tool_times_positive'),
  ('{"tool_max_snoozes": -1}', 'settings_snoozes_not_negative'),
  ('{"approval_timeout": "0"}', 'settings_approval_timeout_positive'),
  ('{"default_max_tokens": 0}', 'settings_limits_positive'),
  ('{"max_continuations": -1}', 'settings_limits_positive'),
  ('{"max_continuations": 30001}', 'settings_continuations_bounded'),
  ('{"max_model_attempts": 1001}', 'settings_attempts_bounded'),
  ('{"max_rescue_attempts": 1001}', 'settings_attempts_bounded'),
  ('{"tool_max_attempts": 1001}', 'settings_attempts_bounded'),
  ('{"model_retry_cap": "25 hours"}', 'settings_retry_delays_bounded'),
  ('{"max_poll_interval": "30 days"}', 'settings_rhythm_bounded'),
  ('{"max_content_bytes": 0}', 'settings_limits_positive'),
  ('{"continue_prompt": " "}', 'settings_continue_prompt_is_said'),
  ('{"notifications": "loud"}', 'settings_notifications_known')
) as c(changes, rule);
select refused(format('select agentpg.configure(%L)', c.changes), 'AP116', '')
from (values
  ('{"lease_ttl": "soon"}'), ('{"lease_ttl": null}'), ('{"max_iterations": "many"}'), ('{"max_iterations": 1.5}'),
  ('{"max_iterations": 99999999999}'), ('{"lease_ttl": "999999999 years"}'), ('{"lease_ttl": {"seconds": 3}}')
) as c(changes);
select refused('select agentpg.configure(''{"lease_time": "1 minute", "singleton": false}'')', 'AP116', 'known settings: heartbeat_interval, lease_ttl');
select refused('select agentpg.configure(''{"updated_at": "2030-01-01"}'')', 'AP116');
select refused('select agentpg.configure(''["lease_ttl"]'')', 'AP116');
select refused('select agentpg.configure(null)', 'AP116');
select refused('select agentpg.configure(''{"tool_max_attempts": 3, "lease_ttl": "1 second"}'')', 'AP116');

select results_eq('select s.* from agentpg.settings s', 'select b.* from before b', 'the settings are as they were');

select * from finish();
rollback;
