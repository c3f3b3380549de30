"""The end of the story in tables: the incident and its reasons, who was loud, what was delivered, what next."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from siaga.drawing.palette import ACCENT, MUTED, level_text, moment, plain, short, tone

BAR_COLUMNS = 12


def incident(told: Mapping[str, Any], *, zone: str = "Asia/Jakarta") -> RenderableType:
    """An incident `{level, score, peak_score, opened_at?, title?, reasons: {id: [...], en: [...]}}`."""
    head = level_text(str(told["level"]))
    for label, name in (("skor · score", "score"), ("puncak · peak", "peak_score")):
        if told.get(name) is not None:
            head.append(f"   {label} ", style=MUTED).append(f"{float(told[name]):.1f}", style="bold")
    if told.get("opened_at"):
        opened = moment(told["opened_at"]).astimezone(ZoneInfo(zone))
        head.append("   dibuka · opened ", style=MUTED).append(f"{opened:%H:%M:%S %Z}", style="bold")
    title = f"Insiden · Incident{': ' + plain(told['title']) if told.get('title') else ''}"
    return Panel(
        Group(head, Text(), reasons(told.get("reasons") or {})),
        title=Text(title, style="bold"),
        title_align="left",
        border_style=tone(str(told["level"])).style,
        box=box.ROUNDED,
    )


def reasons(told: Mapping[str, Sequence[str]]) -> Table:
    """Reasons in Indonesian and English, side by side, in their order."""
    table = Table(box=None, pad_edge=False, expand=True, header_style=ACCENT)
    table.add_column("", width=2, style=MUTED)
    table.add_column("Mengapa", ratio=1)
    table.add_column("Why", ratio=1, style="italic")
    indonesian, english = list(told.get("id", ())), list(told.get("en", ()))
    for number in range(max(len(indonesian), len(english))):
        table.add_row(str(number + 1), _said(indonesian, number), _said(english, number))
    return table


def accounts(told: Sequence[Mapping[str, Any]], *, title: str = "Akun teratas · Top accounts") -> Table:
    """Accounts `{handle, platform, mentions, negative, followers}`, in the order given; bars compare them."""
    table = _table(title)
    table.add_column("Akun · Account", overflow="ellipsis", no_wrap=True, max_width=32)
    table.add_column("Platform")
    table.add_column("Sebutan · Mentions", justify="right")
    table.add_column("Negatif · Negative", min_width=BAR_COLUMNS + 4)
    table.add_column("Pengikut · Followers", justify="right")
    most = max((int(account.get("negative") or 0) for account in told), default=0)
    for account in told:
        negative = int(account.get("negative") or 0)
        table.add_row(
            Text(f"@{plain(account['handle']).removeprefix('@')}", style="bold"),
            Text(plain(account.get("platform", ""))),
            short(account.get("mentions")),
            Text("█" * _bar(negative, most), style=tone("crisis").style).append(f" {negative}", style="bold"),
            short(account.get("followers")),
        )
    return table


def deliveries(told: Sequence[Mapping[str, Any]], *, title: str = "Webhook · Deliveries") -> Table:
    """Deliveries `{event_type, status, attempt_count, latency_ms, verified}`; `verified` is the receiver's word."""
    table = _table(title)
    table.add_column("Peristiwa · Event", no_wrap=True)
    table.add_column("Status")
    table.add_column("Upaya · Tries", justify="right")
    table.add_column("Latensi · Latency", justify="right")
    table.add_column("Tanda · Signature")
    for delivery in told:
        latency = delivery.get("latency_ms")
        table.add_row(
            Text(plain(delivery["event_type"]), style="bold"),
            Text(plain(delivery.get("status", ""))),
            str(delivery.get("attempt_count", "–")),
            "–" if latency is None else f"{float(latency):,.0f} ms",
            verdict(is_verified=delivery.get("verified")),
        )
    return table


def signposts(rows: Sequence[tuple[str, str]], *, title: str = "Lihat lebih jauh · Look further") -> Panel:
    """Where to go next: pairs of what and where. Long values are never cut, so that they can be copied."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style=MUTED, no_wrap=True)
    grid.add_column(style=ACCENT, overflow="fold")
    for label, value in rows:
        grid.add_row(Text(plain(label)), Text(plain(value)))
    return Panel(grid, title=Text(title, style="bold"), title_align="left", box=box.ROUNDED)


def verdict(*, is_verified: bool | None) -> Text:
    """What the receiver said about the signature."""
    if is_verified is None:
        return Text("–", style=MUTED)
    return Text("✓ sah · verified", style="green") if is_verified else Text("✗ palsu · refused", style="bold red")


def _table(title: str) -> Table:
    return Table(
        title=Text(title, style="bold"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        header_style=ACCENT,
        pad_edge=False,
        expand=True,
    )


def _said(texts: Sequence[str], number: int) -> Text:
    return Text(plain(texts[number])) if number < len(texts) else Text()


def _bar(count: int, most: int) -> int:
    return 0 if most == 0 else round(count / most * BAR_COLUMNS)
