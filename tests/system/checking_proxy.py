"""Stands between the clients of a test and the server, passes everything on, and holds every answer against the
specification. Bodies of requests and of answers that are no JSON go through piece by piece; of those the head is checked."""
import http.client
import http.server
import socketserver
import threading

import specification

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "proxy-connection"}
PIECE = 64 * 1024
SHOWN = 30  # complaints in a report


class ClientGone(Exception):
    """The client ended in the middle of its request."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 300

    def log_message(self, *arguments):
        pass

    def read_exactly(self, size):
        while size > 0:
            piece = self.rfile.read(min(size, PIECE))
            if not piece:
                raise ClientGone
            size -= len(piece)
            yield piece

    def chunks(self):
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield from self.read_exactly(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass

    def request_body(self):
        """(pieces or nothing, headers that tell of the length)"""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self.chunks(), {"Transfer-Encoding": "chunked"}
        length = int(self.headers.get("Content-Length", 0))
        if length or self.command in ("POST", "PUT"):
            return self.read_exactly(length), {"Content-Length": str(length)}
        return None, {}

    def send_request(self, upstream):
        pieces, about_length = self.request_body()
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in HOP_BY_HOP | {"content-length", "expect"}:
                upstream.putheader(name, value)
        for name, value in about_length.items():
            upstream.putheader(name, value)
        try:
            upstream.endheaders(pieces, encode_chunked="Transfer-Encoding" in about_length)
        except (BrokenPipeError, ConnectionResetError):
            # Answered before it was read whole. The client hears of that when it has sent the rest.
            for _ in pieces or ():
                pass

    def pass_on(self):
        upstream = http.client.HTTPConnection("127.0.0.1", self.server.upstream_port, timeout=300)
        try:
            self.send_request(upstream)
            response = upstream.getresponse()
            is_whole = specification.kind_of({"content-type": response.getheader("Content-Type", "")}) == "application/json"
            answer = response.read() if is_whole else None
            self.server.note(self.command, self.path, response, answer)
            self.give_back(response, answer)
        except (OSError, http.client.HTTPException, ClientGone):
            # One side has gone: the other must see a broken connection, as it would without us.
            self.close_connection = True
        finally:
            upstream.close()

    def give_back(self, response, answer):
        self.send_response_only(response.status, response.reason)
        for name, value in response.getheaders():
            if name.lower() not in HOP_BY_HOP | {"content-length"}:
                self.send_header(name, value)
        length = response.getheader("Content-Length")
        if answer is not None and self.command != "HEAD":
            length = len(answer)
        if length is not None:
            self.send_header("Content-Length", length)
        elif response.status not in (204, 304):
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if answer is not None:
            self.wfile.write(answer)
            return
        passed = 0
        while piece := response.read(PIECE):
            self.wfile.write(piece)
            passed += len(piece)
        if length is not None and self.command != "HEAD" and response.status != 304 and passed < int(length):
            self.close_connection = True  # the server broke off, and so do we

    do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_HEAD = do_PATCH = pass_on


class CheckingProxy(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port, upstream_port):
        super().__init__(("127.0.0.1", port), Handler)
        self.upstream_port = upstream_port
        self.lock = threading.Lock()
        self.complaints = {}  # sentence → how often
        self.checked = 0
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # a client that went away

    def note(self, method, target, response, answer):
        headers = {name.lower(): value for name, value in response.getheaders()}
        try:
            found = list(specification.check(method, target, response.status, headers, answer))
        except Exception as error:  # of the checker, which must not pass for a right answer
            found = [f"{method} {target}: not checked: {error!r}"]
        with self.lock:
            self.checked += 1
            for complaint in found:
                self.complaints[complaint] = self.complaints.get(complaint, 0) + 1

    def close(self):
        self.shutdown()
        self.server_close()

    def report(self):
        """What was wrong, most frequent first."""
        with self.lock:
            rows = sorted(self.complaints.items(), key=lambda row: -row[1])
        more = [f"and {len(rows) - SHOWN} more"] if len(rows) > SHOWN else []
        return "\n".join([f"{times} × {complaint}" for complaint, times in rows[:SHOWN]] + more)
