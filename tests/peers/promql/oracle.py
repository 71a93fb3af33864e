"""A real Prometheus of our own, and what writes samples to it: protobuf and snappy by hand, so that stale markers and
NaN keep their bits."""
import http.client, json, os, socket, struct, subprocess, sys, tempfile, time
import urllib.error, urllib.parse, urllib.request


class Server:
    """A program with Prometheus' API on a port and in a folder of its own. Questions go over one connection."""

    def __init__(self, command, ready):
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.dir.name)
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port)
        wait_for(lambda: urllib.request.urlopen(self.url + ready).status == 200, 20)

    def ask(self, endpoint, **params):
        self.connection.request("POST", f"/api/v1/{endpoint}", urllib.parse.urlencode(params),
                                {"Content-Type": "application/x-www-form-urlencoded"})
        return json.load(self.connection.getresponse())

    def write(self, series):
        send(self.url, series)

    def stop(self):
        self.connection.close()
        self.process.terminate()
        self.process.wait()
        self.dir.cleanup()


class Prometheus(Server):
    def __init__(self, binary, features="", config=None):
        self.dir, self.port = tempfile.TemporaryDirectory(), free_port()
        if config is None:
            config = os.path.join(self.dir.name, "p.yml")
            open(config, "w").write("global: {}\n")
        super().__init__(
            [binary, f"--config.file={config}", f"--storage.tsdb.path={self.dir.name}/data", "--log.level=error",
             f"--web.listen-address=127.0.0.1:{self.port}", "--web.enable-remote-write-receiver",
             "--query.max-samples=500000000", "--storage.tsdb.retention.time=100y", "--enable-feature=" + features], "/-/ready")


class Tocsin(Server):
    def __init__(self, binary, features="", *flags):
        self.dir, self.port = tempfile.TemporaryDirectory(), free_port()
        super().__init__([binary, "serve", f"--web.listen-address=127.0.0.1:{self.port}", "--storage.retention=10y", *flags] +
                         (["--enable-feature=" + features] if features else []), "/-/ready")


def send(url, series):
    """Writes the series to a receiver of remote write 1.0."""
    request = urllib.request.Request(url + "/api/v1/write", snappy(write_request(series)), {
        "Content-Encoding": "snappy", "Content-Type": "application/x-protobuf",
        "X-Prometheus-Remote-Write-Version": "0.1.0"})
    urllib.request.urlopen(request).read()


def write_request(series):
    return b"".join(field(1, b"".join(
        [field(1, field(1, n.encode()) + field(2, v.encode())) for n, v in sorted(labels.items())] +
        [field(2, b"\x09" + struct.pack("<Q", bits(v)) + b"\x10" + varint(t)) for t, v in samples]))
        for labels, samples in series)


def snappy(body):
    """Of literals only."""
    packed = varint(len(body))
    for i in range(0, len(body), 60000):
        part = body[i:i + 60000]
        packed += bytes([61 << 2]) + struct.pack("<H", len(part) - 1) + part
    return packed


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(condition, seconds):
    """Until `condition` is true; errors of a server that is starting count as false."""
    deadline = time.time() + seconds
    while time.time() < deadline:
        try:
            if condition():
                return
        except (OSError, KeyError, TypeError, ValueError):
            pass
        time.sleep(0.05)
    sys.exit("a server does not get ready")


def varint(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def field(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def bits(value):
    if value == "stale":
        return 0x7FF0000000000002
    if value == "NaN":
        return 0x7FF8000000000001
    return struct.unpack("<Q", struct.pack("<d", float(value)))[0]
