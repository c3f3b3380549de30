"""How the command says no: a sentence for a person, never a trace."""


class Refusal(Exception):  # noqa: N818 (a statement of what happened)
    """Siaga cannot do what was asked. The message says why and what to do; the command exits with status 2."""
