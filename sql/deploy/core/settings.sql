-- Deploy agentpg:core/settings to pg
-- requires: core/schema
begin;

create table agentpg.settings (
  singleton boolean not null default true,
  heartbeat_interval interval not null default '5 seconds',
  lease_ttl interval not null default '20 seconds',
  instance_ttl interval not null default '2 minutes',
  poll_interval interval not null default '5 seconds',
  max_poll_interval interval not null default '10 minutes',
  max_model_attempts integer not null default 5,
  model_retry_base interval not null default '1 second',
  model_retry_cap interval not null default '2 minutes',
  max_rescue_attempts integer not null default 3,
  leader_ttl interval not null default '15 seconds',
  resume_window interval not null default '10 seconds',
  resume_spacing interval not null default '50 milliseconds',
  tool_max_attempts integer not null default 2,
  tool_retry_jitter numeric not null default 0,
  tool_timeout interval not null default '5 minutes',
  tool_max_snoozes integer not null default 100,
  tool_deadline interval not null default '1 day',
  unserved_tool_timeout interval not null default '10 minutes',
  approval_timeout interval not null default '7 days',
  batch_max_requests integer not null default 10000,
  batch_max_bytes bigint not null default 67108864,
  batch_max_wait interval not null default '30 seconds',
  batch_poll_interval interval not null default '15 seconds',
  batch_max_poll_interval interval not null default '5 minutes',
  batch_settle_time interval not null default '1 minute',
  default_max_tokens integer not null default 4096,
  max_depth integer not null default 5,
  delegate_max_attempts integer not null default 1,
  max_iterations integer not null default 100,
  max_continuations integer not null default 10,
  continue_prompt text not null default 'Continue.',
  max_content_bytes integer not null default 20971520,
  max_tool_output_bytes integer not null default 262144,
  max_tool_media_bytes integer not null default 8388608,
  max_metadata_bytes integer not null default 65536,
  extra_block_names text[] not null default '{}',
  notifications text not null default 'all',
  auto_compaction boolean not null default true,
  compaction jsonb not null default '{}',
  events boolean not null default true,
  event_delta_retention interval not null default '10 minutes',
  event_retention interval not null default '7 days',
  updated_at timestamptz not null default agentpg.now(),
  constraint settings_pk primary key (singleton),
  constraint settings_one_row check (singleton),
  constraint settings_heartbeat_positive check (heartbeat_interval > '0'),
  constraint settings_rhythm_bounded check (instance_ttl <= '20 days' and max_poll_interval <= '20 days'),
  constraint settings_lease_outlives_two_heartbeats check (lease_ttl >= 2 * heartbeat_interval),
  constraint settings_instance_outlives_lease check (instance_ttl >= lease_ttl),
  constraint settings_poll_positive check (poll_interval > '0' and max_poll_interval >= poll_interval),
  constraint settings_attempts_positive check (max_model_attempts > 0 and tool_max_attempts > 0),
  constraint settings_leader_ttl_positive check (leader_ttl > '0'),
  constraint settings_resume_positive check (resume_window >= '0' and resume_spacing > '0'),
  constraint settings_attempts_bounded check (greatest(max_model_attempts, max_rescue_attempts, tool_max_attempts) <= 1000),
  constraint settings_rescues_not_negative check (max_rescue_attempts >= 0),
  constraint settings_retry_delays_ordered check (model_retry_base > '0' and model_retry_cap >= model_retry_base),
  constraint settings_retry_delays_bounded check (model_retry_cap <= '1 day'),
  constraint settings_continuations_bounded check (max_continuations <= 30000),
  constraint settings_jitter_is_a_share check (tool_retry_jitter between 0 and 1),
  constraint settings_tool_times_positive check (
    tool_timeout > '0' and tool_deadline > '0' and unserved_tool_timeout > '0'
  ),
  constraint settings_approval_timeout_positive check (approval_timeout > '0'),
  constraint settings_snoozes_not_negative check (tool_max_snoozes >= 0),
  constraint settings_batch_size_within_the_provider_s check (
    batch_max_requests between 1 and 100000 and batch_max_bytes between 1 and 268435456
  ),
  constraint settings_batch_times_sane check (
    batch_max_wait >= '0' and batch_poll_interval > '0' and batch_max_poll_interval >= batch_poll_interval
    and batch_settle_time >= '0'
  ),
  constraint settings_limits_positive check (
    default_max_tokens > 0 and max_depth between 0 and 100 and delegate_max_attempts between 1 and 1000 and max_iterations between 1 and 65535 and max_continuations >= 0
    and max_content_bytes > 0 and max_tool_output_bytes > 0 and max_tool_media_bytes > 0
    and max_metadata_bytes > 0
  ),
  constraint settings_continue_prompt_is_said check (btrim(continue_prompt, E' \t\r\n') <> ''),
  constraint settings_event_retention_sane check (event_delta_retention >= '0' and event_retention >= event_delta_retention),
  constraint settings_extra_block_names_whole check (array_position(extra_block_names, null) is null),
  constraint settings_notifications_known check (notifications in ('all', 'wakeups', 'off'))
);

