"""Every line of the corpora as requests to every operation that takes such a thing."""

import base64
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from urllib.parse import quote
from zlib import crc32

from tests.hostile import corpora, places
from tests.operations import OPERATIONS, Ids, Operation

T = TypeVar("T")
REFUSED = range(400, 500)
READABLE = range(200, 500)
# Whatever a client says of itself; none of it may matter.
IDLE_HEADERS = (
    "User-Agent",
    "X-Request-Id",
    "Cookie",
    "Referer",
    "If-None-Match",
    "X-Forwarded-For",
    "Accept-Language",
)
PARAMETERS = {"limit": "limit", "cursor": "cursor"}
FIELDS = {"email": "email", "handle": "handle", "timezone": "time_zone", "language": "languages", "scopes": "scopes"}
HEADERS = {
    "if_match": "If-Match",
    "idempotency_key": "Idempotency-Key",
    "authorization": "Authorization",
    "content_type": "Content-Type",
    "accept": "Accept",
}
WORD = "kopisenja"
NOBODYS = "0192f5c0-0000-7000-8000-000000000000"


@dataclass(frozen=True, slots=True)
class Attack:
    """One request, and the statuses that answer it well. `kept` are fields that must read back as they were sent."""

    corpus: str
    line: str
    operation: str
    place: str
    method: str
    target: str
    headers: Mapping[str, bytes]
    body: bytes | None = None
    expect: range | tuple[int, ...] = READABLE
    kept: Mapping[str, str] = field(default_factory=dict)
    posts: tuple[str, ...] = ()
    """Good posts among the bad ones of the body, by native id, which have to be taken."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who attacks: an agency's own key, a member's access token, and the ids of what the agency has.

    `one_of` makes a selection: for each operation one line of so many, other lines for another operation.
    """

    key: str
    token: str
    ids: Ids
    one_of: int = 1

    def choose(self, lines: Sequence[T], operation: Operation) -> Sequence[T]:
        """The lines to try on an operation, at least one."""
        first = crc32(operation.id.encode()) % self.one_of
        return lines[first % len(lines) :: self.one_of]

    def request(self, corpus: str, line: str, operation: Operation, place: str, **more: Any) -> Attack:
        """A request that would be good, to be spoilt in one place."""
        headers = {"Host": b"127.0.0.1", "Accept": b"*/*"}
        if not operation.is_open:
            credential = self.token if operation.id == "change_password" else self.key
            headers["Authorization"] = f"Bearer {credential}".encode()
        if places.takes_if_match(operation):
            headers["If-Match"] = b"*"
        body = None
        if operation.has_body:
            headers["Content-Type"] = b"application/json"
            body = json.dumps(operation.body(self.ids)).encode()
        # What is deleted by a request that turns out to be good would be missed by all that follow.
        is_safe = operation.method != "delete" or place.startswith("path")
        ids = self.ids if is_safe else dict.fromkeys(self.ids, NOBODYS)
        target = operation.path
        for name in operation.parameters:
            target = target.replace(f"{{{name}}}", ids.get(name, "not_found"))
        method = operation.method.upper()
        made = Attack(corpus, line, operation.id, place, method, target, headers, body)
        return replace(made, headers={**headers, **more.pop("headers", {})}, **more)


def every(caller: Caller) -> Iterator[Attack]:
    """All of them."""
    for operation in OPERATIONS:
        for source in SOURCES:
            yield from source(caller, operation)


def in_path(caller: Caller, operation: Operation) -> Iterator[Attack]:
    """Naughty strings where an id belongs: there is nothing of that name. The methods of a path share the strings."""
    methods = [each.id for each in OPERATIONS if each.path == operation.path]
    share = corpora.texts()[methods.index(operation.id) :: len(methods)]
    turn = itertools.cycle(operation.parameters)
    for (corpus, text), name in zip(caller.choose(share, operation), turn, strict=False):
        yield _with_id(caller, operation, corpus, text, name)


def _with_id(caller: Caller, operation: Operation, corpus: str, text: str, name: str) -> Attack:
    ids = {**caller.ids, name: quote(text.encode("utf-8", "surrogatepass"), safe="")}
    spoilt = replace(caller, ids=ids)
    attack = spoilt.request(corpus, text, operation, f"path {name}", expect=REFUSED)
    return replace(attack, body=caller.request(corpus, text, operation, "").body)


def in_query(caller: Caller, operation: Operation) -> Iterator[Attack]:
    """Naughty strings as the value of each parameter in turn, and one as the name of a parameter."""
    turn = itertools.cycle([each["name"] for each in places.queries(operation)])
    for (corpus, text), name in zip(caller.choose(corpora.texts(), operation), turn, strict=False):
        yield _with_query(caller, operation, corpus, text, name, READABLE)


