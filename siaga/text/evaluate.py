"""A reader against labelled texts, as a table."""

from collections import defaultdict
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from core.sentiment import Reader
from siaga import drawing
from siaga.drawing.palette import ACCENT, MUTED, plain
from siaga.refusals import Refusal
from siaga.text import gold as labelled
from siaga.text.figures import Figures, Judged, f1_of_marked, figures, judged, judged_marks
from siaga.text.gold import Gold
from storage.models import load_reader

WORDS = ("negatif · negative", "netral · neutral", "positif · positive")


def run(folder: Path, *, held_out: bool, weights: str = "") -> None:
    """Print how well the reader does on every set under a folder.

    Raises: Refusal, SettingsError.
    """
    console = drawing.console()
    reader = load_reader(weights)
    sets = labelled.read(folder, held_out=held_out)
    if not sets:
        raise Refusal(f"{folder} holds labelled files, and no text in them.")
    answers: list[tuple[Gold, list[Judged]]] = []
    with drawing.loading(console, "Membaca · Reading (texts)", sum(len(each.texts) for each in sets)) as advance:
        for each in sets:
            answers.append((each, _answers(reader, each)))
            advance(len(each.texts))
    told = "the held-out tenth alone" if held_out else "all texts; those it was trained on flatter it"
    console.print(Text(f"{reader.version}, {told}", style=MUTED))
    _tell_sentiment(console, [(gold, texts) for gold, texts in answers if gold.task == "sentiment"])
    _tell_marks(console, [(gold, texts) for gold, texts in answers if gold.task != "sentiment"])


def _answers(reader: Reader, gold: Gold) -> list[Judged]:
    readings = reader.read_many(gold.texts)
    if gold.task == "sentiment":
        return judged(readings, gold.truths)
    return judged_marks([getattr(reading, gold.task) for reading in readings], gold.truths)


def _tell_sentiment(console: Console, answers: list[tuple[Gold, list[Judged]]]) -> None:
    if not answers:
        return
    by_language: defaultdict[str, list[Judged]] = defaultdict(list)
    by_domain: defaultdict[str, list[Judged]] = defaultdict(list)
    table = _table("Set")
    found = [figures(texts) for _, texts in answers]
    for (gold, texts), each in zip(answers, found, strict=True):
        _add_row(table, gold.name, each)
        for language, domain, text in zip(gold.languages, gold.domains, texts, strict=True):
            by_language[language].append(text)
            by_domain[domain].append(text)
    table.add_section()
    everything = figures([text for _, texts in answers for text in texts])
    _add_row(table, "Semua · All texts", everything)
    console.print(table)
    mean = np.mean([each.macro_f1 for each in found])
    console.print(Text(f"Mean macro-F1 over {len(found)} sets: {mean:.3f}", style="bold"))
    for title, groups in (("Bahasa · Language", by_language), ("Ranah · Domain", by_domain)):
        table = _table(title)
        for name, texts in sorted(groups.items()):
            _add_row(table, name, figures(texts))
        console.print(table)
    console.print(_confusion(everything))
    console.print(
        Text("Sets without neutral texts are judged by the sign, and say nothing of calibration.", style=MUTED)
    )


def _tell_marks(console: Console, answers: list[tuple[Gold, list[Judged]]]) -> None:
    if not answers:
        return
    table = _table("Set", "F1")
    for gold, texts in answers:
        each = figures(texts)
        _add_row(table, f"{gold.name} ({gold.task})", each, f"{f1_of_marked(each.cells):.3f}")
    console.print(table)
    console.print(Text("F1 is that of the marked texts alone.", style=MUTED))


def _confusion(found: Figures) -> Table:
    table = Table(box=None, pad_edge=False, header_style=ACCENT)
    table.add_column("Sebenarnya · Truth")
    for word in WORDS:
        table.add_column(word, justify="right")
    most = max(int(found.cells.max()), 1)
    for place, word in enumerate(WORDS):
        row = [
            Text(f"{count:,}", style=_shade(count / most, is_right=place == column))
            for column, count in enumerate(found.cells[place].tolist())
        ]
        table.add_row(word, *row)
    return table


def _shade(share: float, *, is_right: bool) -> str:
    if is_right:
        return "bold green"
    return "red" if share > 0.1 else MUTED


def _table(title: str, *more: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style=ACCENT)
    table.add_column(title)
    for name in ("Teks", "Tepat · Accuracy", "Macro-F1", "95 %", "Kalibrasi", *more):
        table.add_column(name, justify="right")
    return table


def _add_row(table: Table, name: str, found: Figures, *more: str) -> None:
    error = found.calibration_error
    table.add_row(
        plain(name),
        f"{found.count:,}",
        f"{found.accuracy:.3f}",
        Text(f"{found.macro_f1:.3f}", style="bold"),
        Text(f"{found.low:.3f}-{found.high:.3f}", style=MUTED),
        "-" if error is None else f"{error:.3f}",
        *more,
    )
