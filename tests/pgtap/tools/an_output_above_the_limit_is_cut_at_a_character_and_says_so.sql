begin;
select plan(13);

select agentpg.configure('{"max_tool_output_bytes": 10}');
select is(agentpg._tool_content('"0123456789"'), '"0123456789"', 'what fits is whole');
select is(agentpg._tool_content('"0123456789a"'), '"0123456789\n[cut: the first 10 of 11 bytes]"');
select is(agentpg._tool_content('"012345678ä"'), '"012345678\n[cut: the first 10 of 11 bytes]"', 'two bytes');
select is(agentpg._tool_content('"01234567€"'), '"01234567\n[cut: the first 10 of 11 bytes]"', 'three');
select is(agentpg._tool_content('"0123456😀"'), '"0123456\n[cut: the first 10 of 11 bytes]"', 'four');
select is(agentpg._tool_content('"012345😀a"'), '"012345😀\n[cut: the first 10 of 11 bytes]"', 'a character that just fits is kept');
select is(agentpg._tool_content(to_jsonb(repeat('😀', 5))), '"😀😀\n[cut: the first 10 of 20 bytes]"');
select is(agentpg._tool_content('{"key": "a long value"}'), to_jsonb(E'{"key": "a\n[cut: the first 10 of 23 bytes]'::text), 'JSON too');
select is(
  (select bool_and(octet_length(agentpg._cut_text(repeat('aé€😀', 50), n)) <= n + 60 and agentpg._cut_text(repeat('aé€😀', 50), n) like '%[cut: the first%') from generate_series(1, 400) n),
  true, 'at every length'
);
select agentpg.configure('{"max_tool_output_bytes": 200, "max_tool_media_bytes": 320}');
select is(
  agentpg._tool_content(jsonb_build_array(text_block(repeat('x', 300)), '{"type": "image", "source": {"type": "base64", "data": "x"}}'::jsonb)) #>> '{0,text}',
  repeat('x', 100) || E'\n[cut: the first 100 of 300 bytes]', 'a text block is cut to its share'
);
select is(
  agentpg._tool_content(jsonb_build_array(text_block('kept'), jsonb_build_object('type', 'image', 'source', jsonb_build_object('type', 'base64', 'data', repeat('x', 300))))),
  '[{"type": "text", "text": "kept"}, {"type": "text", "text": "[left out: a block of type image with 359 bytes; at most 320 bytes are kept]"}]',
  'an image cannot be cut and is left out'
);
select is(
  jsonb_array_length(agentpg._tool_content(jsonb_build_array(text_block('kept'), jsonb_build_object('type', 'image', 'source', jsonb_build_object('type', 'base64', 'data', repeat('x', 250)))))),
  2, 'media have a limit of their own'
);
select is(
  agentpg._tool_content(jsonb_build_array(text_block('kept'), jsonb_build_object('type', 'image', 'source', jsonb_build_object('type', 'base64', 'data', repeat('x', 250))))) #>> '{1,type}',
  'image'
);

select * from finish();
rollback;
