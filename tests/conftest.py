"""What all tests in Python share: the program under test, its servers, Kubo, the demo's and the campaign's blocks.

`cargo xtask test` sets PINFOLD_BIN and PINFOLD_IPFS; the defaults serve a run by hand.
"""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from unixfs_reader import Car

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
DEMO_CAR = ROOT / "tests/fixtures/demo/demo.car"
SHARED = ROOT.parent / "shared/data"


def free_port():
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """A child process that answers at `url`; stopped by its process."""

    def __init__(self, command, url, log, env=None, method="GET", seconds=30):
        self.url = url
        self.log = log
        with open(log, "wb") as out:
            self.process = subprocess.Popen(
                [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env
            )
        deadline = time.monotonic() + seconds
        while True:
            if self.process.poll() is not None:
                raise RuntimeError(f"{command[0]} ended before it answered:\n{log.read_text(errors='replace')}")
            try:
                urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=2).close()
                return
            except urllib.error.HTTPError:
                return
            except OSError:
                if time.monotonic() > deadline:
                    self.stop()
                    raise RuntimeError(f"no answer at {url}:\n{log.read_text(errors='replace')}")
                time.sleep(0.05)

    def stop(self):
        """Ends the process, gently first."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="session")
def pinfold():
    """The program under test."""
    path = Path(os.environ.get("PINFOLD_BIN", TARGET / "debug/pinfold"))
    assert path.is_file(), f"{path} is missing: run `cargo xtask test`, or set PINFOLD_BIN"
    return path


@pytest.fixture(scope="session")
def campaign_car():
    """The real campaign's blocks, which are not part of the repository."""
    path = SHARED / "campaign.car"
    if not path.is_file():
        pytest.skip(f"{path} is not on this machine")
    return path


@pytest.fixture(scope="session")
def serve(pinfold, tmp_path_factory):
    """Starts `pinfold serve` over sources; returns its origin without a slash at the end."""
    started = []

    def start(*sources, site=None):
        folder = tmp_path_factory.mktemp("serve")
        if site is None:
            site = folder / "site"
            site.mkdir()
            (site / "index.html").write_text("<!doctype html><title>test</title>")
        origin = f"http://127.0.0.1:{free_port()}"
        command = [pinfold, "serve", "--site", site, "--listen", origin.removeprefix("http://")]
        for source in sources:
            command += ["--source", source]
        started.append(Server(command, f"{origin}/ipfs/bafkqaaa?format=raw", folder / "log"))
        return origin

    yield start
    for server in started:
        server.stop()


class Kubo:
    """Kubo with a repository of its own that talks to nobody."""

    def __init__(self, program, folder):
        self.program = program
        self.env = {**os.environ, "IPFS_PATH": str(folder / "repo"), "IPFS_TELEMETRY": "off"}
        self.folder = folder
        self.server = None
        self("init", "--profile=test")
        self.gateway_port = free_port()
        self.api_port = free_port()
        self.swarm_port = free_port()
        self.set("Routing.Type", "none")
        self.set("AutoConf.Enabled", False)
        self.set("AutoTLS.Enabled", False)
        self.set("Bootstrap", [])
        self.set("DNS.Resolvers", {})
        self.set("Routing.DelegatedRouters", [])
        self.set("Ipns.DelegatedPublishers", [])
        self.set("Plugins.Plugins.telemetry.Disabled", True)
        self.set("Discovery.MDNS.Enabled", False)
        self.set("Gateway.NoFetch", True)
        self.set("Addresses.Gateway", f"/ip4/127.0.0.1/tcp/{self.gateway_port}")
        self.set("Addresses.API", f"/ip4/127.0.0.1/tcp/{self.api_port}")
        self.set("Addresses.Swarm", [f"/ip4/127.0.0.1/tcp/{self.swarm_port}/ws"])
        self.set("Swarm.Transports.Network.Websocket", True)

    def __call__(self, *args, input=None):
        """Runs `ipfs` and returns what it prints."""
        command = [str(self.program), *map(str, args)]
        done = subprocess.run(command, input=input, stdin=None if input else subprocess.DEVNULL, capture_output=True,
                              env=self.env, timeout=300)
        assert done.returncode == 0, f"{command}: {done.stderr.decode(errors='replace')}"
        return done.stdout

    def set(self, key, value):
        """Writes a setting."""
        self("config", "--json", key, json.dumps(value))

    def only_hash(self, path, *options):
        """What `ipfs add` would call this file or folder."""
        out = self("add", "--recursive", "--hidden", "--only-hash", "--quieter", *options, path)
        return out.decode().split()[-1]

    def gateway(self):
        """Starts the daemon; the gateway's origin."""
        if self.server is None:
            url = f"http://127.0.0.1:{self.gateway_port}"
            self.server = Server([self.program, "daemon"], f"{url}/ipfs/bafkqaaa", self.folder / "log", self.env, seconds=60)
        return f"http://127.0.0.1:{self.gateway_port}"

    def stop(self):
        """Ends the daemon, if it runs."""
        if self.server is not None:
            self.server.stop()


@pytest.fixture(scope="session")
def kubo(tmp_path_factory):
    """A fresh Kubo; `kubo("cat", cid)` runs a command, `kubo.only_hash(path)`, `kubo.gateway()`."""
    named = [os.environ.get("PINFOLD_IPFS"), TARGET / "tools/ipfs", shutil.which("ipfs")]
    program = next((Path(path) for path in named if path and Path(path).is_file()), None)
    if program is None:
        pytest.skip("no Kubo: `cargo xtask tools` builds it with Go")
    node = Kubo(program, tmp_path_factory.mktemp("kubo"))
    yield node
    node.stop()


@pytest.fixture(scope="session")
def demo_car():
    """The demo's blocks, read by this folder's own reader."""
    return Car(DEMO_CAR)


@pytest.fixture(scope="session")
def demo_expected():
    """What xarray read back when the demo was made."""
    return json.loads((ROOT / "tests/fixtures/demo/expected.json").read_text())
