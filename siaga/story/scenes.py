"""The few posts that turn the crisis: each is written once, by somebody in particular."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from siaga.story import brand, crisis_phrases
from siaga.story.people import Person
from siaga.story.posts import Pen, as_person

Scene = Callable[[Pen], Iterator[dict[str, Any]]]


def clumsy_reply(pen: Pen) -> Iterator[dict[str, Any]]:
    """The brand answers a buyer, and blames her."""
    asker = pen.public.somebody("x").handle
    own = as_person(brand.owned("x"))
    yield pen.post("x", own, crisis_phrases.CLUMSY_REPLY, kind="reply", reply_to=asker, lang="id")


def provokers(pen: Pen, *, texts: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Each of the large accounts shouts once."""
    for account, text in zip(crisis_phrases.PROVOKERS, texts, strict=True):
        yield pen.post(account[0], Person(*account), text, lang="id")


def rumour(pen: Pen) -> Iterator[dict[str, Any]]:
    """The false rumour is set loose in two places at once, word for word."""
    loudest = Person(*crisis_phrases.PROVOKERS[-1])
    yield pen.post(loudest.platform, loudest, crisis_phrases.RUMOUR_SEED, lang="id")
    yield pen.post("facebook", pen.public.newcomer("facebook", followers=5_400), crisis_phrases.RUMOUR_SEED)


def clarification(pen: Pen) -> Iterator[dict[str, Any]]:
    """The brand apologises, on two platforms."""
    for platform in ("x", "instagram"):
        yield pen.post(platform, as_person(brand.owned(platform)), crisis_phrases.CLARIFICATION, lang="id")


def fact_check(pen: Pen) -> Iterator[dict[str, Any]]:
    """Somebody looks it up."""
    yield pen.post("x", Person(*crisis_phrases.FACT_CHECKER), crisis_phrases.FACT_CHECK, lang="id")


def news(pen: Pen, *, number: int) -> Iterator[dict[str, Any]]:
    """A news site takes notice."""
    yield pen.article(*crisis_phrases.NEWS[number])


SCENES: dict[str, Scene] = {
    "first news": partial(news, number=0),
    "clumsy reply": clumsy_reply,
    "provokers": partial(provokers, texts=crisis_phrases.PROVOCATIONS),
    "boycott news": partial(news, number=1),
    "rumour": rumour,
    "provokers again": partial(provokers, texts=crisis_phrases.PROVOCATIONS_AGAIN),
    "clarification": clarification,
    "fact check": fact_check,
    "apology news": partial(news, number=2),
}
