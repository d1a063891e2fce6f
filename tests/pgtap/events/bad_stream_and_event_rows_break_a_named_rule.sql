begin;
select plan(9);

select given_run();
select given_instance();
select claim_one();
select say('Hel');
create function pg_temp.fresh(changes jsonb) returns jsonb language sql as
$$ select jsonb_build_object('root_run_id', agentpg._uuid_v7()) || changes $$;
select breaks('agentpg.run_streams', '{}', 'run_streams_pk');
select breaks('agentpg.run_streams', pg_temp.fresh('{}'), 'run_streams_root_fk');
select breaks('agentpg.run_streams', '{"last_seq": -1}', 'run_streams_seqs_not_negative');
select every_rule_was_broken('agentpg.run_streams');
select breaks('agentpg.run_events', '{}', 'run_events_pk');
select breaks('agentpg.run_events', '{"seq": 0}', 'run_events_seq_positive');
select breaks('agentpg.run_events', '{"seq": 2, "data": [1]}', 'run_events_data_is_object');
select every_rule_was_broken('agentpg.run_events');
select throws_ok($$ update agentpg.run_events set kind = 'gap' $$, 'AP200', null, 'what was told is never rewritten');

select * from finish();
rollback;