def _with_query(
    caller: Caller, operation: Operation, corpus: str, text: str, name: str, expect: range | tuple[int, ...]
) -> Attack:
    attack = caller.request(corpus, text, operation, f"query {name}", expect=expect)
    value = quote(text.encode("utf-8", "surrogatepass"), safe="")
    return replace(attack, target=f"{attack.target}?{quote(name)}={value}")


def unknown_names(caller: Caller, operation: Operation) -> Iterator[Attack]:
    """Naughty strings as the names of parameters; a ninth of them, since what is not known is refused by its name."""
    for corpus, text in caller.choose(corpora.texts()[len(operation.id) % 9 :: 9], operation):
        attack = caller.request(corpus, text, operation, "query name", expect=REFUSED)
        yield replace(attack, target=f"{attack.target}?{quote(text.encode('utf-8', 'surrogatepass'), safe='')}=1")


def in_body(caller: Caller, operation: Operation) -> Iterator[Attack]:
    """Naughty strings in each text field of the body in turn; what is stored reads back as it was sent."""
    if not operation.has_body:
        return
    turn = itertools.cycle(places.fields(operation.id))
    for (corpus, text), (place, _) in zip(caller.choose(corpora.texts(), operation), turn, strict=False):
        yield _with_field(caller, operation, corpus, text, place)


def _with_field(caller: Caller, operation: Operation, corpus: str, value: Any, place: places.Place) -> Attack:
    shown = "/".join(map(str, place))
    body = json.dumps(places.put(operation.body(caller.ids), place, value)).encode()
    kept = {str(place[0]): value} if len(place) == 1 and isinstance(value, str) else {}
    return caller.request(corpus, str(value), operation, f"body /{shown}", body=body, kept=kept)


def in_headers(caller: Caller, operation: Operation) -> Iterator[Attack]:
    """Naughty strings in headers that no operation reads; a third of them at each read, all of them at all reads.

    Not at exports, which would be made whole each time.
    """
    if operation.method != "get" or operation.id.startswith("export_"):
        return
    turn = itertools.cycle(IDLE_HEADERS)
    third = corpora.texts()[len(operation.id) % 3 :: 3]
    for (corpus, text), name in zip(caller.choose(third, operation), turn, strict=False):
        yield caller.request(corpus, text, operation, f"header {name}", headers={name: _header(text)})


