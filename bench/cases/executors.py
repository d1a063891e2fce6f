"""One, two and four executors, each a process: loops that were created before."""

from __future__ import annotations

from bench.product import check_completed, create_runs, make_agent
from bench.subject import Subject
from bench.workers import Workers


def main() -> None:
    subject = Subject.from_arguments()
    runs, iterations = subject.number("runs"), subject.number("iterations")
    create_runs(subject.dsn, make_agent(subject.dsn), runs)
    workers = Workers(subject.dsn, subject.number("executors"), iterations=iterations)
    subject.start()
    workers.go()
    workers.until_ended(runs)
    subject.end(runs * iterations * 2)
    workers.stop()
    check_completed(subject.dsn, runs)


if __name__ == "__main__":
    main()
