begin;
select plan(4);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
select answer(reply_tool_uses(tool_use_block('toolu_1', 'lookup'), tool_use_block('toolu_2', 'lookup'), tool_use_block('toolu_3', 'lookup')));
select finish_tool('toolu_2', '"found"');
select agentpg.cancel_run(run_id());
select is(tool_state('toolu_1'), 'skipped');
select is(tool_state('toolu_2'), 'completed', 'what was done stays done');
select given_run('next', 'And now?');
select is(claim_one(), 'next');
select results_eq(
  $$ select b.block ->> 'type', b.block ->> 'tool_use_id', coalesce(b.block ->> 'content', b.block ->> 'text'), b.block ->> 'is_error'
     from jsonb_array_elements(request_of('next') #> '{messages,2,content}') with ordinality as b(block, place) order by b.place $$,
  $$ values ('tool_result', 'toolu_2', 'found', null), ('tool_result', 'toolu_1', 'Not finished: the run was cancelled.', 'true'),
       ('tool_result', 'toolu_3', 'Not finished: the run was cancelled.', 'true'), ('text', null, 'And now?', null) $$,
  'each call has exactly one result, before the next prompt'
);

select * from finish();
rollback;
