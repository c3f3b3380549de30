"""Questions and emotions by their wording: short lists of ours, not learned."""

from collections.abc import Sequence

from core.sentiment.explanation import Mark
from core.sentiment.reading import Label, Reading


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Each alone makes a question, wherever it stands.
_ASKING = _words(
    """
    ? apakah berapa berapakah kapan kapankah bagaimana bagaimanakah gimana gmn siapakah mengapa dimanakah manakah
    adakah bisakah bolehkah haruskah kapannya tanya nanya bertanya
    """
)
# Each makes a question where a sentence begins with it.
_OPENING = _words(
    """
    apa siapa kenapa dimana mana kemana darimana what when where who whose why which how is are was were do does did
    can could will would should has have isn't aren't doesn't don't didn't can't
    """
)
_ENDS = frozenset({"!", "!!", "?", "\n"})

_FEELINGS: dict[Mark, frozenset[str]] = {
    Mark.ANGER: _words(
        """
        marah murka geram kesal kesel jengkel sebal sebel dongkol muak benci emosi ngamuk berang gondok gedeg jijik
        nyebelin ngeselin menyebalkan menjengkelkan memuakkan bangsat brengsek bajingan anjing goblok tolol bego kampret
        keparat biadab laknat maling penipu rampok muakkan emosian ngeselin 😡 🤬 😠 👿 💢
        angry anger mad furious rage hate hated pissed annoyed annoying outrageous outraged disgusting fuck fucking wtf
        ridiculous unacceptable infuriating livid fed damn
        """
    ),
    Mark.FEAR: _words(
        """
        takut ketakutan cemas khawatir kuatir kawatir was-was waswas panik ngeri seram serem horor merinding gelisah
        resah risau trauma gemetar deg-degan degdegan parno menakutkan mengerikan mencekam mengkhawatirkan 😨 😱 😰
        afraid scared scary fear terrified terrifying worried worry worrying anxious nervous panic panicking frightened
        """
    ),
    Mark.SADNESS: _words(
        """
        sedih kesedihan menyedihkan nangis menangis tangis kecewa kekecewaan mengecewakan dikecewakan duka berduka pilu
        galau murung nyesel menyesal sesal penyesalan hampa kesepian miris prihatin
        merana nelangsa terpukul nyesek sayangnya 😢 😭 😞 😔 💔 🥺
        sad sadly sadness crying cried cry depressed depressing disappointed disappointing disappointment heartbroken
        heartbreaking unhappy lonely miserable regret sorry grief
        """
    ),
    Mark.JOY: _words(
        """
        senang bahagia gembira girang ceria riang puas memuaskan bangga asyik asik seru lega alhamdulillah syukur
        bersyukur hore yeay yay suka kesukaan favorit mantap mantul keren seneng kebahagiaan terhibur
        membahagiakan menyenangkan antusias semangat 😀 😁 😂 😃 😄 😆 😊 🎉 🥳 🤩 👍
        happy happiness glad joy joyful delighted thrilled excited exciting enjoy enjoyed enjoying fun awesome amazing
        wonderful fantastic pleased satisfied yay woohoo favorite favourite
        """
    ),
    Mark.LOVE: _words(
        """
        cinta sayang mencintai menyayangi tercinta tersayang rindu kangen ❤ 😍 😘
        🥰 💕 💖 💗 💙 💚 💛 💜 <3
        love loved loving lovely loves adore adorable sweetheart darling
        """
    ),
}
FEELINGS = frozenset(_FEELINGS)
_OF = {
    Label.NEGATIVE: (Mark.ANGER, Mark.SADNESS, Mark.FEAR),
    Label.POSITIVE: (Mark.JOY, Mark.LOVE),
    Label.NEUTRAL: (),
}


# Probability, or strength of a cue, from which a post is marked.
HALF = 0.5


def marks(reading: Reading, words: Sequence[str], negators: Sequence[int]) -> tuple[Mark, ...]:
    """What a post is beside its sentiment: by its reading where a head was learned, by its wording where not."""
    told = {
        Mark.ABUSIVE: reading.toxicity >= HALF,
        Mark.THREAT: reading.threat,
        Mark.COMPLAINT: reading.complaint >= HALF,
        Mark.HOAX_CUE: reading.hoax_cue >= HALF,
        Mark.QUESTION: asks(words),
    }
    feeling = emotion(words, negators, reading.label)
    return (*(mark for mark, is_so in told.items() if is_so), *((feeling,) if feeling else ()))


def asks(words: Sequence[str]) -> bool:
    """Whether normalised words, an empty one for a break, are worded as a question."""
    opens = True
    for word in words:
        if word in _ASKING or (opens and word in _OPENING):
            return True
        opens = word in _ENDS or (opens and not word)
    return False


def emotion(words: Sequence[str], negators: Sequence[int], label: Label) -> Mark | None:
    """The emotion that most words of a post name, none of them under negation; it never speaks against the label."""
    said = {
        mark: sum(word in _FEELINGS[mark] for word, negator in zip(words, negators, strict=True) if negator < 0)
        for mark in _OF[label]
    }
    most = max(said, key=said.__getitem__, default=None)
    return most if most is not None and said[most] else None
