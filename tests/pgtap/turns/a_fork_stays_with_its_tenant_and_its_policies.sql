begin;
select plan(7);

select given_session(metadata => '{"tenant_id": "acme", "topic": "x"}');
select agentpg.update_session(session_id(), '{"on_busy": "reject"}');
create function pg_temp.forked(metadata jsonb) returns agentpg.sessions language plpgsql as $$
declare
  v_id uuid := agentpg.fork_session(agentpg_test.session_id(), metadata => forked.metadata);
begin
  return agentpg.get_session(v_id);
end
$$;
select is((pg_temp.forked(null)).metadata, '{"tenant_id": "acme", "topic": "x"}');
select is((pg_temp.forked(null)).on_busy, 'reject');
select is((pg_temp.forked('{"topic": "y"}')).metadata, '{"tenant_id": "acme", "topic": "y"}');
select is((pg_temp.forked('{"topic": "y"}')).tenant_id, 'acme');
select refused('select pg_temp.forked(''{"tenant_id": "other"}'')', 'AP104');
select refused('select pg_temp.forked(''[]'')', 'AP104');
select is_empty('select * from agentpg.invariant_violations');

select * from finish();
rollback;
