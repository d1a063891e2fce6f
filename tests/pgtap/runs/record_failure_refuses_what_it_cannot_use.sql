begin;
select plan(7);

select given_instance();
select given_run();
select claim_one();
create temporary table before as select everything() as all_rows;
select refused(format('select * from agentpg.record_failure(%L, %L, %s)', iteration_id(), run_lease(), e.error), 'AP100', '')
from (values ('null'), ('''[]'''), ('''"overloaded"''')) as e(error);
select refused(format('select * from agentpg.record_failure(%L, %L, ''{}'')', agentpg._uuid_v7(), run_lease()), 'AP004', '');
select refused(format('select * from agentpg.record_failure(%L, null, ''{}'')', iteration_id()), 'AP210');
select refused(format('select * from agentpg.record_failure(%L, %L, ''{}'')', iteration_id(), agentpg._uuid_v7()), 'AP210');
select is(everything(), (select b.all_rows from before b), 'nothing was written');

select * from finish();
rollback;
