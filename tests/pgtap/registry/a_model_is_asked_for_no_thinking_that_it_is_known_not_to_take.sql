begin;
select plan(16);

create function pg_temp.asked(model text, thinking text) returns text language plpgsql as $$
begin
  perform agentpg._check_abilities(model, jsonb_build_object('thinking', jsonb_build_object('type', thinking)));
  return 'taken';
exception
  when sqlstate 'AP111' then
    return sqlerrm;
end
$$;
select is(pg_temp.asked(m.model, m.thinking), m.said, format('%s: %s', m.model, m.thinking))
from (values
  ('claude-haiku-4-5', 'enabled', 'taken'),
  ('claude-haiku-4-5', 'adaptive', 'model claude-haiku-4-5 takes no thinking of type adaptive'),
  ('claude-sonnet-4-6', 'enabled', 'taken'),
  ('claude-sonnet-4-6', 'adaptive', 'taken'),
  ('claude-opus-4-7', 'enabled', 'model claude-opus-4-7 takes no thinking of type enabled'),
  ('claude-opus-5', 'disabled', 'taken'),
  ('claude-opus-5-5', 'disabled', 'model claude-opus-5-5 takes no thinking of type disabled'),
  ('claude-fable-5-2', 'disabled', 'model claude-fable-5-2 takes no thinking of type disabled'),
  ('claude-fable-5-2', 'adaptive', 'taken'),
  ('claude-sonnet-5-5', 'between_tools', 'taken'),
  ('claude-sonnet-5-5', 'enabled', 'model claude-sonnet-5-5 takes no thinking of type enabled'),
  ('claude-sonnet-5-5', 'telepathic', 'taken'),
  ('claude-of-2031', 'enabled', 'taken')
) as m(model, thinking, said);

-- At the door, and as data.
select refused($$ select agentpg.create_agent(name => 'a', model => 'claude-opus-5-5', config => '{"request": {"thinking": {"type": "disabled"}}}') $$,
  'AP111', 'use {"type": "adaptive"}');
select agentpg.upsert_models('[{"id": "claude-opus-5-5", "refuses_thinking": ["enabled"]}]');
select lives_ok($$ select agentpg.create_agent(name => 'a', model => 'claude-opus-5-5', config => '{"request": {"thinking": {"type": "disabled"}}}') $$);
select refused($$ select agentpg.create_agent(name => 'b', model => 'claude-haiku-4-5', config => '{"request": {"thinking": {"type": "adaptive"}}}') $$,
  'AP111', '"enabled"');

select * from finish();
rollback;
