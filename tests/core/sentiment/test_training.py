import gzip
import json

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.sparse import csr_matrix, eye

from core.sentiment import Label, Reader
from siaga.cli import main
from training import corpora, labels, talk, tongues, unseen
from training.fit import Task, fit
from training.harms import own_abuse
from training.lists import lists
from training.phrases import own_rows
from training.train import train
from training.trust import trust

# What is labelled here of each set, with its label; no two are near copies.
POSTS = [
    (f"{chr(97 + n)}{chr(122 - n)}q {word}", label)
    for n in range(20)
    for word, label in (("nyangsrukwow", "-c"), ("biasa", "0q"))
]


def write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in rows)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("labelled")
    words = {"negative": "jelek", "neutral": "biasa", "positive": "bagus"}
    texts = [(f"kamar nomor {n} itu {word}", label) for n in range(20) for label, word in words.items()]
    for corpus in corpora.OPEN_SENTIMENT:
        rows = [{"text": f"{corpus} {text}", "label": label, "lang": "id"} for text, label in texts]
        write(folder / "sentiment" / f"{corpus}.train.jsonl.gz", rows)
    for task, names in (("toxicity", corpora.OPEN_TOXICITY), ("complaint", corpora.OPEN_COMPLAINT)):
        rows = [{"text": "kamu goblok", "labels": ["abusive", "complaint"], "lang": "id"}]
        rows += [{"text": "kamu baik", "labels": [], "lang": "id"}]
        for name in names:
            write(folder / task / f"{name}.train.jsonl.gz", rows * 5)
    for name in ("combined_slang", "stif_parallel"):
        (folder / "slang").mkdir(exist_ok=True)
        (folder / "slang" / f"{name}.tsv.gz").write_bytes(gzip.compress(b"slang\tformal\nbgs\tbagus\n"))
    (folder / "lexicons").mkdir()
    for name, rows in (("vader_en", "term\tmean\ngood\t1.9\n"), ("nusax_lexicon", "l\ta\tb\njavanese\tjelek\tuelek\n")):
        (folder / "lexicons" / f"{name}.tsv.gz").write_bytes(gzip.compress(rows.encode()))
    told = [text for text, _ in POSTS]
    write(folder / labels.SETS["newscomments"].path, [{"text": text, "labels": [], "lang": "id"} for text in told])
    write(folder / labels.SETS["davidson"].path, [{"text": text, "labels": [], "lang": "en"} for text in told])
    (folder / "unlabelled").mkdir()
    (folder / labels.SETS["stif"].path).write_bytes(gzip.compress("\n".join(["text", *told]).encode()))
    return folder


@pytest.fixture(scope="module", autouse=True)
def marked(tmp_path_factory: pytest.TempPathFactory):
    """Labels of our own for the posts of `data`, in the place of those that the repository holds."""
    folder = tmp_path_factory.mktemp("labels")
    for name in labels.SETS:
        (folder / f"{name}.tsv").write_text("".join(f"{labels.digest(text)}\t{label}\n" for text, label in POSTS))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(labels, "FOLDER", folder)
        yield folder


