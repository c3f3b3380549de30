from collections.abc import Sequence
from uuid import UUID

import pytest

from core.attribution import AccountIndex, Caught
from core.brands import Competitor, Competitors
from core.posts import Post
from core.query_language.index import Entry, MatchIndex
from core.query_language.parser import parse
from core.sentiment import Reader, Reading
from core.towards import Asked, towards, towards_each
from core.watch import Watch
from storage.models import load_reader

AGENCY, ONE, OTHER, RIVAL = (UUID(int=number) for number in range(1, 5))
POSTS = [
    "nusanet lemot parah, untung ada kilatnet",
    "kilatnet lebih cepat dari nusanet, cs nya ramah",
    "nusanet bagus banget makasih",
    "nusanet dan kilatnet sama sama mati lampu",
    "pindah ke zetkom, nusanet mengecewakan",
    "nusanet lebih baik dari yang lain",
    "selamat pagi semua",
] * 3


class CountingReader(Reader):
    """The shipped reader, which says how often it was asked."""

    asked = 0

    def read_many(self, texts: Sequence[str]) -> list[Reading]:
        self.asked += 1
        return super().read_many(texts)


@pytest.fixture(scope="module")
def watch():
    brands = {ONE: "nusanet", OTHER: "kilatnet"}
    entries = tuple(Entry(Caught(id_, id_, id_), AGENCY, parse(name)) for id_, name in brands.items())
    competitors = Competitors([Competitor(RIVAL, ONE, "Zetkom")])
    return Watch(AGENCY, 1, AccountIndex([]), entries, MatchIndex.build(entries), {}, competitors, brands)


def test_many_posts_are_read_towards_their_clients_as_each_alone_in_a_few_passes(watch: Watch):
    reader = load_reader()
    wholes = reader.read_many(POSTS)
    asked: list[Asked] = [
        (Post(text=text), dict.fromkeys(watch.concerned(Post(text=text)), whole), None)
        for text, whole in zip(POSTS, wholes, strict=True)
    ]
    counting = CountingReader.__new__(CountingReader)
    counting.__dict__.update(reader.__dict__)

    told = towards_each(counting, watch, asked)

    assert told == [towards(reader, watch, *each) for each in asked]
    assert {text for text, whole, each in zip(POSTS, wholes, told, strict=True) if set(each.values()) - {whole}}
    assert counting.asked <= 6
