"""Files by content hash, identities by keyed hash, and a key that nobody else can read."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import exports
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosimetry import provenance
from dosimetry.dicom.find import read_case
from dosimetry.dicom.write import StudyHeader
from dosimetry.errors import UsageError
from dosimetry.provenance import SourceFile, key_caution, keyed_hash, package_version, pseudonym
from dosimetry.warnings import Code

posix = pytest.mark.skipif(os.name != "posix", reason="permissions and folders are others there")


@pytest.fixture
def key(monkeypatch):
    """Set the key, or take it away; the cached one is forgotten before and after."""

    def use(value):
        provenance._key.cache_clear()
        if value is None:
            monkeypatch.delenv(provenance.KEY_VARIABLE, raising=False)
        else:
            monkeypatch.setenv(provenance.KEY_VARIABLE, value)

    yield use
    provenance._key.cache_clear()


@pytest.fixture
def home(monkeypatch, tmp_path, key):
    """Return the configuration folder of a user without a key."""
    folder = tmp_path / "config"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    key(None)
    return folder


def test_hashes_of_files(tmp_path):
    paths = exports.export(tmp_path)
    sources = read_case(tmp_path).sources
    assert [source.sha256 for source in sources] == [
        hashlib.sha256(path.read_bytes()).hexdigest() for path in paths
    ]
    assert [source.kind for source in sources] == ["RTDOSE", "RTSTRUCT", "RTPLAN"]


def test_keyed_hash_is_an_hmac(key):
    key("a key of 16 bytes")
    expected = hmac.new(b"a key of 16 bytes", b"1.2.3", hashlib.sha256).hexdigest()
    assert keyed_hash("1.2.3") == expected[:16]
    assert key_caution() == ()


def test_another_key_gives_other_hashes(key):
    key("a key of 16 bytes")
    first = keyed_hash("1.2.3"), pseudonym("4711")
    key("another key of 16")
    assert keyed_hash("1.2.3") != first[0]
    assert pseudonym("4711") != first[1]
    key("a key of 16 bytes")
    assert (keyed_hash("1.2.3"), pseudonym("4711")) == first


def test_pseudonyms():
    assert re.fullmatch(r"P-[0-9a-f]{10}", pseudonym("4711"))
    assert pseudonym("4711") == pseudonym(" 4711 ")
    assert (
        len({pseudonym("4711"), pseudonym("4712"), pseudonym("4711", "A"), pseudonym("4711A"), keyed_hash("4711")})
        == 5
    )


@given(st.text(), st.text(), st.text(), st.text())
def test_issuer_and_number_are_not_run_together(a, b, c, d):
    same = (a.strip(), b.strip()) == (c.strip(), d.strip())
    if "\0" not in a + b + c + d:
        assert (pseudonym(a, b) == pseudonym(c, d)) == same


def test_text_that_is_not_unicode_has_a_hash():
    assert re.fullmatch(r"[0-9a-f]{16}", keyed_hash("caf\udce9"))


def test_identity_is_shown_only_when_asked_for():
    source = SourceFile("RTDOSE", "ab" * 32, "1.2.3", "Doe\n.dcm")
    assert source.as_dict() == {"kind": "RTDOSE", "sha256": "ab" * 32, "uid_hash": keyed_hash("1.2.3")}
    assert source.as_dict(identify=True) == source.as_dict() | {
        "uid": "1.2.3",
        "file": "Doe\N{REPLACEMENT CHARACTER}.dcm",
    }
    assert "1.2.3" not in repr(source)
    assert "Doe" not in repr(source)
    assert SourceFile("RTDOSE", "").as_dict()["uid_hash"] is None


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_output_is_pseudonymous_unless_identified(tmp_path, capsys, form):
    from dosimetry.cli import main

    folder = tmp_path / "case"
    who = StudyHeader(patient_id="PLANTED-4711", patient_name="Doe^Jane", study_uid="1.2.826.0.1.77")
    exports.export(folder, who)
    raw = {
        "name": "Doe",
        "id": "PLANTED-4711",
        "uid": who.uid("RTDOSE", ""),
        "file": "dose.dcm",
        "folder": str(tmp_path),
    }
    shown = {}
    for extra in ((), ("--identify",)):
        with pytest.raises(SystemExit) as stop:
            main.run(["dvh", str(folder), "--format", form, *extra])
        assert stop.value.code == 0
        told = capsys.readouterr()
        shown[bool(extra)] = {what for what, text in raw.items() if text in told.out + told.err}
        if form == "json":
            json.loads(told.out)
            assert (who.uid("RTSTRUCT", "") in told.out) == bool(extra)
    assert shown[False] == set()
    assert shown[True] == {"table": {"name", "id"}, "json": {"name", "id", "uid", "file"}, "csv": {"id"}}[form]


# the key


@posix
def test_key_is_made_once_and_private(home, key):
    first = keyed_hash("1.2.3")
    stored = home / "dosimetry" / "key"
    assert stored.stat().st_size == 32
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600
    assert list(stored.parent.iterdir()) == [stored]
    assert key_caution() == ()
    key(None)
    assert keyed_hash("1.2.3") == first
    stored.unlink()
    key(None)
    assert keyed_hash("1.2.3") != first


@posix
def test_key_is_private_whatever_the_umask(home):
    before = os.umask(0)
    try:
        keyed_hash("1.2.3")
    finally:
        os.umask(before)
    assert stat.S_IMODE((home / "dosimetry" / "key").stat().st_mode) == 0o600


@posix
def test_first_uses_at_once_agree(home):
    path = home / "dosimetry" / "key"
    with ThreadPoolExecutor(16) as pool:
        keys = list(pool.map(lambda _: provenance._stored_key(path), range(64)))
    assert set(keys) == {path.read_bytes()}
    assert list(path.parent.iterdir()) == [path]


@posix
def test_first_uses_of_processes_agree(home):
    code = "from dosimetry.provenance import keyed_hash; print(keyed_hash('1.2.3'))"
    command = [sys.executable, "-c", code]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    hashes = {process.communicate()[0] for process in running}
    assert hashes == {keyed_hash("1.2.3") + "\n"}
    assert [path.name for path in (home / "dosimetry").iterdir()] == ["key"]


@posix
def test_key_that_cannot_be_stored_is_said(home):
    home.parent.mkdir(exist_ok=True)
    home.write_text("a file where the folder should be")
    first = keyed_hash("1.2.3")
    assert keyed_hash("1.2.3") == first
    assert [caution.code for caution in key_caution()] == [Code.KEY_EPHEMERAL]
    provenance._key.cache_clear()
    assert keyed_hash("1.2.3") != first


@posix
def test_damaged_key_is_refused(home):
    (home / "dosimetry").mkdir(parents=True)
    (home / "dosimetry" / "key").write_bytes(b"short")
    with pytest.raises(UsageError, match="key: stored key is damaged; delete it, or set DOSIMETRY_KEY"):
        keyed_hash("1.2.3")


def test_short_key_is_refused_without_showing_it(key):
    key("secret")
    with pytest.raises(UsageError) as caught:
        keyed_hash("1.2.3")
    assert str(caught.value) == "DOSIMETRY_KEY: key is too short; expected at least 16 characters; found 6"


def test_version():
    from importlib.metadata import version

    assert package_version() == version("dosimetry")
