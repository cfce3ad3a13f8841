"""`make` installs through the mirror and with the certificate that pip is configured with."""

import datetime
import hashlib
import http.server
import ipaddress
import os
import ssl
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.environment import ROOT

WHEEL = "hongmi_sample-1.0-py3-none-any.whl"


def make_certificate(directory: Path) -> tuple[Path, Path]:
    """A company's certificate for 127.0.0.1, which no system trusts; (certificate, private key)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Company")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = directory / "company.pem", directory / "company.key"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate_file, key_file


def make_index(directory: Path) -> str:
    """A package index with one wheel; the result is the wheel's line in a lock."""
    folder = directory / "simple" / "hongmi-sample"
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / WHEEL, "w") as wheel:
        info = "hongmi_sample-1.0.dist-info"
        wheel.writestr("hongmi_sample.py", "")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: hongmi-sample\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    (folder / "index.html").write_text(f'<a href="{WHEEL}">{WHEEL}</a>')
    digest = hashlib.sha256((folder / WHEEL).read_bytes()).hexdigest()
    return f"hongmi-sample==1.0 --hash=sha256:{digest}\n"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[str]:
    """The address of a company's index over TLS; its certificate and a lock lie in `tmp_path`."""
    (tmp_path / "lock.txt").write_text(make_index(tmp_path / "www"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*make_certificate(tmp_path))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "www")))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}/simple/"
    server.shutdown()
    server.server_close()


def install(directory: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PIP_", "UV_", "SSL_")) and not name.upper().endswith("_PROXY")
    }
    command = [sys.executable, str(ROOT / "hongmi" / "uv.py"), "pip", "install", "--require-hashes", "--no-cache"]
    command += ["--python", sys.executable, "--target", str(directory / "target"), "-r", str(directory / "lock.txt")]
    return subprocess.run(
        command, env=inherited | {"HOME": str(directory)} | variables, capture_output=True, text=True, timeout=120
    )


def test_pips_configuration_file_reaches_uv(mirror: str, tmp_path: Path) -> None:
    configuration = tmp_path / "pip.conf"
    configuration.write_text(f"[global]\nindex-url = {mirror}\ncert = {tmp_path / 'company.pem'}\n")
    done = install(tmp_path, PIP_CONFIG_FILE=str(configuration))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "target" / "hongmi_sample.py").exists()


def test_pips_variables_reach_uv_and_outrank_the_file(mirror: str, tmp_path: Path) -> None:
    configuration = tmp_path / "pip.conf"
    configuration.write_text("[global]\nindex-url = https://127.0.0.1:1/simple\n")
    done = install(
        tmp_path, PIP_CONFIG_FILE=str(configuration), PIP_INDEX_URL=mirror, PIP_CERT=str(tmp_path / "company.pem")
    )
    assert done.returncode == 0, done.stderr


def test_control_without_the_certificate_uv_refuses_the_mirror(mirror: str, tmp_path: Path) -> None:
    done = install(tmp_path, PIP_INDEX_URL=mirror)
    assert done.returncode != 0
    assert "certificate" in done.stderr.lower()


def test_make_runs_uv_only_with_pips_settings() -> None:
    assert "-m uv" not in (ROOT / "Makefile").read_text()
