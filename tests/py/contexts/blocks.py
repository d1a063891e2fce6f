"""Every block of the Messages API, as requests and responses hold it."""

from __future__ import annotations

import base64
from typing import Any

Json = dict[str, Any]

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(256))).decode()
PDF = base64.b64encode(b"%PDF-1.7\n" + bytes(range(256))).decode()
ODD = 'Grüße, 雪 \U0001f30d "quoted" \\u0041 \\ / \t tab\nline   \u2028 end'
DIRECT: Json = {"type": "direct"}


def text(value: str, **more: Any) -> Json:
    return {"type": "text", "text": value, **more}


def image(**source: Any) -> Json:
    return {"type": "image", "source": source}


def document(source: Json, **more: Any) -> Json:
    return {"type": "document", "source": source, **more}


RESULT: Json = {
    "type": "search_result",
    "source": "https://example.com/snow",
    "title": "Snow",
    "content": [text("It snows."), text("Still.")],
    "citations": {"enabled": True},
}

# Where the user speaks: in prompts and, most of them, in tool results.
GIVEN: dict[str, list[Json]] = {
    "odd text": [text(ODD)],
    "texts in a row": [text("a"), text("b"), text("a")],
    "marked text": [text("Hi.", cache_control={"type": "ephemeral", "ttl": "1h"})],
    "image of bytes": [image(type="base64", media_type="image/png", data=PNG)],
    "image at a url": [image(type="url", url="https://example.com/a.png?b=1&c=%20")],
    "image in a file": [image(type="file", file_id="file_011CNha8iCJcU1wXNR6q4V8w")],
    "image not to be shrunk": [
        {
            **image(type="url", url="https://example.com/a.png"),
            "transformations": {"oversized_image": "error"},
        }
    ],
    "pdf of bytes": [
        document(
            {"type": "base64", "media_type": "application/pdf", "data": PDF},
            title="Snow",
            context="A report.",
        )
    ],
    "document of text": [
        document({"type": "text", "media_type": "text/plain", "data": ODD}, citations={"enabled": True})
    ],
    "document of blocks": [document({"type": "content", "content": [text("One."), text("Two.")]})],
    "document at a url": [
        document({"type": "url", "url": "https://example.com/a.pdf"}, title=None, context=None)
    ],
    "document in a file": [document({"type": "file", "file_id": "file_011CNha8iCJcU1wXNR6q4V8w"})],
    "search results": [RESULT, {**RESULT, "title": "More snow"}],
    "several kinds": [text("See:"), image(type="url", url="https://example.com/a.png"), RESULT, text("And?")],
}
PROMPTED: dict[str, list[Json]] = {
    "file for the container": [
        {"type": "container_upload", "file_id": "file_011CNha8iCJcU1wXNR6q4V8w"},
        text("Run it."),
    ],
    "something new": [text("Hi."), {"type": "hologram", "depth": 3.50, "parts": [None, {"a": []}]}],
}
RETURNED: dict[str, list[Json]] = {
    "reference to a tool": [{"type": "tool_reference", "tool_name": "give"}],
    "state of a browser": [
        text("Opened."),
        {
            "type": "browser_state",
            "tabs": [
                {"tab_id": "1", "title": "", "url": ""},
                {"tab_id": "2", "title": "Snow", "url": "https://example.com", "active": True},
            ],
            "state_changes": [{"type": "tab_opened", "tab_id": "2"}],
        },
    ],
}


def cited(*citations: Json) -> list[Json]:
    return [text("It snows.", citations=list(citations)), text(" Maybe.")]


def served(name: str, content: Any, **more: Any) -> list[Json]:
    """A call of one of the API's own tools, and its result."""
    call: Json = {
        "type": "server_tool_use",
        "id": f"srvtoolu_{name}",
        "name": name,
        "input": {"q": 1.5, "s": ODD},
    }
    kind = "tool_search" if name.startswith("tool_search") else name
    result = {"type": f"{kind}_tool_result", "tool_use_id": call["id"], "content": content, **more}
    return [{**call, "caller": DIRECT}, result, text("So.")]


OUTPUT: Json = {"type": "code_execution_output", "file_id": "file_1"}
EXECUTED: Json = {"stdout": ODD, "stderr": "", "return_code": 0, "content": [OUTPUT]}
MCP: Json = {
    "type": "mcp_tool_use",
    "id": "mcptoolu_1",
    "name": "read",
    "server_name": "files",
    "input": {"path": "/a b", "deep": {"list": [1, 2.5, None, True, {}]}},
}

