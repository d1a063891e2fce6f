-- Answers of the Messages API, built as the API would send them.
create function agentpg_test.reply_blocks(
  content jsonb,
  stop_reason text default 'end_turn',
  usage jsonb default '{"input_tokens": 10, "output_tokens": 5}',
  extra jsonb default '{}'
)
returns jsonb
language sql
volatile
as $$
  select jsonb_build_object(
    'id', 'msg_' || replace(gen_random_uuid()::text, '-', ''),
    'type', 'message',
    'role', 'assistant',
    'model', 'claude-sonnet-4-5',
    'content', content,
    'stop_reason', stop_reason,
    'stop_sequence', null,
    'usage', '{"cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}' || usage
  ) || extra
$$;

create function agentpg_test.text_block(said text)
returns jsonb
language sql
immutable
as $$
  select jsonb_build_object('type', 'text', 'text', said)
$$;

create function agentpg_test.tool_use_block(id text, name text, input jsonb default '{}')
returns jsonb
language sql
immutable
as $$
  select jsonb_build_object('type', 'tool_use', 'id', id, 'name', name, 'input', input)
$$;

create function agentpg_test.reply_text(said text default 'Hello.', stop_reason text default 'end_turn')
returns jsonb
language sql
volatile
as $$
  select agentpg_test.reply_blocks(jsonb_build_array(agentpg_test.text_block(said)), stop_reason)
$$;

-- Several calls: reply_tool_uses(tool_use_block('toolu_1', 'a'), tool_use_block('toolu_2', 'b')).
create function agentpg_test.reply_tool_uses(variadic blocks jsonb[])
returns jsonb
language sql
volatile
as $$
  select agentpg_test.reply_blocks(to_jsonb(blocks), 'tool_use')
$$;

-- One call: reply_tool_use('toolu_1', 'get_weather', '{"city": "Oslo"}').
create function agentpg_test.reply_tool_use(id text, name text, input jsonb default '{}')
returns jsonb
language sql
volatile
as $$
  select agentpg_test.reply_tool_uses(agentpg_test.tool_use_block(id, name, input))
$$;
