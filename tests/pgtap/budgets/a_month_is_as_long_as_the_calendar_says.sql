begin;
select plan(7);

select agentpg.set_budget(tenant_id => 'acme', max_tokens => 1000, period => '1 month');
create function pg_temp.used(tokens bigint, at timestamptz) returns text language plpgsql as $$
declare
  v_budget agentpg.budgets;
begin
  perform advance(at - agentpg.now());
  insert into agentpg.budget_entries (budget_id, tokens) select b.id, used.tokens from agentpg.budgets b;
  v_budget := agentpg._add_up((select b.id from agentpg.budgets b));
  return v_budget.used_tokens || ' since ' || to_char(v_budget.period_started_at at time zone 'utc', 'YYYY-MM-DD HH24:MI');
end
$$;
set local timezone = 'utc';
update agentpg.budgets set period_started_at = '2027-02-01 00:00+00';

select is(pg_temp.used(10, '2027-02-28 23:59+00'), '10 since 2027-02-01 00:00');
select is(pg_temp.used(20, '2027-03-01 01:00+00'), '0 since 2027-03-01 00:00', 'February is over after 28 days');
select is(pg_temp.used(30, '2027-03-02 01:00+00'), '30 since 2027-03-01 00:00', 'and what follows counts');
select is(pg_temp.used(40, '2027-03-31 12:00+00'), '70 since 2027-03-01 00:00', 'March has 31');
select is(pg_temp.used(50, '2027-04-01 12:00+00'), '0 since 2027-04-01 00:00');
select is(pg_temp.used(60, '2027-09-15 12:00+00'), '0 since 2027-09-01 00:00', 'months in which nobody looked');
select is(pg_temp.used(70, '2029-02-28 12:00+00'), '0 since 2029-02-01 00:00');

select * from finish();
rollback;
