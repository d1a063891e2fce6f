begin;
select plan(6);

select given_instance('{look}');
select given_agent('tooled', tools => '{look}');
create function pg_temp.next_of(name text, content jsonb, session uuid default agentpg.create_session(), mark jsonb default null) returns agentpg.run_claim language plpgsql as $$
declare
  v_claim agentpg.run_claim;
begin
  perform remember('session', name, next_of.session);
  perform remember('run', name, agentpg.create_run(next_of.session, agent_id('tooled'), content => next_of.content));
  select c.* into v_claim from agentpg.claim_runs(instance_id => instance_id()) c;
  perform remember_claim(v_claim.run_id, v_claim.iteration_id, v_claim.lease_token, v_claim.request);
  perform answer(reply_tool_use('toolu_' || name, 'look'), name);
  select c.* into v_claim from agentpg.complete_tool(tool_execution_id('toolu_' || name), tool_lease('toolu_' || name),
    case when mark is null then '"Yes."' else jsonb_build_array('{"type": "text", "text": "Yes."}'::jsonb || jsonb_build_object('cache_control', mark)) end,
    claim_next => true, known => jsonb_build_object('seq', v_claim.context_seq, 'checksum', v_claim.context_checksum)) c;
  perform remember_claim(v_claim.run_id, v_claim.iteration_id, v_claim.lease_token, v_claim.request);
  return v_claim;
end
$$;
select is((pg_temp.next_of('a', '[{"type": "text", "text": "a"}]')).messages_after, 1::bigint, 'without marks the new messages are enough');
create temporary table marked as
select c.* from pg_temp.next_of('b', '[{"type": "text", "text": "b", "cache_control": {"type": "ephemeral"}}]') c;
select is(m.messages_after, null) from marked m;
select is(jsonb_array_length(m.request -> 'messages'), 3, 'with one all are sent, and their marks counted') from marked m;
select is((pg_temp.next_of('c', '[{"type": "text", "text": "c"}]', mark => '{"type": "ephemeral"}')).messages_after, null, 'a marked result too');
select answer(reply_text('Done.'), 'b');
select is((pg_temp.next_of('fork', '[{"type": "text", "text": "d"}]', agentpg.fork_session(session_id('b')))).messages_after, null, 'marks that a fork inherited count');
select answer(reply_text('Done.'), 'a');
select is((pg_temp.next_of('plain', '[{"type": "text", "text": "d"}]', agentpg.fork_session(session_id('a')))).messages_after, 5::bigint, 'without marks a fork is as any other');

select * from finish();
rollback;
