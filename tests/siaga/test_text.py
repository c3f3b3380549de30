"""`siaga text`: posts scored line by line, one explained, a reader measured."""

import gzip
import io
import json

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from core.sentiment import Label
from siaga.cli import main
from siaga.drawing.readings import explanation
from siaga.text import score as scoring
from siaga.text.figures import figures, judged, judged_marks
from storage.models import load_reader

FIELDS = {"id", "label", "score", "probabilities", "strengths", "labels", "language", "spans"}
ODD = {
    "empty": "",
    "one character": "x",
    "very long": "kecewa " * 15_000,
    "one long word": "a" * 100_000,
    "one long run of emoji": "😡" * 100_000,
    "emoji": "😡😡",
    "links": "https://a.example www.b.example",
    "right to left": "\u202eجداً \u200fbagus\u202c",
    "zalgo": "b̷̡̛͍̟̣̥͉̜͈̹͕̆̓͌̐͐̓͛͂̈́͝ǎ̴̢g̷̛̱u̶̺͑s̸̙̈" + "\u0301" * 5_000,
    "mixed scripts": "bаgus 很好 सेवा خدمة",
    "control characters": "\x00\x07\x1b[31m\x7f\x85",
    "half a surrogate pair": "bagus \ud83d sekali",
    "ligatures": "\ufdfa" * 5_000,
}


def text(*arguments: str, given: str | bytes | None = None):
    return CliRunner().invoke(main, ["text", *arguments], input=given)


def lines_of(output: str):
    return [json.loads(line) for line in output.splitlines()]


def test_each_post_gets_a_line_in_order():
    posts = [{"id": n, "text": f"barang nomor {n} {'rusak' if n % 2 else 'bagus'}"} for n in range(1_201)]
    done = text("score", given="\n".join(map(json.dumps, posts)))
    told = lines_of(done.stdout)

    assert done.exit_code == 0
    assert [line["id"] for line in told] == list(range(1_201))
    assert {line["label"] for line in told[1::2]} == {"negative"}
    assert all(set(line) == FIELDS for line in told)
    assert "1,201 posts read" in done.stderr


