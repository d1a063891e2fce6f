"""The tools that one executor offers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any, cast

from .definition import Tool
from .outcome import ToolDefinitionError

AnyTool = Tool[..., Any]


class ToolRegistry:
    """Tools by name. Plain functions are made into tools; a name can be taken once."""

    def __init__(self, tools: Iterable[AnyTool | Callable[..., Any] | ModuleType] = ()) -> None:
        self._tools: dict[str, AnyTool] = {}
        for item in tools:
            if isinstance(item, ModuleType):
                self.register_module(item)
            else:
                self.register(item)

    def register(self, item: AnyTool | Callable[..., Any]) -> AnyTool:
        """Adds a tool and returns it. The same object twice is harmless; a second of that name is refused."""
        made = cast("AnyTool", item) if isinstance(item, Tool) else Tool(item)
        known = self._tools.get(made.name)
        if known is not None and known is not made:
            raise ToolDefinitionError(
                f"a tool named {made.name!r} is already registered; give one of them name=..."
            )
        self._tools[made.name] = made
        return made

    def register_module(self, module: ModuleType) -> list[AnyTool]:
        """Adds every `Tool` that `module` holds, in the order of definition, and returns them."""
        found: list[AnyTool] = []
        for value in vars(module).values():
            if isinstance(value, Tool) and value not in found:
                found.append(self.register(cast("AnyTool", value)))
        if not found:
            raise ToolDefinitionError(
                f"module {module.__name__} has no tools: decorate its functions with @tool"
            )
        return found

    def get_tool(self, name: str) -> AnyTool | None:
        """The tool of that name, or None."""
        return self._tools.get(name)

    def all_tool_names(self) -> list[str]:
        """The names of all tools, in order of registration."""
        return list(self._tools)

    def definitions(self) -> list[dict[str, Any]]:
        """What `agentpg.register_tools` takes."""
        return [item.definition() for item in self._tools.values()]

    def __contains__(self, name: object) -> bool:
        return name in self._tools

    def __iter__(self) -> Iterator[AnyTool]:
        return iter(self._tools.values())

    def __len__(self) -> int:
        return len(self._tools)
