"""Whether the crisis of the story was understood: its cause, the rumour in it, who carried it, and the evidence."""

from typing import Any

from core.diagnosis.evidence import faults
from siaga.demo.checks import Checks
from siaga.demo.stage import Stage
from siaga.story import crisis_phrases

CAUSE, RUMOUR = "product_quality", "hoax"


async def diagnosed(stage: Stage, incident: dict[str, Any], checks: Checks) -> tuple[dict[str, Any], dict[str, Any]]:
    """Ask why and who, and compare it with what the story knows.

    Raises: StoryEnded.
    """
    path = f"/v1/incidents/{incident['id']}"
    diagnosis = await stage.agency.get(f"{path}/diagnosis")
    originators = await stage.agency.get(f"{path}/originators")
    ranked = [each["cause"] for each in diagnosis["causes"]]
    is_right = diagnosis["began_as"] == CAUSE and CAUSE in ranked[:2]
    checks.that("it began as a complaint about the product", is_right, f"it began as {diagnosis['began_as']}: {ranked}")
    checks.that("the rumour in it is told as one", RUMOUR in ranked[:3], f"the causes are {', '.join(ranked)}")
    _check_people(originators, checks)
    is_told = len(diagnosis["summary"]["id"]) == len(diagnosis["summary"]["en"]) > 1
    checks.that("and the diagnosis is told in two languages", is_told, f"it is {diagnosis['summary']}")
    whole = not faults(await stage.agency.content(f"{path}/evidence"))
    checks.that("the evidence is sealed and whole", whole, "a hash does not fit")
    return diagnosis, originators


def _check_people(originators: dict[str, Any], checks: Checks) -> None:
    """The large accounts that provoke are among those who carried it; the slogans that were copied are clusters."""
    provokers = {handle for _, handle, _, _ in crisis_phrases.PROVOKERS}
    named = {each["handle"] for each in originators["amplifiers"]}
    checks.that("the accounts that provoked it are named", provokers <= named, f"missing: {provokers - named}")
    first = {each["handle"] for each in originators["first_posts"]}
    checks.that("and none of them is taken for the first", bool(first) and not provokers & first, f"first: {first}")
    texts = [each["text"] for each in originators["clusters"] if each["is_in_step"] and each["sparse_share"] == 1]
    copied = sum(any(slogan[:40] in text for text in texts) for slogan in crisis_phrases.COPIED)
    checks.that("accounts that copied a slogan in step are found", copied > 1, f"{copied} of 3 slogans")
