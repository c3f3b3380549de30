"""One post as a diagnosis looks at it, and its words brought to one spelling."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from core.sentiment.tokens import fold
from core.text import Passage

MOST_READ = 5_000
"""Posts of one span that are read at most."""

READ_CHARS = 1_000
"""Characters of one post that are read: a post says what it is about at its beginning."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A post that concerns the client. `voice` tells authors apart and names nobody; `handle` is who wrote it.

    `parent` and `conversation` stand for the post that it answers and for the one its thread began with
    (`core.intake.thread_key`), where the source tells them. `is_own` marks the client's own posts. Units: `reach` and
    `engagement` are counts; `hoax_cue` is in [0, 1].
    """

    id: UUID
    at: datetime
    platform: str
    voice: int
    text: str
    sentiment: str = "neutral"
    kind: str = "post"
    reach: int = 0
    engagement: int = 0
    followers: int = 0
    hoax_cue: float = 0.0
    is_own: bool = False
    handle: str | None = None
    url: str | None = None
    account_since: datetime | None = None
    native_id: str = ""
    parent: int | None = None
    conversation: int | None = None

    @property
    def is_negative(self) -> bool:
        """Whether it speaks against."""
        return self.sentiment == "negative"


_STRETCHED = re.compile(r"(.)\1{2,}")
_SENTENCE_END = re.compile(r"[.!?…]+(?=\s)|\n+")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)?|\d+")
# Spellings of chat to those of the cues; ours, from common Indonesian and English texting habits.
_WRITTEN = """
= gk=tidak ga=tidak gak=tidak ngga=tidak nggak=tidak ngg=tidak enggak=tidak kagak=tidak kaga=tidak tdk=tidak tak=tidak
ndak=tidak g=tidak bgt=banget bngt=banget bgtt=banget yg=yang dgn=dengan dg=dengan sm=sama krn=karena karna=karena
utk=untuk dr=dari dri=dari pd=pada jg=juga jgn=jangan jngn=jangan blm=belum blom=belum udh=sudah udah=sudah dah=sudah
sdh=sudah tp=tapi tpi=tapi klo=kalau kalo=kalau kl=kalau klw=kalau org=orang orng=orang bs=bisa bsa=bisa bls=balas
dibls=dibalas bales=balas dibales=dibalas cs=layanan-pelanggan admin=admin min=admin mimin=admin duit=uang nipu=menipu
boong=bohong ngibul=bohong boycott=boikot hoax=hoaks hack=retas dihack=diretas dihek=diretas hacked=diretas
kehack=diretas rasis=rasis lemot=lambat lelet=lambat lag=lambat ngelag=lambat inet=internet wifi=internet eror=error
ancur=hancur ngutang=utang gaje=tidak-jelas gajelas=tidak-jelas rs=rumah-sakit ojol=ojek pecat=pecat lapor=lapor
ngadu=adu msh=masih br=baru bru=baru skrg=sekarang skg=sekarang trs=terus trus=terus bkn=bukan bikin=membuat
knp=kenapa knapa=kenapa gmn=bagaimana gimana=bagaimana sodara=saudara kmrn=kemarin dlm=dalam pelayanannya=pelayanan
ditipu=tipu penipu=tipu penipuan=tipu u=you ur=your pls=please ppl=people cust=customer svc=service
"""
_SPELLINGS: dict[str, str] = {}
for _pair in _WRITTEN.split():
    _said, _, _meant = _pair.partition("=")
    _SPELLINGS[_said] = _meant


@lru_cache(maxsize=16_384)
def plain(text: str) -> str:
    """Text as cues are looked for: folded, letters unstretched, chat spellings written out, marks as blanks."""
    folded = _STRETCHED.sub(r"\1", fold(text[:READ_CHARS]))
    return " ".join(_spelled(_WORD.findall(folded)))


def _spelled(words: Iterable[str]) -> Iterable[str]:
    for word in words:
        left, hyphen, right = word.partition("-")
        bare = left if hyphen and left == right else word
        yield _SPELLINGS.get(bare, bare).replace("-", " ")


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one post in order, `None` where a handle or the end of a sentence parts them; hashtags apart."""

    runs: tuple[tuple[str, ...], ...]
    hashtags: frozenset[str]


@lru_cache(maxsize=16_384)
def words_of(text: str) -> Words:
    """The words of a text in runs that no handle, link or end of a sentence cuts through."""
    runs: list[list[str]] = []
    hashtags: set[str] = set()
    for sentence in _SENTENCE_END.split(text[:READ_CHARS]):
        passage = Passage(sentence)
        tags = set(passage.hashtags)
        runs.append([])
        for position, token in enumerate(passage.tokens):
            if position in tags:
                hashtags.add(token)
                runs.append([])
            elif token[0] == "@":
                runs.append([])
            else:
                runs[-1].append(token)
    return Words(tuple(tuple(run) for run in runs if run), frozenset(hashtags))
