"""`pinfold serve` against Kubo's gateway, request by request, on the same blocks.

Kubo's gateway passes the official gateway-conformance suite; what it answers to the trustless requests of
https://specs.ipfs.tech/http-gateways/trustless-gateway/ is the yardstick. The suite's trustless part itself
runs too where PINFOLD_GATEWAY_CONFORMANCE names its program. Of its other groups these are left out on purpose:

- subdomain-gateway: the site and its gateway are one origin by design; datasets' HTML is sandboxed instead
- path-ipns-gateway: no IPNS: identity is the CID
- trustless-ipns-gateway: no IPNS: identity is the CID
- subdomain-ipns-gateway: no IPNS: identity is the CID
- dnslink-gateway: no DNS: nobody is contacted whom the visitor did not choose
- proxy-gateway: serves one catalogue, not the web
- path-tar-gateway: format=tar: a CAR can be verified, a tar cannot
- path-dag-gateway: dag-json and dag-cbor are no data of this catalogue
- path-raw-gateway: judged by its trustless part
- symlinks: named and refused (422): a link of a dataset would lead out of what was verified
- encoded slashes: `a%2Fb` is refused (400): a name with a slash is none
- listings: a page of ours, not Kubo's words; several ranges are answered with the whole, as HTTP allows
- redirects-file: only on subdomains by its specification
"""

import http.client
import os
import subprocess
import urllib.parse
from dataclasses import dataclass, field

import pytest

from conftest import DEMO_CAR
from unixfs_reader import Car, text

RAW = "application/vnd.ipld.raw"
CAR = "application/vnd.ipld.car"


@dataclass
class Answer:
    """What came back, as far as it is compared."""

    status: int
    headers: dict
    body: bytes = b""
    blocks: list = field(default_factory=list)


def ask(origin, path, method="GET", **headers):
    """One request; header names with underscores."""
    host = urllib.parse.urlsplit(origin).netloc
    connection = http.client.HTTPConnection(host, timeout=60)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        body = response.read()
        found = {name.lower(): value for name, value in response.getheaders()}
        answer = Answer(response.status, found, body)
        if body and found.get("content-type", "").startswith(CAR):
            answer.blocks = Car(body).order
        return answer
    finally:
        connection.close()


@pytest.fixture(scope="module")
def both(kubo, serve):
    """Origins of Pinfold and Kubo over the demo's blocks."""
    kubo("dag", "import", "--pin-roots=false", DEMO_CAR)
    return serve(DEMO_CAR), kubo.gateway()


@pytest.fixture(scope="module")
def names(demo_car, demo_expected):
    """Addresses that the requests below are made of."""
    root = demo_expected["roots"]["head-2"]
    files = {path: cid for path, cid in demo_car.files(root)}
    big = max(files, key=lambda path: len(demo_car.file(files[path])))
    raw = next(path for path, cid in files.items() if demo_car.kind(cid) == "raw")
    return {"root": root, "big": f"{root}/{big}", "big_cid": files[big], "raw": f"{root}/{raw}", "raw_cid": files[raw],
            "dir": f"{root}/products", "size": len(demo_car.file(files[big]))}


BLOCKS = ["/ipfs/{root}", "/ipfs/{raw_cid}", "/ipfs/{big_cid}", "/ipfs/{big}", "/ipfs/{dir}", "/ipfs/bafkqaaa"]
CARS = [
    "/ipfs/{raw_cid}", "/ipfs/{big_cid}", "/ipfs/{big}", "/ipfs/{raw}", "/ipfs/{dir}", "/ipfs/{root}",
]
SCOPES = ["", "&dag-scope=block", "&dag-scope=entity", "&dag-scope=all"]
RANGES = ["0:*", "0:0", "0:99", "1048570:1048590", "1048576:1048576", "-20:*", "-20:-5", "5:-5", "0:99999999"]


def same_blocks(ours, theirs, what):
    """The same status and the same blocks in the same order."""
    assert ours.status == theirs.status, f"{what}: {ours.status} against Kubo's {theirs.status}: {ours.body[:200]}"
    assert ours.blocks == theirs.blocks, f"{what}: {len(ours.blocks)} blocks against Kubo's {len(theirs.blocks)}"
    if theirs.status == 200:
        assert theirs.blocks, f"{what}: Kubo sent no block, nothing is compared"
        assert ours.headers.get("x-ipfs-roots") == theirs.headers.get("x-ipfs-roots"), what
        assert ours.headers["content-type"].replace(" ", "").startswith(f"{CAR};version=1;order=dfs;dups="), what


@pytest.mark.parametrize("path", BLOCKS)
def test_raw_blocks(path, both, names):
    path = path.format(**names)
    for suffix, headers in [("?format=raw", {}), ("", {"Accept": RAW})]:
        ours, theirs = (ask(origin, path + suffix, **headers) for origin in both)
        assert ours.status == theirs.status == 200, path
        assert ours.body == theirs.body
        for name in ["content-type", "content-length", "x-content-type-options"]:
            assert ours.headers.get(name) == theirs.headers.get(name), (path, name)
        assert "immutable" in ours.headers["cache-control"]
        assert ours.headers["content-disposition"].startswith("attachment")
        assert ours.headers["access-control-allow-origin"] == "*"
        assert ours.headers["etag"]
        head = ask(both[0], path + suffix, method="HEAD", **headers)
        assert (head.status, head.body) == (200, b"")
        assert head.headers["content-length"] == ours.headers["content-length"]
        assert ask(both[0], path + suffix, If_None_Match=ours.headers["etag"], **headers).status == 304


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("path", CARS)
def test_cars(path, scope, both, names):
    path = path.format(**names)
    ours, theirs = (ask(origin, f"{path}?format=car{scope}") for origin in both)
    same_blocks(ours, theirs, path + scope)
    by_header = ask(both[0], f"{path}?{scope.lstrip('&')}".rstrip("?"), Accept=CAR)
    assert by_header.blocks == ours.blocks