comment on table agentpg.settings is 'One typed row of defaults and limits. Change it with agentpg.configure().';
comment on column agentpg.settings.heartbeat_interval is 'How often an instance reports.';
comment on column agentpg.settings.lease_ttl is 'How long a claim lives without a heartbeat; at least two heartbeats.';
comment on column agentpg.settings.instance_ttl is 'Silence after which an instance is removed.';
comment on column agentpg.settings.poll_interval is 'Backstop poll of a lone idle executor; with many, each polls less often, so that all together ask once a second. Notifications are the fast path, and the maintenance leader repeats them for what has been due this long.';
comment on column agentpg.settings.max_poll_interval is 'Bound of the backstop poll, however many executors share it.';
comment on column agentpg.settings.max_model_attempts is 'Model calls tried for one iteration before the run fails.';
comment on column agentpg.settings.model_retry_base is 'First delay between model attempts; doubles up to model_retry_cap, less up to half of it by jitter.';
comment on column agentpg.settings.model_retry_cap is 'Longest delay between model attempts, unless the API asks for a longer one.';
comment on column agentpg.settings.max_rescue_attempts is 'Lost workers survived by one iteration before the run fails.';
comment on column agentpg.settings.leader_ttl is 'How long the maintenance leader may be silent before another instance takes over; two heartbeats at least.';
comment on column agentpg.settings.resume_window is 'After a pause of a model, how long its claims are spread out.';
comment on column agentpg.settings.resume_spacing is 'One claim per this time while they are spread out, in the whole fleet.';
comment on column agentpg.settings.tool_max_attempts is 'Attempts of a tool execution, the first included (the reference system''s default is 2).';
comment on column agentpg.settings.tool_retry_jitter is '0: retry at once. Above 0: attempt^4 seconds, varied by this share, at least 1 s.';
comment on column agentpg.settings.tool_timeout is 'How long one tool body may run unless the tool says otherwise.';
comment on column agentpg.settings.tool_max_snoozes is 'Snoozes of one tool execution before it fails.';
comment on column agentpg.settings.tool_deadline is 'Age at which a tool execution may no longer be retried or snoozed.';
comment on column agentpg.settings.unserved_tool_timeout is 'How long a call waits for a tool that no live instance offers before the model gets an error result.';
comment on column agentpg.settings.approval_timeout is 'How long a tool call waits for approval before the model gets an error result.';
comment on column agentpg.settings.batch_max_requests is 'Most requests of one provider batch (the provider takes 100,000): the smaller, the less one straggler holds up.';
comment on column agentpg.settings.batch_max_bytes is 'Most bytes of one provider batch (the provider takes 256 MB); a worker holds them in memory while it sends them.';
comment on column agentpg.settings.batch_max_wait is 'A batch is gathered once it is full or its oldest request has waited this long.';
comment on column agentpg.settings.batch_poll_interval is 'How often a young provider batch is looked at; an older one less often, an eighth of its age apart.';
comment on column agentpg.settings.batch_max_poll_interval is 'How often an old provider batch is looked at, and the longest delay after a failed step.';
comment on column agentpg.settings.batch_settle_time is 'When it is not known whether a batch was sent: how long the provider may take to list it before it is sent again.';
comment on column agentpg.settings.default_max_tokens is 'max_tokens of agents that name none (the reference system''s default is 4096).';
comment on column agentpg.settings.max_depth is 'How deep delegates may delegate unless the options of the first run say otherwise; 0: not at all.';
comment on column agentpg.settings.delegate_max_attempts is 'Runs tried for one call of a delegate: those that failed, not cancelled ones.';
comment on column agentpg.settings.max_iterations is 'Model calls of one run unless its options say otherwise.';
comment on column agentpg.settings.max_continuations is 'How often a run continues by itself after pause_turn.';
comment on column agentpg.settings.continue_prompt is 'What continue_run says for the user where the API cannot go on from the assistant''s last message and no other message is given.';
comment on column agentpg.settings.max_content_bytes is 'Largest prompt, and largest variables (the API takes 32 MB a request).';
comment on column agentpg.settings.max_metadata_bytes is 'Largest metadata of an agent, a session or an instance.';
comment on column agentpg.settings.extra_block_names is 'Keys of content blocks, types of sources and media types that the API takes by now and this version does not know: others are refused.';
comment on column agentpg.settings.max_tool_output_bytes is 'Longer tool results are cut, with a marker that says so.';
comment on column agentpg.settings.max_tool_media_bytes is 'Larger images and documents in a tool result are left out, with a marker.';
comment on column agentpg.settings.notifications is 'all: every channel; wakeups: only what wakes executors, waiters and watchers; off: polls alone.';
comment on column agentpg.settings.auto_compaction is
  'Whether runs compact their session before a request above the trigger, unless the options of a run or the config of its agent say otherwise (the reference system''s default is off).';
comment on column agentpg.settings.compaction is 'What differs from agentpg.compaction_defaults() for all sessions; agents, sessions, runs and calls may differ again.';
comment on column agentpg.settings.events is 'Whether runs have an event stream unless their options or their agent''s config say otherwise.';
comment on column agentpg.settings.event_delta_retention is 'How long pieces of text, thinking and progress are kept after the message they belong to is stored.';
comment on column agentpg.settings.event_retention is 'How long the other events of a tree of runs are kept after its end.';

insert into agentpg.settings default values;

commit;
