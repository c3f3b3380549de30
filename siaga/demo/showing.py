"""What the newcomer is shown at the end: curves, the incident, accounts, deliveries, and where to look further."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.text import Text

from core.settings import Settings
from siaga import drawing
from siaga.demo.findings import Findings
from siaga.demo.live import BANDS, Watched
from siaga.demo.quiet import Quiet
from siaga.demo.stage import Stage
from siaga.drawing.palette import plain
from siaga.story import brand
from storage.models import load_reader

TOP_ACCOUNTS = 8
SHOWN_CAUSES, SHOWN_AMPLIFIERS = 4, 5
ZONE = ZoneInfo(brand.TIME_ZONE)


def show(console: Console, quiet: Quiet, watched: Watched, findings: Findings) -> None:
    """Print what was found."""
    marks = [
        {"at": quiet.viral_at, "label": "viral, bukan krisis · viral, no crisis"},
        {"at": watched.begins, "label": "krisis · crisis"},
    ]
    title = "Dua pekan · Two weeks, hour by hour"
    _part(console, drawing.curve(findings.curve, zone=ZONE, title=title, bands=BANDS, marks=marks))
    title, marks = "Krisis · The crisis, as it came", _opening_mark(findings)
    _part(console, drawing.curve(watched.points, zone=ZONE, title=title, bands=BANDS, marks=marks))
    if findings.incident is not None:
        _part(console, drawing.incident(findings.incident, zone=brand.TIME_ZONE))
    if findings.diagnosis is not None and findings.originators is not None:
        _part(console, _diagnosis(findings.diagnosis, findings.originators))
    _part(console, drawing.accounts(findings.top_accounts[:TOP_ACCOUNTS]))
    _part(console, drawing.deliveries(findings.deliveries))
    if findings.worst is not None:
        text = findings.worst["text"]
        title = "Satu unggahan · One post, and the words that decided"
        _part(console, drawing.explanation(text, load_reader().explain(text), title=title))
    if findings.first_webhook_ms is not None:
        told = "Dari unggahan pemicu sampai webhook · From the post that did it to the webhook: "
        console.print(Text(f"{told}{findings.first_webhook_ms:,.0f} ms", style="bold"))


def show_the_way(console: Console, settings: Settings, stage: Stage) -> None:
    """Print the address of the documentation, the keys to try it with, and calls to begin with."""
    address = settings.public_url
    rows = [
        ("Dokumentasi API · Interactive docs", f"{address}/docs"),
        ("Kunci API · API key", stage.key),
        ("Portal klien · Client's portal token", stage.portal_token),
        ("Pemilik · Owner", f"{stage.email}   {stage.password}"),
    ]
    console.print()
    console.print(drawing.signposts(rows))
    incidents = f"/v1/incidents?client_id={stage.client_id}"
    negative = f"/v1/mentions?client_id={stage.client_id}&sentiment=negative&limit=5"
    # Plain lines without a frame, so that they can be copied.
    for line in (
        f"KEY={stage.key}",
        *(
            f"curl -s -H \"Authorization: Bearer $KEY\" '{address}{path}'"
            for path in (stage.of_client("/crisis-score"), incidents, negative)
        ),
        f"PORTAL={stage.portal_token}",
        f"curl -s -H \"Authorization: Bearer $PORTAL\" '{address}/v1/clients'",
    ):
        console.print(Text(line, style="cyan"), soft_wrap=True)
    console.print()


def _diagnosis(diagnosis: dict[str, Any], originators: dict[str, Any]) -> Text:
    """Why, of what kind and from whom, in plain lines."""
    lines = ["Sebab dan asal · Cause and origin", *diagnosis["summary"]["id"], *diagnosis["summary"]["en"]]
    causes = [f"{each['cause']} {each['weight']:.0%}" for each in diagnosis["causes"][:SHOWN_CAUSES]]
    lines.append(f"Sebab · Causes: {', '.join(causes)}")
    carried = [f"@{each['handle']}" for each in originators["amplifiers"][:SHOWN_AMPLIFIERS]]
    lines.append(f"Penguat · Amplifiers: {', '.join(carried)}")
    in_step = [each for each in originators["clusters"] if each["is_in_step"]]
    lines.append(f"Kelompok teks sama · Clusters with one text, in step: {len(in_step)}")
    advice = diagnosis["advice"]
    if advice is not None:
        lines += [f"{advice['answered_as']}: {each}" for each in advice["sentences"]["id"][:2]]
    return Text("\n".join(plain(line) for line in lines))


def _opening_mark(findings: Findings) -> list[dict[str, Any]]:
    incident = findings.incident
    if incident is None:
        return []
    return [{"at": datetime.fromisoformat(incident["detected_at"]), "label": "insiden dibuka · incident opened"}]


def _part(console: Console, drawn: Any) -> None:
    console.print()
    console.print(drawn)
