//! What an earlier build's folder tells of a dataset: its record, pictures and `meta.car`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use pinfold_core::cid::Cid;
use pinfold_core::model::{Dataset, SCHEMA};

use crate::catalogue::Quicklook;
use crate::gather::read::Extracted;

/// One file of an earlier build.
const MAX_FILE_BYTES: u64 = 16 << 20;
/// Pictures of one dataset.
const MAX_QUICKLOOKS: usize = 20;

/// The datasets that have a page there, sorted.
pub(super) fn list(folder: &Path) -> Vec<Cid> {
    let Ok(items) = fs::read_dir(folder.join("ds")) else { return Vec::new() };
    let mut cids: Vec<Cid> =
        items.flatten().filter_map(|item| item.file_name().to_str()?.parse().ok()).collect();
    cids.sort();
    cids
}

/// What the pins held when the folder was built: paths and datasets by pin.
pub(super) fn sightings(folder: &Path) -> BTreeMap<Cid, Vec<(String, Cid)>> {
    let mut by_pin: BTreeMap<Cid, Vec<(String, Cid)>> = BTreeMap::new();
    for cid in list(folder) {
        let Some(dataset) = record(folder, cid) else { continue };
        for pin in dataset.pins {
            if let Ok(root) = pin.cid.parse::<Cid>() {
                by_pin.entry(root).or_default().push((pin.path, cid));
            }
        }
    }
    by_pin
}

fn record(folder: &Path, cid: Cid) -> Option<Dataset> {
    let path = folder.join("ds").join(cid.to_string()).join("record.json");
    let dataset: Dataset = serde_json::from_slice(&read(&path)?).ok()?;
    (dataset.schema == SCHEMA && dataset.cid == cid.to_string()).then_some(dataset)
}

/// What is there of a dataset, or `None` where its record cannot be used.
pub(super) fn load(folder: &Path, cid: Cid) -> Option<Extracted> {
    let mut dataset = record(folder, cid)?;
    // It depends on the day of the build and is told again.
    dataset.findings.retain(|finding| finding.code != "year-assumed");
    let folder = folder.join("ds").join(cid.to_string());
    let quicklooks = (1..=MAX_QUICKLOOKS)
        .map_while(|number| {
            let file = format!("quicklook-{number}.svg");
            let svg = String::from_utf8(read(&folder.join(&file))?).ok()?;
            Some(quicklook(file, svg))
        })
        .collect();
    let meta_car = read(&folder.join("meta.car")).unwrap_or_default();
    Some(Extracted { dataset, quicklooks, meta_car, cached: None })
}

/// A picture says of itself what it shows: `<title>`, `<desc>` and its size.
fn quicklook(file: String, svg: String) -> Quicklook {
    let element = |name: &str| {
        let start = svg.find(&format!("<{name}"))?;
        let start = start + svg[start..].find('>')? + 1;
        let end = start + svg[start..].find('<')?;
        quick_xml::escape::unescape(&svg[start..end]).ok().map(|text| text.trim().to_owned())
    };
    let number = |name: &str| {
        let head = svg.split('>').find(|part| part.contains("<svg"))?;
        let start = head.find(&format!(" {name}=\""))? + name.len() + 3;
        head[start..].split(['"', '.']).next()?.parse().ok()
    };
    let caption = element("title").unwrap_or_default();
    let alt = element("desc").unwrap_or_else(|| caption.clone());
    let (width_px, height_px) = (number("width").unwrap_or(0), number("height").unwrap_or(0));
    Quicklook { file, caption, alt, width_px, height_px, svg, ..Quicklook::default() }
}

fn read(path: &Path) -> Option<Vec<u8>> {
    let meta = fs::metadata(path).ok()?;
    if meta.len() > MAX_FILE_BYTES {
        return None;
    }
    fs::read(path).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_describe_themselves() {
        let svg = "<?xml version=\"1.0\"?><svg xmlns=\"x\" width=\"640\" height=\"300.5\"><title>a &lt; b</title><desc id=\"d\">From 1\nto 2</desc></svg>";
        let quicklook = quicklook("quicklook-1.svg".into(), svg.into());
        assert_eq!((quicklook.caption.as_str(), quicklook.alt.as_str()), ("a < b", "From 1\nto 2"));
        assert_eq!((quicklook.width_px, quicklook.height_px), (640, 300));
    }
}
