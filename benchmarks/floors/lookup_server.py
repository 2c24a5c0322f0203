"""The floor of lookups: a synchronous grpcio server that decides nothing, over the same TLS.

`Lookup` returns fixed bytes, as long as a real answer, and reads nothing. `BatchLookup` reads the
questions and builds one message for each: what is the same in all answers was built before, what
belongs to the operator is set.
"""

import argparse
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc

from benchmarks.floors.contract import Contract

SERVICE = "mra.lookup.v1.Lookup"


def main() -> None:
    """Serve until the input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listen", required=True)
    parser.add_argument("--answer", type=Path, required=True, help="a serialised LookupResponse")
    parser.add_argument("--certificate", type=Path, required=True)
    parser.add_argument("--key", type=Path, required=True)
    parser.add_argument("--authorities", type=Path, required=True)
    parser.add_argument("--threads", type=int, required=True, help="as many as the gateway has")
    parser.add_argument("--any-client", action="store_true", help="ask no client certificate")
    asked = parser.parse_args()
    server = grpc.server(ThreadPoolExecutor(asked.threads), options=(("grpc.so_reuseport", 0),))
    server.add_generic_rpc_handlers((_handlers(asked.answer.read_bytes()),))
    credentials = grpc.ssl_server_credentials(
        [(asked.key.read_bytes(), asked.certificate.read_bytes())],
        root_certificates=asked.authorities.read_bytes(),
        require_client_auth=not asked.any_client,
    )
    server.add_secure_port(asked.listen, credentials)
    server.start()
    server.wait_for_termination()


def _handlers(answer: bytes) -> "grpc.GenericRpcHandler[Any, Any]":
    contract = Contract()
    request = contract.type("mra.lookup.v1.BatchLookupRequest")
    response = contract.type("mra.lookup.v1.BatchLookupResponse")
    fixed = contract.type("mra.lookup.v1.LookupResponse").FromString(answer).answer
    return grpc.method_handlers_generic_handler(
        SERVICE,
        {
            "Lookup": grpc.unary_unary_rpc_method_handler(lambda _request, _context: answer),
            "BatchLookup": grpc.unary_unary_rpc_method_handler(
                _batch(contract, fixed), request.FromString, response.SerializeToString
            ),
        },
    )


def _batch(contract: Contract, fixed: Any) -> Callable[[Any, Any], Any]:  # noqa: ANN401 - messages made at run time
    response, one, answer, authorisation = (
        contract.type(f"mra.{name}")
        for name in (
            "lookup.v1.BatchLookupResponse",
            "lookup.v1.BatchAnswer",
            "lookup.v1.Answer",
            "types.v1.Authorisation",
        )
    )
    held, freshness, measures = fixed.authorisation, fixed.freshness, list(fixed.measures)

    def batch(request: Any, _context: grpc.ServicerContext) -> Any:  # noqa: ANN401 - as above
        return response(
            answers=[
                one(
                    key=asked.key,
                    answer=answer(
                        verdict=1,
                        reason="RECOGNISED",
                        sentence=fixed.sentence,
                        code=asked.question.code,
                        normalised_code=asked.question.code,
                        agreement=fixed.agreement,
                        partner=fixed.partner,
                        operator_id=asked.question.code,
                        operator_name=fixed.operator_name,
                        match="exact",
                        authorisation=authorisation(
                            id=held.id,
                            category=held.category,
                            programme=held.programme,
                            issuing_office=held.issuing_office,
                            accepted_at=held.accepted_at,
                            effective_at=held.effective_at,
                            expires_at=held.expires_at,
                            status=held.status,
                        ),
                        measures=measures,
                        freshness=freshness,
                        valid_at_moment=fixed.valid_at_moment,
                        known_at=fixed.known_at,
                        contact=fixed.contact,
                        rule_version=1,
                        reference=fixed.reference,
                    ),
                )
                for asked in request.questions
            ]
        )

    return batch


if __name__ == "__main__":
    main()
