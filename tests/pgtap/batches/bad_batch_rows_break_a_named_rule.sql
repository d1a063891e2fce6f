begin;
select plan(31);

select given_instance(), given_batch_runs('a'), advance('1 minute');
select gather();
alter table agentpg.batches disable trigger user;
create function pg_temp.bad(changes jsonb, rule text) returns text language sql as
$$ select breaks('agentpg.batches', jsonb_build_object('id', agentpg._uuid_v7()) || changes, rule) $$;
select breaks('agentpg.batches', '{}', 'batches_pk');
select pg_temp.bad('{"request_count": 0}', 'batches_counts_positive');
select pg_temp.bad('{"request_bytes": 0}', 'batches_counts_positive');
select pg_temp.bad('{"submissions": -1}', 'batches_counts_positive');
select pg_temp.bad('{"failures": -1}', 'batches_counts_positive');
select pg_temp.bad('{"lease_token": null}', 'batches_lease_is_whole');
select pg_temp.bad('{"claimed_by": null, "lease_token": null}', 'batches_lease_is_whole');
select pg_temp.bad('{"provider_batch_id": "m"}', 'batches_submitted_is_known');
select pg_temp.bad('{"status": "ended"}', 'batches_submitted_is_known');
select pg_temp.bad('{"state": "submitted"}', 'batches_submitted_is_known');
select pg_temp.bad('{"state": "ended"}', 'batches_submitted_is_known');
select pg_temp.bad('{"state": "ingested", "closed_at": "2030-01-01", "next_poll_at": null, "lease_token": null, "claimed_by": null, "lease_expires_at": null}', 'batches_submitted_is_known');
select pg_temp.bad('{"submission_started_at": "2030-01-01"}', 'batches_submission_iff_begun');
select pg_temp.bad(jsonb_build_object('submission_token', agentpg._uuid_v7()), 'batches_submission_iff_begun');
select pg_temp.bad('{"state": "unknown"}', 'batches_unknown_since_iff_unknown');
select pg_temp.bad('{"unknown_since": "2030-01-01"}', 'batches_unknown_since_iff_unknown');
select pg_temp.bad('{"state": "abandoned", "next_poll_at": null}', 'batches_closed_iff_over');
select pg_temp.bad('{"closed_at": "2030-01-01", "next_poll_at": null, "lease_token": null, "claimed_by": null, "lease_expires_at": null}', 'batches_closed_iff_over');
select pg_temp.bad('{"next_poll_at": null}', 'batches_open_is_scheduled');
select pg_temp.bad('{"state": "abandoned", "closed_at": "2030-01-01", "lease_token": null, "claimed_by": null, "lease_expires_at": null}', 'batches_open_is_scheduled');
select pg_temp.bad('{"state": "abandoned", "closed_at": "2030-01-01", "next_poll_at": null}', 'batches_closed_is_free');
update agentpg.batches set state = 'submitted', provider_batch_id = 'm', status = 'in_progress', submitted_at = agentpg.now(), expires_at = agentpg.now();
select pg_temp.bad('{}', 'batches_provider_id_unique');
select every_rule_was_broken('agentpg.batches');

select breaks('agentpg.batch_members', '{}', 'batch_members_pk');
select breaks('agentpg.batch_members', '{"ordinal": 0}', 'batch_members_ordinal_positive');
select breaks('agentpg.batch_members', '{"ordinal": 2, "result_type": "released"}', 'batch_members_result_known');
select breaks('agentpg.batch_members', '{"ordinal": 2, "settled_at": "2030-01-01", "result": {}}', 'batch_members_result_kept_until_settled');
set constraints all immediate;
select breaks('agentpg.batch_members', jsonb_build_object('batch_id', agentpg._uuid_v7()), 'batch_members_batch_fk');
select every_rule_was_broken('agentpg.batch_members');
-- What is no custom_id of a batch has no place in it.
select is((select array_agg(agentpg._ordinal(batch_id(), v.id) order by v.n) from (values (1, custom_id('a')), (2, custom_id('a') || 'x'), (3, upper(custom_id('a'))), (4, null), (5, '-1'), (6, repeat('0', 32) || '-1')) v(n, id)),
  case when custom_id('a') = upper(custom_id('a')) then '{1,null,1,null,null,null}' else '{1,null,null,null,null,null}' end::integer[]);
select cmp_ok(length(agentpg._custom_id(batch_id(), 100000)), '<=', 64, 'as the provider takes it');

select * from finish();
rollback;
