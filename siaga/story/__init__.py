"""The demo's story: an invented tea, two quiet weeks, one loud evening that harmed nobody, and a real crisis."""

from siaga.story.quiet_weeks import history
from siaga.story.uproar import Beat, crisis

__all__ = ["Beat", "crisis", "history"]
