"""An SMTP server that keeps what it is sent."""

import asyncio
import email
import email.policy
import functools

from aiosmtpd.smtp import SMTP

from record import box, clock


def parse(envelope):
    """What a mail program knows of it: envelope, decoded headers, and its text and HTML."""
    parsed = email.message_from_bytes(envelope.original_content or b"", policy=email.policy.default)
    parts = {}
    for kind in ("plain", "html"):
        part = parsed.get_body(preferencelist=(kind,))
        parts[kind] = part.get_content().replace("\r\n", "\n") if part is not None else None
    return {
        "mail_from": envelope.mail_from,
        "rcpt_tos": envelope.rcpt_tos,
        "headers": {name: str(value) for name, value in parsed.items()},
        "text": parts["plain"],
        "html": parts["html"],
    }


def show(mail, outcome):
    heading = f"Mail {clock()}" + ("" if outcome == "accepted" else f" NOT TAKEN: {outcome}")
    headers = {name.lower(): value for name, value in mail["headers"].items()}
    lines = [f"{name}: {headers[name.lower()]}" for name in ("From", "To", "Subject") if name.lower() in headers]
    return box(heading, [*lines, "", (mail["text"] or "(no text part)").strip()])


class MailHandler:
    def __init__(self, record, faults):
        self._record = record
        self._faults = faults

    async def handle_DATA(self, server, session, envelope):
        fault = self._faults.take("mail") or {}
        if "hang" in fault:
            await asyncio.sleep(fault["hang"])
        outcome = fault.get("reply", "accepted")
        mail = parse(envelope)
        self._record.add("mail", outcome, mail, show(mail, outcome))
        return fault.get("reply", "250 2.0.0 taken")


async def start_smtp(address, handler):
    factory = functools.partial(SMTP, handler, enable_SMTPUTF8=True, ident="tocsin's local sink", hostname="localhost")
    return await asyncio.get_running_loop().create_server(factory, *address)
