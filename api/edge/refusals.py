"""What ends a request at the gate."""


class Refused(Exception):  # noqa: N818 - a refusal, not an error of ours
    """The gate does not let this request through."""

    def __init__(self, kind: str, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.headers = headers


class Gone(Exception):  # noqa: N818 - nobody's mistake
    """The caller hung up before the request was whole: there is nobody to answer."""