# Where the model speaks.
SAID: dict[str, list[Json]] = {
    "odd text": [text(ODD)],
    "citation of characters": cited(
        {
            **{"type": "char_location", "cited_text": ODD, "document_index": 0, "document_title": None},
            **{"start_char_index": 0, "end_char_index": 9, "file_id": None},
        }
    ),
    "citation of pages": cited(
        {
            **{"type": "page_location", "cited_text": "snow", "document_index": 1, "document_title": "Snow"},
            **{"start_page_number": 1, "end_page_number": 2, "file_id": "file_1"},
        }
    ),
    "citations of blocks": cited(
        *(
            {
                **{"type": "content_block_location", "cited_text": "a", "document_index": 0},
                **{"document_title": "Snow", "start_block_index": place, "end_block_index": place + 1},
                "file_id": None,
            }
            for place in range(2)
        )
    ),
    "citation of a web page": cited(
        {
            **{"type": "web_search_result_location", "cited_text": "snow", "encrypted_index": "RW5j=="},
            **{"title": None, "url": "https://example.com"},
        }
    ),
    "citation of a search result": cited(
        {
            **{"type": "search_result_location", "cited_text": "It snows.", "search_result_index": 0},
            **{
                "source": "https://example.com",
                "title": "Snow",
                "start_block_index": 0,
                "end_block_index": 1,
            },
        }
    ),
    "thinking": [{"type": "thinking", "thinking": ODD}, text("So.")],
    "thinking that is not shown": [{"type": "thinking", "thinking": ""}, text("So.")],
    "thinking with a signature": [
        {"type": "thinking", "thinking": "Hm", "signature": "RXE+/w=="},
        text("So."),
    ],
    "redacted thinking": [{"type": "redacted_thinking"}, {"type": "thinking", "thinking": "Hm"}, text("So.")],
    "web search": served(
        "web_search",
        [
            {
                **{"type": "web_search_result", "title": "Snow", "url": "https://example.com"},
                **{"encrypted_content": "RW5j==", "page_age": None},
            }
        ],
        caller=DIRECT,
    ),
    "failed web search": served(
        "web_search", {"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"}
    ),
    "web fetch": served(
        "web_fetch",
        {
            **{
                "type": "web_fetch_result",
                "url": "https://example.com",
                "retrieved_at": "2026-11-22T12:00:00Z",
            },
            "content": document({"type": "base64", "media_type": "application/pdf", "data": PDF}, title=None),
        },
    ),
    "failed web fetch": served(
        "web_fetch", {"type": "web_fetch_tool_result_error", "error_code": "url_not_allowed"}
    ),
    "code": served("code_execution", {"type": "code_execution_result", **EXECUTED}),
    "code in secret": served(
        "code_execution",
        {
            **{"type": "encrypted_code_execution_result", "encrypted_stdout": "RW5j=="},
            **{"stderr": "", "return_code": 1, "content": []},
        },
    ),
    "failed code": served(
        "code_execution", {"type": "code_execution_tool_result_error", "error_code": "unavailable"}
    ),
    "shell": served("bash_code_execution", {"type": "bash_code_execution_result", **EXECUTED, "content": []}),
    "file viewed": served(
        "text_editor_code_execution",
        {
            **{"type": "text_editor_code_execution_view_result", "file_type": "text", "content": ODD},
            **{"num_lines": 2, "start_line": None, "total_lines": 2},
        },
    ),
    "file made": served(
        "text_editor_code_execution",
        {"type": "text_editor_code_execution_create_result", "is_file_update": False},
    ),
    "file changed": served(
        "text_editor_code_execution",
        {
            **{"type": "text_editor_code_execution_str_replace_result", "lines": ["-a", "+b", ""]},
            **{"old_start": 1, "old_lines": 1, "new_start": 1, "new_lines": 1},
        },
    ),
    "tools found": served(
        "tool_search_tool_regex",
        {
            "type": "tool_search_tool_search_result",
            "tool_references": [{"type": "tool_reference", "tool_name": "give"}],
        },
    ),
    "no tool found": served(
        "tool_search_tool_bm25",
        {
            **{"type": "tool_search_tool_result_error", "error_code": "unavailable"},
            "error_message": None,
        },
    ),
    "file from the container": [{"type": "container_upload", "file_id": "file_1"}, text("Done.")],
    "mcp": [
        {
            "type": "mcp_tool_listing",
            "mcp_server_name": "files",
            "tools": [{"name": "read", "input_schema": {}}],
        },
        MCP,
        {"type": "mcp_tool_result", "tool_use_id": "mcptoolu_1", "is_error": False, "content": [text(ODD)]},
        text("Read."),
    ],
    "failed mcp": [
        MCP,
        {"type": "mcp_tool_result", "tool_use_id": "mcptoolu_1", "is_error": True, "content": []},
        text("No."),
    ],
    "advice": served("advisor", {"type": "advisor_result", "text": ODD, "stop_reason": "end_turn"}),
    "advice in secret": served(
        "advisor", {"type": "advisor_redacted_result", "encrypted_content": "RW5j==", "stop_reason": None}
    ),
    "no advice": served("advisor", {"type": "advisor_tool_result_error", "error_code": "overloaded"}),
    "another model goes on": [
        text("I"),
        {
            **{"type": "fallback", "from": {"model": "claude-opus-5-5"}, "to": {"model": "claude-opus-5"}},
            "trigger": {"type": "refusal", "category": None},
        },
        text(" see."),
    ],
    "summary": [
        {"type": "compaction", "content": ODD, "encrypted_content": "RW5j==", "tool_changes": []},
        text("So."),
    ],
    "failed summary": [{"type": "compaction", "content": None}, text("So.")],
    "something new": [
        {
            "type": "hologram",
            "depth": 3.50,
            "huge": 12345678901234567890,
            "parts": [None, {"a": [], "b": ODD}],
        },
        text("See?"),
    ],
}
ASKED: dict[str, list[Json]] = {
    "call": [text("Let me see."), {"type": "tool_use", "name": "give", "input": {"key": "x"}}],
    "call of code": [
        {
            **{"type": "tool_use", "name": "give", "input": {"key": "x"}},
            "caller": {"type": "code_execution_20260120", "tool_id": "srvtoolu_1"},
        }
    ],
    "call of a toolset": [
        {"type": "tool_use", "name": "give", "input": {"key": "x"}, "toolset_name": "things"}
    ],
    "calls between thoughts": [
        {"type": "thinking", "thinking": "First."},
        {"type": "tool_use", "name": "give", "input": {"key": "x"}},
        {"type": "thinking", "thinking": ""},
        {
            "type": "tool_use",
            "name": "give",
            "input": {"key": "y", "more": {"n": 1.50, "big": 1e22, "s": ODD}},
        },
    ],
}
