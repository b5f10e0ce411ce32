"""`pinfold cid` gives the CIDs of `ipfs add`, Kubo reads our CARs, and we read Kubo's.

Run by pytest. Needs two programs, named by the environment or found where `cargo xtask` puts them:
PINFOLD (target/release/pinfold or target/debug/pinfold) and IPFS (target/tools/ipfs). PINFOLD_SHARED_DATA
names the folder with campaign.car (default: ../shared/data).
"""

import json
import os
import random
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def program(variable, *candidates):
    """The path of a program, or a skip that names what is missing."""
    for candidate in [os.environ.get(variable), *(ROOT / path for path in candidates)]:
        if candidate and Path(candidate).is_file():
            return str(candidate)
    pytest.skip(f"{variable}: none of {candidates} is there")


@pytest.fixture(scope="session")
def pinfold():
    return program("PINFOLD", "target/release/pinfold", "target/debug/pinfold")


@pytest.fixture(scope="session")
def ipfs(tmp_path_factory):
    """Runs Kubo offline in a repository of its own."""
    path = program("IPFS", "target/tools/ipfs")
    repository = tmp_path_factory.mktemp("kubo")
    environment = dict(os.environ, IPFS_PATH=str(repository), IPFS_TELEMETRY="off")

    def run(*arguments, **options):
        done = subprocess.run(
            [path, *map(str, arguments)], env=environment, capture_output=True, check=False, **options
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    run("init", "--profile=test")
    run("config", "--json", "AutoConf.Enabled", "false")
    run("config", "--json", "Bootstrap", "[]")
    return run


# What `ipfs add` and the configuration must say for each of our profiles.
PROFILES = {
    "unixfs-v1-2025": ("unixfs-v1-2025", []),
    "unixfs-v0-2015": ("unixfs-v0-2015", []),
    "orcestra-v0": ("unixfs-v0-2015", ["--raw-leaves", "--chunker=size-1048576"]),
    "orcestra-v1": ("unixfs-v0-2015", ["--raw-leaves", "--chunker=size-1048576", "--cid-version=1"]),
}


def theirs(ipfs, profile, path):
    base, options = PROFILES[profile]
    ipfs("config", "profile", "apply", base)
    output = ipfs("add", "--recursive", "--hidden", "--only-hash", "--quieter", *options, path)
    return output.decode().strip()


def ours(pinfold, profile, path):
    done = subprocess.run(
        [pinfold, "cid", "--original", "--profile", profile, str(path)], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


def noise(path, length):
    """`length` bytes that are the same in every run."""
    generator = random.Random(length)
    with open(path, "wb") as file:
        while length > 0:
            file.write(generator.randbytes(min(length, 1 << 20)))
            length -= 1 << 20


# (length of names, how many). 28 bytes of name and 36 of CID are 64: 4096 of them are 256 KiB. A block with
# 5140 names of 7 bytes, each 51 bytes, is exactly as large.
EDGES = [(28, 4095), (28, 4096), (28, 4097), (7, 5139), (7, 5140), (7, 5141)]


@pytest.fixture(scope="session")
def inputs(tmp_path_factory, ipfs):
    folder = tmp_path_factory.mktemp("inputs")
    for length in [0, 1, (1 << 18) + 1, 1 << 20, (1 << 20) + 1, 300 << 20]:
        noise(folder / f"{length}", length)
    (folder / "empty-directory").mkdir()
    # Names of 8 bytes with CIDs of 36 (raw leaves): 10,000 entries are far above the limit of 256 KiB.
    many = folder / "many"
    many.mkdir()
    for index in range(10_000):
        (many / f"{index:08}").write_text(str(index))
    # Around 256 KiB, where the rule decides whether a directory is sharded.
    for name_length, count in EDGES:
        edge = folder / f"edge-{name_length}-{count}"
        edge.mkdir()
        for index in range(count):
            (edge / f"{index:0{name_length}}").write_text(str(index))
    nested = folder / "nested"
    (nested / "a" / ".hidden").mkdir(parents=True)
    (nested / "a" / ".hidden" / "ä ö").write_text("x")
    noise(nested / "a" / "big", 3 << 20)
    return folder


NAMES = ["0", "1", "262145", "1048576", "1048577", "314572800", "empty-directory", "nested", "many"]
NAMES += [f"edge-{name_length}-{count}" for name_length, count in EDGES]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", NAMES)
def test_cid(ipfs, pinfold, inputs, profile, name):
    assert ours(pinfold, profile, inputs / name) == theirs(ipfs, profile, inputs / name)


def shared(name):
    path = Path(os.environ.get("PINFOLD_SHARED_DATA", ROOT / ".." / "shared" / "data")) / name
    if not path.is_file():
        pytest.skip(f"{path} is missing")
    return path


CAMPAIGN = "bafybeibsnyggfdlytyqifuigc5qqs72p7e4xd6jfg7e2ale6z2yuvejh6e"


def test_campaign_tree(ipfs, pinfold, tmp_path):
    """The tree that another importer made, taken apart by Kubo and put together by both."""
    car = shared("campaign.car")
    ipfs("dag", "import", "--pin-roots=false", car)
    tree = tmp_path / "campaign"
    ipfs("get", f"/ipfs/{CAMPAIGN}", "--output", tree)
    for profile in PROFILES:
        assert ours(pinfold, profile, tree) == theirs(ipfs, profile, tree)
    assert ours(pinfold, "unixfs-v1-2025", tree) == CAMPAIGN


class Server:
    """`pinfold serve` over a source, for the time of a `with`."""

    def __init__(self, pinfold, source):
        self.command = [pinfold, "serve", "--site", "/nonexistent", "--listen", "127.0.0.1:18600"]
        self.command += ["--source", str(source)]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.address = self.process.stdout.readline().decode().strip()
        assert self.address, "pinfold serve ended early"
        return self

    def __exit__(self, *_):
        self.process.terminate()
        assert self.process.wait(10) == 0

    def get(self, path):
        from urllib.request import urlopen

        with urlopen(self.address + path, timeout=60) as answer:
            return answer.read()


def test_kubo_imports_our_cars(ipfs, pinfold, tmp_path):
    """A CAR of `pinfold serve` holds everything, as `dag import` and `dag stat` see it."""
    ipfs("dag", "import", "--pin-roots=false", shared("campaign.car"))
    with Server(pinfold, shared("campaign.car")) as server:
        car = server.get(f"ipfs/{CAMPAIGN}?format=car")
        # Header, order and blocks are those of Kubo's own export.
        assert car == ipfs("dag", "export", CAMPAIGN)
    path = tmp_path / "ours.car"
    path.write_bytes(car)
    said = ipfs("dag", "import", "--stats", path).decode()
    assert CAMPAIGN in said
    assert json.loads(ipfs("dag", "stat", "--enc=json", "--progress=false", CAMPAIGN))


@pytest.mark.parametrize("name", ["many", "nested", "314572800"])
def test_we_read_kubos_exports(ipfs, pinfold, inputs, tmp_path, name):
    """What Kubo added and exported, we serve byte by byte, HAMT directories included."""
    ipfs("config", "profile", "apply", "unixfs-v1-2025")
    cid = ipfs("add", "-r", "--hidden", "-Q", inputs / name).decode().strip()
    car = tmp_path / "kubo.car"
    car.write_bytes(ipfs("dag", "export", cid))
    started = time.monotonic()
    with Server(pinfold, car) as server:
        path = inputs / name
        if path.is_file():
            assert server.get(f"ipfs/{cid}") == path.read_bytes()
        elif name == "many":
            listing = server.get(f"ipfs/{cid}/").decode()
            assert listing.count("<tr>") == 10_000
            assert server.get(f"ipfs/{cid}/00004711") == b"4711"
        else:
            assert server.get(f"ipfs/{cid}/a/.hidden/%C3%A4%20%C3%B6") == b"x"
            assert server.get(f"ipfs/{cid}/a/big") == (path / "a" / "big").read_bytes()
    assert time.monotonic() - started < 120
