"""Where a number comes from: files by content hash, UIDs by keyed hash, settings, version.

A keyed hash (HMAC-SHA-256) lets two results be matched without telling whose they are: without the key nobody
can try candidate IDs. The key is the environment variable ``DOSIMETRY_KEY`` or, where that is not set, 32
random bytes kept in the user's configuration folder.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from dosimetry.errors import UsageError
from dosimetry.text import clean
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "INTENDED_USE",
    "KEY_VARIABLE",
    "SourceFile",
    "key_caution",
    "keyed_hash",
    "package_version",
    "pseudonym",
]

INTENDED_USE = (
    "Research and independent-check software. No regulatory clearance has been sought. "
    "Verify locally before clinical use."
)
KEY_VARIABLE = "DOSIMETRY_KEY"
_HASH_LENGTH = 16  # 64 bits: no collision to expect among millions of objects


@dataclass(frozen=True)
class SourceFile:
    """One input file.

    Attributes
    ----------
    kind
        ``"RTDOSE"``, ``"RTSTRUCT"`` or ``"RTPLAN"``.
    sha256
        Hash of the file's bytes.
    uid
        SOPInstanceUID; printed raw only with identity.
    name
        File name without folders; printed only with identity, since exports put patient IDs into it.
    """

    kind: str
    sha256: str
    uid: str | None = field(default=None, repr=False)
    name: str = field(default="", repr=False)

    def as_dict(self, *, identify: bool = False) -> dict[str, str | None]:
        """Return the provenance of the file as JSON-ready text."""
        shown: dict[str, str | None] = {
            "kind": self.kind,
            "sha256": self.sha256,
            "uid_hash": None if self.uid is None else keyed_hash(self.uid),
        }
        if identify:
            shown |= {"uid": None if self.uid is None else clean(self.uid), "file": clean(self.name)}
        return shown


@cache
def _key() -> tuple[bytes, bool]:
    """Return the key and whether it will be the same next time."""
    given = os.environ.get(KEY_VARIABLE)
    if given is not None:
        if len(given) < 16:
            raise UsageError(
                "key is too short",
                item=KEY_VARIABLE,
                expected="at least 16 characters",
                found=f"{len(given)}",
            )
        return given.encode(), True
    from platformdirs import user_config_path  # noqa: PLC0415  only here, and only without a given key

    path = user_config_path("dosimetry") / "key"
    try:
        return _stored_key(path), True
    except OSError:
        return secrets.token_bytes(32), False


def _stored_key(path: Path) -> bytes:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"key.{secrets.token_hex(4)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(secrets.token_bytes(32))
        try:
            os.link(draft, path)  # fails where another process was first: then its key is the one
        except FileExistsError:
            pass
        except OSError:  # a file system without hard links
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    key = path.read_bytes()
    if len(key) < 16:
        raise UsageError("stored key is damaged", item=str(path.name), remedy=f"delete it, or set {KEY_VARIABLE}")
    return key


def key_caution() -> tuple[Caution, ...]:
    """Return a warning where keyed hashes will differ at the next run."""
    if _key()[1]:
        return ()
    text = f"no key could be stored: pseudonyms and keyed hashes hold for this run only; set {KEY_VARIABLE}"
    return (Caution(Code.KEY_EPHEMERAL, "provenance", text),)


def keyed_hash(text: str) -> str:
    """Return the keyed hash of a UID or another identifier, 16 hexadecimal digits."""
    return hmac.new(_key()[0], text.encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()[:_HASH_LENGTH]


def pseudonym(patient_id: str, issuer: str = "") -> str:
    """Return the pseudonym of a patient: stable under one key, meaningless without it."""
    return "P-" + keyed_hash(f"patient\0{issuer.strip()}\0{patient_id.strip()}")[:10]


@cache
def package_version() -> str:
    """Return the version of the installed package."""
    try:
        return version("dosimetry")
    except PackageNotFoundError:  # run from a source tree that was never installed
        return "0+unknown"
