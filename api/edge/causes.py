"""The names of causes, as answers and bodies hold them."""

from typing import Literal

CauseName = Literal[
    "controversy", "legal", "bad_handling", "miscommunication", "slow_response", "inappropriate_content", "sara",
    "product_quality", "scandal", "financial", "discrimination", "unlawful", "staff_misconduct", "competitor_attack",
    "consumer_attack", "negative_news", "threat", "hoax", "account_takeover", "malware", "accident", "disaster",
    "perception",
]  # fmt: skip
"""As `core.diagnosis.causes.Cause`, which a test compares them with."""
