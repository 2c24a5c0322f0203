"""The part of a lookup process that answers watches on operators, if the settings name a port."""

from collections.abc import Callable

from gateway.bootstrap import Gateway
from gateway.bootstrap.registry_desks import make_change_watch
from gateway.entrypoints.cli.tls_rotation import TlsRotation
from gateway.entrypoints.desks import Admission
from gateway.entrypoints.rpc import change_server
from gateway.entrypoints.rpc.watch_server import watch_options
from gateway.services.bell import Bell
from gateway.services.change_watch import Ringer


class ChangeServing:
    """Answers watches between `start` and `stop`; does nothing without a port."""

    def __init__(self, gateway: Gateway, admission: Admission, rotation: TlsRotation) -> None:
        settings = gateway.settings.lookup
        self._bell = Bell()
        self._ringer = Ringer(gateway.store.registry.version, self._bell)
        self._server = None
        if settings.watch_listen is not None:
            self._server = change_server.make_server(
                make_change_watch(gateway.store, self._bell),
                admission,
                gateway.clock,
                tls=rotation.tls,
                listen=settings.watch_listen,
                bearer_listen=settings.watch_bearer_listen,
                options=watch_options(settings.watches, reuse_port=settings.processes > 1),
            )
            rotation.add(self._server.replace_tls)

    @property
    def look(self) -> Callable[[], None]:
        """What has to be called often: watches are told what moved."""
        return self._ringer.look

    def start(self) -> None:
        """Answer watches from now on."""
        if self._server is not None:
            self._server.start()

    def stop(self, grace: float) -> None:
        """End all watches."""
        self._bell.close()
        if self._server is not None:
            self._server.stop(grace)
