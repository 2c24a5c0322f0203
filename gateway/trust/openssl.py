"""How openssl checks a signature: for exports that others shall check without us (SIG-8)."""

from gateway.trust.algorithms import Algorithm, Family


def verify_command(algorithm: Algorithm, *, key: str, signature: str, data: str) -> str:
    """Return the command that succeeds if and only if the signature is the key's over the data.

    Args:
        algorithm: With which it was signed.
        key: File with the public key, PEM.
        signature: File with the signature.
        data: File with the bytes that were signed.
    """
    # Of ML-DSA from openssl 3.5 on.
    if algorithm.family in {Family.ED25519, Family.ML_DSA_65}:
        return f"openssl pkeyutl -verify -rawin -pubin -inkey {key} -sigfile {signature} -in {data}"
    pss = (
        "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest "
        if algorithm.family is Family.RSA_PSS
        else ""
    )
    return f"openssl dgst -{algorithm.digest.name} {pss}-verify {key} -signature {signature} {data}"