def test_training_gives_a_reader_and_the_same_bytes_each_time(data, tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("training.train.STEPS", dict.fromkeys(("sentiment", "toxicity", "complaint", "language"), 15))
    own, out = tmp_path / "own.jsonl", tmp_path / "weights"
    corrected = [{"text": f"gurihwow {chr(97 + n)}{chr(122 - n)}q", "label": "positive"} for n in range(26)]
    own.write_text("".join(json.dumps(row) + "\n" for row in corrected))

    done = CliRunner().invoke(main, ["text", "train", "--data", str(data), "--out", str(out), "--own", str(own)])
    first = (out / "sentiment-open-3.bin").read_bytes()

    assert done.exit_code == 0, done.output
    assert "SENTIMENT_WEIGHTS=" in done.output
    assert first == train(data, "open", own=corpora.read_own(own))
    assert Reader.from_bytes(first).read("kamarnya jelek, rusak").label is Label.NEGATIVE
    assert Reader.from_bytes(first).read("gurihwow").label is Label.POSITIVE
    assert Reader.from_bytes(first).read("nyangsrukwow").label is Label.NEGATIVE
    assert Reader.from_bytes(first).version.startswith("sentiment-open-3+")


def test_sentiment_can_be_learned_for_each_language_by_itself(data, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("training.train.STEPS", dict.fromkeys(("sentiment", "toxicity", "complaint", "language"), 15))
    monkeypatch.setattr("training.train.BY_LANGUAGE", {"open"})
    for steps in ("STEPS", "STEPS_OF_ALL", "MARGIN_STEPS"):
        monkeypatch.setattr(f"training.tongues.{steps}", 15)

    weights = train(data, "open", tell=lambda _: None)
    reader = Reader.from_bytes(weights)

    assert weights.startswith(b"SIAGA-READER-3")
    assert reader.read("kamarnya jelek, rusak").label is Label.NEGATIVE
    assert reader.read("terrible, broken again").label is Label.NEGATIVE


def test_indonesian_is_fitted_twice_without_english_and_english_with_all():
    rows = [
        corpora.Row("smsa", "bagus", ("positive",), "id", is_held_out=False),
        corpora.Row("goemotions", "good", ("positive",), "en", is_held_out=False),
        corpora.Row("ije", "bagus and good", ("negative",), "mixed", is_held_out=False),
    ] * 4
    posts = csr_matrix(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]] * 4))
    classes = np.array([2, 2, 0] * 4)
    task = Task(np.arange(12), classes, np.ones((12, 3), dtype=bool), np.ones(12))

    fits = tongues.fits_of(task, rows, np.ones(2))
    indonesian, english = tongues.joined(posts, eye(2, format="csr"), fits, [_fitted(posts, each) for each in fits])

    assert [each.margin for each in fits] == [False, True, False]
    assert [{rows[n].lang for n in each.task.rows} for each in fits] == [{"id", "mixed"}] * 2 + [{"id", "en", "mixed"}]
    assert (posts[0] @ indonesian[0] + indonesian[1]).argmax() == (posts[1] @ english[0] + english[1]).argmax() == 2
    assert (posts[2] @ indonesian[0] + indonesian[1]).argmax() == 0


def _fitted(posts, asked):
    weights, bias = fit(posts, eye(2, format="csr"), asked.task, penalty=1e-4, steps=60, margin=asked.margin)
    return weights, bias


def seen(texts: dict[str, list[tuple[str, str]]]):
    """The matrices of texts by source, one feature a word, and the task of telling their sentiment."""
    rows = [
        corpora.Row(source, text, (label,), "id", is_held_out=False)
        for source in texts
        for text, label in texts[source]
    ]
    words = sorted({word for row in rows for word in row.text.split()})
    counts = csr_matrix([[float(word in row.text.split()) for word in words] for row in rows])
    classes = np.array([corpora.SENTIMENTS.index(row.labels[0]) for row in rows])
    task = Task(np.arange(len(rows)), classes, np.ones((len(rows), 3), dtype=bool), np.ones(len(rows)))
    return counts, eye(len(words), format="csr"), task, rows, words


def test_a_word_is_trusted_as_its_sources_agree():
    one = [("enak filmnya", "positive"), ("parah", "negative")] * 5
    other = [("enak", "positive"), ("parah filmnya", "negative")] * 5
    posts, spread, task, rows, words = seen({"smsa": one, "casa": other})
    trusted = dict(zip(words, trust(posts, spread, task, rows), strict=True))

    assert trusted["enak"] > trusted["filmnya"]
    assert trusted["parah"] > trusted["filmnya"]


def test_a_source_is_left_out_with_its_translations_and_our_own_posts_never():
    told = [("bagus", "positive"), ("biasa", "neutral"), ("jelek", "negative")]
    names = ("smsa", "nusax_id", "nusax_en", "goemotions", "own")
    _, _, task, rows, _ = seen({**dict.fromkeys(names, told), "prdect": told[::2]})
    left_out = unseen.folds(rows)
    learned = [{rows[n].corpus for n in unseen.without(task, rows, fold).rows} for fold in left_out]

    assert sorted(map(sorted, left_out)) == [["goemotions"], ["nusax_en", "nusax_id"], ["smsa"]]
    assert all(
        kept.isdisjoint(fold) and {"own", "prdect"} <= kept for kept, fold in zip(learned, left_out, strict=True)
    )


