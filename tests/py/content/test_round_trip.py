"""Whatever is put aside comes back equal, and no large string is left where one may be taken out."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

LARGE = 8192
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
# Stand for long strings, few different ones so that some are in several places.
LONG = {
    f"long {n}": text * times
    for n, (text, times) in enumerate(
        [("a", 9000), ("e\u0301", 9000), ("\U0001f469", 3000), ('{"$agentpg_content"', 500), ("x", 2000)]
    )
}
STRINGS = st.one_of(WORDS, st.sampled_from(sorted(LONG)))
POSES = st.sampled_from(
    [{"$agentpg_content": "x"}, {"$agentpg_content": "0" * 8, "bytes": 3}, {"$agentpg_content": {}}]
)
KEYS = st.one_of(st.sampled_from(["data", "source", "content", "input", "type", "$agentpg_content"]), WORDS)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), STRINGS, POSES),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=20,
)
BLOCKS = st.lists(
    st.dictionaries(KEYS, VALUES, max_size=4).map(lambda block: {**block, "type": "invented"}), max_size=4
)


@pytest.fixture
def session(conn: psycopg.Connection[dict[str, Any]]) -> Any:
    row = conn.execute("select agentpg.create_session() as id").fetchone()
    assert row is not None
    return row["id"]


def written_out(node: Any) -> Any:
    if isinstance(node, str):
        return LONG.get(node, node)
    if isinstance(node, list):
        return [written_out(item) for item in node]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(node, dict):
        return {key: written_out(value) for key, value in node.items()}  # pyright: ignore[reportUnknownVariableType]
    return node


def large_data(node: Any, depth: int = 0) -> list[str]:
    """The strings that belong elsewhere."""
    if isinstance(node, list):
        return [found for item in node for found in large_data(item, depth + 1)]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(node, dict) or depth > 8:
        return []
    found: list[str] = []
    for key, value in node.items():  # pyright: ignore[reportUnknownVariableType]
        if key == "data" and isinstance(value, str) and len(value.encode()) > LARGE:
            found.append(value)
        elif key != "input":
            found += large_data(value, depth + 1)
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(short=BLOCKS)
def test_content_comes_back_equal(
    conn: psycopg.Connection[dict[str, Any]], session: Any, short: list[dict[str, Any]]
) -> None:
    content = written_out(short)
    stored = conn.execute(
        "select agentpg._put_aside(%s::jsonb, %s, null) as content", [json.dumps(content), session]
    ).fetchone()
    assert stored is not None
    assert large_data(stored["content"]) == []
    row = conn.execute(
        "select w.whole, w.whole = %s::jsonb as equal from agentpg.whole_content(%s::jsonb) as w(whole)",
        [json.dumps(content), json.dumps(stored["content"])],
    ).fetchone()
    assert row == {"whole": content, "equal": True}
