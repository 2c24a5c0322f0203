"""python watch.py HOST:PORT AGREEMENT; goes on from watch.token; needs grpcio and grpcio-tools."""

import sys
from pathlib import Path

import grpc

sys.path.append("protos")
messages, services = grpc.protos_and_services("mra/lookup/v1/lookup.proto")
address, agreement = sys.argv[1:]
pem = [Path(name).read_bytes() for name in ("ca.pem", "border.key", "border.pem")]
kept = Path("watch.token")
token = kept.read_text() if kept.exists() else ""
with grpc.secure_channel(address, grpc.ssl_channel_credentials(*pem)) as channel:
    request = messages.WatchChangesRequest(agreement=agreement, resume_token=token)
    for told in services.LookupWatchStub(channel).WatchChanges(request):
        if told.kind:  # none: a beat
            print(messages.ChangeKind.Name(told.kind), told.operator_id, flush=True)
        kept.write_text(told.resume_token)
