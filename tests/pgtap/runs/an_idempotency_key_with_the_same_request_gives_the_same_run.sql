begin;
select plan(14);

select given_instance();
select given_agent();
select given_agent('other');
select given_session();
select given_session('tenant', '{"tenant_id": "acme"}');
create function pg_temp.again(prompt text default 'Hello?', agent text default 'assistant', session text default 'session',
  mode agentpg.run_mode default 'streaming', options jsonb default '{}', variables jsonb default '{}') returns uuid language sql as
$$ select agentpg.create_run(session_id => session_id(session), agent_id => agent_id(agent), prompt => prompt, mode => mode,
     options => options, variables => variables, idempotency_key => 'key') $$;
select remember('run', 'run', pg_temp.again());
create temporary table before as select (select count(*) from agentpg.run_inputs) as inputs, (select count(*) from agentpg.messages) as messages;
select is(pg_temp.again(), run_id(), 'the same request');
select is(pg_temp.again(options => null, variables => null), run_id(), 'however its emptiness is written');
select throws_ok('select pg_temp.again(''Other?'')', 'AP011', null, 'another prompt');
select throws_ok('select pg_temp.again(agent => ''other'')', 'AP011', null, 'another agent');
select throws_ok('select pg_temp.again(mode => ''batch'')', 'AP011', null, 'another mode');
select throws_ok('select pg_temp.again(options => ''{"max_iterations": 2}'')', 'AP011', null, 'other options');
select throws_ok('select pg_temp.again(variables => ''{"x": 1}'')', 'AP011', null, 'other variables');
select is(ids_in_error('select pg_temp.again(''Other?'')'), jsonb_build_object('run_id', run_id(), 'idempotency_key', 'key'), 'the error names the run');
select refused('select pg_temp.again(''Other?'')', 'AP011', 'new key');
select is((select row(count(*))::text from agentpg.run_inputs), (select row(b.inputs)::text from before b), 'nothing was written');
select is((select row(count(*))::text from agentpg.messages), (select row(b.messages)::text from before b));
select isnt(pg_temp.again(session => 'tenant'), run_id(), 'another tenant has keys of its own');
select claim_one();
select answer(reply_text());
select is(pg_temp.again(), run_id(), 'the key is known after the run has ended');
select agentpg.delete_agent(agent_id());
select is(pg_temp.again(), run_id(), 'and after its agent was deleted');

select * from finish();
rollback;
