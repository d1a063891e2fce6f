-- What the model is shown: the request of a claim, in short, and what the API would refuse of it.

-- ['user: Hello?', 'assistant: Let me look. <t1>', 'user: </t1> and now?'] for the request that came with the claim of a run.
create function agentpg_test.context_of(run text default 'run')
returns text[]
language sql
stable
as $$
  select array(
    select (t.turn ->> 'role') || ': ' || (
      select string_agg(case b.block ->> 'type'
          when 'text' then b.block ->> 'text'
          when 'tool_use' then format('<%s>', b.block ->> 'id')
          when 'tool_result' then format('</%s>', b.block ->> 'tool_use_id')
          else format('[%s]', b.block ->> 'type')
        end, ' ' order by b.place)
      from jsonb_array_elements(t.turn -> 'content') with ordinality as b(block, place)
    )
    from jsonb_array_elements(agentpg_test.request_of(context_of.run) -> 'messages') with ordinality as t(turn, place)
    order by t.place
  )
$$;

-- Roles alternate, the user is the first and the last to speak (but after a pause), and each tool_use has its one result in the next message.
create function agentpg_test.faults_of(run text default 'run', paused boolean default false)
returns setof text
language sql
stable
as $$
  with turn as (
    select t.place, t.turn ->> 'role' as role, t.turn -> 'content' as content
    from jsonb_array_elements(agentpg_test.request_of(faults_of.run) -> 'messages') with ordinality as t(turn, place)
  ), call as (
    select t.place, b ->> 'id' as id from turn t, jsonb_array_elements(t.content) b where b ->> 'type' = 'tool_use'
  ), result as (
    select t.place, b ->> 'tool_use_id' as id from turn t, jsonb_array_elements(t.content) b where b ->> 'type' = 'tool_result'
  )
  select 'no request' where not exists (select from turn)
  union all
  select 'the first message is not the user''s' from turn t where t.place = 1 and t.role <> 'user'
  union all
  select 'the last message is the assistant''s' from turn t
  where t.place = (select max(l.place) from turn l) and t.role <> 'user' and not paused
  union all
  select format('message %s has the role of the one before', t.place) from turn t join turn b on b.place = t.place - 1 where b.role = t.role
  union all
  select format('call %s has %s results in the next message', c.id, (select count(*) from result r where r.id = c.id and r.place = c.place + 1))
  from call c where 1 <> (select count(*) from result r where r.id = c.id and r.place = c.place + 1)
  union all
  select format('result %s has no call before it', r.id) from result r where not exists (select from call c where c.id = r.id and c.place = r.place - 1)
$$;

-- The run is created, claimed and answered with end_turn.
create function agentpg_test.given_turn(run text, prompt text, said text, session text default 'session')
returns text
language plpgsql
volatile
as $$
begin
  perform agentpg_test.given_run(run, prompt, session => given_turn.session);
  if agentpg_test.claim_one() is distinct from run then
    raise exception 'run % was not claimed', run;
  end if;
  perform agentpg_test.answer(agentpg_test.reply_text(said), run);
  return run;
end
$$;

create function agentpg_test.given_fork(name text, session text default 'session', at_seq bigint default null)
returns uuid
language sql
volatile
as $$
  select agentpg_test.remember('session', given_fork.name, agentpg.fork_session(agentpg_test.session_id(session), given_fork.at_seq))
$$;

create function agentpg_test.given_regenerated(name text, run text default 'run', options jsonb default null)
returns uuid
language sql
volatile
as $$
  select agentpg_test.remember('run', given_regenerated.name, agentpg.regenerate_run(agentpg_test.run_id(run), given_regenerated.options))
$$;
