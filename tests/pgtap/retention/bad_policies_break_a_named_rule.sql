begin;
select plan(9);
select given_session();


select breaks('agentpg.retention_policies', '{}', 'retention_policies_pk');
select breaks('agentpg.retention_policies', '{"state": "busy"}', 'retention_policies_known');
select breaks('agentpg.retention_policies', '{"kind": "memories"}', 'retention_policies_known');
select breaks('agentpg.retention_policies', '{"max_age": "-1 day"}', 'retention_policies_age_not_negative');
select breaks('agentpg.retention_policies', '{"kind": "batches", "state": "ingested", "max_age": "1 day"}', 'retention_policies_batches_outlive_the_provider');
select breaks('agentpg.sessions', '{"removed_runs": -1}', 'sessions_removed_runs_not_negative');
select breaks('agentpg.sessions', '{"archived_seq": 0}', 'sessions_archived_seq_positive');
select every_rule_was_broken('agentpg.retention_policies');
select is_empty(
  $$ select kind, state from agentpg.retention_policies where walked_to is not null $$, 'a walk has not begun'
);

select * from finish();
rollback;
