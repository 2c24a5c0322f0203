"""What stands before every handler: identity, permission, a cap on time, error translation.

Handlers are wrapped when the server is put together, not by an interceptor, which sees only method
and metadata and would cost every call a lookup. A caller's own deadline is kept by the library;
none is asked for, but no call that streams lasts longer than the cap: a stalled one holds a thread.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Timer
from typing import Any, TypeAlias

import grpc
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from msgspec import Struct

from gateway.domain.parties import Caller
from gateway.entrypoints.calls_in_hand import CallsInHand
from gateway.entrypoints.desks import ByBearer, Identify
from gateway.entrypoints.permissions import PERMISSIONS, require_complete, require_permitted
from gateway.entrypoints.rpc.early_messages import AtOnce
from gateway.entrypoints.rpc.error_translation import abort
from gateway.entrypoints.rpc.identity import caller_of
from gateway.exchange.request_ids import HEADER, take_up

Handler = Callable[[Any, Any], Any]
"""`(request or iterator of requests, caller) -> response or iterator of responses`: of any message,
as grpc has it. The caller is None only where the permission table asks for nobody."""
Prepared: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
"""Quoted, because grpc's class takes no parameters when it runs."""
Cap = Callable[[grpc.ServicerContext], AbstractContextManager[None]]
Wrapped = Callable[[Any, grpc.ServicerContext], Any]
Remembered = Callable[[Any], Caller | None]
"""Maps the event of a call that begins to its caller, if that waits for nothing."""


def _serializer(kind: type[Message]) -> Callable[[Any], bytes]:
    """Return what writes a response; a handler may have written its own already."""
    whole = kind.SerializeToString
    return lambda response: response if type(response) is bytes else whole(response)


def _name(context: grpc.ServicerContext) -> None:
    """Take up the caller's request id, and name it in the answer.

    Raises:
        InvalidRequestError: It is malformed.
    """
    given = next((value for key, value in context.invocation_metadata() if key == HEADER), None)
    request_id = take_up(given if given is None else str(given))
    # EXC-8: the answer names the call
    context.set_trailing_metadata(((HEADER, request_id),))


def _counted(in_hand: CallsInHand | None, caller: Caller | None) -> AbstractContextManager[None]:
    if in_hand is None or caller is None:
        return nullcontext()
    return in_hand.one_of(caller.name)


def _uncapped(_: grpc.ServicerContext) -> AbstractContextManager[None]:
    return nullcontext()


class Guard(Struct, frozen=True, kw_only=True):
    """Wraps the handlers of one server."""

    identify: Identify
    by_bearer: ByBearer | None = None
    """Knows tokens, where the server has a port without client certificates."""
    longest_call: float
    """Seconds after which a call that streams is cancelled."""
    names_calls: bool = True
    """Whether answers name their request (EXC-8). Not those of lookups: they have a reference of
    their own, and each costs less than the naming."""
    in_hand: CallsInHand | None = None
    """Bounds the calls of one caller, where calls may last."""
    admits_each_message: bool = False
    """Whether callers are let in anew before each message of a stream: whoever was revoked is told
    nothing more. For streams that last, on servers that know callers from memory."""
    remembered: Remembered | None = None
    """Knows callers from memory."""
    quick: frozenset[str] = frozenset()
    """Methods that wait for nothing and write their own response, so that callers who are
    remembered are answered on the thread that serves all connections. None of a server that names
    calls."""

    def wrap(
        self, service: ServiceDescriptor, handlers: Mapping[str, Handler]
    ) -> dict[str, Prepared]:
        """Return handlers, by method name, with everything that stands before them.

        Raises:
            ConfigError: A method has no permission, or a permission no method.
        """
        paths = {name: f"/{service.full_name}/{name}" for name in handlers}
        require_complete(paths.values(), PERMISSIONS)
        return {
            name: self._wrap(paths[name], service.methods_by_name[name], handler)
            for name, handler in handlers.items()
        }

    def _wrap(self, path: str, method: MethodDescriptor, handler: Handler) -> Prepared:
        codec = (
            GetMessageClass(method.input_type).FromString,
            _serializer(GetMessageClass(method.output_type)),
        )
        if method.server_streaming:
            streaming = self._streaming(path, handler)
            return grpc.unary_stream_rpc_method_handler(streaming, *codec)
        cap = self._cap if method.client_streaming else _uncapped
        answering = self._answering(path, handler, cap)
        if method.name in self.quick:
            answering.at_once = self._at_once(path, handler)  # type: ignore[attr-defined] # see AtOnce
        if method.client_streaming:
            return grpc.stream_unary_rpc_method_handler(answering, *codec)
        return grpc.unary_unary_rpc_method_handler(answering, *codec)

    def _answering(self, path: str, handler: Handler, cap: Cap) -> Wrapped:
        admit, names, in_hand = self._admission(path), self.names_calls, self.in_hand

        def answer(request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ANN401 - of any message
            try:
                if names:
                    _name(context)
                caller = admit(context)
                with _counted(in_hand, caller), cap(context):
                    return handler(request, caller)
            except grpc.RpcError:
                # The caller went away: there is nobody to tell.
                raise
            except Exception as error:  # noqa: BLE001 - the entry point answers for all of them
                abort(context, path, error, getattr(request, "language", ""))

        return answer

    def _at_once(self, path: str, handler: Handler) -> AtOnce:
        """Return what answers callers who are remembered, and waits for nothing."""
        remembered = self.remembered

        def prepare(event: Any) -> Callable[[Any], bytes] | None:  # noqa: ANN401 - an inner part of the library
            caller = None if remembered is None else remembered(event)
            if caller is None:
                return None

            def answer(request: Any) -> Any:  # noqa: ANN401 - of any message
                require_permitted(caller, path)
                return handler(request, caller)

            return answer

        def refuse(error: Exception, request: Any, context: grpc.ServicerContext) -> None:  # noqa: ANN401 - as above
            abort(context, path, error, getattr(request, "language", ""))

        return AtOnce(prepare, refuse)

    def _streaming(self, path: str, handler: Handler) -> Wrapped:
        admit, is_anew = self._admission(path), self.admits_each_message
        in_hand = self.in_hand

        def answer(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:  # noqa: ANN401 - of any message
            try:
                _name(context)
                caller = admit(context)
                with _counted(in_hand, caller), self._cap(context):
                    for response in handler(request, caller):
                        if is_anew:
                            admit(context)
                        yield response
            except grpc.RpcError:
                raise
            except Exception as error:  # noqa: BLE001 - the entry point answers for all of them
                abort(context, path, error, getattr(request, "language", ""))

        return answer

    def _admission(self, path: str) -> Callable[[grpc.ServicerContext], Caller | None]:
        """Return what tells who calls a method and refuses whoever may not."""
        identify, by_bearer = self.identify, self.by_bearer
        if PERMISSIONS[path] is None:
            return lambda _: None

        def admit(context: grpc.ServicerContext) -> Caller:
            caller = caller_of(context, identify, by_bearer)
            require_permitted(caller, path)
            return caller

        return admit

    @contextmanager
    def _cap(self, context: grpc.ServicerContext) -> Iterator[None]:
        """Cancel a call that lasts too long. Only once it is counted: a flood starts no timers."""
        timer = Timer(self.longest_call, context.cancel)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