def test_a_line_says_what_the_reader_says():
    (line,) = lines_of(text("score", given='{"id":"a","text":"Pelayanan buruk sekali"}').stdout)
    explained = load_reader().explain("Pelayanan buruk sekali")

    assert line["label"] == explained.reading.label
    assert line["score"] == pytest.approx(explained.reading.polarity, abs=1e-6)
    assert sum(line["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert line["strengths"] == {"positive": 1, "negative": -5}
    assert (line["spans"][0]["text"], line["spans"][0]["start"]) == ("buruk", 10)


def test_bad_lines_are_told_by_number_and_lose_no_others():
    bad = [
        b"no json",
        b"[1]",
        b'{"id":1}',
        b'{"id":1,"text":2}',
        b'{"id":NaN,"text":"a"}',
        b'\xff{"text":"a"}',
        b"[" * 9_999,
    ]
    given = b'{"id":1,"text":"bagus"}\n\n' + b"\n".join(bad) + b'\n{"text":"jelek"}'
    done = text("score", given=given)

    assert [(line["id"], line["label"]) for line in lines_of(done.stdout)] == [(1, "positive"), (None, "negative")]
    assert done.exit_code == 1
    assert [f"line {number}: " in done.stderr for number in range(1, 11)] == [False] * 2 + [True] * 7 + [False]


def test_a_line_too_long_to_hold_is_passed_over(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(scoring, "MOST_BYTES", 100)
    given = b'{"id":1,"text":"' + b"x" * 1_000 + b'"}\n{"id":2,"text":"bagus"}\n'
    done = text("score", given=given)

    assert [line["id"] for line in lines_of(done.stdout)] == [2]
    assert "line 1: longer than 100 bytes" in done.stderr


@pytest.mark.parametrize("name", ODD)
def test_odd_text_is_scored_and_explained(name: str):
    done = text("score", given=json.dumps({"id": name, "text": ODD[name]}))
    (line,) = lines_of(done.stdout)
    shown = Console(file=io.StringIO(), width=100)
    shown.print(explanation(ODD[name], load_reader().explain(ODD[name])))

    assert done.exit_code == 0
    assert line["label"] in set(Label)
    assert len(done.stdout) < 100_000
    assert "\x1b" not in shown.file.getvalue()


def test_a_post_without_anything_to_read_says_so():
    told = lines_of(text("score", given='{"id":1,"text":"https://a.example"}\n{"id":2,"text":"bagus"}').stdout)

    assert told[0]["undetermined"] == "masked"
    assert told[0]["label"] == "neutral"
    assert "undetermined" not in told[1]


@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(
        st.text(max_size=80) | st.text(alphabet="tidak bagus\ud83d\u0301\u202e\0İﷺ", max_size=30), max_size=6
    )
)
def test_any_text_that_json_can_hold_is_scored(texts: list[str]):
    source = "".join(json.dumps({"id": n, "text": each}) + "\n" for n, each in enumerate(texts)).encode()
    out = io.BytesIO()

    count, bad = scoring.score(load_reader(), io.BytesIO(source), out, Console(file=io.StringIO()))

    assert (count, bad) == (len(texts), 0)
    for line, each in zip(lines_of(out.getvalue().decode()), texts, strict=True):
        assert line["label"] == load_reader().read(each).label
        assert all(0 <= span["start"] < span["end"] <= len(each) for span in line["spans"])


def test_a_post_is_drawn_with_its_words():
    done = text("explain", "Pelayanannya gak bagus, tapi adminnya ramah")

    assert done.exit_code == 0
    assert "NEGATIF" in done.stdout or "POSITIF" in done.stdout
    assert "gak bagus" in done.stdout
    assert "+" in done.stdout.split("ramah")[-1].splitlines()[0]
    assert "kosong" in text("explain", "-", given="").stdout


@pytest.fixture
def gold(tmp_path):
    def write(name: str, *lines: object):
        with gzip.open(tmp_path / f"{name}.jsonl.gz", "wt") as out:
            out.writelines(json.dumps(line) + "\n" for line in lines)
        return tmp_path

    return write


def test_a_reader_is_measured_on_labelled_texts(gold):
    gold(
        "hotel",
        *(
            {"text": t, "label": la, "lang": "id", "domain": "hotel"}
            for t, la in (
                ("kamarnya kotor", "negative"),
                ("kamarnya bersih dan nyaman", "positive"),
                ("jam berapa check in?", "neutral"),
            )
        ),
    )
    folder = gold("rude", {"text": "goblok lo", "labels": ["abusive"]}, {"text": "selamat pagi", "labels": []})
    done = text("evaluate", "--gold", str(folder))

    assert done.exit_code == 0
    assert "Mean macro-F1 over 1 sets: 1.000" in done.stdout
    assert "rude (toxicity)" in done.stdout


@pytest.mark.parametrize(
    ("line", "why"),
    [({"text": "a", "label": "good"}, "line 1"), ({"text": "a"}, "line 1"), ({"label": "positive"}, "line 1")],
)
def test_a_labelled_text_that_is_none_is_told_by_its_line(gold, line: dict, why: str):
    done = text("evaluate", "--gold", str(gold("set", line)))

    assert done.exit_code == 2
    assert why in done.stderr


def test_an_empty_folder_measures_nothing(tmp_path):
    done = text("evaluate", "--gold", str(tmp_path))

    assert done.exit_code == 2
    assert "holds no labelled texts" in done.stderr


def test_a_set_without_neutral_is_judged_by_the_sign():
    readings = load_reader().read_many(["rapat hari senin", "bagus", "jelek"])
    two_way = judged(readings, ["negative", "positive", "negative"])
    found = figures(two_way)

    assert {each.said for each in two_way} <= {0, 2}
    assert found.calibration_error is None
    assert found.low <= found.macro_f1 <= found.high


def test_figures_are_those_of_the_definition():
    found = figures(judged_marks([0.9, 0.8, 0.2, 0.1], [True, False, False, False]))

    assert found.accuracy == 0.75
    assert found.macro_f1 == pytest.approx((2 / 3 + 4 / 5) / 2)
    # Of the surest two both are right, 0.2 too little; of the others one, 0.6 too much.
    assert found.calibration_error == pytest.approx((0.2 + 0.6) / 4)
