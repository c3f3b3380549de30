"""The crisis as it arrives: score, counts and the last posts in one panel that changes in place."""

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from threading import Lock
from types import TracebackType
from typing import Any, Self

from rich import box
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from siaga.drawing.curve import FULL_SCORE, sparkline
from siaga.drawing.palette import BANDS, MUTED, WIDTH, level_of, level_text, plain, tone
from siaga.drawing.tables import verdict

TICKER_LINES = 8
NEWS_LINES = 2
REMEMBERED_SCORES = 60
REFRESHES_A_SECOND = 8
PLATFORM_BAR = 10
# In a log, one line for so many posts.
POSTS_A_LINE = 100


class LiveView:
    """A window on the running story; use as a context manager. In a log it prints a line when something turns."""

    def __init__(self, console: Console, *, title: str, bands: Mapping[str, float] = BANDS) -> None:
        self._console = console
        self._title = plain(title)
        self._bands = bands
        self._minute = 0
        self._captions = ("", "")
        self._score, self._level = 0.0, "normal"
        self._scores: deque[float] = deque(maxlen=REMEMBERED_SCORES)
        self._platforms: Counter[str] = Counter()
        self._ticker: deque[Mapping[str, Any]] = deque(maxlen=TICKER_LINES)
        self._news: deque[Text] = deque(maxlen=NEWS_LINES)
        self._live: Live | None = None
        # The refreshing thread reads what the story's thread writes.
        self._lock = Lock()

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live = Live(
                get_renderable=self.__rich__,
                console=self._console,
                refresh_per_second=REFRESHES_A_SECOND,
                transient=True,
            )
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def narrate(self, minute: int, caption_id: str, caption_en: str) -> None:
        """The clock inside the story, and what is happening."""
        self._minute = minute
        if (caption_id, caption_en) != self._captions:
            self._captions = (caption_id, caption_en)
            self._line(f"[{minute:>3} min] {plain(caption_id)} / {plain(caption_en)}")

    def sent(self, posts: Sequence[Mapping[str, Any]]) -> None:
        """Posts that were just handed to the API."""
        before = self._platforms.total()
        with self._lock:
            self._platforms.update(str(post["platform"]) for post in posts)
            self._ticker.extend(posts)
        if before // POSTS_A_LINE < self._platforms.total() // POSTS_A_LINE:
            self._line(f"          {self._platforms.total()} posts sent")

    def assessed(self, score: float, level: str | None = None) -> None:
        """The newest score; without a level, the one whose band it lies in."""
        level = level or level_of(score, self._bands)
        if level != self._level:
            self._line(f"          score {score:.1f}: {tone(level).word.upper()} ({plain(level)})")
        with self._lock:
            self._score, self._level = score, level
            self._scores.append(score)

    def delivered(self, delivery: Mapping[str, Any]) -> None:
        """A webhook the receiver has just had: `{event_type, latency_ms?, verified?}`."""
        line = Text(f"webhook {plain(delivery['event_type'])} ", style="bold")
        line.append_text(verdict(is_verified=delivery.get("verified")))
        if delivery.get("latency_ms") is not None:
            line.append(f"  {float(delivery['latency_ms']):,.0f} ms", style=MUTED)
        with self._lock:
            self._news.append(line)
        self._line(f"          {line.plain}")

    def __rich__(self) -> RenderableType:
        with self._lock:
            return self._panel()

    def _panel(self) -> Panel:
        style = tone(self._level).style
        return Panel(
            Group(self._caption(), Text(), self._gauge(), Text(), self._middle(), Text(), *self._news_lines()),
            title=Text(f"Siaga · {self._title}", style="bold"),
            title_align="left",
            subtitle=Text(f"menit · minute {self._minute}   {self._platforms.total()} posts"),
            subtitle_align="right",
            border_style=style,
            box=box.ROUNDED,
            width=min(WIDTH, self._console.width),
        )

    def _caption(self) -> Group:
        indonesian, english = self._captions
        return Group(_one_line(plain(indonesian), "bold"), _one_line(plain(english), f"italic {MUTED}"))

    def _gauge(self) -> Table:
        style = tone(self._level).style
        grid = Table.grid(padding=(0, 2))
        grid.add_row(
            Text("Skor krisis"),
            ProgressBar(total=FULL_SCORE, completed=self._score, width=40, complete_style=style, finished_style=style),
            Text(f"{self._score:5.1f}", style=f"bold {style}"),
            level_text(self._level),
        )
        grid.add_row(Text(), sparkline(list(self._scores)[-40:], self._bands))
        return grid

    def _middle(self) -> Table:
        grid = Table.grid(padding=(0, 2), expand=True)
        grid.add_column(width=PLATFORM_BAR + 15)
        grid.add_column(ratio=1)
        grid.add_row(self._platform_bars(), self._ticker_lines())
        return grid

    def _platform_bars(self) -> Text:
        most = max(self._platforms.values(), default=1)
        lines = (
            Text(f"{plain(platform):<9} {count:>4} ").append(
                "█" * max(1, round(count / most * PLATFORM_BAR)), style="cyan"
            )
            for platform, count in self._platforms.most_common(TICKER_LINES)
        )
        return Text("\n").join(lines)

    def _ticker_lines(self) -> Table:
        grid = Table.grid(padding=(0, 1), expand=True)
        grid.add_column(width=16, no_wrap=True, overflow="ellipsis", style="cyan")
        grid.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        for post in self._ticker:
            handle = post.get("author", {}).get("handle", "")
            grid.add_row(Text(f"@{plain(handle)}"), Text(plain(post["text"])))
        for _ in range(TICKER_LINES - len(self._ticker)):
            grid.add_row("", "")
        return grid

    def _news_lines(self) -> list[Text]:
        return [*self._news, *(Text() for _ in range(NEWS_LINES - len(self._news)))]

    def _line(self, text: str) -> None:
        if self._live is None:
            self._console.print(Text(text), soft_wrap=True)


def _one_line(text: str, style: str) -> Text:
    return Text(text, style=style, no_wrap=True, overflow="ellipsis")
