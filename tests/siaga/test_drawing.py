"""What the terminal shows, read back as text from a file (nobody watching) and from a pretended terminal."""

import io
import re
from datetime import UTC, datetime, timedelta

import pytest

from core.crisis.policy import Policy
from siaga import drawing
from siaga.drawing.curve import sparkline
from siaga.drawing.palette import plain, short

START = datetime(2026, 11, 21, 7, 40, tzinfo=UTC)
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
BLOCKS = "▁▂▃▄▅▆▇█"
INCIDENT = {
    "level": "crisis",
    "score": 87.42,
    "peak_score": 91.0,
    "opened_at": "2026-11-21T07:41:00Z",
    "reasons": {
        "id": ["Negatif 71 kali lipat", "Empat platform"],
        "en": ["Negative 71 times the usual", "Four platforms"],
    },
}
POST = {"platform": "tiktok", "author": {"handle": "rani"}, "text": "botolku berlendir 😭"}


class Terminal(io.StringIO):
    """A file that says it is watched."""

    def isatty(self):
        return True


@pytest.fixture
def log():
    return io.StringIO()


def points(scores, step_s=60):
    return [{"at": START + timedelta(seconds=number * step_s), "score": score} for number, score in enumerate(scores)]


def printed(renderable):
    file = io.StringIO()
    drawing.console(file).print(renderable)
    return file.getvalue()


def everything():
    yield drawing.curve(points([3, 40, 60, 95, 20]), marks=[{"at": START, "label": "mulai"}])
    yield drawing.incident(INCIDENT)
    yield drawing.accounts([{"handle": "rani", "platform": "x", "mentions": 3, "negative": 2, "followers": 198_400}])
    yield drawing.deliveries(
        [{"event_type": "incident.opened", "status": "delivered", "latency_ms": 412, "verified": True}]
    )
    yield drawing.signposts([("Docs", "http://127.0.0.1:8000/docs")])


@pytest.mark.parametrize("renderable", list(everything()), ids=lambda one: type(one).__name__)
def test_a_log_gets_no_control_codes_and_no_line_over_a_hundred_columns(renderable, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "250")
    shown = printed(renderable)
    assert shown.strip()
    assert not CONTROL.search(shown)
    assert max(map(len, shown.splitlines())) <= 100


