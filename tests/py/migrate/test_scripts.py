"""Scripts are split as psql splits them, and what only psql can run is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from agentpg.migrate import PlanError
from agentpg.migrate._scripts import read_script
from agentpg.migrate._statements import split_statements


def codes(text: str) -> list[str]:
    return [statement.code for statement in split_statements(text)]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("select 1; select 2", 2),
        ("select ';'; select 2;", 2),
        ("select 'it''s ;'; select 2;", 2),
        (r"select E'\';'; select 2;", 2),
        ('select ";"; select 2;', 2),
        ("select $$;$$; select $a$ $$;$b$ $a$;", 2),
        ("-- ;\nselect 1; /* ; /* ; */ ; */ select 2;", 2),
        ("create rule r as on insert to t do (select 1; select 2); select 3", 2),
        ("create function f() returns int begin atomic select case when a then 1 end; end; select 2", 2),
        ("do $fn$ begin perform 1; end $fn$; ;; -- the end", 1),
        ("select 1 -- no semicolon at the end", 1),
        ("", 0),
        ("-- nothing", 0),
        ("select $1::text[1:n], a:=1", 1),
        ("select é$x$ from t; select 2", 2),
    ],
)
def test_statements_end_where_psql_ends_them(text: str, count: int) -> None:
    statements = split_statements(text)
    assert len(statements) == count
    assert all(text[one.start : one.end].strip() for one in statements)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("select 1;\n\\set x 1", "line 2: a backslash begins a psql command"),
        ("\\ir other.sql", "line 1: a backslash begins"),
        ("select 1 \\gset", "a backslash begins"),
        ("select :'name';", "is a psql variable"),
        ('select * from :"table";', "is a psql variable"),
        ("select 1;\ncopy t from stdin;\n1\n\\.\n", "line 2: copy from stdin needs psql"),
        ("select 'open", "line 1: the quote ' is never closed"),
        ("select $$ open", "is never closed"),
        ("/* open", "is never closed"),
    ],
)
def test_what_needs_psql_or_does_not_end_is_refused_with_its_line(
    tmp_path: Path, text: str, complaint: str
) -> None:
    path = tmp_path / "script.sql"
    path.write_text(text)
    with pytest.raises(PlanError, match=complaint):
        read_script(path)


@pytest.mark.parametrize(
    ("text", "transactional"),
    [
        ("begin; select 1; commit;", True),
        ("-- hello\nBEGIN TRANSACTION;\nselect 1;\nEND;\n-- bye\n", True),
        ("start transaction; select 1; commit work", True),
        ("begin; select 1; rollback;", True),
        ("begin; savepoint a; rollback to a; commit;", True),
        ("begin; do $$ begin end; $$; commit;", True),
        ("select 1;", False),
        ("begin; select 1; commit; select 2;", False),
        ("begin; select 1; commit; begin; select 2; commit;", False),
        ("begin isolation level serializable; select 1; commit;", False),
        ("create index concurrently i on t (a);", False),
    ],
)
def test_one_transaction_is_told_from_several_statements(
    tmp_path: Path, text: str, transactional: bool
) -> None:
    path = tmp_path / "script.sql"
    path.write_text(text)
    assert read_script(path).transactional is transactional


def test_a_script_must_be_there_and_be_text(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="is missing"):
        read_script(tmp_path / "none.sql")
    (tmp_path / "binary.sql").write_bytes(b"select '\xff'")
    with pytest.raises(PlanError, match="not UTF-8"):
        read_script(tmp_path / "binary.sql")


def test_comments_do_not_count_as_code() -> None:
    assert codes("/* a */ begin /* b */; -- c\ncommit -- d\n;") == ["begin", "commit"]
