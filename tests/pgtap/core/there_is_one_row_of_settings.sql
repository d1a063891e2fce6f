begin;
select plan(2);

select refused('insert into agentpg.settings default values', '23505', '');
select refused('insert into agentpg.settings (singleton) values (false)', '23514', '');

select * from finish();
rollback;
