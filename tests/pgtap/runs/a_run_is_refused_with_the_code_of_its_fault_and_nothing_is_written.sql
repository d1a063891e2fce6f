begin;
select plan(56);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select agentpg.create_agent(name => 'opus', model => 'claude-opus-5-5');
select given_session();
create temporary table before as select everything() as all_rows;
create function pg_temp.run(arguments text) returns text language sql as
$$ select format('select agentpg.create_run(session_id => %L, agent_id => %L, %s)', session_id(), agent_id(), arguments) $$;
select refused(pg_temp.run(r.arguments), r.code, r.hint)
from (values
  ('prompt => null', 'AP102', 'content =>'),
  ('prompt => ''''', 'AP102', 'content =>'),
  ($$prompt => E' \t\n '$$, 'AP102', 'content =>'),
  ('content => ''[]''', 'AP102', 'content =>'),
  ('prompt => ''x'', content => ''[{"type": "text", "text": "x"}]''', 'AP100', 'text block'),
  ('content => ''"x"''', 'AP103', 'prompt'),
  ('content => ''{"type": "text", "text": "x"}''', 'AP103', 'prompt'),
  ('content => ''null''', 'AP103', 'prompt'),
  ('content => ''["x"]''', 'AP103', 'type'),
  ('content => ''[{"text": "x"}]''', 'AP103', 'type'),
  ('content => ''[{"type": ""}]''', 'AP103', 'type'),
  ('content => ''[{"type": "text"}]''', 'AP103', 'type'),
  ('content => ''[{"type": "text", "text": " "}]''', 'AP103', 'type'),
  ('content => ''[{"type": "text", "text": 3}]''', 'AP103', 'type'),
  ('content => ''[{"type": "image"}]''', 'AP103', 'type'),
  ('content => ''[{"type": "document", "source": {}}]''', 'AP103', 'type'),
  ('content => ''[{"type": "tool_use", "id": "x", "name": "y", "input": {}}]''', 'AP103', 'type'),
  ('content => ''[{"type": "tool_result", "tool_use_id": "x"}]''', 'AP103', 'type'),
  ('content => ''[{"type": "thinking", "thinking": "x", "signature": "y"}]''', 'AP103', 'type'),
  ('content => ''[{"type": "text", "text": "\u0000"}]''', '22P05', ''),
  ('prompt => ''x'', priority => 11', 'AP100', ''),
  ('prompt => ''x'', priority => null', 'AP100', ''),
  ('prompt => ''x'', mode => null', 'AP100', ''),
  ('prompt => ''x'', scheduled_at => ''infinity''', 'AP100', 'leave it out'),
  ('prompt => ''x'', scheduled_at => ''-infinity''', 'AP100', 'leave it out'),
  ('prompt => ''x'', idempotency_key => ''''', 'AP100', ''),
  ('prompt => ''x'', idempotency_key => repeat(''x'', 256)', 'AP100', ''),
  ('prompt => ''x'', variables => ''[1]''', 'AP114', 'user_id'),
  ('prompt => ''x'', variables => ''3''', 'AP114', 'user_id'),
  ('prompt => ''x'', options => ''{"variables": 3}''', 'AP114', 'user_id'),
  ('prompt => ''x'', options => ''[]''', 'AP111', ''),
  ('prompt => ''x'', options => ''{"tempreature": 1, "max_token": 2}''', 'AP101', 'max_iterations'),
  ('prompt => ''x'', options => ''{"override_instructions": 3}''', 'AP111', ''),
  ('prompt => ''x'', options => ''{"append_instructions": ["a"]}''', 'AP111', ''),
  ('prompt => ''x'', options => ''{"model": ""}''', 'AP111', ''),
  ('prompt => ''x'', options => ''{"model": 3}''', 'AP111', ''),
  ('prompt => ''x'', options => ''{"tool_choice": "auto"}''', 'AP111', 'auto'),
  ('prompt => ''x'', options => ''{"tools": "lookup"}''', 'AP111', ''),
  ('prompt => ''x'', options => ''{"tools": [3]}''', 'AP111', ''),
  ('prompt => ''x'', options => ''{"tools": ["lookup", "search"]}''', 'AP111', 'the agent has: lookup'),
  ('prompt => ''x'', options => ''{"request": []}''', 'AP111', ''),
  ('prompt => ''x'', options => ''{"request": {"stream": true}}''', 'AP111', 'engine'),
  ('prompt => ''x'', options => ''{"request": {"messages": []}}''', 'AP111', 'engine'),
  ('prompt => ''x'', options => ''{"request": {"temperature": 0.1}}''', 'AP110', 'agentpg.models'),
  ('prompt => ''x'', options => ''{"request": {"max_tokens": 64001}}''', 'AP108', ''),
  ('prompt => ''x'', options => ''{"max_iterations": 0}''', 'AP108', ''),
  ('prompt => ''x'', options => ''{"max_iterations": "3"}''', 'AP108', ''),
  ('prompt => ''x'', options => ''{"max_continuations": -1}''', 'AP108', ''),
  ('prompt => ''x'', options => ''{"max_continuations": 30001}''', 'AP108', ''),
  ('prompt => ''x'', options => ''{"model": "claude-opus-5-5", "tool_choice": {"type": "tool", "name": "lookup"}}''', 'AP111', 'auto')
) as r(arguments, code, hint);
select refused(format('select agentpg.create_run(%L, %L, ''x'')', session_id(), agentpg._uuid_v7()), 'AP001', 'list_agents');
select refused(format('select agentpg.create_run(%L, null, ''x'')', session_id()), 'AP001');
select refused(format('select agentpg.create_run(%L, %L, ''x'')', agentpg._uuid_v7(), agent_id()), 'AP002', 'create_session');
select refused(format('select agentpg.create_run(null, %L, ''x'')', agent_id()), 'AP002');
select is(
  ids_in_error(pg_temp.run('content => ''[{"type": "text", "text": "x"}, {"type": "text"}]''')), '{"block": 1}', 'the error says which block'
);
select is(everything(), (select b.all_rows from before b), 'nothing was written');

select * from finish();
rollback;
