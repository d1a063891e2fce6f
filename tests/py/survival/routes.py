"""Ways to one database: direct, through a proxy, over several servers."""

from __future__ import annotations

from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo
from survival.proxy import Proxy


def socket_of(dsn: str) -> Path:
    """The Unix socket that a DSN names."""
    parts = conninfo_to_dict(dsn)
    return Path(str(parts["host"])) / f".s.PGSQL.{parts.get('port') or 5432}"


def through(dsn: str, proxy: Proxy) -> str:
    """The same database by way of the proxy."""
    parts = {**conninfo_to_dict(dsn), "host": "127.0.0.1", "port": proxy.port}
    return make_conninfo("", **parts, sslmode="disable", gssencmode="disable")


def either(first: str, second: str) -> str:
    """Whichever of two servers takes writes."""
    parts, others = conninfo_to_dict(first), conninfo_to_dict(second)
    hosts = f"{parts['host']},{others['host']}"
    ports = f"{parts.get('port') or 5432},{others.get('port') or 5432}"
    return make_conninfo("", **{**parts, "host": hosts, "port": ports}, target_session_attrs="read-write")
