"""Spans of what a process does, in OpenTelemetry's words; next to nothing where no collector is named.

A span's parent is told by a `traceparent` (W3C Trace Context), which travels with the outbox from process to process:
so the request, the jobs that follow it and the webhook at their end make one trace. Spans carry names and ids of ours,
never a text, an address of a person, or the words of an error.
"""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from storage import provenance

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor

Kind = Literal["internal", "server", "consumer", "client"]
Value = str | int | float | bool

LONGEST_FLUSH_S = 3.0
"""How long a process that ends waits for its last spans to be taken."""


class Span:
    """One stretch of work. Entered, it is measured; what raises within it is told by the name of its type."""

    def __init__(self, name: str, kind: Kind, parent: str | None, attributes: dict[str, Value]) -> None:
        self._name, self._parent, self._attributes = name, parent, attributes
        self._kind: Kind = kind
        self._span: Any = None
        self.traceparent: str | None = parent

    def __enter__(self) -> Self:
        if _tracing.tracer is None:
            return self
        self._span = _tracing.begin(self._name, self._kind, self._parent, self._attributes)
        context = self._span.get_span_context()
        self.traceparent = f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._span is not None:
            if kind is not None:
                self.fail(kind.__name__)
            self._span.end()

    @property
    def is_recorded(self) -> bool:
        """Whether anybody keeps it."""
        return self._span is not None

    def call(self, name: str) -> None:
        """Name it again, now that more is known."""
        if self._span is not None:
            self._span.update_name(name)

    def note(self, **attributes: Value) -> None:
        """Add to what is known of it; `__` in a name stands for a dot."""
        if self._span is not None:
            self._span.set_attributes({name.replace("__", "."): value for name, value in attributes.items()})

    def fail(self, reason: str) -> None:
        """Mark it as failed, for a reason from a closed list."""
        if self._span is not None:
            from opentelemetry.trace import StatusCode  # noqa: PLC0415 - loaded only where spans are made

            self._span.set_attribute("error.type", reason)
            self._span.set_status(StatusCode.ERROR)


NONE = Span("", "internal", None, {})
"""The span of what nobody keeps."""


def span(name: str, kind: Kind = "internal", *, parent: str | None = None, **attributes: Value) -> Span:
    """A span that follows `parent`, or else what is present follows; `__` in a name stands for a dot."""
    if _tracing.tracer is None:
        return Span(name, kind, parent, {})
    known = {name.replace("__", "."): value for name, value in attributes.items()}
    return Span(name, kind, parent or provenance.present().traceparent, known)


def is_on() -> bool:
    """Whether spans are made at all."""
    return _tracing.tracer is not None


class _Tracing:
    """Where this process's spans go: nowhere, until it is started."""

    def __init__(self) -> None:
        self.tracer: Any = None
        self._extract: Any = None
        self._kinds: Any = None

    def start(self, service: str, processor: "SpanProcessor") -> Callable[[], None]:
        """Send spans to this processor; returns what ends that."""
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - loaded only where spans are made
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.trace import SpanKind  # noqa: PLC0415
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

        provider = TracerProvider(resource=Resource.create({"service.name": service}), shutdown_on_exit=False)
        provider.add_span_processor(processor)
        self.tracer = provider.get_tracer("siaga")
        self._extract = TraceContextTextMapPropagator().extract
        self._kinds = SpanKind

        def stop() -> None:
            self.tracer = None
            # A collector that does not answer must not keep a process from ending.
            flushing = threading.Thread(target=provider.shutdown, daemon=True)
            flushing.start()
            flushing.join(LONGEST_FLUSH_S)

        return stop

    def begin(self, name: str, kind: Kind, parent: str | None, attributes: dict[str, Value]) -> Any:
        context = self._extract({"traceparent": parent} if parent else {})
        return self.tracer.start_span(name, context=context, kind=self._kinds[kind.upper()], attributes=attributes)


_tracing = _Tracing()
start = _tracing.start


def to_collector(endpoint: str) -> "SpanProcessor":
    """Spans in batches to a collector that speaks OTLP over HTTP, below this address."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    return BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces"))
