begin;
select plan(42);

create function pg_temp.agent(config jsonb) returns void language sql as $$
  select agentpg.create_agent(name => 'x', model => 'claude-sonnet-4-5', config => agent.config)
$$;
select given_agent('a');
create function pg_temp.both(value jsonb, code text, hint text default '.') returns setof text language plpgsql as $$
begin
  return next refused(format('select pg_temp.agent(%L)', value), case code when 'AP111' then 'AP113' else code end, hint);
  return next refused(format('select given_run(agent => %L, options => %L)', 'a', value), code, hint);
end
$$;
select pg_temp.both('{"thinking": "adaptive"}', 'AP111', '"type": "adaptive"');
select pg_temp.both('{"thinking": {"budget_tokens": 2048}}', 'AP111', '"type": "adaptive"');
select pg_temp.both('{"tool_choice": "auto"}', 'AP111', '"type": "auto"');
select pg_temp.both('{"effort": 3}', 'AP111');
select pg_temp.both('{"speed": ""}', 'AP111');
select pg_temp.both('{"stop_sequences": ["END", " "]}', 'AP111');
select pg_temp.both('{"stop_sequences": "END"}', 'AP111');
select pg_temp.both('{"betas": ["a,b"]}', 'AP111', 'context-management');
select pg_temp.both('{"betas": "a"}', 'AP111', 'context-management');
select pg_temp.both('{"request": {"betas": ["a\r\nx-evil: 1"]}}', 'AP111', 'context-management');
select pg_temp.both('{"server_tools": {"type": "web_search_20260209"}}', 'AP111', 'web_search');
select pg_temp.both('{"server_tools": [{"name": "lookup", "input_schema": {"type": "object"}}]}', 'AP111', 'registered');
select pg_temp.both('{"server_tools": [{"type": "custom", "name": "lookup"}]}', 'AP111', 'registered');
select pg_temp.both('{"server_tools": [{"type": "a_1", "name": "a"}, {"type": "a_2", "name": "a"}]}', 'AP254');
select pg_temp.both('{"output_repairs": 1.5}', 'AP108', '');
select pg_temp.both('{"request": {"tools": [], "stream": true}}', 'AP111', 'fields of their own');
select pg_temp.both('{"request": {"compaction": {"type": "summarize"}}}', 'AP111', 'no call would answer');
select refused($$ select given_run(agent => 'a', options => '{"efort": "low"}') $$, 'AP101', 'effort');

select refused($$ select given_run(agent => 'a', options => '{"betas": ["output-300k-2026-03-24"]}') $$, 'AP111', 'batch');
select refused(
  $$ select given_run(agent => 'a', mode => 'batch', options => '{"betas": ["output-300k-2026-03-24"], "stream_after_turns": 1}') $$, 'AP111', 'batch'
);
select lives_ok($$ select given_run(session => 'b', agent => 'a', mode => 'batch', options => '{"betas": ["output-300k-2026-03-24"], "request": {"max_tokens": 250000}}') $$);
select refused($$ select given_run(agent => 'a', mode => 'batch', options => '{"request": {"max_tokens": 250000}}') $$, 'AP108', '');
select refused($$ select given_run(agent => 'a', mode => 'batch', options => '{"speed": "fast"}') $$, 'AP111', 'streaming');
select refused($$ select given_run(agent => 'a', mode => 'batch', options => '{"request": {"fallbacks": "default"}}') $$, 'AP111', 'streaming');
select lives_ok($$ select given_run(session => 'b', agent => 'a', mode => 'batch', options => '{"speed": null, "request": {"speed": null}}') $$, 'null is none');

select * from finish();
rollback;
