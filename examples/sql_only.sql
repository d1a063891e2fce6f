-- Agents from SQL alone. Needs an executor somewhere: agentpg worker, or examples/foreign_executor.
--
--   psql "$DATABASE_URL" -f examples/sql_only.sql

\set ON_ERROR_STOP on

-- Once: an agent. It is returned untouched if it exists.
select (agentpg.get_or_create_agent(
  name          => 'sql-clerk',
  model         => 'claude-haiku-5-5',
  system_prompt => 'Answer in one sentence.'
)).id as agent_id \gset

-- Two runs in one session: the second one waits for the first. Both exist once this commits.
begin;
select agentpg.create_session(metadata => '{"tenant_id": "acme"}') as session_id \gset
select agentpg.create_run(session_id => :'session_id', agent_id => :'agent_id', prompt => 'Name a colour.') as first_run \gset
select agentpg.create_run(session_id => :'session_id', agent_id => :'agent_id', prompt => 'Name another one.') as second_run \gset
commit;

select reason, detail from agentpg.why_waiting(:'second_run');

-- A script may poll; an app rather listens to agentpg_run_finalized.
select set_config('example.run_id', :'second_run', false) \g /dev/null
do $$
begin
  for i in 1..600 loop
    exit when exists (select from agentpg.finished_runs(array[current_setting('example.run_id')::uuid]));
    perform pg_sleep(0.1);
  end loop;
end
$$;

select r.prompt, r.state, r.response_text, r.input_tokens, r.output_tokens, r.cost_usd
from agentpg.list_runs(session_id => :'session_id') r
order by r.turn;

select m.seq, m.role, m.content from agentpg.session_messages(:'session_id') m;

select round(extract(epoch from t.elapsed), 3) as seconds, t.event, t.actor, t.detail
from agentpg.run_timeline(:'second_run') t;
