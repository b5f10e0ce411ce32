"""Each trustless raw and CAR test of the official gateway-conformance suite, by its name there.

The suite (github.com/ipfs/gateway-conformance, tests/trustless_gateway_{raw,car}_test.go) is a Go module that no
module proxy hands out to these tests: `go mod download …@latest`, @v0.8.0 and every older tag answer "403 Forbidden,
server response: This module version is not available". So its requests are made here, on directories of the same
shapes that Kubo imports, and judged twice: by the blocks that the specification wants (read by this folder's own
reader) and by what Kubo's gateway, which passes the suite, answers to the same request.
`test_gateway.py` runs the suite itself where PINFOLD_GATEWAY_CONFORMANCE names its program.
"""

import json
import re

import pytest

from test_gateway import ask
from unixfs_reader import Car

CAR = "application/vnd.ipld.car"
RAW = "application/vnd.ipld.raw"
SMALL = ["--cid-version=1", "--raw-leaves", "--chunker=size-256"]

# Tests of the suite that do not pass, with the reason.
LEFT_OUT = {
    "GET default CAR response of UnixFS file on a path with DAG-CBOR as root CID":
        "no path leads through DAG-CBOR: it is no data of this catalogue",
}


def add(kubo, path, *options):
    """Imports a folder or file; its root."""
    return kubo("add", "--recursive", "--quieter", *SMALL, *options, path).decode().split()[-1]


@pytest.fixture(scope="module")
def shapes(kubo, tmp_path_factory):
    """Roots of the suite's kinds of fixtures, and a CAR with all their blocks but one."""
    folder = tmp_path_factory.mktemp("conformance")
    text = b"hello application/vnd.ipld.car\n"
    multi = b"".join(bytes([letter]) * 256 for letter in b"abcd") + b"e\n"

    def tree(name, files):
        for path, content in files.items():
            (folder / name / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / name / path).write_bytes(content)
        return folder / name

    roots = {
        "two": add(kubo, tree("two", {"subdir/ascii.txt": text, "subdir/hello.txt": b"hello\n"})),
        "mixed": add(kubo, tree("mixed", {
            "subdir/ascii.txt": text, "subdir/hello.txt": b"hello\n", "subdir/multiblock.txt": multi})),
        "dup": add(kubo, tree("dup", {
            "ascii.txt": text, "ascii-copy.txt": text, "hello.txt": b"hello\n", "multiblock.txt": multi})),
    }
    kubo.set("Import.UnixFSHAMTDirectorySizeThreshold", "1B")
    roots["hamt"] = add(kubo, tree("hamt", {f"{n}.txt": b"%d\n" % n * 300 for n in range(1, 301)}))
    kubo("config", "--json", "Import", "{}")
    (folder / "missing").write_bytes(b"".join(bytes([letter]) * 1024 for letter in b"xyz"))
    roots["missing"] = kubo("add", "--quieter", "--cid-version=1", "--raw-leaves", "--chunker=size-1024",
                            folder / "missing").decode().strip()
    single = Car(kubo("dag", "export", roots["two"])).resolve(roots["two"], "subdir/ascii.txt")
    document = json.dumps({"files": {"single": {"/": single}}}).encode()
    roots["cbor"] = kubo("dag", "put", "--input-codec=dag-json", "--store-codec=dag-cbor", input=document).decode().strip()
    archives = []
    for name, root in roots.items():
        archives.append(folder / f"{name}.car")
        archives[-1].write_bytes(kubo("dag", "export", root))
    cars = {name: Car(archive) for name, archive in zip(roots, archives)}
    gone = cars["missing"].links(roots["missing"])[0][1][1]
    kubo("pin", "rm", roots["missing"])
    kubo("block", "rm", gone)
    archives[list(roots).index("missing")].write_bytes(without(archives[list(roots).index("missing")].read_bytes(), gone))
    return roots, cars, archives


def without(data, gone):
    """A CAR without one of its blocks."""
    from unixfs_reader import binary, varint
    size, at = varint(data, 0)
    at += size
    out = data[:at]
    while at < len(data):
        size, start = varint(data, at)
        if binary(gone) not in data[start : start + 40]:
            out += data[at : start + size]
        at = start + size
    assert len(out) < len(data)
    return out


@pytest.fixture(scope="module")
def gateways(kubo, serve, shapes):
    """Pinfold's origin and Kubo's."""
    return serve(*shapes[2]), kubo.gateway()


def leaves(car, cid):
    """Blocks below a file, in order."""
    return [link for _, link in car.links(cid)[0]]


