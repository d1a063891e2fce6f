begin;
select plan(2);

select given_agent();
select given_session();
select remember('run', 'run', agentpg.create_run(session_id => session_id(), agent_id => agent_id(), content => jsonb_build_array(image_block('cat'))));
select is((select count(*) from agentpg.invariant_violations), 0::bigint);
delete from agentpg.content_uses;
select is(
  array(select v.run_id::text || ' ' || v.session_id from agentpg.invariant_violations v where v.rule = 'reference_without_a_use'),
  array_fill(run_id() || ' ' || session_id(), '{2}'), 'in its message, and in what the run was asked'
);

select * from finish();
rollback;
