"""Training a reader on this machine."""

from pathlib import Path
from time import monotonic

from rich.text import Text

from siaga import drawing
from siaga.drawing.palette import MUTED
from siaga.refusals import Refusal


def run(data: Path, out: Path, *, edition: str, own: Path | None) -> None:
    """Write the weights of an edition, and of one's own corrected posts, into the folder `out`.

    Raises: Refusal.
    """
    try:
        from training import corpora, train  # noqa: PLC0415 - scipy is needed here alone
    except ImportError as missing:
        name = (missing.name or "").partition(".")[0]
        raise Refusal(f"Training needs {name}, which is not installed: pip install 'siaga[train]'.") from None
    console, began = drawing.console(), monotonic()
    path = out / f"{train.name_of(edition)}.bin"
    try:
        out.mkdir(parents=True, exist_ok=True)
        corrected = corpora.read_own(own) if own else []
        with drawing.loading(console, "Melatih · Training (steps)", train.STEPS_TOLD) as advance:

            def tell(what: str) -> None:
                console.print(Text(f"  {monotonic() - began:5.0f} s  ", style=MUTED).append(what, style="default"))
                advance(1)

            weights = train.train(data, edition, own=corrected, tell=tell)
        path.write_bytes(weights)
    except FileNotFoundError as problem:
        told = f"The {edition} edition needs every set that it is made of (docs/reading.md)."
        raise Refusal(f"{problem.filename} is missing. {told}") from None
    except OSError as problem:
        raise Refusal(f"{problem.filename} cannot be used: {problem.strerror}.") from None
    except ValueError as problem:
        raise Refusal(f"{problem}.") from None
    console.print(Text(f"{path}: {len(weights) / 1e6:.1f} MB").append(f"  {monotonic() - began:.0f} s", style=MUTED))
    # Lines to be copied are never cut.
    measure = f"Measure it: siaga text evaluate --gold {data / 'sentiment'} --held-out --weights {path}"
    for line in (measure, f"Read with it: SENTIMENT_WEIGHTS={path}"):
        console.print(Text(line), soft_wrap=True)
