"""`pinfold deploy` into a real Kubo: read back through its gateway, repeated, broken off and carried on."""

import base64
import hashlib
import json
import os
import random
import shutil
import socket
import subprocess
import threading
import urllib.parse
import urllib.request
from html.parser import HTMLParser
from pathlib import Path

import pytest

import conftest
from conftest import DEMO_CAR, ROOT, free_port
from unixfs_reader import leb

ABSENT = "bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"


@pytest.fixture
def node(tmp_path):
    """A Kubo of its own for each test: what it holds is what the test is about."""
    named = [os.environ.get("PINFOLD_IPFS"), conftest.TARGET / "tools/ipfs", shutil.which("ipfs")]
    program = next((Path(path) for path in named if path and Path(path).is_file()), None)
    if program is None:
        pytest.skip("no Kubo: `cargo xtask tools` builds it with Go")
    kubo = conftest.Kubo(program, tmp_path)
    kubo.gateway()
    yield kubo
    kubo.stop()


@pytest.fixture(scope="session")
def site(pinfold, tmp_path_factory):
    """The demo catalogue, built."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT / "content", folder / "content")
    with open(folder / "content/site.yaml", "a") as settings:
        settings.write("\nurl: https://data.example/\n")
    subprocess.run([pinfold, "build", "--pinlist", ROOT / "pinlist.yaml", "--content", folder / "content",
                    "--source", DEMO_CAR, "--out", folder / "dist"], check=True, capture_output=True, timeout=300)
    return folder / "dist"


def deploy(pinfold, api, *args, code=0, env=None):
    """Runs `pinfold deploy --json`; its report and what it told."""
    command = [str(part) for part in (pinfold, "deploy", "--api", api, "--json", *args)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=env)
    assert done.returncode == code, f"{done.stdout}\n{done.stderr}"
    return json.loads(done.stdout) if done.stdout else None, done.stderr


def api(node):
    return f"http://127.0.0.1:{node.api_port}"


class Links(HTMLParser):
    """Addresses of a page."""

    def __init__(self):
        super().__init__()
        self.found = set()

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name in ("href", "src") and value:
                self.found.add(value)


def crawl(base):
    """Follows every link below `base`; the addresses, and what does not answer."""
    queue, seen, broken = [base], set(), []
    while queue:
        url = queue.pop()
        if url in seen:
            continue
        seen.add(url)
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                kind, body, final = answer.headers.get_content_type(), answer.read(), answer.url
        except urllib.error.HTTPError as error:
            broken.append(f"{url}: {error.code}")
            continue
        if kind == "text/html":
            page = Links()
            page.feed(body.decode())
            for link in page.found:
                target = urllib.parse.urldefrag(urllib.parse.urljoin(final, link)).url
                if target.startswith(base):
                    queue.append(target)
                elif target.startswith(urllib.parse.urljoin(base, "/")):
                    broken.append(f"{url}: {link} leaves the site")
    return seen, broken


def test_the_site_is_read_back_through_the_gateway(pinfold, node, site, tmp_path):
    car = tmp_path / "site.car"
    report, told = deploy(pinfold, api(node), "--site", site, "--source", DEMO_CAR, "--car", car)
    cid = report["site"]
    assert {root["outcome"] for root in report["roots"]} == {"pinned"}
    # Kubo has all of it, by name, and does not ask anybody.
    pins = dict(line.split(maxsplit=2)[::2] for line in node("pin", "ls", "--type=recursive", "--names").decode().splitlines()
                if len(line.split()) > 2)
    wanted = {pin["cid"]: pin["name"] for pin in json.loads((site / "pins.json").read_text())}
    assert pins == {**wanted, cid: "pinfold-site"}
    for root in pins:
        assert node("dag", "stat", "--progress=false", "--offline", root)
    # The CID is the one that Kubo's own import gives.
    copy = tmp_path / "copy"
    shutil.copytree(site, copy, ignore=shutil.ignore_patterns(".*"))
    node("config", "profile", "apply", "unixfs-v1-2025")
    assert node.only_hash(copy) == cid
    assert f'"{cid}"' in node("dag", "import", "--pin-roots=true", "--enc=json", car).decode()
    # Every page and file under /ipfs/<cid>/, and every link between them.
    base = f"http://127.0.0.1:{node.gateway_port}/ipfs/{cid}/"
    seen, broken = crawl(base)
    assert broken == []
    for file in site.rglob("*"):
        if file.is_file() and not file.name.startswith("."):
            path = urllib.parse.quote(file.relative_to(site).as_posix())
            with urllib.request.urlopen(base + path, timeout=30) as answer:
                if not path.endswith("index.html"):
                    assert answer.read() == file.read_bytes(), path
    assert sum(url.endswith("/record.json") for url in seen) > 5, "no records are linked"

    # The same again: nothing is sent.
    again, _ = deploy(pinfold, api(node), "--site", site, "--source", DEMO_CAR, "--car", car)
    assert {root["outcome"] for root in again["roots"]} == {"was-pinned"}
    assert again["site"] == cid


def test_another_version_of_the_site_sends_what_changed(pinfold, node, site, tmp_path):
    first, _ = deploy(pinfold, api(node), "--site", site, "--site-only")
    changed = tmp_path / "changed"
    shutil.copytree(site, changed)
    (changed / "robots.txt").write_text("User-agent: *\nDisallow: /\n")
    second, told = deploy(pinfold, api(node), "--site", changed, "--site-only", "--replace")
    sent = second["roots"][-1]["sent"]["blocks"]
    assert 0 < sent <= 3 < first["roots"][-1]["sent"]["blocks"]
    pins = node("pin", "ls", "--type=recursive").decode()
    assert second["site"] in pins and first["site"] not in pins


class Wire:
    """A relay in front of the node that calls `cut` once when so many bytes went to it."""

    def __init__(self, port, limit, cut):
        self.limit, self.cut, self.passed = limit, cut, 0
        self.target = port
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen()
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                client.close()
                continue
            threading.Thread(target=self.pump, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self.pump, args=(server, client, False), daemon=True).start()

    def pump(self, source, sink, counts):
        try:
            while data := source.recv(1 << 16):
                sink.sendall(data)
                if counts:
                    self.passed += len(data)
                    if self.cut and self.passed > self.limit:
                        cut, self.cut = self.cut, None
                        cut()
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def stop(self):
        self.listener.close()


@pytest.fixture(scope="session")
def large(pinfold, tmp_path_factory):
    """A dataset of 80 MiB that no two blocks of are equal, in a CAR, and a site that names it."""
    folder = tmp_path_factory.mktemp("large")
    data = folder / "large.zarr"
    (data / "x").mkdir(parents=True)
    (data / ".zgroup").write_text('{"zarr_format": 2}')
    (data / ".zattrs").write_text('{"title": "Large"}')
    draw = random.Random(6)
    for part in range(5):
        (data / "x" / str(part)).write_bytes(draw.randbytes(16 << 20))
    car = folder / "large.car"
    subprocess.run([pinfold, "add", data, "--car", car, "--pinlist", folder / "pinlist.yaml"], check=True,
                   capture_output=True, timeout=300)
    cid = subprocess.run([pinfold, "cid", data], check=True, capture_output=True, text=True).stdout.strip()
    site = folder / "site"
    site.mkdir()
    (site / "index.html").write_text("<!doctype html><title>large</title>")
    (site / "pins.json").write_text(json.dumps([{"cid": cid, "name": "Large"}, {"cid": ABSENT, "name": "Nowhere"}]))
    return site, car, cid


def test_a_node_that_dies_in_the_middle(pinfold, node, large):
    site, car, cid = large
    wire = Wire(node.api_port, 40 << 20, node.server.process.kill)
    report, told = deploy(pinfold, wire.url, "--site", site, "--source", car, code=1)
    outcomes = [root["outcome"] for root in report["roots"]]
    assert outcomes == ["failed", "not-tried", "not-tried"], told
    assert "went away during" in told and "repeat the command, which carries on" in told
    # While it is down, that is said, and it is no success.
    _, told = deploy(pinfold, wire.url, "--site", site, "--source", car, code=2)
    wire.stop()
    _, told = deploy(pinfold, api(node), "--site", site, "--source", car, code=2)
    assert "no Kubo answers at" in told and "ipfs daemon" in told
    node.server.process.wait()
    node.server = None
    node.gateway()
    # What nobody has is named and stops nothing; what had been sent is not sent again.
    report, told = deploy(pinfold, api(node), "--site", site, "--source", car, code=1)
    outcomes = {root["name"]: root["outcome"] for root in report["roots"]}
    assert outcomes == {"Large": "pinned", "Nowhere": "failed", "pinfold-site": "pinned"}, told
    assert ABSENT in told and "give a --source that has it" in told
    sent = report["roots"][0]["sent"]
    # Two batches of 16 MiB had arrived; the third was cut off.
    assert sent["bytes"] <= (80 - 32 << 20) + (1 << 20), sent
    assert sent["bytes"] > 16 << 20, "it was done before the node died"
    assert node("dag", "stat", "--progress=false", "--offline", cid)


def test_an_upload_that_is_interrupted(pinfold, node, large):
    site, car, cid = large
    running = []
    wire = Wire(node.api_port, 40 << 20, lambda: running[0].terminate())
    command = [pinfold, "deploy", "--api", wire.url, "--site", site, "--source", car]
    running.append(subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE))
    _, told = running[0].communicate(timeout=300)
    wire.stop()
    assert running[0].returncode == 130, told
    assert "the same command carries on" in told.decode()
    assert cid not in node("pin", "ls", "--type=recursive").decode()
    report, _ = deploy(pinfold, api(node), "--site", site, "--source", car, code=1)
    assert report["roots"][0]["outcome"] == "pinned"
    assert report["roots"][0]["sent"]["bytes"] < 60 << 20


def test_what_is_refused_before_anything_is_done(pinfold, node, site, tmp_path):
    _, told = deploy(pinfold, api(node), "--site", tmp_path, code=2)
    assert "is no built site" in told
    notes = tmp_path / "notes.car"
    notes.write_text("not an archive")
    _, told = deploy(pinfold, api(node), "--site", site, "--site-only", "--car", notes, code=2)
    assert "is not overwritten" in told and notes.read_text() == "not an archive"
    # The gateway is not the RPC API.
    _, told = deploy(pinfold, f"http://127.0.0.1:{node.gateway_port}", "--site", site, "--site-only", code=2)
    assert "is not the RPC API of a Kubo node" in told
    # Packing needs no node, and gives the same CID.
    packed, _ = deploy(pinfold, "http://127.0.0.1:1", "--site", site, "--no-pin", "--car", tmp_path / "site.car")
    there, _ = deploy(pinfold, api(node), "--site", site, "--site-only")
    assert packed["site"] == there["site"]


def test_a_protected_api(pinfold, node, site):
    node.set("API.Authorizations", {"ci": {"AuthSecret": "bearer:hush-hush", "AllowedPaths": ["/api/v0"]}})
    node.stop()
    node.server = None
    node.gateway()
    _, told = deploy(pinfold, api(node), "--site", site, "--site-only", code=2)
    assert "PINFOLD_KUBO_AUTHORIZATION" in told
    env = {**os.environ, "PINFOLD_KUBO_AUTHORIZATION": "Bearer hush-hush"}
    report, told = deploy(pinfold, api(node), "--site", site, "--site-only", env=env)
    assert report["roots"][-1]["outcome"] == "pinned" and "hush" not in told


def field(number, content):
    return leb(number << 3 | 2) + leb(len(content)) + content


def test_a_disk_that_is_too_small(pinfold, node, tmp_path):
    """A dataset of a petabyte: seen before anything of it is sent, and the others are not stopped."""
    leaf = bytes([1, 0x55, 0x12, 32]) + hashlib.sha256(b"what nobody has").digest()
    link = field(1, leaf) + field(2, b"huge") + leb(3 << 3) + leb(1 << 50)
    block = field(2, link) + field(1, b"\x08\x01")
    raw = bytes([1, 0x70, 0x12, 32]) + hashlib.sha256(block).digest()
    cid = "b" + base64.b32encode(raw).decode().lower().rstrip("=")
    header = b"\xa2eroots\x81\xd8*" + b"\x58" + bytes([len(raw) + 1]) + b"\0" + raw + b"gversion\x01"
    car = tmp_path / "huge.car"
    car.write_bytes(leb(len(header)) + header + leb(len(raw + block)) + raw + block)
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_text("<!doctype html><title>huge</title>")
    (site / "pins.json").write_text(json.dumps([{"cid": cid, "name": "Huge"}]))
    report, told = deploy(pinfold, api(node), "--site", site, "--source", car, code=1)
    assert [root["outcome"] for root in report["roots"]] == ["failed", "pinned"]
    assert str((1 << 50) + len(block)) in told, told
    assert "make room there, nothing of this was sent" in told
    assert report["roots"][0]["sent"] == {"blocks": 0, "bytes": 0}
