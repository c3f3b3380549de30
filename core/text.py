"""Unicode folding and word boundaries, for matching and sentiment alike.

A text is read once into a `Passage`: folded tokens in order, with what is needed to point back into the original.
Tokens are runs of letters or digits, whole hashtags (written without the sign), whole handles (written with it) and
single emoji. Links are no text: they are blanked out first and take no position.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator

_APOSTROPHES = "'’‘‛ʼʻ"
# Invisible characters that NFKC case folding drops: soft hyphen, zero-width spaces and joiners, byte order mark.
_INVISIBLE = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
# What "accents removed" removes: combining diacritical marks and Arabic vowel signs, not the vowels of Thai or Hindi.
_ACCENTS = "\u0300-\u036f\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
_MARK_BLOCKS = ((0x0300, 0x1E00), (0x20D0, 0x2100), (0x3099, 0x309B), (0xA800, 0xAC00), (0xFE00, 0xFE30))


def _marks() -> str:
    """Every combining mark of the basic plane, as the inside of a character class."""
    points = (point for first, last in _MARK_BLOCKS for point in range(first, last))
    return "".join(re.escape(chr(point)) for point in points if unicodedata.category(chr(point))[0] == "M")


_PICTURES = (
    "\u231a\u231b\u2328\u23cf\u23e9-\u23f3\u23f8-\u23fa\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe\u2600-\u2604\u260e\u2611"
    "\u2614\u2615\u2618\u261d\u2620\u2622\u2623\u2626\u262a\u262e\u262f\u2638-\u263a\u2640\u2642\u2648-\u2653\u265f"
    "\u2660\u2663\u2665\u2666\u2668\u267b\u267e\u267f\u2692-\u2697\u2699\u269b\u269c\u26a0\u26a1\u26a7\u26aa\u26ab"
    "\u26b0\u26b1\u26bd\u26be\u26c4\u26c5\u26c8\u26ce\u26cf\u26d1\u26d3\u26d4\u26e9\u26ea\u26f0-\u26f5\u26f7-\u26fa"
    "\u26fd\u2702\u2705\u2708-\u270d\u270f\u2712\u2714\u2716\u271d\u2721\u2728\u2733\u2734\u2744\u2747\u274c\u274e"
    "\u2753-\u2755\u2757\u2763\u2764\u2795-\u2797\u27a1\u27b0\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55"
    "\u2194-\u2199\u21a9\u21aa\u3030\u303d\U0001f004\U0001f0cf\U0001f170\U0001f171\U0001f17e\U0001f17f\U0001f18e"
    "\U0001f191-\U0001f19a\U0001f300-\U0001f64f\U0001f680-\U0001f6ff\U0001f7e0-\U0001f7f0\U0001f90c-\U0001f9ff"
    "\U0001fa70-\U0001faff"
)
_TONES = "\U0001f3fb-\U0001f3ff"
_DRESS = f"[\ufe0e\ufe0f{_TONES}]"
_PICTURE = f"[{_PICTURES}]{_DRESS}*+"
_EMOJI = (
    f"[#*0-9]\ufe0f?\u20e3|[\U0001f1e6-\U0001f1ff]{{1,2}}|{_PICTURE}(?:\u200d{_PICTURE})*+[\U000e0020-\U000e007f]*+"
)

_SHORT = 64
"""In a text of so many tokens, looking through them is cheaper than an index of their places."""

_LINK = re.compile(r"(?:https?://|(?<!\w)www\.(?=\w))[^\s<>\"“”«»]+", re.IGNORECASE)
_LINK_TAIL = ".,;:!?…'’)]}*_~"

_PLAIN_WORD = re.compile(r"[a-z0-9]+")
_ASCII_TOKEN = re.compile(
    r"[a-z0-9]++(?:'[a-z0-9]++)*+"
    r"|(?<![a-z0-9_])(?:#(?=_*[a-z0-9])[a-z0-9_]++(?:#(?=_*[a-z0-9])[a-z0-9_]++)*+"
    r"|@(?=_*[a-z0-9])[a-z0-9_]++(?:\.[a-z0-9_]++)*+)"
)
_LETTER = r"[^\W_]"
_INNER = f"[{_marks()}{_INVISIBLE}]"
_RUN = rf"(?:\w|{_INNER})++"
_TOKEN = re.compile(
    rf"{_EMOJI}"
    rf"|{_LETTER}++(?:(?:{_INNER}++|[{_APOSTROPHES}](?={_LETTER})){_LETTER}*+)*+"
    rf"|(?<!\w)(?:#(?=_*{_LETTER}){_RUN}(?:#(?=_*{_LETTER}){_RUN})*+|@(?=_*{_LETTER}){_RUN}(?:\.{_RUN})*+)"
)
_SENTENCE_END = re.compile(r"[.!?…](?=\s|$)|[\n\r\x0b\x0c\x85\u2028\u2029]")
# A stretch that normalisation leaves as it is; or a letter with its marks, or a run of Hangul letters: what it may join
# into one character.
_CLUSTER = re.compile(rf"([\x00-\x7f]+(?![{_marks()}]))|[\u1100-\u11ff]+|.[{_marks()}]*", re.DOTALL)

_DROPPED = re.compile(f"[{_ACCENTS}{_INVISIBLE}{_APOSTROPHES}]")
_JOINT = re.compile(f"[{_APOSTROPHES}{_INVISIBLE}]+")
_UNDRESSED = re.compile(_DRESS)
# Signs that normalisation would glue to the word before them, and two that need not cost the slow path.
_SIGNS = {ord("™"): " ", ord("℠"): " ", ord("…"): ".", ord("\u00a0"): " "}


def fold(word: str) -> str:
    """One word as it is compared: NFKC, case folding, without accents, apostrophes and invisible characters."""
    if word.isascii():
        return word.lower().replace("'", "")
    spread = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", word).casefold())
    return unicodedata.normalize("NFKC", _DROPPED.sub("", spread).casefold())


class Passage:
    """One text, read: its tokens at once, everything else when first asked for."""

    __slots__ = (
        "_ends",
        "_places",
        "_plain",
        "_sentences",
        "_spans",
        "_starts",
        "hashtags",
        "parts",
        "source",
        "tokens",
    )

    def __init__(self, source: str) -> None:
        self.source = source
        self._starts: list[int] | None = None
        self._ends: list[int] | None = None
        self._spans: list[tuple[int, int]] | None = None
        self._places: dict[str, list[int]] | None = None
        self._sentences: list[int] | None = None
        # Positions of the tokens that are hashtags; and the pieces of words that an apostrophe holds together.
        self.hashtags: tuple[int, ...] | list[int] = ()
        self.parts: tuple[str, ...] | list[str] = ()
        self.tokens: list[str]
        if source.isascii():
            plain = source.lower()
            if "://" in plain or "www." in plain:
                plain = _blank_links(plain)
            self._plain = plain
            if "@" in plain or "#" in plain or "'" in plain:
                self._settle(_ASCII_TOKEN.findall(plain))
            else:
                self.tokens = _PLAIN_WORD.findall(plain)
        else:
            self._plain = self._normalised(source)
            self._settle(_TOKEN.findall(self._plain))

    def _normalised(self, source: str) -> str:
        plain = _blank_links(source).translate(_SIGNS)
        if unicodedata.is_normalized("NFKC", plain):
            return plain
        pieces: list[str] = []
        self._starts, self._ends = [], []
        for cluster in _CLUSTER.finditer(plain):
            start, end = cluster.span()
            if cluster[1]:
                pieces.append(cluster[1])
                self._starts.extend(range(start, end))
                self._ends.extend(range(start + 1, end + 1))
                continue
            piece = unicodedata.normalize("NFKC", cluster[0])
            pieces.append(piece)
            self._starts.extend([start] * len(piece))
            self._ends.extend([end] * len(piece))
        return "".join(pieces)

    def _settle(self, found: Iterable[str]) -> None:
        tokens: list[str] = []
        hashtags: list[int] = []
        parts: list[str] = []
        for raw in found:
            if raw.isascii() and raw.isalnum():
                tokens.append(raw.lower())
                continue
            for token in _folded(raw):
                if raw[0] == "#" and token[-1] != "\u20e3":
                    hashtags.append(len(tokens))
                elif not raw.isalnum() and raw[0] != "@":
                    parts.extend(_pieces(raw))
                tokens.append(token)
        self.tokens, self.hashtags, self.parts = tokens, hashtags, parts

    @property
    def places(self) -> dict[str, list[int]]:
        """Token to its positions, in order."""
        if self._places is None:
            places: dict[str, list[int]] = {}
            for position, token in enumerate(self.tokens):
                if token in places:
                    places[token].append(position)
                else:
                    places[token] = [position]
            self._places = places
        return self._places

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Where each token stands in the original text: start and end."""
        if self._spans is None:
            spans = self._plain_spans()
            self._spans = spans if self._starts is None else [self._original(*span) for span in spans]
        return self._spans

    def positions(self, token: str) -> list[int]:
        """Where a token stands, in order."""
        if self._places is not None or len(self.tokens) > _SHORT:
            return self.places.get(token, [])
        return (
            [position for position, found in enumerate(self.tokens) if found == token] if token in self.tokens else []
        )

    def stretch(self, first: int, last: int) -> tuple[int, int]:
        """Where the tokens from `first` up to, not including, `last` stand in the original text."""
        if first < last:
            return self.spans[first][0], self.spans[last - 1][1]
        place = self.spans[first][0] if first < len(self.spans) else len(self.source)
        return place, place

    @property
    def sentences(self) -> list[int]:
        """The number of the sentence each token stands in."""
        if self._sentences is None:
            ends = [self._original(*end.span())[0] for end in _SENTENCE_END.finditer(self._plain)]
            self._sentences = [bisect_left(ends, start) for start, _ in self.spans]
        return self._sentences

    @property
    def links(self) -> list[str]:
        """Every link that stands in the text, as written."""
        return [self.source[start:end] for start, end in _link_spans(self.source)]

    @property
    def has_question(self) -> bool:
        """Is there a question mark outside links?"""
        return "?" in self._plain or "؟" in self._plain

    def closed_regions(self) -> list[tuple[int, int]]:
        """Links, handles and hashtags in the original text: what a literal may not be found inside of."""
        regions = list(_link_spans(self.source))
        tags = set(self.hashtags)
        for position, span in enumerate(self.spans):
            if position in tags or self.tokens[position][0] == "@":
                regions.append(span)
        return regions

    def _plain_spans(self) -> list[tuple[int, int]]:
        plain = self._plain
        if not self.source.isascii():
            return list(_spans(_TOKEN, plain))
        if "@" in plain or "#" in plain or "'" in plain:
            return list(_spans(_ASCII_TOKEN, plain))
        return [word.span() for word in _PLAIN_WORD.finditer(plain)]

    def _original(self, start: int, end: int) -> tuple[int, int]:
        if self._starts is None or self._ends is None:
            return start, end
        return self._starts[start], self._ends[end - 1]


