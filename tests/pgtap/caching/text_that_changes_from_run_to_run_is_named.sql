begin;
select plan(27);

-- What counts as a date, a time or an id.
select results_eq(format('select p.kind, p.fragment from agentpg._variable_parts(%L) p', t.prompt), format('select * from (values %s) v(a, b)', t.wanted), t.prompt)
from (values
  ('Today is 2026-11-22.', $$('date', '2026-11-22')$$),
  ('It is 2026-11-22T22:23:05Z now.', $$('time', '2026-11-22T22:23:05Z')$$),
  ('It is 2026-11-22 22:23 now.', $$('time', '2026-11-22 22:23')$$),
  ('Today is Sunday, November 22, 2026.', $$('date', 'November 22, 2026')$$),
  ('Today is the 22nd of November 2026, 10:30.', $$('date', '22nd of November 2026'), ('time', '10:30')$$),
  ('Heute ist der 22.11.2026', $$('date', '22.11.2026')$$),
  ('The user is 018f3c2e-7b1a-7000-8000-0123456789ab.', $$('uuid', '018f3c2e-7b1a-7000-8000-0123456789ab')$$),
  ('Request 1763850185123, build 4f9a1c0d22ee77b1.', $$('number', '1763850185123'), ('number', '4f9a1c0d22ee77b1')$$)
) as t(prompt, wanted);
select is_empty($$ select from agentpg._variable_parts('You may decide. Answer in 3 to 5 sentences, at most 1,000 words; facade, version 2.10, 24 hours.') $$, 'plain words and numbers are none');
select is(agentpg._first_difference('You help Ann with her letters.', 'You help Bob with his letters.'), 'Ann with her letters.');
select is(agentpg._first_difference('You help Anna.', 'You help Ann.'), 'Anna.', 'from the beginning of the word');
select is(agentpg._first_difference('Short', 'Short and long'), 'Short', 'also where one ends');

select given_instance();
select freeze('2026-11-22 10:00Z');
select given_agent('stable');
select given_agent('dated');
select given_agent('personal');
select given_agent('edited');
create function pg_temp.run(agent text, append text default null) returns void language plpgsql as $$
begin
  perform advance('1 minute');
  perform agentpg.create_run(agentpg.create_session(), agent_id(agent), 'Hello?',
    options => case when append is null then '{}' else jsonb_build_object('append_instructions', append) end);
end
$$;
select pg_temp.run('stable'), pg_temp.run('stable'), pg_temp.run('stable');
select is_empty($$ select from agentpg.prompt_warnings(agent_id('stable')) $$, 'a prompt that stays is none');
select pg_temp.run('dated', E'Be kind.\nThe time is 10:01:00 on 2026-11-22, in Berlin.');
select is_empty($$ select from agentpg.prompt_warnings(agent_id('dated')) $$, 'one run tells nothing');
select pg_temp.run('dated', E'Be kind.\nThe time is 10:02:00 on 2026-11-22, in Berlin.');
select results_eq(
  $$ select agent_name, kind, fragment, near, changed, runs, prompts from agentpg.prompt_warnings(agent_id('dated')) $$,
  $$ values ('dated', 'time', '10:02:00', 'Be kind. The time is 10:02:00 on 2026-11-22, in B', true, 2, 2) $$,
  'the time that is another one, and not the day that is the same'
);
select pg_temp.run('personal', 'The user is called Ann.');
select pg_temp.run('personal', 'The user is called Bob.');
select is_empty($$ select from agentpg.prompt_warnings(agent_id('personal')) $$, 'two prompts may be an edit');
select pg_temp.run('personal', 'The user is called Cem.');
select results_eq($$ select kind, fragment, changed, runs, prompts from agentpg.prompt_warnings(agent_id('personal')) $$,
  $$ values ('text', 'Cem.', true, 3, 3) $$, 'three are not');
select agentpg.update_agent(agent_id('edited'), '{"system_prompt": "You are kind."}');
select pg_temp.run('edited');
select agentpg.update_agent(agent_id('edited'), '{"system_prompt": "You are very kind."}');
select pg_temp.run('edited');
select is_empty($$ select from agentpg.prompt_warnings(agent_id('edited')) $$);
select agentpg.update_agent(agent_id('edited'), '{"system_prompt": "You are kind to 018f3c2e-7b1a-7000-8000-0123456789ab."}');
select pg_temp.run('edited');
select results_eq($$ select kind, fragment from agentpg.prompt_warnings(agent_id('edited')) $$,
  $$ values ('uuid', '018f3c2e-7b1a-7000-8000-0123456789ab') $$, 'an agent that is changed for each run is found too');

-- Before the first run.
select remember('agent', 'new', (agentpg.create_agent(name => 'new', model => 'm', system_prompt =>
  'Today is 2026-11-22, founded 2019-05-01, open from 9:00 to 17:00, written at 2026-11-22T10:00:00Z for 018f3c2e-7b1a-7000-8000-0123456789ab.')).id);
select results_eq($$ select kind, fragment, changed, runs from agentpg.prompt_warnings(agent_id('new')) $$,
  $$ values ('date', '2026-11-22', false, 0), ('time', '2026-11-22T10:00:00Z', false, 0), ('uuid', '018f3c2e-7b1a-7000-8000-0123456789ab', false, 0) $$,
  'what looks as if it would change, and not what is likely a fact'
);
select results_eq($$ select distinct agent_name from agentpg.prompt_warnings() order by 1 $$, $$ values ('dated'), ('edited'), ('new'), ('personal') $$, 'of all agents');
select is((select count(*)::integer from agentpg.prompt_warnings(max_count => 2)), 2);
select agentpg.delete_agent(agent_id('new'));
select is_empty($$ select from agentpg.prompt_warnings() w where w.agent_name = 'new' $$, 'but not of deleted ones');
select throws_ok($$ select agentpg.prompt_warnings('00000000-0000-7000-8000-000000000000') $$, 'AP001');
select throws_ok($$ select agentpg.prompt_warnings(max_count => 0) $$, 'AP108');
select is_empty($$ select from agentpg._variable_parts(null) $$);
select is(agentpg._near('The day', 'day'), 'The day');

select * from finish();
rollback;
