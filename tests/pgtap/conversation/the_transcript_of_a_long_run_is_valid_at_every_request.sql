begin;
select plan(8);

-- After any number of turns, cancels and refusals: roles alternate, and each tool_use has its one result in the next message.
create function pg_temp.faults(request jsonb) returns table (fault text) language sql as $$
  with turn as (
    select t.place, t.turn ->> 'role' as role, t.turn -> 'content' as content
    from jsonb_array_elements(request -> 'messages') with ordinality as t(turn, place)
  ), call as (
    select t.place, b ->> 'id' as id from turn t, jsonb_array_elements(t.content) b where b ->> 'type' = 'tool_use'
  ), result as (
    select t.place, b ->> 'tool_use_id' as id from turn t, jsonb_array_elements(t.content) b where b ->> 'type' = 'tool_result'
  )
  select 'the first message is not the user''s' from turn t where t.place = 1 and t.role <> 'user'
  union all
  select format('message %s has the role of the one before', t.place) from turn t join turn b on b.place = t.place - 1 where b.role = t.role
  union all
  select format('call %s has %s results in the next message', c.id, (select count(*) from result r where r.id = c.id and r.place = c.place + 1))
  from call c where 1 <> (select count(*) from result r where r.id = c.id and r.place = c.place + 1)
  union all
  select format('result %s has no call before it', r.id) from result r where not exists (select from call c where c.id = r.id and c.place = r.place - 1)
$$;
select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run('r1'), claim_one();
select is_empty('select * from pg_temp.faults(request_of(''r1''))');
select answer(reply_tool_uses(tool_use_block('t1', 'lookup'), tool_use_block('t2', 'nowhere'), tool_use_block('t3', 'lookup')), 'r1');
select finish_tool('t3'), finish_tool('t1', claim_next => true);
select is_empty('select * from pg_temp.faults(request_of(''r1''))', 'after tools');
select answer(reply_tool_uses(tool_use_block('t4', 'lookup'), tool_use_block('t5', 'lookup')), 'r1');
select finish_tool('t5'), agentpg.cancel_run(run_id('r1'));
select given_run('r2'), claim_one();
select is_empty('select * from pg_temp.faults(request_of(''r2''))', 'after a cancel');
select answer(reply_blocks(jsonb_build_array(text_block('x'), tool_use_block('t6', 'lookup')), 'max_tokens'), 'r2');
select given_run('r3'), claim_one();
select is_empty('select * from pg_temp.faults(request_of(''r3''))', 'after a cut call');
select answer(reply_text('No', 'refusal'), 'r3');
select given_run('r4'), claim_one();
select is_empty('select * from pg_temp.faults(request_of(''r4''))', 'after a refusal');
select answer(reply_text('Wait', 'pause_turn'), 'r4'), claim_one();
select is_empty('select * from pg_temp.faults(request_of(''r4''))', 'in the middle of a pause');
select agentpg.record_failure(iteration_id('r4'), run_lease('r4'), '{"status": 400}');
select given_run('r5'), claim_one();
select is_empty('select * from pg_temp.faults(request_of(''r5''))', 'after a failure');
select is((select count(*) from agentpg.messages), (select max(m.seq) from agentpg.messages m), 'and seq has no gaps');

select * from finish();
rollback;
