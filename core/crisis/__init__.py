"""How unusual the talk about a client is, in [0, 100], why, and how worried to be."""

from core.crisis.buckets import (
    BUCKET_S,
    BUCKETS_A_DAY,
    History,
    Label,
    Sighting,
    at_least,
    bucket_of,
    count,
    starts_at,
)
from core.crisis.levels import LevelState
from core.crisis.policy import Level, Policy
from core.crisis.reasons import LEVEL_NAMES, Language, reasons
from core.crisis.score import FORMULA, Assessment, Contribution, assess

__all__ = [
    "BUCKETS_A_DAY",
    "BUCKET_S",
    "FORMULA",
    "LEVEL_NAMES",
    "Assessment",
    "Contribution",
    "History",
    "Label",
    "Language",
    "Level",
    "LevelState",
    "Policy",
    "Sighting",
    "assess",
    "at_least",
    "bucket_of",
    "count",
    "reasons",
    "starts_at",
]
