begin;
select plan(14);

create function pg_temp.thought(n integer) returns jsonb language sql as $$
  select reply_blocks(jsonb_build_array(jsonb_build_object('type', 'thinking', 'thinking', 'T' || n, 'signature', 's' || n), text_block('a' || n)))
$$;
create function pg_temp.turn(n integer, agent text default 'assistant', session text default 'session') returns text[] language plpgsql as $$
begin
  perform given_run('turn' || n, 'p' || n, session => turn.session, agent => turn.agent), claim_one();
  perform answer(pg_temp.thought(n), 'turn' || n);
  return (short_context('turn' || n));
end
$$;
select given_instance();
select given_agent(model => 'claude-opus-5-5'), given_agent('other', model => 'claude-sonnet-5-5'), given_agent('old', model => 'claude-sonnet-4-6');
select given_session();
select pg_temp.turn(1);
select is(pg_temp.turn(2), '{"user: p1","assistant: [thinking] a1","user: p2"}');
select is(pg_temp.turn(3, 'other'), '{"user: p1","assistant: a1","user: p2","assistant: a2","user: p3"}', 'another model that binds');
select is((pg_temp.turn(4, 'other'))[6:], '{"assistant: [thinking] a3","user: p4"}', 'its own is shown');
select is((pg_temp.turn(5))[6:], '{"assistant: a3","user: p4","assistant: a4","user: p5"}', 'and back');
select is((pg_temp.turn(6, 'old'))[6:], '{"assistant: [thinking] a3","user: p4","assistant: [thinking] a4","user: p5","assistant: [thinking] a5","user: p6"}',
  'a model that binds nothing takes them all');
select is((pg_temp.turn(7))[10:], '{"assistant: a5","user: p6","assistant: a6","user: p7"}');

-- Another beginning.
select agentpg.apply_compaction(session_id(), '{"cut_seq": 10, "summary": "S"}');
select is(pg_temp.turn(8), '{"user: S p6","assistant: a6","user: p7","assistant: a7","user: p8"}');
select is((pg_temp.turn(9))[5:], '{"user: p8","assistant: [thinking] a8","user: p9"}', 'what is thought after the summary stays');
select agentpg.restore_compaction(session_id());
select is((pg_temp.turn(10))[16:], '{"assistant: a8","user: p9","assistant: a9","user: p10"}');
select is((pg_temp.turn(11))[20:], '{"assistant: [thinking] a10","user: p11"}');

-- A fork shows what its origin shows; from before the cut, nothing that was thought after the summary.
select agentpg.apply_compaction(session_id(), '{"cut_seq": 20, "summary": "S"}');
select pg_temp.turn(12);
select given_fork('end'), given_fork('before', at_seq => 18);
select is((pg_temp.turn(13, session => 'end'))[3:], '{"user: p12","assistant: [thinking] a12","user: p13"}');
select is((pg_temp.turn(14, session => 'before'))[16:], '{"assistant: a8","user: p9","assistant: a9","user: p14"}');

-- In a fork from before the place from which thinking is shown, what is thought there is shown.
select given_session('s3'), pg_temp.turn(15, session => 's3'), pg_temp.turn(16, session => 's3'), pg_temp.turn(17, 'other', 's3');
select given_fork('early', 's3', 2), pg_temp.turn(18, session => 'early');
select is(pg_temp.turn(19, session => 'early'), '{"user: p15","assistant: a15","user: p18","assistant: [thinking] a18","user: p19"}');

-- A run in a loop on such a model cuts at the end of all that was said: nothing before its thinking may change.
select agentpg.configure(jsonb_build_object('compaction', small_window()));
select given_tools('{look}'), given_agent('looker', model => 'claude-opus-5-5', tools => '{look}'), given_session('s2'), given_turns(5, 12000, 's2');
select given_run('loop', 'go', session => 's2', agent => 'looker'), claim_one();
select answer(reply_blocks('[{"type": "thinking", "thinking": "T", "signature": "s"}, {"type": "tool_use", "id": "t1", "name": "look", "input": {}}]', 'tool_use',
  '{"input_tokens": 17500, "output_tokens": 5}'), 'loop');
select agentpg.register_tools(instance_id(), '[{"name": "look", "input_schema": {"type": "object"}}]');
select claim_tool(), finish_tool('t1'), claim_one(), answer(reply_text('S'), 'loop'), claim_one();
select is(short_context('loop'), '{"user: S"}');

select * from finish();
rollback;
