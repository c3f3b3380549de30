"""The weights of a reader as one file: a small header in JSON, then compressed tables."""

import hashlib
import json
import struct
import zlib
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

_KIND = b"SIAGA-READER-"
_LENGTH = struct.Struct("<I")


class Column(IntEnum):
    """What each column of a table holds; sentiment is relative to neutral."""

    NEGATIVE = 0
    POSITIVE = 1
    TOXICITY = 2
    COMPLAINT = 3
    LANGUAGE = 4  # Indonesian against English
    NORM = 5  # square of the feature's value, for the length of the post
    # Of readers that learned sentiment for each language: theirs in English, beside which the first two are Indonesian.
    ENGLISH_NEGATIVE = 6
    ENGLISH_POSITIVE = 7


# Columns of a file, by its version.
_COLUMNS = {2: Column.ENGLISH_NEGATIVE.value, 3: len(Column)}


Table = NDArray[np.int16]


class WeightsError(ValueError):
    """The bytes are not the weights of a reader."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Everything a reader has learned.

    Units: a table's int16 times `scales` is a weight; `biases` are logits, of the columns in order, and 0 where left
    out. `neutral` is what is added to that class in English and in Indonesian posts. `negated` is what a word adds when
    it stands in a negation scope. `pairs` holds two indices into `words` per row.
    """

    name: str
    scales: tuple[float, ...]
    biases: tuple[float, ...]
    neutral: tuple[float, float]
    words: list[str]
    plain: Table
    negated: Table
    pieces: list[str]
    piece_weights: Table
    pairs: NDArray[np.int32]
    pair_weights: Table
    spellings: dict[str, str]
    names: list[str]


def encode(weights: Weights) -> bytes:
    """The file of these weights; the same weights give the same bytes."""
    blocks = [
        "\n".join(weights.words).encode(),
        "\n".join(weights.pieces).encode(),
        "\n".join(f"{slang}\t{formal}" for slang, formal in sorted(weights.spellings.items())).encode(),
        "\n".join(weights.names).encode(),
        _columns(weights.pairs.astype("<i4")),
        _columns(weights.plain.astype("<i2")),
        _columns(weights.negated.astype("<i2")),
        _columns(weights.piece_weights.astype("<i2")),
        _columns(weights.pair_weights.astype("<i2")),
    ]
    packed = [zlib.compress(block, 9) for block in blocks]
    header = {
        "name": weights.name,
        "scales": weights.scales,
        "biases": weights.biases,
        "neutral": weights.neutral,
        "blocks": [len(block) for block in packed],
        "sha256": hashlib.sha256(b"".join(packed)).hexdigest(),
    }
    head = json.dumps(header, sort_keys=True).encode()
    version = next(version for version, columns in _COLUMNS.items() if columns == len(weights.scales))
    return b"".join([_magic(version), _LENGTH.pack(len(head)), head, *packed])


def decode(data: bytes) -> tuple[Weights, str]:
    """The weights in a file, and their version: name and the start of their checksum.

    Raises: `WeightsError` where the file is of another kind or version, cut short or damaged.
    """
    version = _version(data)
    try:
        return _decode(data, len(_magic(version)), _COLUMNS[version])
    except WeightsError:
        raise
    except (KeyError, IndexError, TypeError, ValueError, struct.error, zlib.error) as error:
        raise WeightsError("it is cut short or damaged") from error


def _magic(version: int) -> bytes:
    return b"%s%d\n" % (_KIND, version)


def _version(data: bytes) -> int:
    version = data[len(_KIND) :].partition(b"\n")[0] if data.startswith(_KIND) else b""
    if not version.isdigit():
        raise WeightsError("unknown file type: it holds no weights of a reader")
    for known in _COLUMNS:
        if data.startswith(_magic(known)):
            return known
    read = " and ".join(map(str, _COLUMNS))
    raise WeightsError(f"it is of version {int(version[:9])}, and this Siaga reads versions {read}")


def _decode(data: bytes, start: int, columns: int) -> tuple[Weights, str]:
    (size,) = _LENGTH.unpack_from(data, start)
    start += _LENGTH.size
    header: dict[str, Any] = json.loads(data[start : start + size])
    payload = data[start + size :]
    if hashlib.sha256(payload).hexdigest() != header["sha256"]:
        raise WeightsError("it is cut short or damaged: the checksum does not fit")
    blocks: list[bytes] = []
    for length in header["blocks"]:
        blocks.append(zlib.decompress(payload[:length]))
        payload = payload[length:]
    words, pieces, spellings, names = (block.decode().split("\n") if block else [] for block in blocks[:4])
    plain, negated, piece_weights, pair_weights = (_table(block, "<i2", columns) for block in blocks[5:9])
    weights = Weights(
        name=str(header["name"]),
        scales=tuple(map(float, header["scales"])),
        biases=tuple(map(float, header["biases"])),
        neutral=(float(header["neutral"][0]), float(header["neutral"][1])),
        words=words,
        plain=plain,
        negated=negated,
        pieces=pieces,
        piece_weights=piece_weights,
        pairs=_table(blocks[4], "<i4", 2),
        pair_weights=pair_weights,
        spellings={slang: formal for slang, _, formal in (line.partition("\t") for line in spellings)},
        names=names,
    )
    return weights, f"{weights.name}+{str(header['sha256'])[:8]}"


def _columns(table: NDArray[Any]) -> bytes:
    """Column by column, which compresses better than row by row."""
    return np.ascontiguousarray(table.T).tobytes()


def _table(block: bytes, kind: str, width: int) -> NDArray[Any]:
    return np.ascontiguousarray(np.frombuffer(block, dtype=kind).reshape(width, -1).T)
