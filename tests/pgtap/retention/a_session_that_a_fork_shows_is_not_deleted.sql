begin;
select plan(14);

select given_instance();
select given_run();
select claim_one();
select answer(reply_text('One.'));
select given_run('second');
select claim_one();
select answer(reply_text('Two.'), 'second');
select remember('session', 'fork', agentpg.fork_session(session_id()));
select given_run('forked', session => 'fork');
select claim_one();
select answer(reply_text('Three.'), 'forked');

select refused($$ select agentpg.delete_session(session_id()) $$, 'AP261', 'forks first');
select is(
  ids_in_error($$ select agentpg.delete_session(session_id()) $$),
  jsonb_build_object('session_id', session_id(), 'fork_session_ids', jsonb_build_array(session_id('fork')))
);

-- A fork of the fork that shows only messages of the first: the fork between them may go.
select remember('session', 'grandchild', agentpg.fork_session(session_id('fork'), at_seq => 2));
create temp table shown as select * from agentpg.session_messages(session_id('grandchild'));
select is(agentpg.delete_session(session_id('fork')) ->> 'messages', '2', 'its own messages alone');
select is(
  (select s.forked_from_session_id from agentpg.sessions s where s.id = session_id('grandchild')), session_id(),
  'who went on from it goes on from its origin'
);
select results_eq($$ select * from agentpg.session_messages(session_id('grandchild')) $$, 'select * from shown', 'and shows what it showed');
select refused($$ select agentpg.delete_session(session_id()) $$, 'AP261', 'forks first');
select all_is_well();

-- A fork may begin with a summary of its origin, or be able to go back to one.
select given_session('summed');
select given_session('shows summary');
select given_session('may show summary');
insert into agentpg.compactions (session_id, cut_seq, state, cause, strategy, config, summarized_seq, chunk_seq, summary, original_tokens,
  compacted_tokens, messages_removed)
values (session_id('summed'), 2, 'ready', 'manual', 'summarization', '{}', 2, 2, 'They said hello.', 100, 10, 2);
update agentpg.compactions set state = 'applied', closed_at = now();
update agentpg.sessions set compaction_id = (select id from agentpg.compactions) where id = session_id('shows summary');
select refused($$ select agentpg.delete_session(session_id('summed')) $$, 'AP261', 'forks first');
update agentpg.sessions set compaction_id = null;
insert into agentpg.compactions (session_id, base_id, cut_seq, state, cause, strategy, config, summarized_seq, chunk_seq, summary, original_tokens,
  compacted_tokens, messages_removed)
select session_id('may show summary'), c.id, 2, 'ready', 'manual', 'summarization', '{}', 2, 2, 'Hello.', 100, 10, 2 from agentpg.compactions c;
select refused($$ select agentpg.delete_session(session_id('summed')) $$, 'AP261', 'forks first');
delete from agentpg.compactions where base_id is not null;

-- A fork of nothing is no fork of a session that is gone.
select remember('session', 'empty', agentpg.fork_session(session_id('grandchild'), at_seq => 0));
select is(agentpg.delete_session(session_id('grandchild')) ->> 'sessions', '1');
select is((select s.forked_from_session_id from agentpg.sessions s where s.id = session_id('empty')), session_id());
select is(agentpg.delete_session(session_id()) ->> 'sessions', '1');
select is((select (s.forked_from_session_id, s.forked_at_seq) from agentpg.sessions s where s.id = session_id('empty')), (null::uuid, null::bigint));
select all_is_well();

select * from finish();
rollback;
