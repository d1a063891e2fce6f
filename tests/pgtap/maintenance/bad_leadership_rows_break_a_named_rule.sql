begin;
select plan(4);

select breaks('agentpg.leadership', '{}', 'leadership_pk');
select breaks('agentpg.leadership', '{"singleton": false}', 'leadership_one_row');
select breaks('agentpg.leadership', '{"elected_at": "2030-01-01"}', 'leadership_is_whole');
select every_rule_was_broken('agentpg.leadership');

select * from finish();
rollback;
