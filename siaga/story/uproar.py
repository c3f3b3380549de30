"""The real crisis, told live: ninety minutes of story in some forty seconds of watching."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from siaga.story import crisis_phrases
from siaga.story.posts import Pen
from siaga.story.quiet_weeks import drawn
from siaga.story.scenes import SCENES
from siaga.story.wording import NEGATIVE, NEUTRAL

SEED = 20_312
BEAT_S = 0.8
LARGEST_AGE_S = 6.0
# New accounts that copy a slogan have hardly any followers.
COPIER_FOLLOWERS = (2, 40)


@dataclass(frozen=True)
class Beat:
    """What arrives at one instant of the story. `minute` is the clock inside the story, `at_s` the watcher's.

    The posts carry `age_s`, seconds between publication and arrival, in place of `published_at`.
    """

    at_s: float
    minute: int
    posts: list[dict[str, Any]]
    caption_id: str
    caption_en: str


@dataclass(frozen=True)
class Act:
    """A stretch of the crisis: who speaks where, and how much of it there is.

    `gathering` above 1 lets the posts come ever faster, below 1 ever slower.
    """

    ends_s: float
    ends_minute: int
    post_count: int
    platforms: dict[str, int]
    voices: dict[str, int]
    caption_id: str
    caption_en: str
    opens_with: tuple[str, ...] = ()
    gathering: float = 1.0

    def told_by(self, share: float) -> int:
        """Posts told once this share of the act is over."""
        return round(self.post_count * share**self.gathering)


VOICES = {
    "first": (crisis_phrases.FIRST_COMPLAINTS, NEGATIVE),
    "spreading": (crisis_phrases.SPREADING, NEGATIVE),
    "comments": (crisis_phrases.COMMENTS, NEGATIVE),
    "answers": (crisis_phrases.ANSWERS_TO_CLUMSY_REPLY, NEGATIVE),
    "boycott": (crisis_phrases.BOYCOTT, NEGATIVE),
    "rumour": (crisis_phrases.RUMOUR, NEGATIVE),
    "cooling": (crisis_phrases.COOLING, NEUTRAL),
}

ACTS = (
    Act(
        ends_s=7, ends_minute=14, post_count=5, platforms={"tiktok": 1}, voices={"first": 1},
        caption_id="Beberapa pembeli di TikTok mengeluh: ada lendir di botol rasa leci.",
        caption_en="A few buyers on TikTok complain of slime in lychee bottles.",
    ),
    Act(
        ends_s=15, ends_minute=29, post_count=13, gathering=1.3, platforms={"tiktok": 5, "x": 5},
        voices={"first": 1, "spreading": 6},
        caption_id="Keluhan menyebar ke X, orang mulai memeriksa botol di rumah.",
        caption_en="The complaint reaches X; people check the bottles they have at home.",
    ),
    Act(
        ends_s=21, ends_minute=42, post_count=56, gathering=1.6,
        platforms={"x": 4, "tiktok": 3, "instagram": 5, "facebook": 4}, voices={"spreading": 3, "comments": 6},
        opens_with=("first news",),
        caption_id="Kolom komentar Instagram dan grup ibu-ibu di Facebook penuh.",
        caption_en="Instagram comments and parents' groups on Facebook fill up.",
    ),
    Act(
        ends_s=26, ends_minute=55, post_count=98, platforms={"x": 6, "instagram": 4, "tiktok": 3, "facebook": 2},
        voices={"answers": 7, "comments": 2}, opens_with=("clumsy reply",),
        caption_id="Merek menjawab dengan menyalahkan cara simpan konsumen. Api membesar.",
        caption_en="The brand answers by blaming how customers store it. Oil on the fire.",
    ),
    Act(
        ends_s=32, ends_minute=68, post_count=112, platforms={"x": 7, "tiktok": 4, "instagram": 3, "facebook": 2},
        voices={"boycott": 5, "answers": 2, "copied": 4}, opens_with=("provokers", "boycott news"),
        caption_id="Akun-akun besar memprovokasi; teks yang sama disalin akun-akun baru. #BoikotTehRintik",
        caption_en="Large accounts provoke; new accounts copy the same text. #BoikotTehRintik",
    ),
    Act(
        ends_s=38, ends_minute=80, post_count=90, platforms={"facebook": 5, "x": 5, "instagram": 2, "tiktok": 3},
        voices={"rumour": 7, "boycott": 2, "copied": 1}, opens_with=("rumour", "provokers again"),
        caption_id="Kabar dari “grup sebelah”: produk sudah ditarik BPOM. Kabar itu tidak benar.",
        caption_en="A rumour “from another group”: the regulator has withdrawn it. It is false.",
    ),
    Act(
        ends_s=44, ends_minute=96, post_count=34, gathering=0.7,
        platforms={"x": 5, "instagram": 4, "tiktok": 2, "facebook": 2},
        voices={"cooling": 7, "boycott": 1}, opens_with=("clarification", "fact check", "apology news"),
        caption_id="Merek minta maaf dan menarik satu kode produksi; kabar bohong dibantah. Mulai reda.",
        caption_en="The brand apologises and recalls one batch; the rumour is refuted. It slows.",
    ),
)  # fmt: skip


def crisis(*, seed: int = SEED, edition: str = "") -> Iterator[Beat]:
    """The beats of the crisis in order. Another `edition` tells the same story under other post ids."""
    pen = Pen(seed, f"crisis:{edition}")
    begins_s, begins_minute = 0.0, 0
    for act in ACTS:
        opening = [post for scene in act.opens_with for post in SCENES[scene](pen)]
        yield from _beats(pen, act, begins_s, begins_minute, opening)
        begins_s, begins_minute = act.ends_s, act.ends_minute


def _beats(pen: Pen, act: Act, begins_s: float, begins_minute: int, opening: list[dict[str, Any]]) -> Iterator[Beat]:
    count = max(1, round((act.ends_s - begins_s) / BEAT_S))
    for number in range(count):
        through = number / count
        share = act.told_by((number + 1) / count) - act.told_by(through)
        posts = [*(opening if number == 0 else ()), *(_voice(pen, act) for _ in range(share))]
        yield Beat(
            at_s=round(begins_s + through * (act.ends_s - begins_s), 2),
            minute=round(begins_minute + through * (act.ends_minute - begins_minute)),
            posts=[{**post, "age_s": round(pen.dice.uniform(0.2, LARGEST_AGE_S), 1)} for post in posts],
            caption_id=act.caption_id,
            caption_en=act.caption_en,
        )


def _voice(pen: Pen, act: Act) -> dict[str, Any]:
    platform, voice = drawn(pen.dice, act.platforms), drawn(pen.dice, act.voices)
    if voice == "copied":
        copier = pen.public.newcomer(platform, followers=pen.dice.randint(*COPIER_FOLLOWERS))
        return pen.post(platform, copier, pen.dice.choice(crisis_phrases.COPIED), lang="id")
    phrases, mood = VOICES[voice]
    return pen.said(platform, phrases, mood)
