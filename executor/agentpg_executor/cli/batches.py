"""`agentpg batches`: list, show, watch, abandon."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ._database import connected_client, database_url
from ._failure import CliError, usage
from ._ids import batch_id
from ._parser import Commands, add_output, command, group, positive
from ._screen import Screen
from ._shapes import document, line
from .exit_codes import ExitCode

if TYPE_CHECKING:
    from agentpg import BatchProgress, BatchQueue, Client

_WATCH = """\
Shows the batches that are not over, and what waits for one, until all are over. On a terminal the table is
drawn again in place; elsewhere each change is a line. Ctrl-C leaves; the batches go on without you."""
_ABANDON = """\
Gives up a batch that the provider will never answer. Its runs wait for another batch at once. Should the
provider answer after all, both answers are paid for: look at the provider's console first."""


def add(commands: Commands) -> None:
    own = group(commands, "batches", "list, show, watch and give up provider batches")
    listed = command(own, "list", list_batches, "what waits for a batch, and batches, newest first")
    listed.add_argument("--open", action="store_true", help="only those that are not over")
    listed.add_argument("--before", metavar="ID", help="the next page: batches older than this one")
    listed.add_argument("--limit", metavar="N", type=positive(int), default=20, help="rows (default: 20)")
    add_output(listed, "table", "json", "jsonl")
    shown = command(own, "show", show_batch, "one batch: where it stands, and its requests without an answer")
    shown.add_argument("batch", metavar="ID", help="the batch's id, or the beginning of it")
    add_output(shown, "text", "json")
    watched = command(own, "watch", watch_batches, "follow batches until all are over", description=_WATCH)
    watched.add_argument("batches", metavar="ID", nargs="*", help="only these (default: all that are open)")
    watched.add_argument(
        "--interval", metavar="SECONDS", type=positive(float), default=2.0, help="between looks (default: 2)"
    )
    add_output(watched, "text", "jsonl")
    abandoned = command(
        own, "abandon", abandon_batch, "give up a batch that will never be answered", description=_ABANDON
    )
    abandoned.add_argument("batch", metavar="ID", help="the batch's id, or the beginning of it")
    abandoned.add_argument("--yes", action="store_true", help="do not ask")


def list_batches(arguments: argparse.Namespace, screen: Screen) -> int:
    from ._batch_view import batch_table, queue_line

    with connected_client(arguments) as client:
        queues = client.batch_queue()
        batches = client.list_batches(
            before=batch_id(client, arguments.before) if arguments.before else None,
            open_only=arguments.open,
            max_count=arguments.limit + 1,
        )
        served = _is_served(client)
    more, batches = len(batches) > arguments.limit, batches[: arguments.limit]
    if arguments.output == "jsonl":
        for batch in batches:
            screen.data(line(batch))
    elif arguments.output == "json":
        next_before = batches[-1].batch_id if more else None
        screen.data(document(queue=queues, batches=batches, next_before=next_before))
    else:
        for queue in queues:
            screen.data(queue_line(screen.out, queue))
        if queues and batches:
            screen.data()
        if batches:
            screen.data(batch_table(screen.out, batches))
    if not served and (queues or any(not batch.is_over for batch in batches)):
        screen.hint("no live executor serves batches; start one: agentpg worker --max-batches 2")
    _say_next(arguments, screen, queues, batches, more=more)
    return ExitCode.DONE


def _is_served(client: Client) -> bool:
    return any(instance.max_concurrent_batches for instance in client.list_instances())


def _say_next(
    arguments: argparse.Namespace,
    screen: Screen,
    queues: list[BatchQueue],
    batches: list[BatchProgress],
    *,
    more: bool,
) -> None:
    if not batches:
        if not queues:
            screen.hint('no batches here; start a run in batch mode: agentpg run AGENT "prompt" --batch')
        return
    if more:
        given = " --open" if arguments.open else ""
        limit = f" --limit {arguments.limit}" if arguments.limit != 20 else ""
        screen.hint(f"more: agentpg batches list{given}{limit} --before {batches[-1].batch_id}")
    if any(not batch.is_over for batch in batches):
        screen.hint("follow them: agentpg batches watch")
    screen.hint(f"look into one: agentpg batches show {batches[0].batch_id}")


def show_batch(arguments: argparse.Namespace, screen: Screen) -> int:
    from ._batch_view import batch_page, failed_requests

    with connected_client(arguments) as client:
        batch = client.get_batch(batch_id(client, arguments.batch))
    without_answer = batch.errored or batch.canceled or batch.expired
    failed = failed_requests(database_url(arguments), batch) if without_answer else []
    if arguments.output == "json":
        screen.data(document(batch=batch, failed_requests=failed))
        return ExitCode.DONE
    screen.data(batch_page(screen.out, batch, failed))
    if failed:
        screen.hint(f"look into a run: agentpg runs show {failed[0].run_id}")
    if not batch.is_over:
        screen.hint(f"follow it: agentpg batches watch {batch.batch_id}")
    return ExitCode.DONE


def watch_batches(arguments: argparse.Namespace, screen: Screen) -> int:
    from ._batch_watch import watch

    with connected_client(arguments) as client:
        wanted = [batch_id(client, text) for text in arguments.batches]
        watch(client, screen, wanted, interval=arguments.interval, as_json=arguments.output == "jsonl")
    return ExitCode.DONE


def abandon_batch(arguments: argparse.Namespace, screen: Screen) -> int:
    from ._batch_view import state_words

    with connected_client(arguments) as client:
        batch = client.get_batch(batch_id(client, arguments.batch))
        if not batch.is_over and not arguments.yes:
            _confirm(batch, state_words(batch), screen)
        if not client.abandon_batch(batch.batch_id):
            raise CliError(
                ExitCode.CONFLICT,
                f"batch {batch.batch_id} is over",
                why=f"it is {client.get_batch(batch.batch_id).state}",
                next=f"agentpg batches show {batch.batch_id}",
            )
    screen.data(str(batch.batch_id))
    screen.hint("its runs wait for another batch: agentpg batches list")
    return ExitCode.DONE


def _confirm(batch: BatchProgress, words: str, screen: Screen) -> None:
    if not screen.can_ask:
        raise usage(
            "giving up a batch is not undone, and nobody is there to be asked",
            why="if the provider answers it after all, its answers are paid for twice",
            next=f"agentpg batches abandon {batch.batch_id} --yes",
        )
    question = (
        f"Give up batch {batch.batch_id} ({words}, {batch.request_count:,} requests)? "
        "If the provider answers it after all, its answers are paid for twice."
    )
    if not screen.ask(question):
        raise CliError(
            ExitCode.CONFLICT,
            "nothing was given up",
            why="the answer was no",
            next=f"agentpg batches show {batch.batch_id}",
        )
