"""An IVS behind TLS with a certificate that nobody else trusts, and a proxy of Debian's."""

import base64
import pathlib
import re
import socket
import ssl
import subprocess
import time

from aws_servers import PATIENCE, need
from ivs_server import IVSServer


def certificate(directory, name="ivs"):
    """A certificate that signs itself, for localhost and 127.0.0.1; its file and its key's."""
    pem, key = directory / f"{name}.pem", directory / f"{name}.key"
    subprocess.run(
        [
            need("openssl", "openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
            "2", "-subj", "/CN=localhost", "-addext",
            "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(key), "-out", str(pem),
        ],
        check=True, capture_output=True,
    )
    return pem, key


class SecureIVS(IVSServer):
    def __init__(self, credentials, channels, directory, newest=None):
        super().__init__(credentials, channels)
        self.bundle, key = certificate(directory)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.bundle, key)
        if newest:
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = newest
        # The handshake belongs to the thread of the connection, not to the one that accepts it.
        self._http.socket = context.wrap_socket(
            self._http.socket, server_side=True, do_handshake_on_connect=False
        )

    @property
    def url(self):
        return f"https://localhost:{self.port}"

    @property
    def port(self):
        return self._http.server_address[1]


class Tinyproxy:
    """tinyproxy, on a port of its own, with what it was asked for in its log."""

    def __init__(self, directory, user=None, password=None):
        self._directory = pathlib.Path(directory)
        self._user = (user, password)
        self._process = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    @property
    def url(self):
        user, password = self._user
        return f"http://{user}:{password}@127.0.0.1:{self.port}" if user else self.address

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        log = self._directory / "tinyproxy.log"
        settings = [
            f"Port {self.port}", "Listen 127.0.0.1", "Timeout 600", f'LogFile "{log}"',
            "LogLevel Connect", "MaxClients 100", "Allow 127.0.0.1",
        ]
        if self._user[0]:
            settings.append(f"BasicAuth {self._user[0]} {self._user[1]}")
        path = self._directory / "tinyproxy.conf"
        path.write_text("\n".join(settings) + "\n")
        self._process = subprocess.Popen(
            [need("tinyproxy", "tinyproxy"), "-d", "-c", str(path)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + PATIENCE
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            assert self._process.poll() is None, "tinyproxy ended"
            assert time.monotonic() < deadline, "tinyproxy never answered"
            # A port tells nobody that it is open.
            time.sleep(0.05)

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(PATIENCE)

    @property
    def asked_for(self):
        """The targets of the CONNECTs that came."""
        text = (self._directory / "tinyproxy.log").read_text()
        return re.findall(r": CONNECT (\S+) HTTP", text)

    @property
    def secret(self):
        user, password = self._user
        return base64.b64encode(f"{user}:{password}".encode()).decode()
