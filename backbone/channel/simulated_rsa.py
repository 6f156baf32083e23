"""The RSA key by which simulated providers sign. It is public on purpose, and nothing real believes it.

RSA keys can't be derived from an account's seed in reasonable time, and the process that signs a simulated webhook is seldom
the one that checks it: both must have the same key. Only the simulated answers for a provider's key URLs hold its public half.
"""

from functools import cache

from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPrivateNumbers,
    RSAPublicNumbers,
    rsa_crt_dmp1,
    rsa_crt_dmq1,
    rsa_crt_iqmp,
    rsa_recover_private_exponent,
)

_P = (
    "eef84dd608aa1cc5e9a091331b35f57d758d1a64a2d54721f839f5b1688bc4d6e92601ace27317b65527dafa24b5011c2e51"
    "6ac3dd705723d8364daadb50a7b31bab5decad50ba2711f8fc529706325688dd501b700720e875175bebdc6f273df9a6a756"
    "b06a790f1694e2ff8ac80b9b9fbabadbfcd54880e09ebb37ebd7a709"
)
_Q = (
    "bd4ff0dcd422a71fdaff18ae61fd6e551bcd2bfb4845a7f5a185b4749caf61bc8aa68a11fa65b4e0f8cb82f09d0afee8e93c"
    "1ab304ce8d7aacbe7b642c52131b0990d01ed1c54b7ba2a6f412b38ec239b557513d0e42caff8c04c636eada21de9485cb17"
    "072c447363cdcd1c1cc7773a38f3abf05159d95f5fda4ef7bf5f8b4f"
)
_EXPONENT = 65537


@cache
def simulated_key() -> RSAPrivateKey:
    """The same 2048-bit key in every process."""
    p, q = int(_P, 16), int(_Q, 16)
    d = rsa_recover_private_exponent(_EXPONENT, p, q)
    public = RSAPublicNumbers(_EXPONENT, p * q)
    numbers = RSAPrivateNumbers(p, q, d, rsa_crt_dmp1(d, p), rsa_crt_dmq1(d, q), rsa_crt_iqmp(p, q), public)
    return numbers.private_key()
