begin;
select plan(3);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run(options => '{"variables": {"a": 1, "b": 1}}', variables => '{"b": 2, "big": 9007199254740993}');
select is((select r.variables from agentpg.get_run(run_id()) r), '{"a": 1, "b": 2, "big": 9007199254740993}');
select is((select r.options from agentpg.get_run(run_id()) r), '{}', 'they are stored once');
select claim_one();
select is(
  (select t.variables from agentpg.record_response(iteration_id(), run_lease(), reply_tool_use('toolu_1', 'lookup')) t),
  '{"a": 1, "b": 2, "big": 9007199254740993}', 'a tool gets them, integers as they are'
);

select * from finish();
rollback;
