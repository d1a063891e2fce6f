begin;
select plan(10);

create schema app;
create function app.above_five(tool_name text, input jsonb, run_id uuid) returns boolean language plpgsql as $$
begin
  if tool_name <> 'pay' or not exists (select from agentpg.runs r where r.id = run_id) then
    raise exception 'called with the wrong things';
  end if;
  return (input ->> 'amount')::numeric > 5;
end
$$;
create function pg_temp.ask(id text, input jsonb) returns text language plpgsql as $$
begin
  perform given_run(id, session => id), claim_one();
  perform answer(reply_tool_use(id, 'pay', input), id);
  return coalesce((select a.reason from agentpg.list_approvals(run_id => run_id(id)) a), tool_state(id)::text);
end
$$;
select given_instance('{pay}');
select agentpg.register_tools(null, '[{"name": "pay", "input_schema": {"type": "object"}, "approval": {"when": "app.above_five"}}]');
select is((select t.approval from agentpg.tools t where t.name = 'pay'), 'app.above_five(text,jsonb,uuid)');
select ok(not t.definition ? 'approval', 'the API does not see it') from agentpg.tools t where t.name = 'pay';
select given_agent(tools => '{pay}');
select is(pg_temp.ask('a', '{"amount": 5}'), 'running');
select is(pg_temp.ask('b', '{"amount": 6}'), 'app.above_five(text,jsonb,uuid) asks for it');
select is(pg_temp.ask('c', '{}'), 'app.above_five(text,jsonb,uuid) gave null');
select matches(pg_temp.ask('d', '{"amount": "much"}'), 'app.above_five\(text,jsonb,uuid\) failed: invalid input syntax');
alter function app.above_five set search_path = 'pg_catalog';
select is(pg_temp.ask('e', '{"amount": 5}'), 'running');
create role stranger;
grant all on schema app to stranger;
alter function app.above_five owner to stranger;
select is(pg_temp.ask('f', '{"amount": 5}'), 'app.above_five(text,jsonb,uuid) is gone', 'somebody without the rights of the engine could put anything in its place');
drop function app.above_five;
select is(pg_temp.ask('g', '{"amount": 5}'), 'app.above_five(text,jsonb,uuid) is gone');
select is((select count(*) from agentpg.invariant_violations), 0::bigint);

select * from finish();
rollback;
