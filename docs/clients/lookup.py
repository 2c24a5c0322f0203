"""python lookup.py HOST:PORT CODE; needs grpcio and grpcio-tools."""

import sys
from pathlib import Path

import grpc

sys.path.append("protos")
messages, services = grpc.protos_and_services("mra/lookup/v1/lookup.proto")
address, code = sys.argv[1:]
pem = [Path(name).read_bytes() for name in ("ca.pem", "border.key", "border.pem")]
with grpc.secure_channel(address, grpc.ssl_channel_credentials(*pem)) as channel:
    request = messages.LookupRequest(question=messages.Question(code=code), language="en")
    answer = services.LookupStub(channel).Lookup(request, timeout=5).answer
print(messages.Verdict.Name(answer.verdict), answer.reason, answer.sentence, sep="\n")
