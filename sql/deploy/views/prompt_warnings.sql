-- Deploy agentpg:views/prompt_warnings to pg
-- requires: runs/runs
-- requires: registry/prompt_prefixes
-- requires: core/validation
begin;

create type agentpg.prompt_warning as (
  agent_id uuid,
  agent_name text,
  kind text,
  fragment text,
  near text,
  changed boolean,
  runs integer,
  prompts integer
);
comment on type agentpg.prompt_warning is
  'Text in a system prompt that keeps it out of the prompt cache. kind: time, date, uuid, number or text; near: where it stands; changed: it was another one in an earlier run, else it only looks as if it would be. Of the last runs looked at, which had that many different prompts.';

create function agentpg._variable_parts(prompt text)
returns table (kind text, fragment text)
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_month constant text := '(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)';
begin
  return query
  select
    case when m.found[1] is not null then 'uuid' when m.found[2] is not null then 'time' when m.found[3] is not null then 'date'
      when m.found[4] is not null then 'time' else 'number' end,
    coalesce(m.found[1], m.found[2], m.found[3], m.found[4], m.found[5])
  from regexp_matches(prompt,
    '\m([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\M'
    || '|\m([0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?: ?Z|[+-][0-9]{2}:?[0-9]{2})?)'
    || format('|\m([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{2,4}|%1$s\.? [0-9]{1,2}(?:st|nd|rd|th)?,? [0-9]{4}|[0-9]{1,2}(?:st|nd|rd|th|\.)? (?:of )?%1$s,? [0-9]{4})\M', v_month)
    || '|\m([0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)\M'
    || '|\m([0-9a-f]*[0-9][0-9a-f]*)\M', 'gi') as m(found)
  where m.found[5] is null or length(m.found[5]) >= 9;
end
$$;
comment on function agentpg._variable_parts(text) is 'Dates, times, uuids and long numbers in a text, in order.';

create function agentpg._near(prompt text, fragment text)
returns text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select btrim(translate(substr(prompt, greatest(strpos(prompt, fragment) - 30, 1),
    least(30, greatest(strpos(prompt, fragment) - 1, 0)) + length(fragment) + 20), E'\n\r\t', '   '))
$$;
comment on function agentpg._near(text, text) is 'A fragment of a text with what stands around it, on one line.';

create function agentpg._first_difference(prompt text, other text)
returns text
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_from integer := 0;
  v_to integer := least(length(prompt), length(other)) + 1;
  v_middle integer;
  v_rest text;
begin
  -- How long the two are equal: between v_from and v_to, halved.
  while v_to - v_from > 1 loop
    v_middle := (v_from + v_to) / 2;
    if left(prompt, v_middle) = left(other, v_middle) then
      v_from := v_middle;
    else
      v_to := v_middle;
    end if;
  end loop;
  -- From the beginning of the word.
  v_rest := substring(left(prompt, v_from) from '\S*$') || substr(prompt, v_from + 1, 60);
  return coalesce(substring(v_rest from '^\s*\S.{0,59}'), '');
end
$$;
comment on function agentpg._first_difference(text, text) is 'Where a text begins to differ from another one: the word, and up to 60 characters.';

create function agentpg._changing_parts(prompt text, other text)
returns table (kind text, fragment text)
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select p.kind, min(p.fragment)
  from agentpg._variable_parts(prompt) p
  where strpos(other, p.fragment) = 0
  group by p.kind
  order by min(strpos(prompt, p.fragment));
  if not found then
    return query select 'text', agentpg._first_difference(prompt, other);
  end if;
end
$$;
comment on function agentpg._changing_parts(text, text) is 'What stands in one prompt and not in the other: one fragment of each kind, or where they begin to differ.';

create function agentpg._prompt_warnings(agent agentpg.agents)
returns setof agentpg.prompt_warning
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
  v_prompts text[];
  v_runs integer;
begin
  with recent as (
    select r.id, p.body ->> 'system' as prompt
    from (
      select i.run_id from agentpg.run_inputs i where i.agent_id = agent.id order by i.run_id desc limit 50
    ) n
    join agentpg.runs r on r.id = n.run_id
    join agentpg.prompt_prefixes p on p.id = r.prefix_id
  ), different as (
    select c.prompt, max(c.id::text) as last_id from recent c where c.prompt is not null group by c.prompt
  )
  select array_agg(d.prompt order by d.last_id desc), (select count(*)::integer from recent) into v_prompts, v_runs
  from different d;

  if cardinality(v_prompts) > 1 then
    return query
    select agent.id, agent.name, c.kind, c.fragment, agentpg._near(v_prompts[1], c.fragment), true, v_runs, cardinality(v_prompts)
    from agentpg._changing_parts(v_prompts[1], v_prompts[2]) c
    -- A prompt that was edited once is another one too.
    where cardinality(v_prompts) > 2 or c.kind <> 'text';
    return;
  end if;
  return query
  select agent.id, agent.name, p.kind, p.fragment, agentpg._near(agent.system_prompt, p.fragment), false, v_runs, coalesce(cardinality(v_prompts), 0)
  from agentpg._variable_parts(agent.system_prompt) p
  -- A date that is the day on which the agent was made is likely meant as today.
  where p.kind in ('uuid', 'time') and length(p.fragment) > 8
    or p.fragment in (to_char(agent.created_at, 'YYYY-MM-DD'), to_char(agent.updated_at, 'YYYY-MM-DD'));
end
$$;
comment on function agentpg._prompt_warnings(agentpg.agents) is 'What keeps the prompts of one agent out of the cache: see prompt_warnings().';

create function agentpg.prompt_warnings(agent_id uuid default null, max_count integer default 100)
returns setof agentpg.prompt_warning
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform agentpg._check_page(max_count);
  if agent_id is not null then
    perform agentpg.get_agent(agent_id);
  end if;
  return query
  select w.*
  from (
    select a.*
    from agentpg.agents a
    where case when prompt_warnings.agent_id is null then a.deleted_at is null else a.id = prompt_warnings.agent_id end
    order by a.id desc
    limit 1000
  ) a
  cross join lateral agentpg._prompt_warnings(a.*) w
  limit prompt_warnings.max_count;
end
$$;
comment on function agentpg.prompt_warnings(uuid, integer) is
  'Names text in the system prompts of an agent, or of the 1,000 newest, that changes from run to run, dates and ids above all: whatever stands behind it is paid in full each time. Compares the prompts of the last 50 runs; of an agent that has not run with two, names what looks as if it would change. Put such text into the prompt of the run. Errors: AP001, AP108.';

commit;
