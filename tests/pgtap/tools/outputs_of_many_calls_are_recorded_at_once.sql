begin;
select plan(10);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run('last', session => 'one');
select given_run('first', session => 'two');
select given_run('blocks', session => 'three');
select claim_one() from generate_series(1, 3);
select answer(reply_tool_use('toolu_1', 'lookup'), 'last');
select answer(reply_tool_uses(tool_use_block('toolu_2', 'lookup'), tool_use_block('toolu_3', 'lookup')), 'first');
select answer(reply_tool_use('toolu_4', 'lookup'), 'blocks');
create function pg_temp.group_of(outputs jsonb, known jsonb default '[null, null, null, null]')
returns table (place integer, claim agentpg.run_claim)
language sql volatile as $$
  select * from agentpg.complete_tools(
    array(select tool_execution_id('toolu_' || n) from generate_series(1, 4) n), array(select tool_lease('toolu_' || n) from generate_series(1, 4) n),
    outputs, '{f,t,f,f}', known)
$$;

select refused($$select * from pg_temp.group_of('[1]')$$, 'AP108');
select refused($$select * from pg_temp.group_of('[1, 2, 3, 4]', '{}')$$, 'AP108');
select refused($$select * from pg_temp.group_of('[1, 2, 3, 4]', '[1]')$$, 'AP108');

create temporary table done as select * from pg_temp.group_of('["one", "two", "three", [{"type": "text", "text": "four"}]]');
select results_eq('select d.place, (d.claim).run_id from done d order by d.place', $$ values (1, run_id('last')), (2, null) $$,
  'one of each run; blocks are no everyday output');
select is(array[state_of('last'), state_of('first'), state_of('blocks')]::text, '{streaming,pending_tools,pending_tools}');
select is(array[tool_state('toolu_1'), tool_state('toolu_2'), tool_state('toolu_3'), tool_state('toolu_4')]::text, '{completed,completed,running,running}');
select is((select e.last_error from agentpg.tool_executions e where e.tool_use_id = 'toolu_2'), '"two"');
select is((select (d.claim).request #> '{messages,2,content,0,content}' from done d where d.place = 1), '"one"');

-- A worker that holds the messages of its runs.
set local track_functions = 'all';
create function pg_temp.claims_read_alone() returns bigint language sql as $$
  select coalesce(sum(f.calls), 0)::bigint from pg_stat_xact_user_functions f where f.funcname = '_hand_out_run'
$$;
create temporary table before as select pg_temp.claims_read_alone() as calls;
select remember_claim((d.claim).run_id, (d.claim).iteration_id, (d.claim).lease_token, (d.claim).request) from done d where d.place = 1;
select answer(reply_tool_use('toolu_5', 'lookup'), 'last');
select results_eq(
  $$ select (c.claim).messages_after, jsonb_array_length((c.claim).request -> 'messages')
    from done d, agentpg.complete_tools(array[tool_execution_id('toolu_5')], array[tool_lease('toolu_5')], '["five"]', '{f}',
      jsonb_build_array(jsonb_build_object('seq', (d.claim).context_seq, 'checksum', (d.claim).context_checksum))) c
    where d.place = 1 $$,
  $$ values (3::bigint, 2) $$, 'gets what is new'
);
select is(pg_temp.claims_read_alone() - b.calls, 0::bigint, 'as all others of its group do, by one statement') from before b;

select * from finish();
rollback;
