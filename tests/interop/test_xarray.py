"""The real client: xarray with ipfsspec against `pinfold serve`, values equal to a local read."""

import json
import subprocess
import sys

import pytest

from conftest import DEMO_CAR, ROOT, SHARED
from unixfs_reader import Car

CAMPAIGN_ROOT = "bafybeibsnyggfdlytyqifuigc5qqs72p7e4xd6jfg7e2ale6z2yuvejh6e"
DEMO = json.loads((ROOT / "tests/fixtures/demo/expected.json").read_text())["datasets"]
CAMPAIGN = json.loads((SHARED / "campaign-expected.json").read_text()) if SHARED.is_dir() else {}

# One process per dataset: ipfsspec reads IPFS_GATEWAY once, and keeps one gateway for the process.
COMPARE = """
import sys, xarray
remote = xarray.open_dataset(f"ipfs://{sys.argv[1]}", engine="zarr").load()
local = xarray.open_dataset(sys.argv[2], engine="zarr").load()
xarray.testing.assert_identical(remote, local)
assert list(remote.variables), "no variable at all"
print(len(remote.variables), "variables")
"""


def compare(origin, cid, folder, tmp_path):
    """Opens one dataset both ways."""
    env = {"IPFS_GATEWAY": origin, "PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "NO_PROXY": "*"}
    done = subprocess.run([sys.executable, "-c", COMPARE, cid, str(folder)], env=env, capture_output=True, text=True,
                          timeout=300)
    assert done.returncode == 0, done.stderr[-4000:]


@pytest.fixture(scope="module")
def demo_origin(serve):
    return serve(DEMO_CAR)


@pytest.fixture(scope="module")
def campaign_origin(serve, campaign_car):
    return serve(campaign_car)


@pytest.mark.parametrize("cid", sorted(cid for cid, dataset in DEMO.items() if dataset.get("zarr_format")))
def test_demo(cid, demo_origin, demo_car, tmp_path):
    compare(demo_origin, cid, demo_car.extract(cid, tmp_path / "local"), tmp_path)


@pytest.mark.parametrize("path", sorted(path for path, dataset in CAMPAIGN.items() if dataset.get("zarr_format")))
def test_campaign(path, campaign_origin, campaign_car, tmp_path):
    car = Car(campaign_car)
    cid = car.resolve(CAMPAIGN_ROOT, path)
    assert cid, f"{path} is not in the campaign's tree"
    compare(campaign_origin, cid, car.extract(cid, tmp_path / "local"), tmp_path)


def test_the_campaign_is_there():
    if not CAMPAIGN:
        pytest.skip("../shared/data is not on this machine")
    assert len(CAMPAIGN) >= 6
