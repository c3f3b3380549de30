"""Short sentences of our own in which a negator turns what is said, and in which it does not. Apache-2.0."""

from collections.abc import Iterator
from itertools import product

_GOOD = """
    bagus enak ramah puas memuaskan nyaman bersih cepat jujur sopan aman lancar murah rapi segar asik seru lucu senang
    suka setuju percaya baik membantu sesuai menarik profesional
    """
_BAD = """
    jelek buruk mengecewakan kecewa rugi menyesal mahal kotor lambat lemot rusak bau susah ribet parah kasar bohong
    takut sedih marah bosan membosankan payah macet error gagal bermasalah
    """
_GOOD_EN = """
    good great happy helpful nice fun worth useful friendly clean safe reliable impressed satisfied working
    """
_BAD_EN = """
    bad terrible awful boring sad wrong rude slow dirty expensive disappointed disappointing worried scared hard
    """

_DENIALS = ("tidak {}", "gak {}", "tidak {} sama sekali", "ini tidak {}", "gak {} kok")
_MORE_DENIALS_OF_GOOD = ("kurang {}", "belum {} juga", "jauh dari {}", "sama sekali tidak {}")
_MORE_DENIALS_OF_BAD = ("ternyata tidak {}", "tidak pernah {}", "sama sekali tidak {} malah")
_DENIALS_EN = ("not {}", "isn't {}", "it isn't {}", "it wasn't {} at all", "they are not {}", "not {} at all")
_PLAIN = ("{} banget", "ini {}", "sangat {}", "{} sekali")
_PLAIN_EN = ("so {}", "it is {}", "very {}", "it was really {}")


def sentences() -> Iterator[tuple[str, str, str]]:
    """Text, sentiment and language of each sentence, in a fixed order."""
    sides = (
        (_GOOD, _BAD, _DENIALS, _MORE_DENIALS_OF_GOOD, _MORE_DENIALS_OF_BAD, _PLAIN, "id"),
        (_GOOD_EN, _BAD_EN, _DENIALS_EN, (), (), _PLAIN_EN, "en"),
    )
    for good, bad, denials, of_good, of_bad, plain, lang in sides:
        yield from _filled((*denials, *of_good), good, "negative", lang)
        yield from _filled((*denials, *of_bad), bad, "positive", lang)
        yield from _filled(plain, good, "positive", lang)
        yield from _filled(plain, bad, "negative", lang)


def _filled(frames: tuple[str, ...], words: str, label: str, lang: str) -> Iterator[tuple[str, str, str]]:
    yield from ((frame.format(word), label, lang) for frame, word in product(frames, words.split()))
