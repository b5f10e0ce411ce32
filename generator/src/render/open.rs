//! How to open a dataset: code for Python and `ipfs`, addresses at gateways, one file.

use minijinja::context;
use minijinja::value::Value;
use pinfold_core::model::Dataset;

use super::{markdown, text};
use crate::catalogue::{Catalogue, Entry};

/// The gateways of site.yaml that are addresses, without a slash at their ends.
fn gateways(catalogue: &Catalogue) -> Vec<String> {
    let list = catalogue.site.gateways.iter().map(|g| g.trim().trim_end_matches('/'));
    list.filter(|g| g.starts_with("http") && markdown::is_safe_url(g)).map(str::to_owned).collect()
}

fn is_zarr(dataset: &Dataset) -> bool {
    dataset.format.to_ascii_lowercase().starts_with("zarr")
}

/// A file name that a shell takes as it stands.
fn local_name(dataset: &Dataset) -> String {
    let name = text::slug(&dataset.display_title());
    let name: String = name.chars().take(60).collect();
    let name = name.trim_matches('-');
    if is_zarr(dataset) { format!("{name}.zarr") } else { name.to_owned() }
}

/// The ways, the commonest first. `base` leads to the dataset's folder.
pub(super) fn ways(catalogue: &Catalogue, entry: &Entry, base: &str) -> Vec<Value> {
    let dataset = &entry.dataset;
    let cid = &dataset.cid;
    let mut ways = Vec::new();
    if is_zarr(dataset) {
        ways.push(context! {
            name => "Python",
            what => "xarray, from any gateway or your own node",
            label => "Python code",
            code => format!(
                "import xarray as xr   # pip install xarray zarr ipfsspec\n\nds = xr.open_dataset(\n    \"ipfs://{cid}\",\n    engine=\"zarr\",\n)"
            ),
            note => "ipfsspec asks the gateway in IPFS_GATEWAY or ~/.ipfs/gateway, else public ones, and checks every block.",
        });
    } else {
        let first = dataset
            .files
            .iter()
            .map(|f| f.path.as_str())
            .find(|p| !p.ends_with("dataset_meta.yaml") && is_plain_path(p));
        ways.push(context! {
            name => "Python",
            what => "fsspec, from any gateway or your own node",
            label => "Python code",
            code => format!(
                "import fsspec   # pip install fsspec ipfsspec\n\nfs = fsspec.filesystem(\"ipfs\")\nfs.ls(\"{cid}\")\n{}",
                first.map(|p| format!("with fs.open(\"{cid}/{p}\") as file:\n    print(file.read(200))")).unwrap_or_default()
            )
            .trim_end()
            .to_owned(),
        });
    }
    let name = local_name(dataset);
    ways.push(context! {
        name => "IPFS",
        what => "pin or copy the whole dataset",
        label => "Shell code",
        code => format!("ipfs pin add --progress {cid}\nipfs get --output {name} {cid}"),
    });
    let gateways = gateways(catalogue);
    if !gateways.is_empty() {
        let links = gateways.iter().take(8).map(|g| {
            let href = format!("{g}/ipfs/{cid}/");
            context! { text => href.clone(), href, mono => true }
        });
        ways.push(context! { name => "Browser", what => "files over a gateway", links => links.collect::<Vec<_>>() });
    }
    let mut links = Vec::new();
    if let Some(gateway) = gateways.first() {
        let size = if dataset.size_bytes > 0 {
            format!("about {}", text::bytes(dataset.size_bytes))
        } else {
            String::new()
        };
        links.push(context! { text => "All blocks as a CAR archive", href => format!("{gateway}/ipfs/{cid}?format=car"), note => size });
    }
    if !entry.meta_car.is_empty() {
        let note = text::bytes(entry.meta_car.len() as u64);
        links.push(context! { text => "Metadata and directories only (meta.car)", href => format!("{base}meta.car"), note });
    }
    ways.push(context! {
        name => "One file",
        what => "CAR archive, for a disk or a bad link",
        label => "Shell code",
        code => format!("ipfs dag export {cid} > {name}.car\nipfs dag import {name}.car   # on the other side"),
        links,
    });
    ways.push(context! {
        name => "Local gateway",
        what => "without the internet, from a disk or a CAR archive",
        label => "Shell code",
        code => format!(
            "pinfold serve --source {name}.car --listen 127.0.0.1:8080 &\nexport IPFS_GATEWAY=http://127.0.0.1:8080"
        ),
        note => "Then the Python code above reads from this machine. A Kubo node does the same job.",
    });
    if is_zarr(dataset)
        && let Some(gateway) = gateways.first()
    {
        let store = format!("{gateway}/ipfs/{cid}");
        let links = [
            context! { text => "gridlook", href => format!("https://gridlook.pages.dev/#{store}"), note => "global grids on a globe" },
            // Browzarr reads `initStore`; until 2026 it was `store`, and each version ignores the other.
            context! { text => "Browzarr", href => format!("https://browzarr.io/?initStore={store}&store={store}"), note => "volumes and time series" },
        ];
        ways.push(context! {
            name => "Other viewers",
            what => "made by others, on their own sites",
            links => links.to_vec(),
            note => "These leave this site and load the data from the gateway named above.",
        });
    }
    ways
}

/// A path that needs no quoting in a line of Python.
fn is_plain_path(path: &str) -> bool {
    !path.is_empty()
        && path.len() < 120
        && path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-+".contains(&b))
}
