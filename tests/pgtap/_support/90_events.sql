-- The event stream as a test reads it: kinds in order, and pieces published by the worker.
create function agentpg_test.kinds(run text default 'run', after bigint default 0, tree boolean default true) returns text[] language sql stable
as $$
  select coalesce(array_agg(e.kind order by e.seq), '{}')
  from agentpg.read_events(agentpg_test.run_id(run), kinds.after, tree => kinds.tree) e
$$;

create function agentpg_test.event_data(kind text, run text default 'run') returns jsonb language sql stable
as $$
  select e.data from agentpg.read_events(agentpg_test.run_id(run)) e where e.kind = event_data.kind order by e.seq desc limit 1
$$;

-- What the held model call says; with the lease token of the claim that the test remembers.
create function agentpg_test.piece(said text, run text default 'run', kind text default 'text') returns jsonb language sql stable
as $$
  select jsonb_build_object('iteration_id', agentpg_test.iteration_id(run), 'lease_token', agentpg_test.run_lease(run),
    'kind', piece.kind, 'data', jsonb_build_object('text', said))
$$;

create function agentpg_test.say(said text, run text default 'run') returns jsonb language sql volatile
as $$ select agentpg.publish_events(jsonb_build_array(agentpg_test.piece(said, run))) $$;
