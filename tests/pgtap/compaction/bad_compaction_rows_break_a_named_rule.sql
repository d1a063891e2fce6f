begin;
select plan(21);

select given_instance(), given_agent(), agentpg.configure(jsonb_build_object('compaction', small_window()));
select given_session(), given_turns(5, 10000);
select agentpg.apply_compaction(session_id(), '{"cut_seq": 8, "summary": "S"}');
select breaks('agentpg.compactions', '{}', 'compactions_pk');
select breaks('agentpg.compactions', '{"id": "00000000-0000-7000-8000-000000000001", "session_id": "00000000-0000-7000-8000-000000000000"}', 'compactions_session_fk');
select breaks('agentpg.compactions', '{"id": "00000000-0000-7000-8000-000000000001", "base_id": "00000000-0000-7000-8000-000000000000"}', 'compactions_base_fk');
select breaks('agentpg.compactions', '{"id": "00000000-0000-7000-8000-000000000001", "base_id": "00000000-0000-7000-8000-000000000001"}', 'compactions_not_own_base');
select breaks('agentpg.compactions', '{"cause": "whim"}', 'compactions_cause_known');
select breaks('agentpg.compactions', '{"cut_seq": -1, "chunk_seq": -1, "summarized_seq": -1}', 'compactions_cut_not_negative');
select breaks('agentpg.compactions', '{"state": "summarizing", "run_id": null, "closed_at": null}', 'compactions_summary_by_a_run');
select breaks('agentpg.compactions', '{"chunk_seq": 7}', 'compactions_summarized_in_order');
select breaks('agentpg.compactions', '{"summarized_seq": 2}', 'compactions_applied_is_summarized');
select breaks('agentpg.compactions', '{"summary": null}', 'compactions_cut_has_a_summary');
select breaks('agentpg.compactions', '{"closed_at": null}', 'compactions_closed_iff_over');
select breaks('agentpg.compactions', '{"state": "failed", "restored_at": "2026-01-01"}', 'compactions_restored_was_applied');
select breaks('agentpg.compactions', '{"original_tokens": -1}', 'compactions_tokens_not_negative');
insert into agentpg.compactions
select (jsonb_populate_record(c, '{"id": "00000000-0000-7000-8000-000000000001", "state": "ready", "closed_at": null}')).* from agentpg.compactions c;
select breaks('agentpg.compactions', '{"id": "00000000-0000-7000-8000-000000000002", "state": "ready", "closed_at": null}', 'compactions_one_under_way');
select every_rule_was_broken('agentpg.compactions');

select throws_ok('update agentpg.compactions set cut_seq = 4', 'AP200', null, 'what a compaction shows is never rewritten');
select throws_ok('update agentpg.compactions set summary = ''T''', 'AP200', null, 'nor its summary');
select throws_ok('update agentpg.compactions set placeholder_seqs = ''{[9,9]}''', 'AP200', null, 'nor its placeholders');
select throws_ok('update agentpg.compactions set state = ''failed'' where state = ''applied''', 'AP200', null, 'only listed transitions');
select throws_ok('update agentpg.sessions set compaction_id = ''00000000-0000-7000-8000-00000000000f''', '23503', null, 'sessions_compaction_fk');
select throws_ok('update agentpg.sessions set compaction = ''[]''', '23514', null, 'sessions_compaction_is_object');

select * from finish();
rollback;
