"""HTTP servers on this machine, each with a thread that runs while a test uses it."""

import functools
import http.server
import threading


class _HTTPServer(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        # A client that goes away in the middle, as one that is killed, is no error of ours.
        pass


class Loopback:
    """A server whose handlers find it as `self.server.owner`."""

    def __init__(self, handler, address=("127.0.0.1", 0)):
        self._http = _HTTPServer(address, handler)
        self._http.owner = self
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._http.server_address[1]}"


class _Files(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def files(folder):
    """A server of a folder's files."""
    return Loopback(functools.partial(_Files, directory=folder))
