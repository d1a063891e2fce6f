begin;
select plan(18);

-- Which of the three calls wait, and why.
create function pg_temp.waiting(run text) returns text language sql as $$
  select string_agg(a.tool_use_id || ': ' || a.reason, ', ' order by a.tool_use_id) from agentpg.list_approvals(run_id => run_id(run)) a
$$;
create function pg_temp.ask(run text, options jsonb default '{}') returns text language plpgsql as $$
begin
  perform given_run(run, session => run, options => options);
  perform claim_one();
  perform answer(reply_tool_uses(
    tool_use_block(run || '1', 'look'), tool_use_block(run || '2', 'mail', '{"to": "ada"}'), tool_use_block(run || '3', 'pay')), run);
  return pg_temp.waiting(run);
end
$$;
select given_instance('{look,mail,pay}');
select given_agent(tools => '{look,mail,pay}');

select is(pg_temp.ask('a'), null, 'nobody asks for approval');
select agentpg.register_tools(null, '[{"name": "mail", "input_schema": {"type": "object"}, "approval": true}]');
select is(pg_temp.ask('b'), 'b2: the tool asks for it', 'the tool');
select is(tool_state('b1'), 'running', 'the others run at once');
select agentpg.register_tools(instance_id(), '[{"name": "mail", "description": "of an older release", "input_schema": {"type": "object"}}]');
select is((select t.definition ->> 'description' || ' ' || t.approval from agentpg.tools t where t.name = 'mail'), 'of an older release always',
  'a worker that knows of no approval takes none away');
select agentpg.register_tools(null, '[{"name": "mail", "input_schema": {"type": "object"}, "approval": false}]');
select is((select t.approval from agentpg.tools t where t.name = 'mail'), null, 'one that says so does');
select agentpg.register_tools(null, '[{"name": "mail", "input_schema": {"type": "object"}, "approval": true}]');
select is((select t.approval from agentpg.tools t where t.name = 'mail'), 'always', 'the rest may be as it was');
select is(tool_state('b2'), 'awaiting_approval');
select is(state_of('b'), 'pending_tools');
select is(pg_temp.ask('c', '{"approval": ["pay"]}'), 'c2: the tool asks for it, c3: the run asks for it', 'the run, some');
select is(pg_temp.ask('d', '{"approval": true}'), 'd1: the run asks for it, d2: the run asks for it, d3: the run asks for it', 'the run, all');
select is(pg_temp.ask('e', '{"approval": false}'), 'e2: the tool asks for it', 'the run cannot waive what the tool wants');
select agentpg.update_agent(agent_id(), '{"config": {"approval": ["look"]}}');
select is(pg_temp.ask('f'), 'f1: the agent asks for it, f2: the tool asks for it', 'the agent, some');
select agentpg.update_agent(agent_id(), '{"config": {"approval": true}}');
select is(pg_temp.ask('g', '{"approval": ["pay"]}'), 'g1: the agent asks for it, g2: the agent asks for it, g3: the run asks for it', 'the agent, all');
select agentpg.update_agent(agent_id(), '{"config": {"approval": false}}');
select agentpg.register_tools(null, '[{"name": "mail", "input_schema": {"type": "object"}, "approval": null}]');
select is(pg_temp.ask('h'), null, 'nobody any more');
select ok(not p.body #> '{tools}' @> '[{"approval": true}]', 'the model sees nothing of it')
from agentpg.prompt_prefixes p join agentpg.runs r on r.prefix_id = p.id where r.id = run_id('b');
select is((select count(distinct r.prefix_id) from agentpg.runs r where r.id in (run_id('b'), run_id('c'), run_id('d'))), 1::bigint, 'and the prompt prefix stays the same');

select is(claim_tool(), null, 'what waits is claimed by nobody');
select is((select count(*) from agentpg.invariant_violations), 0::bigint);

select * from finish();
rollback;