def expected(shape, path, below, shapes):
    """Blocks of the path, and those below its end; `None` where only Kubo is the judge."""
    roots, cars, _ = shapes
    if shape == "hamt":
        return None
    car, root = cars[shape], roots[shape]
    names = [name for name in path.split("/") if name]
    trail = [root] + [car.resolve(root, "/".join(names[: at + 1])) for at in range(len(names))]
    return trail + below(car, trail[-1])


def nothing(car, cid):
    return []


def whole(car, cid):
    """All blocks below, depth first."""
    if car.kind(cid) == "raw":
        return []
    return [block for link in leaves(car, cid) for block in [link, *whole(car, link)]]


def part(first, end):
    return lambda car, cid: leaves(car, cid)[first:end]


def chunked(span, below):
    """Bytes of the file of several blocks."""
    return "mixed", "subdir/multiblock.txt", f"dag-scope=entity&entity-bytes={span}", below


# Name in the suite: shape, path, query, blocks below the end of the path.
CARS = {
    "GET default CAR response with pathing through UnixFS Directory": ("two", "subdir/ascii.txt", "", whole),
    "GET default CAR response of UnixFS file on a path with HAMT-sharded directory": ("hamt", "68.txt", "", whole),
    "GET CAR with dag-scope=block of UnixFS directory on a path": ("two", "subdir", "dag-scope=block", nothing),
    "GET CAR with dag-scope=block of UnixFS file on a path": ("two", "subdir/ascii.txt", "dag-scope=block", nothing),
    "GET CAR with dag-scope=block of UnixFS file on a path with sharded directory":
        ("hamt", "1.txt", "dag-scope=block", nothing),
    "GET CAR with dag-scope=entity of a UnixFS directory": ("two", "", "dag-scope=entity", nothing),
    "GET CAR with dag-scope=entity of a UnixFS sharded directory": ("hamt", "", "dag-scope=entity", nothing),
    "GET CAR with dag-scope=entity of a UnixFS file": ("mixed", "subdir/ascii.txt", "dag-scope=entity", whole),
    "GET CAR with dag-scope=entity of a chunked UnixFS file":
        ("mixed", "subdir/multiblock.txt", "dag-scope=entity", whole),
    "GET CAR with dag-scope=entity of DAG-CBOR with Links": ("cbor", "", "dag-scope=entity", nothing),
    "GET CAR with dag-scope=all of UnixFS directory with multiple files": ("mixed", "subdir", "dag-scope=all", whole),
    "GET CAR with dag-scope=all of a chunked UnixFS file":
        ("mixed", "subdir/multiblock.txt", "dag-scope=all", whole),
    "GET CAR with entity-bytes succeeds even if the gateway is missing a block after the requested range":
        ("missing", "", "dag-scope=entity&entity-bytes=0:1000", part(0, 1)),
    "GET CAR with entity-bytes succeeds even if the gateway is missing a block before the requested range":
        ("missing", "", "dag-scope=entity&entity-bytes=2200:*", part(2, 3)),
    "GET CAR with entity-bytes of a full UnixFS file":
        chunked("0:*", whole),
    "GET CAR with entity-bytes of a UnixFS directory": ("hamt", "", "dag-scope=entity&entity-bytes=0:*", nothing),
    "GET CAR with entity-bytes equivalent to a HTTP Range Request from the middle of a file to the end":
        chunked("512:*", part(2, None)),
    "GET CAR with entity-bytes equivalent to a HTTP Range Request for the middle of a file":
        chunked("512:1023", part(2, 4)),
    "GET CAR with entity-bytes equivalent to a HTTP Range Request for the middle of a file (negative ending)":
        chunked("512:-256", part(2, 4)),
    "GET CAR with entity-bytes equivalent to HTTP Suffix Range Request for part of a file":
        chunked("-5:*", part(3, None)),
    "GET CAR with entity-bytes requesting a negative range bigger than the length of a file":
        chunked("-9999:*", whole),
    "GET CAR with entity-bytes requesting a range from the end of a file that is bigger than a file itself":
        chunked("-9999:-3", part(0, 4)),
    "GET CAR with entity-bytes requesting only the blocks for the first byte of a file":
        chunked("0:0", part(0, 1)),
}


@pytest.mark.parametrize("name", CARS)
def test_car(name, gateways, shapes):
    shape, path, query, below = CARS[name]
    address = f"/ipfs/{shapes[0][shape]}" + (f"/{path}" if path else "")
    # As the suite does: with `format`, with `Accept`, and a HEAD.
    by_query = f"{address}?format=car" + (f"&{query}" if query else "")
    ours, theirs = (ask(origin, by_query) for origin in gateways)
    assert ours.status == theirs.status == 200, (ours.status, ours.body[:200], theirs.status)
    wanted = [shapes[0]["cbor"]] if shape == "cbor" else expected(shape, path, below, shapes)
    if wanted is not None:
        assert ours.blocks == wanted
    assert ours.blocks and ours.blocks == theirs.blocks
    assert ours.headers["content-disposition"].startswith("attachment") and ".car" in ours.headers["content-disposition"]
    assert ours.headers["x-content-type-options"] == "nosniff"
    assert ours.headers["accept-ranges"] == "none"
    assert ours.headers["cache-control"] and ours.headers["etag"]
    by_accept = ask(gateways[0], f"{address}?{query}".rstrip("?"), Accept=CAR)
    assert by_accept.blocks == ours.blocks
    head = ask(gateways[0], by_query, method="HEAD")
    assert (head.status, head.body) == (200, b"")