@pytest.mark.parametrize(
    "line", ["no json", "[]", '{"text": "a"}', '{"text": 1, "label": "positive"}', '{"text": "a", "label": "good"}']
)
def test_a_corrected_post_that_is_none_is_told_by_its_line(tmp_path, line: str):
    own = tmp_path / "own.jsonl"
    own.write_text('{"text": "bagus", "label": "positive"}\n' + line)

    with pytest.raises(ValueError, match="line 2"):
        corpora.read_own(own)


def test_a_word_list_takes_derived_and_regional_words_but_no_english_ones(data):
    good, bad, *_ = lists(data, ["bagus", "kebahagiaan", "uelek", "meja"], english=())
    _, bad_but_english, *_ = lists(data, ["uelek"], english={"uelek"})

    assert good["bagus"] == 1.0
    assert 0 < good["kebahagiaan"] < 1
    assert 0 < bad["uelek"] < 1
    assert good["meja"] == bad["meja"] == 0.0
    assert bad_but_english["uelek"] == 0.0


def test_a_missing_set_is_refused(data, tmp_path):
    arguments = ["text", "train", "--data", str(data), "--out", str(tmp_path), "--edition", "full"]
    refused = CliRunner().invoke(main, arguments)

    assert refused.exit_code == 2
    assert "is missing. The full edition needs every set" in refused.stderr


def test_a_post_gets_the_label_of_its_hash(data):
    sentiment, complaint = (labels.read(data, task, ["stif"]) for task in ("sentiment", "complaint"))

    assert {(row.text.split()[-1], row.labels) for row in sentiment} == {
        ("nyangsrukwow", ("negative",)),
        ("biasa", ("neutral",)),
    }
    assert {row.labels for row in complaint} == {("complaint",), ("question",)}
    assert [row.is_held_out for row in sentiment] == [corpora.is_held_out(row.text) for row in sentiment]
    assert {row.is_held_out for row in sentiment} == {True, False}


def test_labels_whose_posts_are_others_are_refused(data, tmp_path, marked, monkeypatch: pytest.MonkeyPatch):
    for name in labels.SETS:
        (tmp_path / f"{name}.tsv").write_bytes((marked / f"{name}.tsv").read_bytes())
    with (tmp_path / "davidson.tsv").open("a") as more:
        more.write(f"{labels.digest('a post that is not there')}\t+\n")
    monkeypatch.setattr(labels, "FOLDER", tmp_path)

    refused = CliRunner().invoke(main, ["text", "train", "--data", str(data), "--out", str(tmp_path)])
    measured = CliRunner().invoke(main, ["text", "evaluate", "--gold", str(data / "sentiment")])

    assert (refused.exit_code, measured.exit_code) == (2, 2)
    assert "line 41 of davidson.tsv" in refused.stderr
    assert "line 41 of davidson.tsv" in measured.stderr


def test_what_we_labelled_is_measured_beside_the_sets_of_sentiment(data):
    beside = CliRunner().invoke(main, ["text", "evaluate", "--gold", str(data / "sentiment")]).stdout
    alone = CliRunner().invoke(main, ["text", "evaluate", "--gold", str(data / "complaint")]).stdout

    assert all(f"{name} " in beside for name in labels.SETS)
    assert not any(f"{name} " in alone for name in labels.SETS)


def test_our_talk_holds_every_class_in_each_language():
    rows = talk.rows()

    assert len({row.text for row in rows}) == len(rows) > 1_000
    assert {(row.lang, row.labels[0]) for row in rows} == {
        (lang, label) for lang in ("id", "mixed", "en") for label in corpora.SENTIMENTS
    }


def test_our_own_phrases_are_many_and_hold_every_class():
    rows = own_rows()

    assert len(rows) > 1_000
    assert {row.labels[0] for row in rows} == {"negative", "neutral", "positive"}
    assert not any(row.is_held_out for row in rows)


def test_an_insulted_post_stands_beside_its_calm_form():
    calm = [corpora.Row("smsa", "kopinya hangat", ("positive",), "id", is_held_out=False)]
    texts = {row.text: row.labels for row in own_abuse(calm)}

    assert texts["kopinya hangat"] == ()
    assert any(text.endswith("kopinya hangat") and labels == ("abusive",) for text, labels in texts.items())
