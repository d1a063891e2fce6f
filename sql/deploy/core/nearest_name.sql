-- Deploy agentpg:core/nearest_name to pg
-- requires: core/schema
begin;

create function agentpg._edit_distance(one text, other text)
returns integer
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_above integer[];
  v_row integer[];
begin
  -- Row by row of Wagner and Fischer's table, with one row kept; index 1 is the empty prefix.
  v_row := array(select g from generate_series(0, length(other)) g);
  for i in 1 .. length(one) loop
    v_above := v_row;
    v_row := array[i];
    for j in 1 .. length(other) loop
      v_row[j + 1] := least(
        v_above[j + 1] + 1, v_row[j] + 1,
        v_above[j] + case when substr(one, i, 1) = substr(other, j, 1) then 0 else 1 end
      );
    end loop;
  end loop;
  return v_row[length(other) + 1];
end
$$;
comment on function agentpg._edit_distance(text, text) is
  'How many letters must be put in, taken out or replaced to make the one of the other.';

create function agentpg._nearest_name(name text, known text[])
returns text
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_name text := lower(replace(left(name, 64), '-', '_'));
begin
  return (
    select n.known
    from (
      select k.known, k.place, v_name <> '' and (strpos(k.known, v_name) > 0 or strpos(v_name, k.known) > 0) as contained,
        agentpg._edit_distance(v_name, k.known) as distance
      from unnest(_nearest_name.known) with ordinality as k(known, place)
    ) n
    where n.contained or 2 * n.distance <= greatest(length(v_name), length(n.known))
    order by n.distance - case when n.contained then 2 else 0 end, n.place
    limit 1
  );
end
$$;
comment on function agentpg._nearest_name(text, text[]) is
  'The known name that was probably meant; null when none is alike.';

create function agentpg._name_hint(unknown text, known text[], noun text)
returns text
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_meant text;
begin
  select string_agg(format('did you mean %s instead of %s?', m.meant, m.name), ' ' order by m.place) into v_meant
  from (
    select u.name, u.place, agentpg._nearest_name(u.name, known) as meant
    from unnest(string_to_array(unknown, ', ')) with ordinality as u(name, place)
    limit 5
  ) m
  where m.meant is not null;
  return concat_ws(' ', v_meant, format('known %s: %s', noun, array_to_string(known, ', ')));
end
$$;
comment on function agentpg._name_hint(text, text[], text) is
  'The hint of a refusal of unknown names (a list joined by commas): what was probably meant, and all that is known.';

commit;
