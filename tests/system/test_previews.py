"""Previews of links on the real binary: what pages say, in many encodings, and nothing of what is inside."""
import http.server
import threading
import unittest
import urllib.parse

from kuramori import SERVER_NAME, Server

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)


class Site(http.server.ThreadingHTTPServer):
    """Pages by path: (status, headers, body). Counts what was asked."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages, self.asked = {}, []
        threading.Thread(target=self.serve_forever, daemon=True).start()
        self.host = f"127.0.0.1:{self.server_address[1]}"

    def close(self):
        self.shutdown()
        self.server_close()

    def page(self, path, body, kind="text/html; charset=utf-8"):
        self.pages[path] = (200, {"Content-Type": kind}, body)
        return f"http://{self.host}{path}"

    def redirect(self, path, to):
        self.pages[path] = (302, {"Location": to}, b"")
        return f"http://{self.host}{path}"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        status, headers, body = self.server.pages.get(self.path, (404, {}, b"no"))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Previews(unittest.TestCase):
    def setUp(self):
        self.site, self.secret = Site(), Site()
        self.addCleanup(self.site.close)
        self.addCleanup(self.secret.close)
        self.secret.page("/", b"<title>secret</title>")
        self.server = Server(
            f'[media]\nurl_previews = true\nurl_preview_hosts = ["{self.site.host}"]\n'
        ).start()
        self.addCleanup(self.server.close)
        self.aiko = self.server.register("aiko")

    def preview(self, url, token=True):
        target = "/_matrix/client/v1/media/preview_url?" + urllib.parse.urlencode({"url": url})
        return self.server.request("GET", target, token=self.aiko.token if token else None)

    def test_title_description_and_picture(self):
        self.site.page("/p.png", PNG, "image/png")
        url = self.site.page("/a", "<title>T</title><meta property=og:description content='D &amp; é'>"
                                   "<meta property=og:image content=/p.png>".encode())
        status, answer = self.preview(url)
        self.assertEqual(status, 200, answer)
        self.assertEqual((answer["og:title"], answer["og:description"]), ("T", "D & é"))
        self.assertEqual((answer["og:image:type"], answer["matrix:image:size"]), ("image/png", len(PNG)))
        place = answer["og:image"]
        self.assertTrue(place.startswith(f"mxc://{SERVER_NAME}/"))
        status, _ = self.server.request(
            "GET", "/_matrix/client/v1/media/download/" + place[len("mxc://"):], token=self.aiko.token,
            headers={"Range": "bytes=1-3"},
        )
        self.assertEqual(status, 206)
        self.assertEqual(self.preview(url), (200, answer))
        self.assertEqual(self.site.asked, ["/a", "/p.png"], "kept in memory")
        old = "/_matrix/media/v3/preview_url?" + urllib.parse.urlencode({"url": url})
        self.assertEqual(self.server.request("GET", old, token=self.aiko.token), (200, answer))

    def test_encodings(self):
        for name, text in [("gb18030", "你好，世界"), ("big5", "你好，世界"), ("shift_jis", "日本語の表題"), ("euc_jp", "日本語の表題")]:
            page = f"<meta charset={name.replace('_', '-')}><title>{text}</title>".encode(name)
            status, answer = self.preview(self.site.page("/" + name, page, "text/html"))
            self.assertEqual((status, answer), (200, {"og:title": text}), name)

    def test_nothing_inside(self):
        port = self.secret.server_address[1]
        for url in [
            f"http://{self.secret.host}/", f"http://localhost:{port}/", f"http://2130706433:{port}/",
            f"http://0x7f000001:{port}/", f"http://0177.0.0.1:{port}/", f"http://127.1:{port}/", f"http://[::1]:{port}/",
            f"http://[::ffff:127.0.0.1]:{port}/", "http://127.0.0.1/", "http://169.254.169.254/latest/", "http://10.0.0.1/",
            f"http://a@{self.site.host}/", "file:///etc/passwd", f"http://{self.site.host}@127.0.0.1:{port}/",
        ]:
            self.assertIn(self.preview(url)[0], (400, 403), url)
            through = self.site.redirect(f"/to/{urllib.parse.quote(url, safe='')}", url)
            self.assertIn(self.preview(through)[0], (400, 403, 404), url)
        picture = self.site.page("/pic", f"<title>x</title><meta property=og:image content=http://{self.secret.host}/>".encode())
        self.assertEqual(self.preview(picture), (200, {"og:title": "x"}))
        self.assertEqual(self.secret.asked, [])

    def test_limits_and_refusals(self):
        self.assertEqual(self.preview(f"http://{self.site.host}/a", token=False)[1]["errcode"], "M_MISSING_TOKEN")
        self.assertEqual(self.preview(f"http://{self.site.host}/missing")[1]["errcode"], "M_NOT_FOUND")
        large = self.site.page("/large", b"<title>x</title>" + b"x" * (5 << 20))
        self.assertEqual(self.preview(large)[1]["errcode"], "M_NOT_FOUND")
        self.assertEqual(self.preview(self.site.redirect("/loop", "/loop"))[1]["errcode"], "M_NOT_FOUND")
        self.assertEqual(self.preview(self.site.page("/z", b"PK", "application/zip")), (200, {}))
        status, answer = self.server.request("GET", "/_matrix/client/v1/media/preview_url", token=self.aiko.token)
        self.assertEqual((status, answer["errcode"]), (400, "M_MISSING_PARAM"))
        plain = Server().start()
        self.addCleanup(plain.close)
        person = plain.register("bao")
        status, answer = plain.request("GET", "/_matrix/client/v1/media/preview_url?url=http%3A%2F%2Fx.org", token=person.token)
        self.assertEqual((status, answer["errcode"]), (404, "M_UNRECOGNIZED"), "off unless it is configured")


if __name__ == "__main__":
    unittest.main()
