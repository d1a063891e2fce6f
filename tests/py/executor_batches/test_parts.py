"""Lines out of pieces, and the body of a create call."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from agentpg.claims import BatchRequest
from agentpg_executor._batch_lines import chunks_of_lines, first_line
from agentpg_executor.model import BatchBody, StreamBroken


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def chunks(*parts: bytes, **limits: int) -> list[list[bytes]]:
    return [lines async for lines in chunks_of_lines(pieces(*parts), **limits)]


async def test_lines_are_put_together_wherever_the_pieces_end():
    text = b'{"a":1}\n{"b":"\xc3\xa9"}\r\n\n{"c":3}\n'
    for size in range(1, len(text)):
        parts = [text[start : start + size] for start in range(0, len(text), size)]
        assert await chunks(*parts) == [[b'{"a":1}', b'{"b":"\xc3\xa9"}', b'{"c":3}']]


async def test_a_chunk_ends_at_its_limits():
    assert await chunks(b"1\n2\n3\n4\n5\n", max_lines=2) == [[b"1", b"2"], [b"3", b"4"], [b"5"]]
    assert await chunks(b"1111\n2\n3\n", max_bytes=5) == [[b"1111", b"2"], [b"3"]]


async def test_a_line_that_is_torn_is_not_one():
    torn = chunks_of_lines(pieces(b'{"a":1}\n{"b":', b"2"))
    assert await anext(torn) == [b'{"a":1}']
    with pytest.raises(StreamBroken):
        await anext(torn)


async def test_a_last_line_may_lack_its_end():
    assert await chunks(b'{"a":1}\n{"b":2}') == [[b'{"a":1}', b'{"b":2}']]


async def test_the_first_line_is_there_before_the_rest():
    async def endless() -> AsyncIterator[bytes]:
        yield b'{"a":'
        yield b'1}\n{"b'
        raise AssertionError("asked for more than the first line")

    assert await first_line(endless()) == b'{"a":1}'
    assert await first_line(pieces()) is None


@pytest.mark.parametrize("count", [1, 2, 300])
async def test_a_body_is_as_long_as_it_says(count: int):
    params = {"model": "m", "messages": ["ü" * 2000]}
    text = json.dumps(params, ensure_ascii=False).encode()
    body = BatchBody(BatchRequest(f"id-{index}", text) for index in range(count))
    data = b"".join([piece async for piece in body])
    assert len(data) == body.length
    assert json.loads(data) == {
        "requests": [{"custom_id": f"id-{index}", "params": params} for index in range(count)]
    }
