"""A post with the words that decided in colour, and what it was read as."""

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from core.sentiment import Explanation, Span
from siaga.drawing.palette import MUTED, plain

BAR_COLUMNS = 24
MOST_LETTERS = 2_000
# Weights from which a word is drawn strongly, and at all.
STRONG, SEEN = 1.0, 0.25

WORDS = {"negative": ("Negatif", "red"), "neutral": ("Netral", "yellow"), "positive": ("Positif", "green")}
LANGUAGES = {"id": "Indonesia", "en": "English", "und": "?"}
NOTHING = {
    "empty": "kosong · empty",
    "invisible": "tak terlihat · nothing that shows",
    "masked": "hanya tautan, akun, nama atau angka · only links, users, names or numbers",
    "unknown_signs": "hanya tanda asing · only signs it does not know",
    "unknown_words": "tidak ada kata yang dikenal · no word it knows",
}


def explanation(text: str, why: Explanation, *, title: str = "") -> RenderableType:
    """The post, its label with the probabilities, what else it is, and the weight of each word that decided."""
    reading = why.reading
    word, style = WORDS[reading.label.value]
    head = Text(f"{word.upper()} ", style=f"bold {style}").append(f"({reading.label.value})", style=MUTED)
    head.append(f"   skor · score {reading.polarity:+.2f}", style="bold")
    head.append(f"   kekuatan · strengths {why.strengths.positive:+d} {why.strengths.negative:+d}", style=MUTED)
    head.append(f"   {LANGUAGES[reading.language.value]}", style=MUTED)
    parts: list[RenderableType] = [marked(text, why.spans), Text(), head, _probabilities(why)]
    if why.labels:
        parts.append(Text("label · labels  ", style=MUTED).append(", ".join(why.labels), style="bold"))
    if why.undetermined is not None:
        parts.append(Text(f"Tak terbaca · undetermined: {NOTHING[why.undetermined.value]}", style="yellow"))
    if why.spans:
        parts += [Text(), _weights(why)]
    shown = Text(plain(title), style="bold") if title else None
    return Panel(Group(*parts), title=shown, title_align="left", border_style=style, box=box.ROUNDED)


def marked(text: str, spans: tuple[Span, ...]) -> Text:
    """The post with what spoke for negative in red, and for positive in green; its start where it is long."""
    shown, place = Text(), 0
    for span in sorted(spans, key=lambda each: each.start):
        if span.start < place or abs(span.weight) < SEEN or span.end > MOST_LETTERS:
            continue
        _append(shown, text[place : span.start], "")
        colour = "red" if span.weight < 0 else "green"
        _append(shown, text[span.start : span.end], f"bold {colour} reverse" if _is_strong(span) else colour)
        place = span.end
    _append(shown, text[place : max(place, MOST_LETTERS)], "")
    return shown.append(" …", style=MUTED) if len(text) > MOST_LETTERS else shown


def _append(shown: Text, part: str, style: str) -> None:
    front = " " if part[:1].isspace() else ""
    back = " " if part[-1:].isspace() and part.strip() else ""
    shown.append(front).append(plain(part), style=style).append(back)


def _is_strong(span: Span) -> bool:
    return abs(span.weight) >= STRONG


def _probabilities(why: Explanation) -> Table:
    reading = why.reading
    grid = Table.grid(padding=(0, 1))
    for label, share in (
        ("negative", reading.p_negative),
        ("neutral", reading.p_neutral),
        ("positive", reading.p_positive),
    ):
        word, style = WORDS[label]
        bar = Text("█" * round(share * BAR_COLUMNS), style=style)
        grid.add_row(Text(word, style=MUTED), Text(f"{100 * share:5.1f} %"), bar)
    return grid


def _weights(why: Explanation) -> Table:
    grid = Table.grid(padding=(0, 2))
    most = max(abs(span.weight) for span in why.spans)
    for span in why.spans:
        colour = "red" if span.weight < 0 else "green"
        bar = Text("█" * max(round(abs(span.weight) / most * BAR_COLUMNS), 1), style=colour)
        grid.add_row(Text(plain(span.text)[:40], style="bold"), Text(f"{span.weight:+.2f}"), bar)
    told = f"lainnya · the rest {why.rest:+.2f}, awal · before any word {why.bias:+.2f}"
    return _under(grid, told)


def _under(grid: Table, told: str) -> Table:
    outer = Table.grid()
    outer.add_row(grid)
    outer.add_row(Text(told, style=MUTED))
    return outer
