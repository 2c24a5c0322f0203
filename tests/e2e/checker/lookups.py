"""Questions of a border system over gRPC."""

from tests.e2e.checker.calls import GrpcClient
from tests.e2e.checker.canonical import Document


def ask(client: GrpcClient, row: Document) -> Document:
    """Ask what a row of endpoints.json asks, and return verdict, reason and measures."""
    question = {"code": row["code"]}
    question |= {key: row[key] for key in ("role", "name") if row.get(key)}
    if row.get("direction"):
        question["direction"] = f"DIRECTION_{row['direction'].upper()}"
    if row.get("on"):
        question["onMoment" if "T" in row["on"] else "onDate"] = row["on"]
    answer: Document = client.call("Lookup", "Lookup", {"question": question})["answer"]
    return answer


def decision(answer: Document) -> Document:
    """Return what endpoints.json states of an answer."""
    return {
        "verdict": answer["verdict"].removeprefix("VERDICT_"),
        "reason": answer["reason"],
        "measures": sorted(measure["code"] for measure in answer.get("measures", [])),
    }


def head(answer: Document) -> tuple[int, str]:
    """Return sequence and digest of the list that an answer rests on."""
    freshness = answer["freshness"]
    return int(freshness["sequence"]), freshness["listDigest"]
