"""Reads posts: sentiment, toxicity, complaint, threat, rumour cues and language."""

from core.sentiment.reader import Reader
from core.sentiment.reading import Label, Language, Reading
from core.sentiment.weights import WeightsError

__all__ = ["Label", "Language", "Reader", "Reading", "WeightsError"]
