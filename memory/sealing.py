"""Sealing: what is kept at rest can be read and changed by nobody without the key.

AES-256-GCM of the `cryptography` library with a random nonce for every message. Each message is
bound to the name of its place, so that one record cannot be put where another was. From the one
key come three, for sealing, for hashes and for turning vectors, each by HKDF-SHA256 (RFC 5869).
"""

import hmac
import os
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from memory.errors import SealBroken

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KEY_BYTES = 32
OVERHEAD = 2 + 12 + 16
"""Bytes that sealing adds: the format's mark, the nonce, the tag."""

MARK = b"L1"
"""What every sealed message begins with."""
_NONCE = 12


class Seal:
    """One key's ways to keep things; safe to use from several threads.

    Args:
        key: `KEY_BYTES` random bytes.

    >>> seal = Seal(bytes(32))
    >>> seal.unseal(seal.seal(b"told in confidence", "notes/1"), "notes/1")
    b'told in confidence'
    """

    def __init__(self, key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if len(key) != KEY_BYTES:
            raise ValueError(f"a key has {KEY_BYTES} bytes, this one {len(key)}")
        self._cipher = AESGCM(_derived(key, "seal"))
        self._hashing = _derived(key, "digest")
        self._turning = _derived(key, "rotation")

    def seal(self, data: bytes, place: str) -> bytes:
        """The data as nobody else can read them; no two results are alike."""
        nonce = os.urandom(_NONCE)
        return MARK + nonce + self._cipher.encrypt(nonce, data, place.encode())

    def unseal(self, data: bytes, place: str) -> bytes:
        """What was sealed for this place.

        Raises:
            SealBroken: changed, sealed for another place or with another key, or never sealed.
        """
        from cryptography.exceptions import InvalidTag

        # A database's damaged cell may be of any kind, and bytes(10**12) would be a terabyte.
        body = data if isinstance(data, bytes) else b""
        if not body.startswith(MARK) or len(body) < OVERHEAD:
            raise SealBroken(f"{place!r} is damaged: it was not sealed")
        start = len(MARK) + _NONCE
        try:
            return self._cipher.decrypt(body[len(MARK) : start], body[start:], place.encode())
        except InvalidTag as error:
            raise SealBroken(
                f"{place!r} is damaged, or was sealed with another key"
            ) from error

    def digest(self, data: bytes) -> str:
        """A hash that nobody without the key can compute: 64 hexadecimal digits."""
        return hmac.new(self._hashing, data, sha256).hexdigest()

    def turn(self, vectors: "NDArray[np.float32]") -> "NDArray[np.float32]":
        """Vectors float32[n, d] turned into the key's own coordinates.

        Cosines between turned vectors are as before; without the key they fit no embedder, so a
        text cannot be read off them as it can off plain ones (Morris et al., 2023).
        """
        return self._turned(vectors, back=False)

    def turn_back(self, vectors: "NDArray[np.float32]") -> "NDArray[np.float32]":
        """The vectors as they were before `turn`, but for rounding."""
        return self._turned(vectors, back=True)

    def _turned(self, vectors: "NDArray[np.float32]", *, back: bool) -> "NDArray[np.float32]":
        import numpy as np

        vectors = np.asarray(vectors, np.float32)
        if not vectors.size:
            return vectors
        rotation = self._rotation(vectors.shape[-1])
        return (vectors @ (rotation.T if back else rotation)).astype(np.float32)

    def _rotation(self, width: int) -> "NDArray[np.float32]":
        if width not in self._rotations:
            self._rotations[width] = _rotation(self._turning, width)
        return self._rotations[width]

    @cached_property
    def _rotations(self) -> "dict[int, NDArray[np.float32]]":
        return {}


def _rotation(key: bytes, width: int) -> "NDArray[np.float32]":
    """An orthogonal matrix float32[width, width], the same for the same key on every machine:
    the one QR factor of a Gaussian matrix whose R has a positive diagonal (Mezzadri, 2007)."""
    import numpy as np

    seed = int.from_bytes(key, "little")
    normal = np.random.Generator(np.random.PCG64(seed)).standard_normal((width, width))
    q, r = np.linalg.qr(normal)
    return np.asarray(q * np.sign(np.diag(r)), np.float32)


def _derived(key: bytes, purpose: str) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    info = f"lethe/{purpose}".encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(key)