def _header(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass").replace(b"\r", b" ").replace(b"\n", b" ")


def as_body(caller: Caller, operation: Operation) -> Iterator[Attack]:
    """JSON of every kind, good and broken, and bodies that are too large: what is not JSON is refused."""
    if operation.method not in {"post", "put", "patch"}:
        return
    for corpus in ("json_parsing", "size_recipes"):
        for line in caller.choose(corpora.lines(corpus), operation):
            content = corpora.content(line)
            # No body at all is none that is broken where it may be left out.
            is_fine = not content and not operation.needs_body
            must_refuse = line["expect"] in {"reject", "4xx", "413"} and operation.has_body and not is_fine
            # A large body of another shape than declared is refused as such; where 10 MiB may be sent, nothing is large.
            expect = (413,) if line["expect"] == "413" and operation.id != "create_mentions" else REFUSED
            headers = {"Content-Type": b"application/json"}
            yield caller.request(
                corpus,
                line["name"],
                operation,
                "body",
                headers=headers,
                body=content,
                expect=expect if must_refuse else READABLE,
            )


def parameter_values(caller: Caller, operation: Operation) -> Iterator[Attack]:
    """Values of each kind of parameter, wherever the operation takes this kind."""
    for line in caller.choose(corpora.lines("param_values"), operation):
        kind, value = line["kind"], str(line["v"])
        for make in (_parameter_of_query, _parameter_of_header, _parameter_of_body):
            yield from make(caller, operation, kind, value)


def _parameter_of_query(caller: Caller, operation: Operation, kind: str, value: str) -> Iterator[Attack]:
    corpus = "param_values"
    for each in places.queries(operation):
        name, form = each["name"], each["schema"].get("format")
        takes = name == PARAMETERS.get(kind) or (kind, form) in {("datetime", "date-time"), ("id", "uuid")}
        if takes:
            expect = REFUSED if kind in {"cursor", "id"} and value != str(_nil()) else READABLE
            yield _with_query(caller, operation, corpus, value, name, expect)
    if kind == "id" and operation.parameters:
        yield _with_id(caller, operation, corpus, value, operation.parameters[0])
    if kind in {"sort", "score", "color", "currency"} and operation.method == "get":
        yield _with_query(caller, operation, corpus, value, kind, REFUSED)


def _nil() -> str:
    return "00000000-0000-0000-0000-000000000000"


def _parameter_of_header(caller: Caller, operation: Operation, kind: str, value: str) -> Iterator[Attack]:
    name = HEADERS.get(kind)
    expect = READABLE
    if name is None or (name == "If-Match" and not places.takes_if_match(operation)):
        return
    if name in {"Content-Type", "Idempotency-Key"} and not operation.has_body:
        return
    if name == "Authorization" and not operation.is_open:
        expect = (400,) if "\0" in value else (401,)
    headers = {name: _header(value)}
    yield caller.request("param_values", value, operation, f"header {name}", headers=headers, expect=expect)


def _parameter_of_body(caller: Caller, operation: Operation, kind: str, value: str) -> Iterator[Attack]:
    if not operation.has_body:
        return
    for place, schema in places.fields(operation.id):
        name, form = [step for step in place if isinstance(step, str)][-1], schema.get("format")
        if name == FIELDS.get(kind) or (kind, form) in {("datetime", "date-time"), ("id", "uuid")}:
            yield _with_field(caller, operation, "param_values", value, place)


def forged_tokens(caller: Caller, operation: Operation) -> Iterator[Attack]:
    """Tokens that nobody's key signed, and a good one that was changed: 401 at every closed door."""
    if operation.is_open:
        return
    forged = [(line["name"], line["token"]) for line in corpora.lines("forged_jwt")]
    for name, token in caller.choose([*forged, *_changed(caller.token)], operation):
        headers = {"Authorization": b"Bearer " + _header(token)}
        yield caller.request("forged_jwt", name, operation, "token", headers=headers, expect=(401,))


def _changed(token: str) -> Iterator[tuple[str, str]]:
    """A member's own token with another head, other claims, or another signature."""
    head, claims, signature = token.split(".")
    told = json.loads(base64.urlsafe_b64decode(claims + "=="))
    yield "own_unsigned", f"{_part({'alg': 'none', 'typ': 'at+jwt'})}.{claims}."
    yield "own_cut", f"{head}.{claims}."
    yield "own_owner", f"{head}.{_part(told | {'role': 'owner', 'exp': told['exp'] + 600})}.{signature}"
    yield "own_flipped", f"{head}.{claims}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"
    yield "own_padded", f"{token}="


def _part(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def webhook_addresses(caller: Caller, operation: Operation) -> Iterator[Attack]:
    """Addresses that nothing may ever be sent to are refused when they are registered."""
    if operation.id not in {"create_webhook_endpoint", "change_webhook_endpoint"}:
        return
    for line in caller.choose(corpora.lines("ssrf_urls"), operation):
        attack = _with_field(caller, operation, "ssrf_urls", line["url"], ("url",))
        yield replace(attack, expect=REFUSED if line["expect"] == "refused" else READABLE, kept={})


def bulk(caller: Caller, operation: Operation) -> Iterator[Attack]:
    """Uploads that are broken in part, with a good post before and after; the good ones are taken."""
    if operation.id != "create_mentions":
        return
    for line in caller.choose(corpora.lines("bulk_uploads"), operation):
        for media_type in (b"application/x-ndjson", b"application/json"):
            attack = caller.request("bulk_uploads", line["name"], operation, "upload")
            headers = {**attack.headers, "Content-Type": media_type}
            yield replace(attack, headers=headers, body=corpora.content(line))
        yield _beside_good(caller, operation, line["name"], corpora.content(line))
    for corpus in corpora.TEXTS:
        yield _as_posts(caller, operation, corpus)


def _beside_good(caller: Caller, operation: Operation, name: str, content: bytes) -> Attack:
    good = (f"before-{name}", f"after-{name}")
    before, after = (json.dumps(_post(native_id, f"{WORD} enak")).encode() for native_id in good)
    body = b"\n".join([before, content, after])
    headers = {"Content-Type": b"application/x-ndjson"}
    return caller.request(
        "bulk_uploads", name, operation, "lines", headers=headers, body=body, expect=(200,), posts=good
    )


def _as_posts(caller: Caller, operation: Operation, corpus: str) -> Attack:
    """Every string of a corpus as a post about a client, so that the worker matches and reads each."""
    posts = [_post(f"{corpus}-{n}", f"{WORD} {line['s']}") for n, line in enumerate(corpora.lines(corpus))]
    body = "\n".join(map(json.dumps, posts)).encode()
    headers = {"Content-Type": b"application/x-ndjson"}
    taken = tuple(post["native_id"] for post in posts)
    return caller.request(corpus, "all", operation, "lines", headers=headers, body=body, expect=(200,), posts=taken)


def _post(native_id: str, text: str) -> dict[str, str]:
    return {"platform": "x", "native_id": native_id, "published_at": "2026-03-01T00:00:00Z", "text": text}


SOURCES = (
    in_path,
    in_query,
    unknown_names,
    in_body,
    in_headers,
    as_body,
    parameter_values,
    forged_tokens,
    webhook_addresses,
    bulk,
)
