begin;
select plan(7);

select given_instance();
select given_run();
select breaks('agentpg.claim_marks', '{}', 'claim_marks_pk');
select breaks('agentpg.claim_marks', '{"id": 1000, "queue_id": 1000}', 'claim_marks_queue_fk');
select breaks('agentpg.claim_marks', '{"id": 1000, "next_from": "2030-01-01"}', 'claim_marks_next_is_whole');
select breaks('agentpg.claim_marks', '{"id": 1000, "then_from": "2030-01-01"}', 'claim_marks_then_is_whole');
select every_rule_was_broken('agentpg.claim_marks');
select throws_ok('update agentpg.claim_marks set ready_from = now()', null, null, 'a mark is never changed');
select lives_ok('delete from agentpg.claim_marks', 'old ones are deleted');

select * from finish();
rollback;
