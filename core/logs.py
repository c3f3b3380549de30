"""A log record rendered as one JSON line, secrets removed."""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any, cast

import msgspec

HIDDEN = "[removed]"
LONGEST_TEXT = 4000

SECRET_NAME = re.compile(r"password|passwd|secret|token|authorization|cookie|api_?key|signature", re.IGNORECASE)
# What our own credentials look like, wherever they stand in a text: each keeps the part that tells which it was.
SECRET_TEXT = (
    (re.compile(r"(?P<kept>[a-z][a-z0-9+.-]*://[^\s:/@]*):[^\s/]*@"), rf"\g<kept>:{HIDDEN}@"),
    (re.compile(r"(?P<kept>\b(?:bearer|basic)\s+)[\w.~+/=-]+", re.IGNORECASE), rf"\g<kept>{HIDDEN}"),
    (re.compile(r"(?P<kept>\bsk_(?:live|test)_[0-9A-Za-z]{8})[0-9A-Za-z]+"), rf"\g<kept>{HIDDEN}"),
    (re.compile(r"(?P<kept>\bwhs(?:ec|k)_)[\w+/=-]+"), rf"\g<kept>{HIDDEN}"),
    (re.compile(r"(?P<kept>\beyJ)[\w-]+\.[\w-]+\.[\w-]*"), rf"\g<kept>{HIDDEN}"),
)
# People, by the form of an address, by what the database says of a key that is taken, and by the name of a field.
PERSONAL_TEXT = (
    (re.compile(r"[^\s<>()\[\],;:\"'=/@]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"), HIDDEN),
    (re.compile(r"(?P<kept>\bKey \([^)\n]*\)=)\([^\n]*\)"), rf"\g<kept>({HIDDEN})"),
    (re.compile(r"(?P<kept>\bFailing row contains )\([^\n]*\)"), rf"\g<kept>({HIDDEN})"),
)
PERSONAL_NAME = re.compile(r"^(?:e?mail|address|handle|author|author_name|reply_to|text|title|bio)$")
# What every record has; all else was handed in with `extra` and is told.
ORDINARY = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
HARMLESS = "harmless"
"""Name under which a line that is written for each request brings its ids and figures: all of it ours, its message too,
so that nothing has to be searched for secrets. As in `extra={HARMLESS: {...}}`."""


class JsonLines(logging.Formatter):
    """One record, one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        known = vars(record)
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if HARMLESS in known:
            return msgspec.json.encode({**line, "message": record.msg, **known[HARMLESS]}).decode()
        line["message"] = without_secrets(record.getMessage())
        line |= {name: clean(name, value) for name, value in known.items() if name not in ORDINARY}
        if record.exc_info:
            line["trace"] = without_secrets(self.formatException(record.exc_info), longest=4 * LONGEST_TEXT)
        return json.dumps(line, ensure_ascii=False, default=lambda value: without_secrets(str(value)))


def without_secrets(text: str, *, longest: int = LONGEST_TEXT) -> str:
    """The text with each credential and address removed that can be told from its form, cut where it is very long."""
    for pattern, replacement in (*SECRET_TEXT, *PERSONAL_TEXT):
        text = pattern.sub(replacement, text)
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text)} characters)"


def clean(name: str, value: Any) -> Any:
    """A value as it may be told under this name: whole if harmless, removed if the name is that of a secret."""
    if (SECRET_NAME.search(name) or PERSONAL_NAME.search(name)) and not isinstance(value, bool | int | float | None):
        return HIDDEN
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, dict):
        pairs = cast("dict[Any, Any]", value).items()
        return {str(key): clean(str(key), item) for key, item in pairs}
    if isinstance(value, list | tuple):
        return [clean(name, item) for item in cast("list[Any]", value)]
    return value
