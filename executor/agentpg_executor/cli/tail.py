"""`agentpg tail RUN`: what happens to a run and its delegates, from wherever it is worked on."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING
from uuid import UUID

from ._database import checked_url, connected_client, database_url
from ._ids import run_id
from ._parser import Commands, command, not_negative
from ._screen import Screen, cut
from ._words import count, dollars, seconds
from .exit_codes import ExitCode

if TYPE_CHECKING:
    from agentpg.events import Event

_DESCRIPTION = """\
Follows a run from its first event on, text as the model speaks it, wherever it is worked on, and ends with
it. With --json each event is a line with its seq, from which --after goes on. Ctrl-C leaves the run alone."""


def add(commands: Commands) -> None:
    parser = command(commands, "tail", tail, "follow a run as it happens", description=_DESCRIPTION)
    parser.add_argument("run", metavar="RUN", help="its id, or the beginning of it")
    parser.add_argument(
        "--after",
        metavar="SEQ",
        type=not_negative,
        default=0,
        help="go on after this event (default: 0)",
    )
    parser.add_argument("--alone", action="store_true", help="without its delegates")
    parser.add_argument("--json", action="store_true", help="one line of JSON an event")


def tail(arguments: argparse.Namespace, screen: Screen) -> int:
    from agentpg import AsyncClient
    from agentpg.events import RunEnded, RunWaiting

    from ._async import run_async

    url = checked_url(database_url(arguments))
    with connected_client(arguments) as client:
        wanted = run_id(client, arguments.run)
    view = _Lines(screen, wanted)

    async def follow() -> Event | None:
        last: Event | None = None
        async with AsyncClient(url, name="agentpg cli") as client:
            events = client.stream(wanted, after=int(arguments.after), tree=not arguments.alone)
            async for event in events:
                last = event
                if arguments.json:
                    screen.data(json_line(event))
                else:
                    view.show(event)
        return last

    last = run_async(follow)
    view.end()
    if not isinstance(last, (RunEnded, RunWaiting)):
        return ExitCode.DONE
    from ._outcome import exit_code

    return exit_code(last.state.value, getattr(last, "error_type", None))


def json_line(event: Event) -> str:
    """An event as one line of JSON."""
    from agentpg._event_rows import kind_of

    from ._shapes import line, plain

    return line({"kind": kind_of(event), **plain(event)})


class _Lines:
    """Text as it is spoken on stdout, everything else a line on stderr."""

    def __init__(self, screen: Screen, run_id: UUID) -> None:
        self._screen = screen
        self._names: dict[UUID, str] = {}
        self._text: dict[UUID, str] = {}
        self._speaker: UUID | None = None
        self._open = False
        self._run_id = run_id

    def show(self, event: Event) -> None:
        from agentpg import events

        match event:
            case events.TextDelta(iteration_id=iteration_id, text=text):
                self._say(event.run_id, text)
                self._text[iteration_id] = self._text.get(iteration_id, "") + text
            case events.ModelCallFinished(iteration_id=iteration_id, text=text):
                # Pieces may be missing: forgotten, dropped, or later than the answer itself.
                said = self._text.pop(iteration_id, "")
                if text != said:
                    self._say(event.run_id, text.removeprefix(said) if text.startswith(said) else f"\n{text}")
                self.end()
            case events.ModelCallFailed(error_type=kind, error_message=message):
                self._note(event.run_id, "yellow", f"model call failed: {kind}: {message or ''}")
            case events.Superseded(iteration_id=iteration_id, reason=reason):
                self._text.pop(iteration_id, None)
                self._note(event.run_id, "yellow", f"the model call starts over ({reason.replace('_', ' ')})")
            case events.OutputRepaired(reason=reason):
                self._note(event.run_id, "yellow", f"no good output ({reason.replace('_', ' ')}): once more")
            case events.ToolStarted(name=name, input=given):
                from ._run_page import arguments_text

                mark = self._screen.err.glyph("⚙", "*")
                self._note(event.run_id, "", f"{mark} {name}({arguments_text(given)})")
            case events.ToolProgress(name=name, message=message):
                self._note(event.run_id, "dim", f"  {name}: {message}")
            case events.ToolRetried(name=name, reason=reason, error=error):
                self._note(
                    event.run_id, "yellow", f"  {name}: {reason.replace('_', ' ')}: {error or 'once more'}"
                )
            case events.ToolFinished(name=name, is_error=failed, output=output, duration=duration):
                mark = self._screen.err.glyph("✗", "x") if failed else self._screen.err.glyph("✓", "+")
                self._note(
                    event.run_id, "red" if failed else "", f"{mark} {name} {seconds(duration)}: {output}"
                )
            case events.ApprovalRequested(tool_execution_id=call, name=name):
                self._note(
                    event.run_id, "yellow", f"{name} waits: agentpg approvals approve {call}, or reject"
                )
            case events.ApprovalDecided(name=name, decision=decision, decided_by=who):
                self._note(event.run_id, "dim", f"{name} was {decision}" + (f" by {who}" if who else ""))
            case events.RunStarted(agent_name=name):
                self._names[event.run_id] = name
                self._note(event.run_id, "dim", f"run {event.run_id}")
            case events.RunEnded() | events.RunWaiting() if event.run_id == self._run_id:
                tokens = count(event.usage.total_input + event.usage.output_tokens, "token")
                reason = getattr(event, "error_type", None) or event.stop_reason or ""
                self._note(
                    event.run_id, "dim", f"{event.state} ({reason}): {tokens}, {dollars(event.cost_usd)}"
                )
            case _:
                pass

    def end(self) -> None:
        """Ends the line under way."""
        if self._open:
            self._screen.out.write()
            self._open = False

    def _say(self, run_id: UUID, text: str) -> None:
        if not text:
            return
        if run_id != self._speaker:
            self.end()
            self._speaker = run_id
            if run_id in self._names:
                self._note(run_id, "dim", "")
        self._screen.out.write(self._screen.out.show(text), end="")
        self._open = not text.endswith("\n")

    def _note(self, run_id: UUID, style: str, text: str) -> None:
        self.end()
        err = self._screen.err
        name = self._names.get(run_id)
        line = cut(err.show(f"{name}: {text}" if name else text), err.width - 1)
        self._screen.note(err.paint(line, style) if style else line)