def _blank_links(text: str) -> str:
    if "://" not in text and "ww." not in text.lower():
        return text
    pieces: list[str] = []
    done = 0
    for start, end in _link_spans(text):
        pieces += (text[done:start], " " * (end - start))
        done = end
    return "".join((*pieces, text[done:]))


def _link_spans(text: str) -> Iterator[tuple[int, int]]:
    for link in _LINK.finditer(text):
        yield link.start(), link.start() + len(link[0].rstrip(_LINK_TAIL))


def _folded(raw: str) -> Iterator[str]:
    """The tokens of one find: one, but for hashtags written without a space between them, or none."""
    if raw[-1] == "\u20e3":
        yield raw.replace("\ufe0f", "")
    elif raw[0] == "#":
        yield from (fold(name) or "_" for name in raw[1:].split("#"))
    elif raw[0] == "@":
        yield "@" + fold(raw[1:])
    elif folded := (fold(raw) if raw[0].isalnum() else _UNDRESSED.sub("", raw)):
        yield folded


def _pieces(raw: str) -> list[str]:
    pieces = _JOINT.split(raw)
    return [fold(piece) for piece in pieces] if len(pieces) > 1 and raw[0].isalnum() else []


def _spans(pattern: re.Pattern[str], plain: str) -> Iterator[tuple[int, int]]:
    for found in pattern.finditer(plain):
        raw = found[0]
        if raw[0] == "#" and raw[-1] != "\u20e3":
            start = found.start()
            for name in raw[1:].split("#"):
                yield start, start + 1 + len(name)
                start += 1 + len(name)
        elif raw.isascii() or any(_folded(raw)):
            yield found.span()
