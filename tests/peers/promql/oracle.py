"""A real Prometheus of our own, and what writes samples to it: protobuf and snappy by hand, so that stale markers and
NaN keep their bits."""
import json, os, socket, struct, subprocess, sys, tempfile, time
import urllib.error, urllib.parse, urllib.request


class Prometheus:
    def __init__(self, binary, features=""):
        self.dir = tempfile.TemporaryDirectory()
        port = free_port()
        config = os.path.join(self.dir.name, "p.yml")
        open(config, "w").write("global: {}\n")
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [binary, f"--config.file={config}", f"--storage.tsdb.path={self.dir.name}/data", "--log.level=error",
             f"--web.listen-address=127.0.0.1:{port}", "--web.enable-remote-write-receiver", "--query.max-samples=500000000",
             "--storage.tsdb.retention.time=100y",
             "--enable-feature=" + features],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                urllib.request.urlopen(self.url + "/-/ready").read()
                return
            except OSError:
                time.sleep(0.05)
        sys.exit("prometheus does not get ready")

    def ask(self, endpoint, **params):
        data = urllib.parse.urlencode(params).encode()
        try:
            return json.load(urllib.request.urlopen(f"{self.url}/api/v1/{endpoint}", data))
        except urllib.error.HTTPError as e:
            return json.load(e)

    def write(self, series):
        body = b"".join(field(1, b"".join(
            [field(1, field(1, n.encode()) + field(2, v.encode())) for n, v in sorted(labels.items())] +
            [field(2, b"\x09" + struct.pack("<Q", bits(v)) + b"\x10" + varint(t)) for t, v in samples]))
            for labels, samples in series)
        packed = varint(len(body))  # snappy, with literals only
        for i in range(0, len(body), 60000):
            part = body[i:i + 60000]
            packed += bytes([61 << 2]) + struct.pack("<H", len(part) - 1) + part
        request = urllib.request.Request(self.url + "/api/v1/write", packed, {
            "Content-Encoding": "snappy", "Content-Type": "application/x-protobuf",
            "X-Prometheus-Remote-Write-Version": "0.1.0"})
        urllib.request.urlopen(request).read()

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.dir.cleanup()


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
        except (OSError, KeyError, ValueError):
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