def test_a_terminal_gets_colours(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    terminal = Terminal()
    drawing.console(terminal).print(drawing.curve(points([3, 95])))
    assert "\x1b[" in terminal.getvalue()


def test_the_curve_is_as_high_as_the_score():
    shown = printed(drawing.curve(points([10, 10, 100, 100, 50, 50]), height=10)).splitlines()
    rows = shown[1:11]
    heights = [sum(row[5 + column] == "█" for row in rows) for column in (2, 44, 83)]
    assert heights == [1, 10, 5]


def test_every_level_is_named_once_beside_its_band():
    shown = printed(drawing.curve(points([1, 2])))
    assert re.findall(r"Awas|Siaga|Waspada|Normal", shown.split("\n", 1)[1]) == [
        "Awas", "Siaga", "Waspada", "Normal",
    ]  # fmt: skip


def test_the_peak_is_told_with_its_level_and_time_in_the_clients_zone():
    told = points([10, 87.3, 20])
    assert "87.3 Awas  Sab 21, 14:41:00 WIB" in printed(drawing.curve(told))
    assert "87.3 Awas  Sab 21, 16:41:00 WIT" in printed(drawing.curve(told, zone="Asia/Jayapura"))
    assert "87.3 Siaga" in printed(drawing.curve(told, bands={"normal": 0, "warning": 50, "crisis": 90}))


def test_the_time_axis_shows_days_for_weeks_and_clock_times_for_minutes():
    assert "Sen 23" in printed(drawing.curve(points([5] * 337, step_s=3600)))
    assert "14:50" in printed(drawing.curve(points([5] * 31)))


def test_a_missing_score_is_a_gap_and_not_a_zero():
    whole, gap = (printed(drawing.curve(points(scores))).count("█") for scores in ([60, 60, 60], [60, None, 60]))
    assert 0 < gap < whole


@pytest.mark.parametrize("told", [[], [{"at": START, "score": None}]])
def test_a_curve_without_scores_says_so(told):
    assert "belum ada skor" in printed(drawing.curve(told))


def test_points_may_come_in_any_order_and_beyond_the_scale():
    told = points([-5, 40, 250])
    assert printed(drawing.curve(told)) == printed(drawing.curve(list(reversed(told))))


def test_a_terminal_without_unicode_gets_ascii():
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii")
    drawing.console(file).print(drawing.curve(points([95, 95, 95])))
    file.flush()
    assert b"##" in raw.getvalue()
    assert b"?" not in raw.getvalue().split(b"\n", 1)[1]


def test_reasons_stand_in_both_languages_side_by_side():
    line = next(line for line in printed(drawing.incident(INCIDENT)).splitlines() if "71 kali lipat" in line)
    assert "Negative 71 times the usual" in line


def test_an_incident_tells_level_score_peak_and_when_it_opened():
    shown = printed(drawing.incident(INCIDENT))
    assert all(told in shown for told in ("AWAS (crisis)", "87.4", "91.0", "14:41:00 WIB"))


def test_a_refused_signature_is_shown_as_refused():
    good, bad = ({"event_type": "incident.opened", "status": "delivered", "verified": word} for word in (True, False))
    assert "verified" in printed(drawing.deliveries([good]))
    assert "refused" in printed(drawing.deliveries([bad]))
    assert "verified" not in printed(drawing.deliveries([bad]))


def test_a_hostile_handle_or_text_cannot_repaint_the_terminal(log):
    hostile = "\x1b[2J\u202eabc\x07[bold red]x[/]"
    shown = printed(drawing.accounts([{"handle": hostile, "platform": "x"}]))
    assert not CONTROL.search(shown)
    assert "[bold red]" in shown
    with drawing.LiveView(drawing.console(log), title=hostile) as view:
        view.sent([{**POST, "text": hostile}])
        shown = printed(view)
    assert not CONTROL.search(shown)
    assert "\u202e" not in shown


def test_the_live_view_shows_score_counts_caption_and_the_last_posts(log):
    with drawing.LiveView(drawing.console(log), title="Teh Rintik") as view:
        view.narrate(12, "Menyebar ke X", "Spreads to X")
        view.sent([POST] * 3)
        view.assessed(61.2)
        view.delivered({"event_type": "incident.opened", "latency_ms": 412, "verified": True})
        shown = printed(view)
    told = (
        "Menyebar ke X",
        "Spreads to X",
        "61.2",
        "SIAGA (warning)",
        "tiktok       3",
        "@rani",
        "berlendir",
        "412 ms",
    )
    assert all(word in shown for word in told)
    assert max(map(len, shown.splitlines())) <= 100


def test_the_live_view_keeps_its_height_while_posts_arrive(log):
    view = drawing.LiveView(drawing.console(log), title="Teh Rintik")
    empty = printed(view).count("\n")
    view.sent([{**POST, "platform": platform} for platform in ("x", "tiktok", "instagram", "facebook", "news")] * 9)
    for score in range(100):
        view.assessed(score)
    assert printed(view).count("\n") == empty


def test_in_a_log_the_live_view_tells_only_what_turns(log):
    with drawing.LiveView(drawing.console(log), title="Teh Rintik") as view:
        for number in range(50):
            view.narrate(number, "Menyebar ke X", "Spreads to X")
            view.sent([POST] * 5)
            view.assessed(20.0 if number < 25 else 80.0)
    lines = log.getvalue().splitlines()
    assert len(lines) == 4
    assert "AWAS (crisis)" in log.getvalue()
    assert not CONTROL.search(log.getvalue())


def test_on_a_terminal_the_live_view_is_drawn_in_place_and_leaves_nothing(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    terminal = Terminal()
    with drawing.LiveView(drawing.console(terminal), title="Teh Rintik") as view:
        view.sent([POST])
    assert "\x1b[?25l" in terminal.getvalue()
    assert "\x1b[?25h" in terminal.getvalue()


def test_a_step_tells_its_time_and_a_failing_one_that_it_failed(log):
    console = drawing.console(log)
    with drawing.step(console, "Starting PostgreSQL"):
        pass
    with pytest.raises(OSError, match="disk"), drawing.step(console, "Migrating"):
        raise OSError("disk full")
    done, failed = log.getvalue().splitlines()
    assert re.fullmatch(r"✓ Starting PostgreSQL  \d+\.\d s", done)
    assert failed.startswith("✗ Migrating")


def test_loading_tells_a_log_each_quarter_and_the_rate(log):
    with drawing.loading(drawing.console(log), "Loading", 1000) as advance:
        for _ in range(10):
            advance(100)
    lines = log.getvalue().splitlines()
    assert [line.strip() for line in lines[:3]] == [f"Loading: {done} / 1,000" for done in (300, 500, 800)]
    assert "a second" in lines[3]


@pytest.mark.parametrize("score", [0, 20, 34.9, 35, 50, 69.9, 70, 100])
def test_levels_are_drawn_where_the_scoring_policy_puts_them(score):
    assert drawing.level_of(score) == Policy().level_of(score)


def test_small_things_are_said_in_few_characters():
    assert [short(count) for count in (None, 950, 12_400, 1_200_000)] == ["–", "950", "12.4k", "1.2M"]
    assert plain("a\n\tb\x00c") == "a bc"
    assert sparkline([0, 50, 100]).plain == "▁▄█"
