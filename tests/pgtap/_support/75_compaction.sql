-- An answer with so many tokens of context: what comes next is judged by them.
create function agentpg_test.reply_sized(said text, tokens integer, stop_reason text default 'end_turn')
returns jsonb
language sql
volatile
as $$
  select agentpg_test.reply_blocks(jsonb_build_array(agentpg_test.text_block(said)), stop_reason, jsonb_build_object('input_tokens', tokens - 5, 'output_tokens', 5))
$$;

-- A session of finished turns p1/a1 to pn/an, each of 4,000 characters, the last answer saying how large the context is.
create function agentpg_test.given_turns(count integer, tokens integer default null, session text default 'session')
returns void
language plpgsql
volatile
as $$
begin
  for n in 1..count loop
    perform agentpg_test.given_run('turn' || n, format('p%s %s', n, repeat('x', 4000)), session => given_turns.session);
    perform agentpg_test.claim_one();
    perform agentpg_test.answer(
      agentpg_test.reply_sized(format('a%s %s', n, repeat('y', 4000)), case when n = count then coalesce(tokens, n * 2000) else n * 2000 end), 'turn' || n);
  end loop;
end
$$;

-- The context of a run in short, without the filling: ['user: p1', 'assistant: a1', ...].
create function agentpg_test.short_context(run text default 'run')
returns text[]
language sql
stable
as $$
  select array(select regexp_replace(c.turn, ' [xy]{100,}|\[The earlier part .*\]\n\n', '', 'g') from unnest(agentpg_test.context_of(run)) with ordinality as c(turn, place) order by c.place)
$$;

create function agentpg_test.small_window(more jsonb default '{}')
returns jsonb
language sql
immutable
as $$
  select '{"max_context_tokens": 20000, "target_tokens": 8000, "keep_last": 2, "protected_tokens": 2100, "summarizer_max_tokens": 500}'::jsonb || more
$$;
