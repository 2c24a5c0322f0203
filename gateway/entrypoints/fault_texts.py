"""What each word for a fault on the way means to an operator, and what to do."""

from collections.abc import Mapping

from gateway.domain.transport_faults import TransportFault

FAULTS: Mapping[TransportFault, tuple[str, str]] = {
    TransportFault.UNREACHABLE: (
        "No connection: no such name, nobody there, or no gRPC behind the address.",
        "Check the address in the profile, name service and firewalls.",
    ),
    TransportFault.UNTRUSTED: (
        "The certificate or host key that was shown is not the partner's; nothing was said.",
        "Ask the partner by telephone what it shows; then compare authorities and host keys.",
    ),
    TransportFault.TLS: (
        "No secure connection, though the partner's certificate was not refused.",
        "Most often they do not take our certificate: compare its fingerprint with the partner.",
    ),
    TransportFault.DENIED: (
        "The machine does not let us in with our key (SFTP).",
        "Have the public key registered for the user that the profile names.",
    ),
    TransportFault.TIMEOUT: (
        "It was not done by the deadline, which is over everything.",
        "Look at the line; a large list over a slow one wants a longer `fetch_timeout`.",
    ),
    TransportFault.NO_ANSWER: (
        "The connection ended before an answer began, or gRPC says no more than `unavailable`.",
        "Look at the partner's server and what stands before it.",
    ),
    TransportFault.TRUNCATED: (
        "The connection ended within an answer or body, after it had begun.",
        "Look at the line and at proxies with limits of their own.",
    ),
    TransportFault.MALFORMED: (
        "What came is not of the protocol: no HTTP, no message, an index that is none.",
        "Find out what answers at this address; the partner's gateway does not.",
    ),
    TransportFault.UNFRAMED: (
        "The answer does not say where it ends, so that nobody would see it cut off.",
        "Ask for a length or chunks; an old proxy takes them away.",
    ),
    TransportFault.COMPRESSED: (
        "The answer is compressed, which was not asked for.",
        "Have it switched off at the proxy that does it.",
    ),
    TransportFault.MEDIA_TYPE: (
        "Another kind of document came, such as a page of HTML with status 200.",
        "Look for a proxy or login page that answers instead of the partner.",
    ),
    TransportFault.STATUS: (
        "A status of failure came, of HTTP, gRPC, SFTP or the file system; the message has it.",
        "Ask the partner what happens there, or look at the folder's rights and room.",
    ),
    TransportFault.EMPTY: (
        "The answer, or a part of it, says nothing.",
        "Ask the partner; nothing is never read as an empty list.",
    ),
    TransportFault.OUT_OF_ORDER: (
        "Parts, pieces or lists came twice, in another order, or in another number.",
        "Ask the partner; it may be several servers that do not hold the same.",
    ),
    TransportFault.WITHHELD: (
        "A newer list is announced, and none came.",
        "Through folders, `file.ignored` in the audit trail tells why; else ask the partner.",
    ),
    TransportFault.CROWDED: (
        "The folder holds more files than are looked at.",
        "Agree with the partner who clears it.",
    ),
    TransportFault.LINK: (
        "A symbolic link lies where a file should.",
        "Ask the partner to put the file itself there.",
    ),
    TransportFault.NOT_A_FILE: (
        "A folder, pipe or device lies where a file should.",
        "Ask the partner to take it away.",
    ),
    TransportFault.MISSING: (
        "The file is gone, or may not be opened.",
        "Look at the rights of the folder's files.",
    ),
    TransportFault.OVERSIZED: (
        "The file is larger than the profile allows.",
        "Ask the partner what it is, or agree on a higher limit.",
    ),
    TransportFault.NOT_WHOLE: (
        "The file is still being written, or is another document.",
        "Nothing at first; if it stays so, ask the partner to write under a temporary name.",
    ),
    TransportFault.REPLACED: (
        "The file became another one while it was opened.",
        "Nothing at first; if it stays so, ask the partner to write under a temporary name.",
    ),
}
