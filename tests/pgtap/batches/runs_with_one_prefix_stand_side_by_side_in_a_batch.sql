begin;
select plan(3);

select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select given_instance();
select given_agent('one'), given_agent('two');
select agentpg.update_agent(agent_id('two'), '{"system_prompt": "Another."}');
select given_run('one ' || n, session => 'one ' || n, agent => 'one', mode => 'batch'),
  given_run('two ' || n, session => 'two ' || n, agent => 'two', mode => 'batch')
from generate_series(1, 3) n;
select is(gather(), '{one 1,one 2,one 3,two 1,two 2,two 3}', 'all of one, then all of the other, each in order');

-- What waits longest is not left behind for ever because the prefixes of others come first.
select given_run('small ' || n, session => 'small ' || n, agent => a, mode => 'batch')
from unnest('{one,two}'::text[]) with ordinality as v(a, n);
select is(gather('left', max_bytes => 10), '{small 1}');
select given_run('older', session => 'older', agent => 'one', mode => 'batch', priority => 5);
select is(gather('next', max_bytes => 10), '{older}', 'the group of the most urgent run goes first');

select * from finish();
rollback;
