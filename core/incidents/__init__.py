"""States of an incident; when to open, raise, ease and close one, and when to alert.

A client has one incident at a time. It opens when the level reaches the policy's, eases when the level falls
under it, closes when it has stayed there, and whatever comes after that is a new incident. A person may declare one
without the score: it stands at least at the level that was declared, and ends when a person says so.
"""

from core.incidents.deciding import decide
from core.incidents.people import acknowledge, contain, declare, dismiss, resolve
from core.incidents.states import (
    LIVED_THROUGH,
    Action,
    Decision,
    Declaration,
    Entry,
    Incident,
    IncidentStateError,
    Outcome,
    Policy,
    Status,
    traced,
)

__all__ = [
    "LIVED_THROUGH",
    "Action",
    "Decision",
    "Declaration",
    "Entry",
    "Incident",
    "IncidentStateError",
    "Outcome",
    "Policy",
    "Status",
    "acknowledge",
    "contain",
    "decide",
    "declare",
    "dismiss",
    "resolve",
    "traced",
]
