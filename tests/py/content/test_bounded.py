"""What a large string costs does not depend on how many there are, whatever the planner learned before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from fixtures.databases import Database

READ = """
select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint as rows
from pg_stat_xact_user_tables
where schemaname = 'agentpg' and relname in ('large_contents', 'content_uses', 'content_releases')
"""
STORED = """
create table stored as
select agentpg._put_aside(jsonb_build_array(image_block(%s)), session_id(), null) as stored
"""


@pytest.fixture
def crowded(database: Database) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """20,000 strings and uses; statistics and cached plans are of the time when there was one."""
    with database.connect(autocommit=False) as conn:
        conn.execute("set search_path = public, agentpg_test")
        conn.execute("select given_session()")
        conn.execute(STORED.replace("%s", "'cat'").encode())
        conn.execute(
            "insert into agentpg.content_releases (content_id) select id from agentpg.large_contents"
        )
        conn.execute("analyze agentpg.large_contents, agentpg.content_uses, agentpg.content_releases")
        for _ in range(10):
            for statement in STATEMENTS:
                conn.execute(statement.encode())
        conn.execute(
            """
            insert into agentpg.large_contents (sha256, data)
            select sha256(convert_to(n::text, 'UTF8')), n::text from generate_series(1, 20000) n;
            with s as (select agentpg.create_session() as id)
            insert into agentpg.content_uses (session_id, content_id)
            select s.id, c.id from s, agentpg.large_contents c where length(c.data) < 10;
            insert into agentpg.content_releases (content_id) select c.id from agentpg.large_contents c
            """
        )
        conn.commit()
        yield conn
        conn.rollback()


STATEMENTS = {
    "select agentpg.whole_content(m.stored) from stored m": 2,
    "select agentpg._put_aside(jsonb_build_array(image_block('dog')), session_id(), null)": 10,
    "select agentpg._whole_messages(session_id(), '[]')": 3,
    "select agentpg._whole_messages(gen_random_uuid(), '[]')": 1,
    "select agentpg._drop_unreferenced_content(10)": 80,
}


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_call_reads_the_rows_it_needs(crowded: psycopg.Connection[dict[str, Any]], statement: str) -> None:
    before = crowded.execute(READ).fetchone()
    crowded.execute(statement.encode())
    after = crowded.execute(READ).fetchone()
    assert before is not None
    assert after is not None
    assert after["rows"] - before["rows"] <= STATEMENTS[statement]
