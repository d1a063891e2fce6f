begin;
select plan(23);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run(prompt => 'Where?');
create temporary table claim as select * from agentpg.claim_runs(instance_id => instance_id());
select remember_claim(c.run_id, c.iteration_id, c.lease_token, c.request) from claim c;
select is((select c.context_seq from claim c), 1::bigint, 'a claim says which message is the last of its request');
select matches((select c.context_checksum from claim c), '^[0-9a-f]{16}$', 'and what stands for all up to it');
select is((select c.messages_after from claim c), null, 'a claim is complete');

create function pg_temp.known_of(claim) returns jsonb language sql
as $$ select jsonb_build_object('seq', $1.context_seq, 'checksum', $1.context_checksum) $$;
create function pg_temp.complete(tool_use_id text, known jsonb) returns setof agentpg.run_claim language sql
as $$ select * from agentpg.complete_tool(tool_execution_id(complete.tool_use_id), tool_lease(complete.tool_use_id), '"done"', claim_next => true, known => known) $$;
create function pg_temp.whole() returns jsonb language sql
as $$ select agentpg._build_request(r) from agentpg.runs r where r.id = run_id() $$;

select answer(reply_tool_uses(text_block('Let me see.'), tool_use_block('toolu_1', 'lookup'), tool_use_block('toolu_2', 'lookup')));
select is_empty($$ select * from pg_temp.complete('toolu_1', (select pg_temp.known_of(c) from claim c)) $$);
create temporary table next as select n.* from claim c, pg_temp.complete('toolu_2', pg_temp.known_of(c)) n;
select is((select n.messages_after from next n), 1::bigint, 'it says after which message the new ones begin');
select is((select n.request -> 'messages' from next n),
  jsonb_build_array(
    jsonb_build_object('role', 'assistant', 'content', jsonb_build_array(
      text_block('Let me see.'), tool_use_block('toolu_1', 'lookup'), tool_use_block('toolu_2', 'lookup'))),
    jsonb_build_object('role', 'user', 'content', agentpg._tool_result('toolu_1', '"done"', false) || agentpg._tool_result('toolu_2', '"done"', false))
  ), 'the answer, and the results in one message');
select is((select n.request - 'messages' from next n), pg_temp.whole() - 'messages', 'all else of the request is there');
select is((select n.context_seq from next n), 4::bigint, 'known by its own last message from here on');
select results_eq($$ select n.* from claim c, pg_temp.complete('toolu_2', pg_temp.known_of(c)) n $$, 'select n.* from next n', 'repeated, it is the same');
select is((select n.request from pg_temp.complete('toolu_2', null) n), pg_temp.whole(), 'repeated by one who lost them, it is complete');

-- Whatever else is said to be known.
create temporary table wrong (known jsonb);
insert into wrong
select w.known from claim c, next n, lateral (values
  (pg_temp.known_of(c) || '{"checksum": "0000000000000000"}'),
  (pg_temp.known_of(c) || '{"seq": 2}'),
  (pg_temp.known_of(c) || '{"seq": -1}'),
  (pg_temp.known_of(c) || '{"seq": 99999999999999999999}'),
  (pg_temp.known_of(c) || '{"seq": 99}'),
  (pg_temp.known_of(c) || '{"seq": null}'),
  (pg_temp.known_of(c) - 'seq'),
  (pg_temp.known_of(c) - 'checksum'),
  (jsonb_build_object('seq', n.context_seq, 'checksum', n.context_checksum)),
  ('{}'), ('[]'), ('7'), ('"known"'), ('null')
) w(known);
select is_empty(
  'select w.known from wrong w cross join lateral pg_temp.complete(''toolu_2'', w.known) n where n.messages_after is not null or n.request <> pg_temp.whole()',
  'what is not known, or leaves nothing new, gives the complete request'
);
select isnt_empty(
  $$ select n.messages_after from claim c, pg_temp.complete('toolu_2', pg_temp.known_of(c) || jsonb_build_object('seq', c.context_seq::text)) n where n.messages_after = 1 $$,
  'a number may be text: not every language has whole numbers of that size'
);

-- What is shown of the session changes.
savepoint before;
update agentpg.sessions set superseded_seqs = '{[1,1]}' where id = session_id();
select is((select n.messages_after from claim c, pg_temp.complete('toolu_2', pg_temp.known_of(c)) n), null, 'not so once a turn was superseded');
rollback to before;
select agentpg._append_message(session_id(), 'user', '[{"type": "text", "text": "By the way"}]', run_id(), null, null);
select is((select n.messages_after from claim c, pg_temp.complete('toolu_2', pg_temp.known_of(c)) n), null, 'nor with a new prompt');
rollback to before;

-- A call that failed for good.
select remember_claim(n.run_id, n.iteration_id, n.lease_token, pg_temp.whole()) from next n;
select answer(reply_tool_use('toolu_3', 'lookup'));
create temporary table third as select f.* from next n, agentpg.fail_tool(tool_execution_id('toolu_3'), tool_lease('toolu_3'), 'broken', 'discard',
  claim_next => true, known => jsonb_build_object('seq', n.context_seq, 'checksum', n.context_checksum)) f;
select is((select t.messages_after from third t), 4::bigint, 'fail_tool takes it too');
select is((select jsonb_array_length(t.request -> 'messages') from third t), 2);
select is(
  (select w.request from next n, agentpg.fail_tool(tool_execution_id('toolu_3'), tool_lease('toolu_3'), 'broken', 'discard', claim_next => true) w),
  pg_temp.whole(), 'and repeats itself'
);

-- Another session, with the same said in it.
select given_run('other', prompt => 'Where?', session => 'other');
select is(claim_one(), 'other');
select answer(reply_tool_use('toolu_4', 'lookup'), run => 'other');
select is((select n.messages_after from claim c, pg_temp.complete('toolu_4', pg_temp.known_of(c)) n), null, 'what is known of another session is not known');

-- A reservation is by the size of all of it: of what was sent before, as the API has counted it.
select given_run('limited', session => 'third', options => '{"max_tokens": 1000000}');
select is(claim_one(), 'limited');
create function pg_temp.known_up_to(seq bigint) returns jsonb language sql
as $$ select jsonb_build_object('seq', seq, 'checksum', agentpg._context_checksum(session_id('third'), 'claude-sonnet-4-5', seq)) $$;
select answer(reply_blocks(jsonb_build_array(tool_use_block('toolu_5', 'lookup')), 'tool_use',
  '{"input_tokens": 1000, "cache_read_input_tokens": 50000, "cache_creation_input_tokens": 4000, "output_tokens": 5}'), run => 'limited');
create temporary table fifth as select c.* from pg_temp.complete('toolu_5', pg_temp.known_up_to(1)) c;
select is((select f.messages_after from fifth f), 1::bigint, 'under a budget too');
select is((select v.tokens - v.max_tokens from agentpg.reservations v), (select 55000 + ceil(octet_length(f.request::text) / 3.0)::bigint from fifth f));
select remember_claim(f.run_id, f.iteration_id, f.lease_token, f.request) from fifth f;
select answer(reply_blocks(jsonb_build_array(tool_use_block('toolu_6', 'lookup')), 'tool_use', '{"input_tokens": 0, "output_tokens": 0}'), run => 'limited');
select is((select c.messages_after from pg_temp.complete('toolu_6', pg_temp.known_up_to(3)) c), null, 'without a count the request is complete');

select * from finish();
rollback;
