"""Telling people: a signed webhook, a Slack-compatible webhook, mail. Each has a time limit and follows nobody elsewhere.

The address is written by the person who declared the trigger; news can fill in a path or a text, never the host. So nothing that
comes in can make this process call places that it was not told of.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from treadle.contract.triggers import Notify
from treadle.core.errors import DataError, TreadleError, Unreachable, UsageError
from treadle.triggers.secrets import find_secret, revealed
from treadle.triggers.sentences import said_news

TIME_LIMIT = 10.0
_LONGEST = 3000  # characters of a text
_LATER = (429, 500, 502, 503, 504)
"""Statuses of HTTP after which another try may go well."""
_LOCAL = ("127.0.0.1", "localhost", "::1")


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What is told. `text` is the declared one, filled in; without it the news in words."""

    trigger: str
    firing: int
    news: Mapping[str, Any]
    text: str = ""

    @property
    def shown(self) -> str:
        return (self.text or said_news(self.news))[:_LONGEST]


def notify(act: Notify, message: Message, home: Path) -> str:
    """Tells everybody named; answers in words whom. Raises Unreachable for what may work later, UsageError for what will not."""
    told: list[str] = []
    if act.webhook:
        told.append(_webhook(revealed(act.webhook, home), act.secret, message, home))
    if act.slack:
        told.append(_slack(revealed(act.slack, home), message))
    if act.mail:
        told.append(_mail(act, message, home))
    return f"told {', '.join(told)}: {message.shown[:200]}"


def existing(path: str) -> Path:
    """A file or folder that is there; raises DataError."""
    found = Path(path)
    if not found.is_absolute() or not found.exists():
        raise DataError(f"`{path}` is not there", hint="an absolute path that the keeper can read")
    return found


def _webhook(url: str, secret: str, message: Message, home: Path) -> str:
    """A JSON body; its signature is `sha256=` and the HMAC-SHA256 (RFC 2104) of the raw body in X-Treadle-Signature-256."""
    body = msgspec.json.encode(
        {"trigger": message.trigger, "firing": message.firing, "text": message.shown, "news": message.news}, order="deterministic"
    )
    headers = {"Content-Type": "application/json", "X-Treadle-Delivery": f"{message.trigger}-{message.firing}"}
    if secret:
        headers["X-Treadle-Signature-256"] = signature(find_secret(secret, home), body)
    return _post(url, body, headers)


def signature(secret: str, body: bytes) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _slack(url: str, message: Message) -> str:
    """The body that Slack's incoming webhooks and those of their kin take: `{"text": ...}` with &, < and > escaped."""
    text = message.shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    body = msgspec.json.encode({"text": f"*{message.trigger}*: {text}"})
    return "Slack at " + _post(url, body, {"Content-Type": "application/json"})


def _post(url: str, body: bytes, headers: Mapping[str, str]) -> str:
    import httpx2

    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError("the webhook's address is no http or https URL", hint='webhook="https://HOST/PATH"')
    try:
        with (
            httpx2.Client(timeout=TIME_LIMIT, follow_redirects=False) as client,
            client.stream("POST", url, content=body, headers={**headers, "User-Agent": "treadle"}) as answer,
        ):
            status = answer.status_code
    except httpx2.HTTPError as error:  # the address may hold a secret: only its host is named
        raise Unreachable(f"{parts.hostname} did not answer: {type(error).__name__}", hint="is it running?") from None
    if 200 <= status < 300:
        return parts.hostname
    kind: type[TreadleError] = Unreachable if status in _LATER else UsageError
    raise kind(f"{parts.hostname} answered {status}", hint="a redirect is not followed" if 300 <= status < 400 else None)


def _mail(act: Notify, message: Message, home: Path) -> str:
    """By SMTP. Beyond this machine the connection must be encrypted: `smtps://`, or STARTTLS."""
    import smtplib
    import ssl

    server = urlsplit(revealed(act.server, home) if act.server else find_secret("TREADLE_SMTP", home))
    if server.scheme not in ("smtp", "smtps") or not server.hostname:
        raise UsageError("the mail server is no smtp or smtps URL", hint="TREADLE_SMTP=smtp://USER@HOST:587?from=ADDRESS")
    user = unquote(server.username or "")
    sender = act.sender or parse_qs(server.query).get("from", [""])[0] or (user if "@" in user else f"treadle@{server.hostname}")
    letter = EmailMessage()
    letter["Subject"] = " ".join(f"{message.trigger}: {message.shown}".split())[:150]
    letter["From"], letter["To"] = sender, ", ".join(act.mail)
    letter.set_content(f"{message.shown}\n\ntreadle triggers why {message.firing}\n")
    try:
        kind = smtplib.SMTP_SSL if server.scheme == "smtps" else smtplib.SMTP
        with kind(server.hostname, server.port or (465 if server.scheme == "smtps" else 587), timeout=TIME_LIMIT) as connection:
            connection.ehlo()
            if server.scheme == "smtp" and connection.has_extn("starttls"):
                connection.starttls(context=ssl.create_default_context())
                connection.ehlo()
            elif server.scheme == "smtp" and server.hostname not in _LOCAL:
                raise UsageError(f"{server.hostname} offers no encryption", hint="smtps://, or a server with STARTTLS")
            if user:
                connection.login(user, find_secret("TREADLE_SMTP_PASSWORD", home))
            connection.send_message(letter)
    except smtplib.SMTPResponseException as error:
        lasting = 500 <= error.smtp_code < 600
        raise (UsageError if lasting else Unreachable)(f"{server.hostname} refused the mail: {error.smtp_code}") from None
    except smtplib.SMTPRecipientsRefused as error:
        raise UsageError(f"{server.hostname} refused {', '.join(error.recipients)}") from None
    except (smtplib.SMTPException, OSError) as error:
        raise Unreachable(f"{server.hostname} took no mail: {type(error).__name__}", hint="is the mail server running?") from None
    return ", ".join(act.mail)
