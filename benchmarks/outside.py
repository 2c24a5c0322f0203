"""`python -m benchmarks.outside`: h2load and wrk against the running gateway, beside our generator.

Neither can show a client certificate: all of them come in with one bearer token. Tools that are
not installed are named; nothing fails for them.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from benchmarks.administration import BENCH, Administration, free_addresses
from benchmarks.load_generator import write_messages
from benchmarks.lookups import LOOKUP, STREAMS, codes_of, make_world
from benchmarks.p3_http_lookup import DECISIONS
from benchmarks.processes import Server, Worker
from gateway.bootstrap import system_clock
from gateway.domain.parties import Caller, Purpose
from gateway.pb.mra.lookup.v1 import lookup_pb2

SIZE, SECONDS, TURNS = 20_000, 2, 9
ISSUER, AUDIENCE, SUBJECT = "https://login.example/bench", "mra-gateway", "bench"
TOKEN_LIFE = timedelta(minutes=30)
AGREE = 0.15


def main() -> int:
    """Measure, print, and return 1 if a tool and our generator do not agree."""
    with tempfile.TemporaryDirectory(prefix="mra-bench-") as folder:
        world = make_world(Path(folder), SIZE, seed=1)
        home = world.administration
        code = codes_of(world, seed=1)[0]
        (bearer,) = free_addresses(1)
        token = _admit(home, bearer)
        with Server(
            home.lookup_https_address(),
            "gateway",
            *("serve", "--role", "lookup", "--config", str(home.settings)),
            log=home.folder / "lookup.log",
        ) as server:
            question = lookup_pb2.LookupRequest(question=lookup_pb2.Question(code=code))
            trials = [
                Trial("h2load", bearer, LOOKUP, question.SerializeToString()),
                Trial(
                    "wrk",
                    home.lookup_https_address(),
                    DECISIONS,
                    json.dumps({"code": code}).encode(),
                ),
            ]
            agreed = [_compare(trial, home, server, token) for trial in trials]
    return 0 if all(agreed) else 1


def _admit(home: Administration, bearer_listen: str) -> Path:
    """Register a caller by token, write the issuer's keys, and return the file of its token."""
    key = ec.generate_private_key(ec.SECP256R1())
    entry = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key()))
    keys = home.folder / "issuer.json"
    keys.write_text(json.dumps({"keys": [entry | {"kid": "bench", "use": "sig"}]}))
    text = home.settings.read_text("utf-8").replace(
        "\n[programme]",
        f'\n[lookup.tokens]\nissuer = "{ISSUER}"\naudience = "{AUDIENCE}"\n'
        f'keys = "{keys}"\n\n[programme]',
    )
    text = re.sub(r"# bearer_listen = .*", f'bearer_listen = "{bearer_listen}"', text)
    home.settings.write_text(text, "utf-8")
    now = system_clock()
    gateway = home.open()
    try:
        caller = Caller(name=SUBJECT, subject=SUBJECT, purposes=(Purpose.LOOKUP,), added_at=now)
        gateway.store.callers.add(caller, BENCH, now)
    finally:
        gateway.close()
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": SUBJECT, "iat": now, "exp": now + TOKEN_LIFE}
    file = home.folder / "token"
    file.write_text(jwt.encode(claims, key, algorithm="ES256", headers={"kid": "bench"}))
    return file


@dataclass(frozen=True)
class Trial:
    """One way in, and the tool that loads it."""

    tool: str
    address: str
    path: str
    message: bytes


def _compare(trial: Trial, home: Administration, server: Server, token: Path) -> bool:
    if shutil.which(trial.tool) is None:
        print(f"{trial.tool} is not installed")
        return True
    is_http = trial.tool == "wrk"
    theirs = (_wrk if is_http else _h2load)(home, trial, token.read_text("ascii"))
    messages = home.folder / "one.bin"
    write_messages(messages, [trial.message])
    rates: list[tuple[float, float]] = []
    costs: list[tuple[float, float]] = []
    with Worker(
        "benchmarks.load_generator",
        *(f"--target=gateway={trial.address}", "--path", trial.path, "--messages", str(messages)),
        *("--streams", str(STREAMS), "--authorities", str(home.pem("ca"))),
        *("--bearer", str(token), *(("--http",) if is_http else ())),
    ) as ours:
        for _ in range(TURNS):
            begin = server.cpu_seconds()
            mine = ours.ask(target="gateway", seconds=SECONDS)["rate"]
            between = server.cpu_seconds()
            other = theirs()
            end = server.cpu_seconds()
            rates.append((mine, other))
            costs.append(
                (1e6 * (between - begin) / mine / SECONDS, 1e6 * (end - between) / other / SECONDS)
            )
    _tell(f"{trial.tool}, calls/s", rates)
    # What the server spends on a call is the same whoever else is at work; rates are not.
    return _tell(f"{trial.tool}, server CPU us/call", costs)


def _tell(title: str, pairs: list[tuple[float, float]]) -> bool:
    """Print the medians and whether they agree: the median of the ratios of single turns."""
    ratio = median(mine / other for mine, other in pairs)
    mine, other = (median(each) for each in zip(*pairs, strict=True))
    agrees = bool(abs(1 - ratio) <= AGREE)
    said = "agree" if agrees else "differ"
    print(f"{title}: ours {mine:.0f}, theirs {other:.0f}, ratio {ratio:.2f}: {said}", flush=True)
    return agrees


def _h2load(home: Administration, trial: Trial, token: str) -> Callable[[], float]:
    file = home.folder / "h2load.bin"
    file.write_bytes(b"\x00" + len(trial.message).to_bytes(4, "big") + trial.message)
    command = [
        *("h2load", f"-D{SECONDS}", f"-c{STREAMS}", "-m1", "-t1", f"-d{file}"),
        *("-H", "content-type: application/grpc", "-H", "te: trailers"),
        *("-H", f"authorization: Bearer {token}", f"https://{trial.address}{trial.path}"),
    ]
    return lambda: _rate(command, r"finished in [^,]+, ([0-9.]+) req/s", r"(\d+) 2xx", "2xx")


def _wrk(home: Administration, trial: Trial, token: str) -> Callable[[], float]:
    script = home.folder / "post.lua"
    script.write_text(
        f"wrk.method = 'POST'\nwrk.body = [[{trial.message.decode()}]]\n"
        f"wrk.headers['Content-Type'] = 'application/json'\n"
        f"wrk.headers['Authorization'] = 'Bearer {token}'\n"
    )
    command = [
        *("wrk", f"-d{SECONDS}s", f"-c{STREAMS}", "-t1", "-s", str(script)),
        f"https://{trial.address}{trial.path}",
    ]
    return lambda: _rate(command, r"Requests/sec:\s+([0-9.]+)", r"()", "")


def _rate(command: list[str], rate: str, good: str, refusal: str) -> float:
    said = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=SECONDS + 30
    ).stdout
    found, answered = re.search(rate, said), re.search(good, said)
    if found is None or "Non-2xx" in said or (refusal and answered and answered[1] == "0"):
        print(said, file=sys.stderr)
        raise SystemExit(f"{command[0]} was not answered")
    return float(found[1])


if __name__ == "__main__":
    sys.exit(main())
