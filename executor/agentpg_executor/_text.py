"""Makes text fit for Postgres and the model: no NUL, no lone surrogates, no secrets, bounded length."""

from __future__ import annotations

import math
import re
from typing import Any

from ._json import is_array, is_object

REPLACEMENT = "\ufffd"

_SECRETS = (
    re.compile(r"sk-ant-[A-Za-z0-9_-]+"),
    re.compile(r"(?<=://)([^/\s:@]*):[^/\s@]+(?=@)"),
    re.compile(r"(?i)\b(bearer)\s+[A-Za-z0-9._~+/-]+=*"),
    re.compile(
        r"(?i)\b(password|passwd|pwd|secret|api[_-]?key|access[_-]?token)(\s*[=:]\s*)('[^']*'|\"[^\"]*\"|[^\s,;]+)"
    ),
)


def clean_text(text: str) -> tuple[str, int]:
    """`text` with every NUL and lone surrogate replaced by U+FFFD, and how many were replaced."""
    replaced = 0
    if "\0" in text:
        replaced = text.count("\0")
        text = text.replace("\0", REPLACEMENT)
    if text.isascii():
        return text, replaced
    try:
        text.encode()
    except UnicodeEncodeError:
        # Two halves that arrived as separate code points are joined; a half that stands alone is replaced.
        joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        replaced += joined.count(REPLACEMENT) - text.count(REPLACEMENT)
        text = joined
    return text, replaced


def clean_json(value: Any) -> tuple[Any, int]:
    """`value` with every string, keys too, made fit for jsonb, and how many characters that changed."""
    if isinstance(value, str):
        return clean_text(value)
    if is_object(value):
        pairs = [(clean_text(key), clean_json(item)) for key, item in value.items()]
        count = sum(k[1] + v[1] for k, v in pairs)
        return ({k[0]: v[0] for k, v in pairs}, count) if count else (value, 0)
    if is_array(value):
        items = [clean_json(item) for item in value]
        count = sum(item[1] for item in items)
        return ([item[0] for item in items], count) if count else (value, 0)
    if isinstance(value, float) and not math.isfinite(value):
        return None, 1
    return value, 0


def cut_text(text: str, limit: int) -> tuple[str, int]:
    """The longest prefix of `text` of at most `limit` UTF-8 bytes, and the size of the whole."""
    if len(text) * 4 <= limit:
        return text, len(text)
    data = text.encode("utf-8", "replace")
    if len(data) <= limit:
        return text, len(data)
    return data[: max(0, limit)].decode("utf-8", "ignore"), len(data)


def describe_error(error: BaseException, limit: int = 2000) -> str:
    """The type and message of `error`, for the model and the log: no traceback, common secrets masked."""
    kind = type(error).__name__
    try:
        message = str(error)
    except BaseException:
        message = "its message cannot be shown"
    text = f"{kind}: {message}" if message else kind
    text, _ = clean_text(mask_secrets(text[: limit * 4]))
    shown, size = cut_text(text, limit)
    return shown if shown == text else f"{shown} [cut, {size} bytes in all]"


def mask_secrets(text: str) -> str:
    """API keys, bearer tokens, and passwords in URLs and `name=value` pairs become `***`. A best effort."""
    keys, urls, bearer, pairs = _SECRETS
    text = keys.sub("***", text)
    text = urls.sub(r"\1:***", text)
    text = bearer.sub(r"\1 ***", text)
    return pairs.sub(r"\1\2***", text)
