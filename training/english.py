"""English posts of our own to brands: what fails, what pleases, what is asked. Apache-2.0."""

from collections.abc import Iterator
from itertools import product

from training.corpora import Row
from training.lexicon import words

# What goes wrong with goods and services, the English part of `training.lexicon.TROUBLE`.
TROUBLE_EN = words(
    """
    delay delayed delays cancel cancelled canceled cancellation cancelling late lost losing missing missed stuck
    stranded waiting wait waited hold rude unhelpful useless ridiculous refund refunds refunded reimburse
    compensation voucher broken broke crash crashes crashed crashing bug buggy glitch error errors outage outages
    down offline slow laggy lag freezes frozen hacked leaked breach charged overcharged billed bill scam scammed
    fraud fake stolen damaged defective faulty leaking expired rotten moldy spoiled poisoning sick complaint
    complaints complain ignored ignoring unacceptable disgusting terrible horrible awful worst pathetic disappointed
    disappointing joke fail failed fails failure nightmare hungup disconnected rebook rebooked overbooked bumped
    baggage luggage unresponsive unresolved recall boycott unsafe
    """
)

_SUBJECTS = (
    (
        ("the app", "your app", "the website", "my internet", "your service", "the wifi"),
        """
        keeps crashing | is down again | has been down since this morning | won't load | is not working | still
        doesn't work | is so slow today | logged me out and I can't get back in | stopped working after the update |
        is useless
        """,
    ),
    (
        ("my order", "my package", "my parcel", "the product", "my new phone", "the shirt I bought"),
        """
        never arrived | arrived broken | is a week late | was lost | came with missing parts | is defective | is a
        fake | is nothing like the picture | broke after two days | smells awful
        """,
    ),
    (
        ("my flight", "our flight", "flight 482", "the train", "the bus"),
        """
        was cancelled with no notice | is delayed again | has been delayed for five hours | is late again and
        nobody tells us why | was overbooked and we got bumped
        """,
    ),
    (
        ("customer service", "your staff", "the driver", "the agent", "the cashier", "support"),
        """
        hung up on me | was so rude | doesn't care at all | never answers | kept me on hold for two hours | ignored my
        emails | refused to help | lied to me
        """,
    ),
)
_ALONE = """
    still no refund | never buying this again | do not buy this | food poisoning after eating here | this made me
    sick | worst customer service | charged me twice | they stole my money | what a scam | recall this product |
    found a bug in my food | no response from support | waste of money | my account was hacked | can't log in |
    power outage again | smells rotten | boycott them | how is this acceptable | where is my bag | you lost my
    luggage | been waiting for an hour | nobody picks up the phone | I want my money back | third time this week
    this happens | three days and still no answer | been on hold for 90 minutes | missed my connection because of
    you | never flying with you again | switching to another provider | you should be ashamed | fix your app | fix
    this already | when will this be fixed | this is unacceptable | stuck on the runway for two hours | paid for
    priority and got nothing | my data was leaked | they sold me an expired one | I was overcharged | no one can
    tell me where my order is | really disappointed with the service
    """
_GLAD = """
    love this product | great service | thank you for the quick help | works perfectly | best app ever | highly
    recommended | fast delivery and friendly staff | never had a problem with them | not bad at all | problem
    solved, thanks | thanks for getting me home safe | the crew was amazing | shout out to your agent for fixing
    my booking | finally working again, thank you | refund came through, thanks | you guys rock | so happy with my
    new phone | great flight, smooth landing | kudos to the team | awesome customer service today | thanks for the
    upgrade | my bag arrived, thank you | impressed by how fast you answered | can't recommend them enough |
    couldn't be happier with it
    """
_PLAIN = """
    what time do you open | where is the nearest branch | how much is it | is this available in jakarta | how do i
    sign up | the company announced its quarterly results | a new branch opens next week | what sizes do you have
    | please check your dm | the meeting is on monday | which plan is this | do you fly to denver | can I bring a
    carry on | what is the number for reservations | just sent you a dm | does this come in black | is there wifi
    on the flight | how do I change my seat | I need to change my flight to tuesday | when does the sale start |
    can you follow me so I can dm you | on my way to the airport | reading about the new release | the game starts
    at seven | new phone comes out in march | he works at the store downtown | watching the news | what's the
    confirmation number format | are you hiring in chicago | the report is on the website | they will play here on
    friday night | listening to the radio | the conference is in room two | see you tomorrow at noon
    """
_MENTIONS = ("", "@user ", "hey @user ")


def rows() -> list[Row]:
    """English posts with their sentiment, in a fixed order."""
    return [Row("own", text, (label,), "en", is_held_out=False) for text, label in _labelled()]


def _labelled() -> Iterator[tuple[str, str]]:
    for turn, (text, label) in enumerate(_told()):
        yield f"{_MENTIONS[turn % len(_MENTIONS)]}{text}", label


def _told() -> Iterator[tuple[str, str]]:
    for subjects, troubles in _SUBJECTS:
        for subject, trouble in product(subjects, _phrases(troubles)):
            yield f"{subject} {trouble}", "negative"
    for phrases, label in ((_ALONE, "negative"), (_GLAD, "positive"), (_PLAIN, "neutral")):
        yield from ((phrase, label) for phrase in _phrases(phrases))


def _phrases(text: str) -> list[str]:
    return [" ".join(phrase.split()) for phrase in text.split("|")]
