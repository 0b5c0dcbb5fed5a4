"""Stands between the clients of a test and the server, passes everything on, and holds every answer against the
specification."""
import http.client
import http.server
import socketserver
import threading

import specification

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "proxy-connection"}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 300

    def log_message(self, *arguments):
        pass

    def read_body(self):
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return body
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def pass_on(self):
        body = self.read_body()
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP | {"content-length"}}
        if body or self.command in ("POST", "PUT"):
            headers["Content-Length"] = str(len(body))
        upstream = http.client.HTTPConnection("127.0.0.1", self.server.upstream_port, timeout=300)
        try:
            upstream.request(self.command, self.path, body or None, headers)
            response = upstream.getresponse()
            answer = response.read()
        except OSError as error:
            # The server has gone: the client must see a broken connection, as it would without us.
            self.close_connection = True
            self.server.note_broken(error)
            return
        except http.client.HTTPException as error:
            self.close_connection = True
            self.server.note_broken(error)
            return
        finally:
            upstream.close()
        self.server.note(self.command, self.path, response, answer)
        self.give_back(response, answer)

    def give_back(self, response, answer):
        self.send_response_only(response.status, response.reason)
        for name, value in response.getheaders():
            if name.lower() not in HOP_BY_HOP | {"content-length"}:
                self.send_header(name, value)
        if response.status not in (204, 304):
            self.send_header("Content-Length", response.getheader("Content-Length") or str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

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
        found = list(specification.check(method, target, response.status, headers, answer))
        with self.lock:
            self.checked += 1
            for complaint in found:
                self.complaints[complaint] = self.complaints.get(complaint, 0) + 1

    def note_broken(self, error):
        pass

    def close(self):
        self.shutdown()
        self.server_close()

    def report(self):
        """What was wrong, most frequent first."""
        with self.lock:
            rows = sorted(self.complaints.items(), key=lambda row: -row[1])
        return "\n".join(f"{times} × {complaint}" for complaint, times in rows)
