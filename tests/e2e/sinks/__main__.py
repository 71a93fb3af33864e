"""Where messages go when no real Slack and no real mail server is configured: a webhook and an SMTP server that show
each message as a person would see it.

    usage: python3 tests/e2e/sinks [--http HOST:PORT] [--smtp HOST:PORT] [--record FILE]

--record appends a JSON object a line: {"at": seconds since 1970, "kind": "slack"|"mail", "outcome": "accepted" or what
was answered instead, "message": …}. GET /messages answers the same objects as an array.

Faults, for tests: POST /faults/slack or /faults/mail with
    {"status": 429, "headers": {"Retry-After": "1"}, "times": 2}    Slack answers so, twice
    {"reply": "451 4.3.0 try again later", "times": 2}              SMTP answers so after DATA
    {"hang": 30}                                                    answers only after 30 s; until DELETE when no "times"
DELETE /faults ends them all.
"""

import argparse
import asyncio
import signal
import sys
import threading

from mail import MailHandler, start_smtp
from record import Faults, Record
from slack import start_http


def address(text):
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise argparse.ArgumentTypeError(f"'{text}' is not HOST:PORT")
    return host, int(port)


async def serve(options):
    record = Record(options.record)
    faults = Faults()
    web = start_http(options.http, record, faults)
    smtp = await start_smtp(options.smtp, MailHandler(record, faults))
    print("Listening on http=%s:%d smtp=%s:%d" % (*web.server_address[:2], *smtp.sockets[0].getsockname()[:2]),
          file=sys.stderr, flush=True)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()


def main():
    parser = argparse.ArgumentParser(prog="sinks", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--http", type=address, default=("127.0.0.1", 9080), metavar="HOST:PORT")
    parser.add_argument("--smtp", type=address, default=("127.0.0.1", 9025), metavar="HOST:PORT")
    parser.add_argument("--record", metavar="FILE")
    try:
        asyncio.run(serve(parser.parse_args()))
    except OSError as error:
        sys.exit(f"sinks: {error}")


if __name__ == "__main__":
    main()
