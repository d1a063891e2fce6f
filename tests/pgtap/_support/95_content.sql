-- Strings that do not compress, as images are; the same seed gives the same string.
create function agentpg_test.large_string(seed text, bytes integer default 20000)
returns text
language sql
immutable
as $$
  select left(string_agg(translate(encode(sha256(convert_to(seed || n, 'UTF8')), 'base64'), E'\n=', 'xx'), '' order by n), bytes)
  from generate_series(1, bytes / 44 + 1) n
$$;

create function agentpg_test.image_block(seed text, bytes integer default 20000)
returns jsonb
language sql
immutable
as $$
  select jsonb_build_object('type', 'image', 'source',
    jsonb_build_object('type', 'base64', 'media_type', 'image/png', 'data', agentpg_test.large_string(seed, bytes)))
$$;

create function agentpg_test.pdf_block(seed text, bytes integer default 20000)
returns jsonb
language sql
immutable
as $$
  select jsonb_build_object('type', 'document', 'title', seed, 'source',
    jsonb_build_object('type', 'base64', 'media_type', 'application/pdf', 'data', agentpg_test.large_string(seed, bytes)))
$$;

-- How many references stand in content as it is stored.
create function agentpg_test.references_in(content jsonb)
returns integer
language sql
immutable
as $$
  select count(*)::integer from jsonb_path_query(content, 'strict $.**.data."$agentpg_content"') r
$$;
