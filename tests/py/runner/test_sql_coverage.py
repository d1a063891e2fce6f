"""The coverage of the SQL functions: counters of a body become lines of its file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from fixtures.coverage import functions, lcov_report, percentage, text_report
from fixtures.profiler import Profile

_FILE = """-- Deploy agentpg:core/example to pg
begin;

create function agentpg.example(a int)
returns int
language plpgsql
as $$
begin
  if a > 0 then
    return 1;
  end if;
  return 2;
end
$$;

commit;
"""


def test_statements_are_told_by_the_line_of_their_file(tmp_path: Path) -> None:
    file = tmp_path / "sql" / "deploy" / "core" / "example.sql"
    file.parent.mkdir(parents=True)
    file.write_text(_FILE, encoding="utf-8")
    body = _FILE.split("$$")[1]
    counts = Counter({(1, 3, "IF"): 5, (2, 4, "RETURN"): 5, (3, 6, "RETURN"): 0})
    profile = Profile({("agentpg.example(integer)", body): counts, ("agentpg.gone()", " of old "): counts})

    found = functions(profile, tmp_path)

    assert [each.signature for each in found] == ["agentpg.example(integer)"]
    assert found[0].statements == [(9, 5), (10, 5), (12, 0)]
    assert round(percentage(found), 1) == 66.7
    assert "example  sql/deploy/core/example.sql:12" in text_report(found)
    assert "SF:sql/deploy/core/example.sql\n" in lcov_report(found)
    assert "DA:9,5\nDA:10,5\nDA:12,0\nLF:3\nLH:2\nend_of_record\n" in lcov_report(found)
