"""Every command of the manual is run, in the order in which a reader comes to it.

Blocks marked ```sh of a page are one shell session that ends at the first failure; ```sh server is started, must
answer, and is stopped. What stands for somebody else's place in the world is replaced: GitHub by a folder and a `gh`
that writes down what it is asked for, the catalogue's address by a server on loopback, DataCite by one that takes
only bodies that Python's datacite finds valid, Kubo by a fresh Kubo.
"""

import functools
import http.server
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import urllib.request

import pytest

import conftest
from conftest import DEMO_CAR, ROOT, free_port
from test_workflows import TEMPLATE, dataset

PAGES = ROOT / "content"
FENCE = re.compile(r"^```(sh(?: server)?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page):
    """Line, kind and text of the blocks that are run."""
    text = (PAGES / page).read_text()
    found = [(text.count("\n", 0, match.start()) + 2, match[1], match[2]) for match in FENCE.finditer(text)]
    assert found, f"{page} has no commands"
    return found


@pytest.mark.parametrize("page", ["publish.md", "maintain.md", "start.md", "node.md"])
def test_no_command_is_left_out(page):
    """A block without a mark may hold what no shell of ours can run, and then says so on the page."""
    text = re.sub(FENCE, "", (PAGES / page).read_text())
    rest = re.findall(r"^```\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    # What is only named on the page, with the reason.
    rest = [block for block in rest if not block.startswith("ipfs-cluster-follow ")]
    commands = [line for block in rest for line in block.splitlines() if re.match(r"(pinfold|ipfs\S*|git|gh|curl|cargo|jq) ", line)]
    assert commands == []


class Reader:
    """Somebody who follows a page."""

    def __init__(self, folder, pinfold):
        self.folder = folder
        self.work = folder / "work"
        self.work.mkdir()
        self.replace = {"127.0.0.1:8080": f"127.0.0.1:{free_port()}"}
        tools = folder / "tools"
        tools.mkdir()
        (tools / "pinfold").symlink_to(pinfold)
        (tools / "gh").write_text(f'#!/bin/sh\necho "$@" >> {folder}/gh.log\n')
        (tools / "gh").chmod(0o755)
        # The page says `python3`; that is the one with xarray.
        (tools / "python3").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
        (tools / "python3").chmod(0o755)
        (folder / "gitconfig").write_text("[user]\nname = Ada\nemail = ada@example.org\n[protocol \"file\"]\nallow = always\n")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATACITE_", "PINFOLD_", "IPFS_", "GIT_"))}
        self.env = {**kept, "PATH": f"{tools}:{os.environ['PATH']}", "GIT_CONFIG_GLOBAL": str(folder / "gitconfig"),
                    "GIT_CONFIG_NOSYSTEM": "1", "PINFOLD_CACHE": str(folder / "cache")}

    def tool(self, name, path):
        (self.folder / "tools" / name).symlink_to(path)

    def repository(self, address, source):
        """What the page clones from `address`: a bare repository with what is in `source`."""
        bare = self.folder / f"{address.rsplit('/', 1)[1]}.git"
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch", "main", bare], check=True, env=self.env)
        if source is not None:
            for command in (["init", "--quiet", "--initial-branch", "main"], ["add", "--all"], ["commit", "--quiet", "-m", "first"],
                            ["push", "--quiet", bare, "main"]):
                subprocess.run(["git", *command], cwd=source, check=True, env=self.env)
        with open(self.folder / "gitconfig", "a") as config:
            config.write(f'[url "file://{bare}"]\ninsteadOf = {address}\n')
        return bare

    def git(self, bare, *command):
        done = subprocess.run(["git", "-C", bare, *command], check=True, env=self.env, capture_output=True, text=True)
        return done.stdout

    def follow(self, page, input="", **env):
        """Runs the page."""
        port = free_port()
        script = ["set -euo pipefail"]
        for line, kind, text in blocks(page):
            for old, new in self.replace.items():
                text = text.replace(old, new)
            script.append(f"echo '== {page}, line {line}' >&2")
            if kind == "sh":
                script.append(text)
                continue
            script.append(
                f"{text.strip()} --listen 127.0.0.1:{port} > {self.folder}/server.log 2>&1 &\nserver=$!\n"
                f"for try in $(seq 100); do curl --silent --fail --output /dev/null http://127.0.0.1:{port}/ && break; sleep 0.1; done\n"
                f"curl --silent --show-error --fail --output /dev/null http://127.0.0.1:{port}/ || {{ cat {self.folder}/server.log >&2; exit 1; }}\n"
                "kill $server; wait $server || true")
        file = self.folder / "page.sh"
        file.write_text("\n".join(script) + "\n")
        done = subprocess.run(["bash", file], cwd=self.work, env={**self.env, **env}, input=input, capture_output=True, text=True,
                              timeout=300)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def asked_gh(self):
        return (self.folder / "gh.log").read_text()


@pytest.fixture
def reader(tmp_path, pinfold):
    return Reader(tmp_path, pinfold)


@pytest.fixture
def node(reader, kubo):
    """`ipfs` on the reader's PATH, with a running node behind it."""
    kubo.gateway()
    reader.tool("ipfs", kubo.program)
    reader.env["IPFS_PATH"] = kubo.env["IPFS_PATH"]
    reader.env["PINFOLD_KUBO_API"] = f"http://127.0.0.1:{kubo.api_port}"
    return kubo


def started(folder):
    """A catalogue that was started from the template; about as `start.md` leaves it."""
    shutil.copytree(TEMPLATE, folder)
    return folder


@pytest.mark.parametrize("page", ["open.md", "verified.md"])
def test_what_visitors_type(page, reader, node, serve):
    """The other pages' commands, with a dataset in place of `<CID>`; Python is run by Python."""
    node("dag", "import", "--pin-roots=false", DEMO_CAR)
    expected = json.loads((ROOT / "tests/fixtures/demo/expected.json").read_text())["datasets"]
    cid = min(cid for cid, found in expected.items() if found.get("zarr_format"))
    for name in ("content", "pinlist.yaml"):
        (reader.work / name).symlink_to(ROOT / name)
    (reader.work / "dataset.car").symlink_to(DEMO_CAR)
    gateway = serve(DEMO_CAR)
    text = re.sub(r"<CID[^>]*>", cid, (PAGES / page).read_text())
    found = re.findall(r"^```\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    ran = 0
    for block in found:
        if block.startswith("import "):
            commands = [f"python3 - <<'END'\n{block}assert list(ds.variables)\nEND"]
        else:
            commands = block.splitlines()
        for command in commands:
            if command.startswith("pip install "):
                # In the tests' own environment, which has them already.
                command = f"{sys.executable} -m {command}"
            if command.startswith("pinfold serve "):
                # A server runs until it is stopped.
                assert ask_served(reader, command, cid)
            else:
                done = subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=reader.work, capture_output=True, text=True,
                                      env={**reader.env, "IPFS_GATEWAY": gateway}, timeout=300)
                assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
            ran += 1
    assert ran >= 3


def ask_served(reader, command, cid):
    """A page's command that starts a server, at a free port: it is asked for a block of the archive, then stopped."""
    port = free_port()
    command = re.sub(r"127\.0\.0\.1:\d+", f"127.0.0.1:{port}", command)
    server = subprocess.Popen(["bash", "-c", f"exec {command}"], cwd=reader.work, env=reader.env, stdout=subprocess.PIPE, text=True)
    try:
        assert any(f":{port}" in line for line in server.stdout), f"{command} did not start"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ipfs/{cid}?format=raw", timeout=30) as answer:
            return answer.read()
    finally:
        server.terminate()
        server.wait(30)


def test_publish(reader, node):
    """From NetCDF to a pull request that is ready to be merged."""
    import numpy
    import xarray

    times = numpy.arange("2026-01-05", "2026-01-06", dtype="datetime64[h]").astype("datetime64[ns]")
    ice = xarray.Dataset({"thickness": ("time", numpy.linspace(0.5, 2, times.size))},
                         coords={"time": times, "lat": 76.0, "lon": -5.0})
    ice.lat.attrs.update(standard_name="latitude", units="degrees_north")
    ice.lon.attrs.update(standard_name="longitude", units="degrees_east")
    ice.to_netcdf(reader.work / "ice.nc")
    corrected = (ice + 1).assign_attrs(title="Sea ice", summary="Corrected.", creator_name="Ada Example", license="CC-BY-4.0")
    corrected.to_zarr(reader.work / "ice-2.zarr")
    bare = reader.repository("https://github.com/your-campaign/catalogue", started(reader.folder / "campaign"))
    said = reader.follow("publish.md")
    listed = reader.git(bare, "show", "sea-ice:pinlist.yaml")
    assert listed.startswith((TEMPLATE / "pinlist.yaml").read_text())
    assert 'name: "Sea ice thickness, Greenland Sea, January 2026"' in listed
    cid = re.search(r"cid: (\S+)", listed)[1]
    assert "pr create --fill" in reader.asked_gh()
    assert "error[" not in said, said
    # What the page looks like, and that the node has the data.
    record = json.loads((reader.work / f"preview/ds/{cid}/record.json").read_text())
    assert record["extent"]["time"]["start"].startswith("2026-01-05T00:00") and record["license"], record["extent"]
    assert node("dag", "stat", "--progress=false", "--offline", cid)
    # The second version names the first.
    assert f"prev: {cid}" in (reader.work / "catalogue/pinlist.yaml").read_text()


class DataCite(http.server.BaseHTTPRequestHandler):
    """Takes bodies that Python's datacite finds valid, and keeps them."""

    dois = {}
    faults = []

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/vnd.api+json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def doi(self):
        return self.path.split("?")[0].removeprefix("/dois/")

    def do_GET(self):
        if self.doi() not in self.dois:
            return self.answer(404, {"errors": [{"title": "not here"}]})
        self.answer(200, {"data": {"attributes": self.dois[self.doi()]}})

    def write(self):
        from datacite import schema45

        judges = importlib.util.spec_from_file_location("judges", ROOT / "tests/judges/run.py")
        run = importlib.util.module_from_spec(judges)
        judges.loader.exec_module(run)
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["data"]["attributes"]
        event = given.pop("event", None)
        doi = given["doi"] if self.command == "POST" else self.doi()
        now = {**self.dois.get(doi, {"doi": doi, "state": "draft"}), **given}
        sent, _ = run.differences({name: value for name, value in now.items() if name != "state"})
        self.faults.extend(f"{doi}: {error.message[:200]}" for error in schema45.validator.iter_errors(sent))
        now["state"] = {"publish": "findable", "register": "registered", "hide": "registered", None: now["state"]}[event]
        self.dois[doi] = now
        self.answer(200, {"data": {"attributes": now}})

    do_POST = do_PUT = write

    def log_message(self, *_):
        pass


def serving(handler):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}"


def test_maintain(reader, node):
    """Review, versions, dates and DOIs, over the demo catalogue."""
    pytest.importorskip("datacite")
    node("dag", "import", "--pin-roots=false", DEMO_CAR)
    DataCite.dois.clear()
    DataCite.faults.clear()
    registry, endpoint = serving(DataCite)
    catalogue = reader.work
    for name in ("content", "pinlist.yaml"):
        source = ROOT / name
        shutil.copytree(source, catalogue / name) if source.is_dir() else shutil.copy(source, catalogue / name)
    settings = catalogue / "content/site.yaml"
    text = settings.read_text().replace("https://api.test.datacite.org", endpoint)
    settings.write_text(text + "\nurl: https://data.example.org/\n")
    # One pin has no date yet.
    pins = catalogue / "pinlist.yaml"
    pins.write_text(pins.read_text().replace("    created: 2026-04-20\n", ""))
    reader.repository("https://github.com/your-campaign/catalogue", catalogue)
    dataset(reader.folder / "ice-2.zarr")
    before = pins.read_text()
    try:
        said = reader.follow("maintain.md", input="yes\n" * 5, IPFS_GATEWAY=node.gateway(), DATACITE_USERNAME="DEMO.PINFOLD",
                             DATACITE_PASSWORD="only-for-this-test")
    finally:
        registry.shutdown()
    assert "pr checkout 7" in reader.asked_gh()
    now = pins.read_text()
    assert "name: Sea ice" in now and len(re.findall("created:", now)) == len(re.findall("created:", before)) + 2
    assert "only-for-this-test" not in said
    # All that is listed is findable, and what the registry got is valid.
    listed = re.findall(r"doi: (10\.\S+/\S+)", (catalogue / "content/dois.yaml").read_text())
    assert sorted(DataCite.dois) == sorted(listed) and DataCite.faults == []
    assert {doi["state"] for doi in DataCite.dois.values()} == {"findable"}
    assert f"{len(listed)} up-to-date" in said


def test_start(reader, node):
    """From nothing to a site in IPFS."""
    source = reader.folder / "source"
    started(source / "examples/campaign-template")
    reader.repository("https://github.com/pinfold/pinfold", source)
    bare = reader.repository("https://github.com/your-campaign/catalogue", None)
    said = reader.follow("start.md", IPFS_GATEWAY=str(DEMO_CAR), input="secret\n", GITHUB_STEP_SUMMARY=str(reader.folder / "summary"))
    address = (reader.work / "catalogue/address").read_text().strip()
    assert f"\n{address}\n" in said
    assert address.removeprefix("/ipfs/") in node("pin", "ls", "--type=recursive").decode()
    files = reader.git(bare, "ls-tree", "-r", "--name-only", "main").split()
    assert ".github/workflows/publish.yml" in files and not any(name.startswith(("dist", "site.car")) for name in files)
    assert "secret set DATACITE_PASSWORD" in reader.asked_gh()


def test_node(reader, node, pinfold, tmp_path):
    """A storage node that pins exactly what a catalogue lists."""
    if shutil.which("jq") is None:
        pytest.skip("no jq")
    # Elsewhere in the network: here they are at hand, but nothing pins them.
    node("dag", "import", "--pin-roots=false", DEMO_CAR)
    for cid in node("pin", "ls", "--type=recursive", "--quiet").decode().split():
        node("pin", "rm", cid)
    shutil.copytree(PAGES, tmp_path / "content")
    subprocess.run([pinfold, "build", "--pinlist", ROOT / "pinlist.yaml", "--content", tmp_path / "content", "--source", DEMO_CAR,
                    "--out", tmp_path / "site"], check=True, capture_output=True, timeout=300)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path / "site")
    handler.log_message = lambda *_: None
    server, origin = serving(handler)
    reader.replace["https://data.example.org"] = origin
    wanted = {pin["cid"]: f"catalogue: {pin['name']}" for pin in json.loads((tmp_path / "site/pins.json").read_text())}
    somebody = node("add", "--quieter", "--pin=false", "-", input=b"of somebody else").decode().split()[-1]
    node("pin", "add", "--name=mine", somebody)

    def pinned():
        lines = (line.split(" ", 2) for line in node("pin", "ls", "--type=recursive", "--names").decode().splitlines())
        return {parts[0]: parts[2] for parts in lines if len(parts) > 2}

    try:
        said = reader.follow("node.md")
        assert pinned() == {**wanted, somebody: "mine"}
        assert said.count(" 0 bad") == len(wanted), said
        # One leaves the list; what is not the catalogue's stays.
        gone, *kept = json.loads((tmp_path / "site/pins.json").read_text())
        (tmp_path / "site/pins.json").write_text(json.dumps(kept))
        subprocess.run(["./follow-catalogue"], cwd=reader.work, env=reader.env, check=True, capture_output=True, timeout=120)
        assert pinned() == {**{cid: name for cid, name in wanted.items() if cid != gone["cid"]}, somebody: "mine"}
        # A block of the others is damaged on disk: it is found, and named.
        victim = node("refs", "--recursive", "--unique", kept[0]["cid"]).decode().split()[-1]
        files = list((conftest.Path(reader.env["IPFS_PATH"]) / "blocks").glob("*/*.data"))
        content = node("block", "get", victim)
        file = next(file for file in files if file.read_bytes() == content)
        file.chmod(0o644)
        file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        done = subprocess.run(["./verify-catalogue"], cwd=reader.work, env=reader.env, capture_output=True, text=True, timeout=120)
        assert done.returncode != 0 and victim in done.stdout, done.stdout
        file.write_bytes(content)
    finally:
        server.shutdown()
        node("config", "--json", "Gateway.DeserializedResponses", "true")
