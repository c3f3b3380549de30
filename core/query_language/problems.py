"""What can be wrong with a query, or merely unwise: the code, the place, and the words in both languages."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import FieldProblem, Invalid

MESSAGES: dict[str, tuple[str, str]] = {
    # Errors: Indonesian, English.
    "empty_query": ("Kueri kosong. Tulis paling sedikit satu kata.", "The query is empty. Write at least one word."),
    "too_long": (
        "Kueri terlalu panjang: {found} karakter, paling banyak {limit}.",
        "The query is too long: {found} characters, at most {limit}.",
    ),
    "too_many_operands": (
        "Terlalu banyak syarat: {found}, paling banyak {limit}.",
        "Too many operands: {found}, at most {limit}.",
    ),
    "too_many_wildcards": (
        "Terlalu banyak kata dengan wildcard: {found}, paling banyak {limit}.",
        "Too many words with a wildcard: {found}, at most {limit}.",
    ),
    "too_deep": (
        "Kurung bersarang terlalu dalam: {found} tingkat, paling banyak {limit}.",
        "Brackets are nested too deeply: {found} levels, at most {limit}.",
    ),
    "unbalanced_parenthesis": (
        "Kurung ini tidak punya pasangan.",
        "This bracket has no partner.",
    ),
    "unbalanced_quote": (
        "Tanda kutip ini tidak ditutup.",
        "This quotation mark is never closed.",
    ),
    "missing_operand": (
        "Di sini seharusnya ada kata atau kelompok: {what}.",
        "A word or a group is missing here: {what}.",
    ),
    "empty_term": (
        "Tidak ada huruf, angka, atau emoji yang dapat dicari di {what}.",
        "There is no letter, digit or emoji to search for in {what}.",
    ),
    "wildcard_position": (
        "* hanya boleh di akhir kata, ? tidak boleh di tiga huruf pertama, dan akun (@) tidak menerima wildcard.",
        "* may stand only at the end of a word, ? not in its first three characters, and neither in a handle.",
    ),
    "wildcard_prefix": (
        "Sebelum * harus ada paling sedikit tiga huruf tetap.",
        "At least three fixed characters must stand before *.",
    ),
    "near_operand": (
        "Di dalam NEAR atau SENTENCE hanya boleh kata, frasa, atau kelompok OR; bukan AND, NOT, atau penyaring.",
        "Inside NEAR or SENTENCE only words, phrases and OR groups may stand; not AND, NOT or a field filter.",
    ),
    "near_distance": (
        "Jarak harus bilangan 0 sampai {limit}.",
        "The distance must be a number from 0 to {limit}.",
    ),
    "unknown_field": (
        "Tidak ada penyaring bernama {what}.",
        "There is no field named {what}.",
    ),
    "bad_value": (
        "Nilai ini tidak sah untuk {what}. Yang diharapkan: {expected_id}.",
        "This value is not valid for {what}. Expected: {expected_en}.",
    ),
    "late_filter": (
        "{what} baru diketahui setelah analisis; pakai di tampilan tersimpan atau aturan peringatan.",
        "{what} is known only after analysis; use it in a saved view or an alert rule.",
    ),
    "negation_only": (
        "Bagian ini hanya mengecualikan; setiap cabang OR perlu sesuatu yang dicari.",
        "This part only excludes; every branch of OR needs something to look for.",
    ),
    "filter_only": (
        "Bagian ini hanya menyaring; tambahkan kata, akun penulis, situs, atau tautan.",
        "This part only filters; add a word, an author, a site, a url or a link.",
    ),
    # Warnings.
    "mixed_and_or": (
        "AND dan OR bercampur di satu tingkat; AND mengikat lebih kuat. Pakai kurung agar jelas.",
        "AND and OR are mixed on one level; AND binds more strongly. Use brackets to be clear.",
    ),
    "common_word": (
        "{what} termasuk kata umum bahasa Indonesia; sendirian ia akan cocok dengan banyak pos yang tidak terkait.",
        "{what} is a common Indonesian word; alone it will match many posts that have nothing to do with the brand.",
    ),
    "broad_wildcard": (
        "{what} cocok dengan sangat banyak kata; tambahkan huruf sebelum wildcard.",
        "{what} matches very many words; add letters before the wildcard.",
    ),
    "lower_case_operator": (
        "{what} di sini dicari sebagai kata biasa; operator ditulis dengan huruf besar.",
        "{what} is searched for as an ordinary word here; operators are written in capitals.",
    ),
    "unbracketed_not": (
        "NOT hanya mengenai bagian tepat sesudahnya dan cabang OR tempat ia berada. Pakai kurung agar jelas.",
        "NOT reaches only the part right after it, in its own branch of OR. Use brackets to be clear.",
    ),
}


@dataclass(frozen=True, slots=True)
class Problem(FieldProblem):
    """What is wrong or unwise at one place of a query.

    `detail` is the English message, `detail_id` the Indonesian one; `offset` and `length` count characters of the
    query; `suggestion` is text to write instead; `limit` and `found` are given where a limit is passed.
    """

    offset: int = 0
    length: int = 0
    detail_id: str = ""
    suggestion: str = ""
    limit: int | None = None
    found: int | None = None

    @property
    def message(self) -> dict[str, str]:
        """The message by language."""
        return {"id": self.detail_id, "en": self.detail}


class QuerySyntaxError(Invalid):
    """The query cannot be used; every problem knows its place, the first one first."""

    code = "query_syntax"
    problems: tuple[Problem, ...]

    def __init__(self, problems: Sequence[Problem]) -> None:
        ordered = tuple(sorted(problems, key=lambda problem: problem.offset))
        super().__init__(ordered[0].detail, problems=ordered)


def problem(
    code: str,
    offset: int,
    length: int,
    *,
    suggestion: str = "",
    limit: int | None = None,
    found: int | None = None,
    **words: str,
) -> Problem:
    """A problem with its messages filled in; `words` are the names that the messages mention."""
    indonesian, english = MESSAGES[code]
    return Problem(
        code=code,
        detail=english.format(limit=limit, found=found, **words),
        detail_id=indonesian.format(limit=limit, found=found, **words),
        offset=offset,
        length=length,
        suggestion=suggestion,
        limit=limit,
        found=found,
    )
