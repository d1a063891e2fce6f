begin;
select plan(21);

create function pg_temp.text(said text, ttl text default null) returns jsonb language sql as $$
  select jsonb_build_object('type', 'text', 'text', said) || case
    when ttl is null then '{}' when ttl = '' then '{"cache_control": {"type": "ephemeral"}}'
    else jsonb_build_object('cache_control', jsonb_build_object('type', 'ephemeral', 'ttl', ttl)) end
$$;
-- Each mark as where it stands and how long it lasts, in order.
create function pg_temp.marks(request jsonb) returns text[] language sql as $$
  select agentpg._prefix_marks(request)
    || array(select m.place - 1 || ' ' || t.ttl from jsonb_array_elements(request -> 'messages') with ordinality m(message, place)
         cross join lateral unnest(agentpg._content_marks(m.message -> 'content')) with ordinality t(ttl, place) order by m.place, t.place)
    || case when request ? 'cache_control' then array['own ' || coalesce(request #>> '{cache_control,ttl}', '5m')] else '{}' end
$$;

select given_instance('{look}');
select given_agent('plain');
create function pg_temp.turn(name text, variadic content jsonb[]) returns text[] language plpgsql as $$
declare
  v_marks text[];
begin
  perform remember('run', name, agentpg.create_run(session_id(), agent_id('plain'), content => to_jsonb(content)));
  perform claim_one();
  v_marks := pg_temp.marks(request_of(name));
  perform answer(reply_text('Yes.'), name);
  return v_marks;
end
$$;
select remember('session', 'session', agentpg.create_session());
select is(pg_temp.turn('1', pg_temp.text('a', ''), pg_temp.text('b')), '{0 5m,own 5m}');
select is(pg_temp.turn('2', pg_temp.text('c', '')), '{0 5m,2 5m,own 5m}');
select is(pg_temp.turn('3', pg_temp.text('d', '')), '{0 5m,2 5m,4 5m,own 5m}');
select is(pg_temp.turn('4', pg_temp.text('e', '')), '{2 5m,4 5m,6 5m,own 5m}', 'the oldest gives way');
select is(pg_temp.turn('5', pg_temp.text('f')), '{2 5m,4 5m,6 5m,own 5m}');
select is(pg_temp.turn('6', pg_temp.text('g', ''), pg_temp.text('h', ''), pg_temp.text('i', ''), pg_temp.text('j', '')), '{10 5m,10 5m,10 5m,10 5m}',
  'four in one prompt: ours gives way');
select is(pg_temp.turn('7', pg_temp.text('k', '1h')), '{10 5m,10 5m,12 5m,own 5m}', 'an hour that would come after five minutes becomes as short');
select is((select content -> 0 -> 'cache_control' ->> 'ttl' from agentpg.messages where session_id = session_id() order by seq desc offset 1 limit 1), '1h',
  'what is stored stays as it was given');
select refused(format('select agentpg.create_run(%L, %L, content => %L)', session_id(), agent_id('plain'),
  jsonb_build_array(pg_temp.text('a', '5m'), pg_temp.text('b', '1h'))), 'AP103', '');

-- Marks of tools count, and so do those within the results of tools.
select agentpg.register_tools(null, '[{"name": "look", "description": "x", "input_schema": {"type": "object"}, "cache_control": {"type": "ephemeral", "ttl": "1h"}}]');
select given_agent('tooled', tools => '{look}');
select remember('session', 'tooled', agentpg.create_session());
select remember('run', 't', agentpg.create_run(session_id('tooled'), agent_id('tooled'), content => jsonb_build_array(pg_temp.text('a', '1h'), pg_temp.text('b', ''))));
select claim_one();
select is(pg_temp.marks(request_of('t')), '{1h,0 1h,0 5m,own 5m}');
select answer(reply_tool_use('toolu_1', 'look'), 't');
select finish_tool('toolu_1', jsonb_build_array(pg_temp.text('x', ''), pg_temp.text('y')), claim_next => true);
select is(pg_temp.marks(request_of('t')), '{1h,0 5m,2 5m,own 5m}', 'a result that is marked');
select is(request_of('t') #> '{messages,2,content,0,content,0}', pg_temp.text('x', ''));
select is(request_of('t') #> '{messages,0,content,0}', pg_temp.text('a'), 'the mark alone goes');
select refused(format('select agentpg.create_run(%L, %L, content => %L)', session_id(), agent_id('tooled'),
  jsonb_build_array(pg_temp.text('a', '1h'), pg_temp.text('b', ''), pg_temp.text('c', ''), pg_temp.text('d', ''))), 'AP103', '');
select throws_ok(format('select agentpg.create_run(%L, %L, content => %L)', session_id(), agent_id('tooled'),
  jsonb_build_array(pg_temp.text('a', '1h'), pg_temp.text('b', ''), pg_temp.text('c', ''), pg_temp.text('d', ''))), 'AP103',
  'content has 4 cache_control marks, and tools and system prompt have 1; the API takes 4 in a request');

-- The mark of an hour in a batch, behind a prompt that is marked for five minutes.
select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select remember('session', 'batched', agentpg.create_session());
select remember('run', 'batched', agentpg.create_run(session_id('batched'), agent_id('plain'), mode => 'batch', content => jsonb_build_array(pg_temp.text('a', ''), pg_temp.text('b'))));
select gather();
select is(pg_temp.marks(batch_request_of('batched')), '{0 5m,own 5m}');

-- A request's own mark.
create function pg_temp.within(mark jsonb, variadic content jsonb[]) returns text[] language sql as $$
  select pg_temp.marks(agentpg._within_marks(jsonb_build_object('cache_control', mark), jsonb_build_array(jsonb_build_object('role', 'user', 'content', to_jsonb(content)))))
$$;
select is(pg_temp.within('{"type": "ephemeral", "ttl": "1h"}', pg_temp.text('a', '1h')), '{0 1h,own 1h}');
select is(pg_temp.within('{"type": "ephemeral", "ttl": "1h"}', pg_temp.text('a', '5m')), '{0 5m,own 5m}');
select is(pg_temp.within('{"type": "ephemeral", "ttl": "1h"}', pg_temp.text('a')), '{own 1h}');
select is(agentpg._within_marks('{}', '[{"role": "user", "content": "a text"}]'), '{"messages": [{"role": "user", "content": "a text"}]}');
select is(pg_temp.within(null, pg_temp.text('a', ''), pg_temp.text('b')) , '{0 5m}', 'without ours');

select * from finish();
rollback;
