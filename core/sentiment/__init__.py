"""Reads posts: sentiment, toxicity, complaint, threat, rumour cues and language, and why."""

from core.sentiment.explanation import Explanation, Mark, Span, Strengths, Unread, strengths
from core.sentiment.reader import Reader
from core.sentiment.reading import Label, Language, Reading
from core.sentiment.weights import WeightsError

__all__ = [
    "Explanation",
    "Label",
    "Language",
    "Mark",
    "Reader",
    "Reading",
    "Span",
    "Strengths",
    "Unread",
    "WeightsError",
    "strengths",
]