def test_non_existing_file(gateways, shapes):
    """GET default CAR response for non-existing file: 404, or the blocks up to the missing link."""
    answer = ask(gateways[0], f"/ipfs/{shapes[0]['two']}/subdir/i-do-not-exist?format=car")
    assert answer.status == 404


@pytest.mark.parametrize(("name", "accept", "suffix", "count"), [
    ("GET CAR with order=dfs and dups=y of UnixFS Directory With Duplicate Files", "order=dfs; dups=y", "", 10),
    ("GET CAR with order=dfs and dups=n of UnixFS Directory With Duplicate Files", "order=dfs; dups=n", "", 9),
    ("GET CAR smoke-test with order=unk of UnixFS Directory", "order=unk", "", 9),
    ("GET CAR with Accept and ?format, specific Accept header is prioritized", "order=dfs; dups=y", "?format=car", 10),
])
def test_order_and_duplicates(name, accept, suffix, count, gateways, shapes):
    roots, cars, _ = shapes
    path = f"/ipfs/{roots['dup']}{suffix}"
    ours, theirs = (ask(origin, path, Accept=f"{CAR}; version=1; {accept}") for origin in gateways)
    assert ours.status == theirs.status == 200
    kind = ours.headers["content-type"].replace(" ", "")
    assert kind.startswith(CAR) and "order=dfs" in kind
    every = [roots["dup"], *whole(cars["dup"], roots["dup"])]
    once = list(dict.fromkeys(every))
    assert (len(every), len(once)) == (10, 9)
    if "dups=" in accept:
        assert accept.split("; ")[1] in kind
    assert ours.blocks == (every if count == 10 else once)
    assert set(ours.blocks) == set(theirs.blocks)


def test_identity_blocks_are_never_sent(gateways):
    """GET CAR with order=dfs and dups=y of identity CID: they are virtual, also with dups=y."""
    path = "/ipfs/bafkqaf3imvwgy3zaneqgc3janfxgy2lomvscay3jmqfa"
    ours, theirs = (ask(origin, path, Accept=f"{CAR}; dups=y") for origin in gateways)
    assert ours.status == theirs.status == 200
    assert "dups=y" in ours.headers["content-type"]
    assert ours.blocks == theirs.blocks == []


def test_raw(gateways, shapes):
    """The five tests of TestTrustlessRaw."""
    roots, cars, _ = shapes
    directory = roots["two"]
    block = cars["two"].block(directory)
    # GET with format=raw param, with application/vnd.ipld.raw header: returns a raw block.
    assert ask(gateways[0], f"/ipfs/{directory}?format=raw").body == block
    assert ask(gateways[0], f"/ipfs/{directory}", Accept=RAW).body == block
    file = cars["two"].resolve(directory, "subdir/ascii.txt")
    answer = ask(gateways[0], f"/ipfs/{file}", Accept=RAW)
    # … returns expected response headers.
    assert answer.status == 200 and answer.body == cars["two"].block(file)
    assert answer.headers["content-type"] == RAW
    assert answer.headers["content-length"] == str(len(answer.body))
    assert re.match(r'attachment;\s*filename=".*\.bin"', answer.headers["content-disposition"])
    assert answer.headers["x-content-type-options"] == "nosniff"
    # … and filename param returns expected Content-Disposition header with custom filename.
    named = ask(gateways[0], f"/ipfs/{file}?filename=foobar.bin", Accept=RAW)
    assert re.match(r'attachment;\s*filename="foobar\.bin', named.headers["content-disposition"])
    # … returns expected caching headers.
    assert answer.headers["etag"]
    assert answer.headers["x-ipfs-path"] == f"/ipfs/{file}"
    assert file in answer.headers["x-ipfs-roots"]
    directives = answer.headers["cache-control"].replace(" ", "").split(",")
    ages = [int(value.split("=")[1]) for value in directives if value.startswith("max-age=")]
    assert {"public", "immutable"} <= set(directives) and ages[0] >= 29_030_400


def test_left_out_are_not_tested_by_mistake():
    assert not set(LEFT_OUT) & set(CARS)