def test_an_identity_block_is_in_its_cid(both):
    """So a CAR of it is empty."""
    ours, theirs = (ask(origin, "/ipfs/bafkqaaa?format=car") for origin in both)
    assert ours.status == theirs.status == 200
    assert ours.blocks == theirs.blocks == []


@pytest.mark.parametrize("span", RANGES)
def test_entity_bytes(span, both, names):
    path = f"/ipfs/{names['big']}?format=car&dag-scope=entity&entity-bytes={span}"
    ours, theirs = (ask(origin, path) for origin in both)
    same_blocks(ours, theirs, path)


@pytest.mark.parametrize("dups", ["y", "n"])
def test_duplicates(dups, both, names):
    accept = f"{CAR}; version=1; order=dfs; dups={dups}"
    ours, theirs = (ask(origin, f"/ipfs/{names['root']}?dag-scope=all", Accept=accept) for origin in both)
    same_blocks(ours, theirs, dups)
    assert f"dups={dups}" in ours.headers["content-type"]
    assert (len(set(ours.blocks)) == len(ours.blocks)) or dups == "y"


def test_etags_tell_scopes_and_spans_apart(both, names):
    suffixes = ["", "&dag-scope=block", "&dag-scope=entity&entity-bytes=0:9", "&dag-scope=entity&entity-bytes=0:99"]
    tags = {ask(both[0], f"/ipfs/{names['big']}?format=car{suffix}").headers["etag"] for suffix in suffixes}
    tags.add(ask(both[0], f"/ipfs/{names['big']}?format=raw").headers["etag"])
    assert len(tags) == len(suffixes) + 1


@pytest.mark.parametrize("path", ["/ipfs/{root}/not/there", "/ipfs/{root}/not-there"])
def test_what_is_not_there(path, both, names):
    path = path.format(**names)
    for suffix in ["", "?format=raw"]:
        assert ask(both[0], path + suffix).status == ask(both[1], path + suffix).status == 404
    # Kubo has begun its answer before it knows, and sends 200 with the blocks as far as it came; we look first.
    assert ask(both[0], f"{path}?format=car").status == 404


def test_nothing_lies_below_a_file(both, names):
    for suffix in ["?format=raw", "?format=car"]:
        assert ask(both[0], f"/ipfs/{names['raw']}/below{suffix}").status == 404


@pytest.mark.parametrize("path", [
    "/ipfs/nonsense?format=raw", "/ipfs/{root}?format=car&dag-scope=nonsense",
    "/ipfs/{big}?format=car&entity-bytes=a:b",
])
def test_bad_requests(path, both, names):
    assert ask(both[0], path.format(**names)).status == 400


def test_unknown_root_is_unreachable_not_absent(both):
    """Nobody has it. (To a CAR Kubo answers 200 and breaks off; the specification wants 404.)"""
    cid = text(b"\x01\x55\x12\x20" + bytes(32))
    assert ask(both[0], f"/ipfs/{cid}?format=raw").status == ask(both[1], f"/ipfs/{cid}?format=raw").status == 404
    assert ask(both[0], f"/ipfs/{cid}?format=car").status == 404


def test_only_if_cached(both, names):
    cid = text(b"\x01\x55\x12\x20" + bytes(32))
    assert ask(both[0], f"/ipfs/{cid}?format=raw", Cache_Control="only-if-cached").status == 412
    assert ask(both[0], f"/ipfs/{names['raw_cid']}?format=raw", Cache_Control="only-if-cached").status == 200


@pytest.mark.parametrize("span", ["bytes=0-99", "bytes=1048570-1048590", "bytes=-20", "bytes=100-", "bytes=999999999-"])
def test_files_by_range(span, both, names):
    path = "/ipfs/" + urllib.parse.quote(names["big"])
    ours, theirs = (ask(origin, path, Range=span) for origin in both)
    assert ours.status == theirs.status
    if theirs.status == 206:
        assert ours.body == theirs.body
        assert ours.headers["content-range"] == theirs.headers["content-range"]


def test_whole_files(both, names):
    for key in ["big", "raw"]:
        ours, theirs = (ask(origin, "/ipfs/" + urllib.parse.quote(names[key])) for origin in both)
        assert ours.status == theirs.status == 200
        assert ours.body == theirs.body
        assert ours.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in ours.headers["content-security-policy"]


PROGRAM = os.environ.get("PINFOLD_GATEWAY_CONFORMANCE")

if PROGRAM:
    # Defined only where the program is: no module proxy that the tests may use hands out its Go module.
    def test_official_suite(serve, tmp_path):
        fixtures = tmp_path / "fixtures"
        subprocess.run([PROGRAM, "extract-fixtures", "--dir", fixtures], check=True, timeout=120)
        origin = serve(*sorted(fixtures.glob("**/*.car")))
        specs = "trustless-block-gateway,trustless-car-gateway"
        done = subprocess.run([PROGRAM, "test", "--gateway-url", origin, "--specs", specs], capture_output=True,
                              text=True, timeout=600)
        assert done.returncode == 0, done.stdout[-6000:]
