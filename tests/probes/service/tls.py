# SPDX-License-Identifier: Apache-2.0
"""A certificate for localhost and the authority that signed it, valid for a day."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def authority_and_server(folder: Path) -> tuple[Path, Path, Path]:
    """Paths of the authority's certificate, the server's, and its key."""
    signer, key, now = (
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP256R1()),
        datetime.now(UTC),
    )
    issuer, subject = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)]) for each in ("test authority", "localhost")
    )

    def built(name: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        begin, end = now - timedelta(hours=1), now + timedelta(days=1)
        builder = x509.CertificateBuilder(issuer, name, public, x509.random_serial_number(), begin, end)
        return builder.add_extension(x509.BasicConstraints(ca=name == issuer, path_length=None), critical=True)

    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    own = built(issuer, signer.public_key()).sign(signer, hashes.SHA256())
    server = built(subject, key.public_key()).add_extension(names, critical=False).sign(signer, hashes.SHA256())
    found = tuple(folder / each for each in ("authority.pem", "server.pem", "server.key"))
    for path, certificate in zip(found, (own, server), strict=False):
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    found[2].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return found[0], found[1], found[2]
