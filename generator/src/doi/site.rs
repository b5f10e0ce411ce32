//! What the built site says of each DOI, and what is missing before a registry would take it.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use pinfold_core::cid::Cid;
use serde_json::Value;

use super::Planned;
use crate::dois::Dois;

/// The longest `datacite.json` or `record.json` that is read.
const MAX_FILE_BYTES: u64 = 16 << 20;
/// DataCite's word for what is not available.
const UNAVAILABLE: &str = "(:unav)";

/// Which DOIs: those that are listed and, of these, the ones that are named; or named ones that are not listed.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// CIDs and DOIs. Empty: all that dois.yaml lists.
    pub names: Vec<String>,
    /// Also datasets that dois.yaml does not list, under the DOI that they would get.
    pub unlisted: bool,
}

impl Choice {
    fn takes(&self, cid: Cid, doi: &str, listed: bool) -> bool {
        if self.names.is_empty() {
            return listed || self.unlisted;
        }
        self.names.iter().any(|name| names(name, cid, doi))
    }
}

fn names(name: &str, cid: Cid, doi: &str) -> bool {
    let name = name.trim();
    let name = name.strip_prefix("https://doi.org/").or_else(|| name.strip_prefix("ipfs://")).unwrap_or(name);
    // DOIs have no case.
    name.eq_ignore_ascii_case(doi) || name.parse::<Cid>().is_ok_and(|named| named == cid)
}

/// The DOIs of the list, then those that datasets of the site would get, each sorted by CID. `prefix` is the
/// one that the catalogue may register under.
///
/// # Errors
/// When the site's folder cannot be read, or a name of the choice names nothing.
pub fn read_site(
    dois: &Dois,
    site: &Path,
    prefix: Option<&str>,
    choice: &Choice,
) -> io::Result<Vec<Planned>> {
    let mut built = BTreeSet::new();
    for item in std::fs::read_dir(site.join("ds"))? {
        built.extend(item?.file_name().to_str().and_then(|name| name.parse::<Cid>().ok()));
    }
    let mut out = Vec::new();
    for (cid, listed) in dois.iter().filter(|(cid, doi)| choice.takes(*cid, &doi.doi, true)) {
        out.push(planned(site, cid, Some(&listed.doi), prefix));
    }
    for cid in built.into_iter().filter(|cid| dois.get(*cid).is_none()) {
        if choice.names.is_empty() && !choice.unlisted {
            break;
        }
        let mut one = planned(site, cid, None, prefix);
        one.wanted = !choice.names.is_empty();
        // A withdrawn dataset that never had a DOI gets none any more, unless somebody asks for it.
        let is_due = !one.doi.is_empty() && (one.withdrawn.is_none() || !choice.names.is_empty());
        if is_due && choice.takes(cid, &one.doi, false) {
            out.push(one);
        }
    }
    let lost = choice.names.iter().find(|name| !out.iter().any(|one| names(name, one.cid, &one.doi)));
    match lost {
        Some(name) => Err(io::Error::new(
            io::ErrorKind::NotFound,
            format!(
                "`{}` is neither in dois.yaml nor a dataset or DOI of the site; is it built, and does site.yaml \
                 have a DOI prefix?",
                crate::report::one_line(name)
            ),
        )),
        None => Ok(out),
    }
}

fn planned(site: &Path, cid: Cid, listed: Option<&str>, prefix: Option<&str>) -> Planned {
    let mut one = Planned {
        doi: listed.unwrap_or_default().to_owned(),
        cid,
        title: None,
        listed: listed.is_some(),
        wanted: listed.is_some(),
        embargo: None,
        withdrawn: None,
        registry: None,
        actions: Vec::new(),
        changed: Vec::new(),
        problems: Vec::new(),
        attributes: Value::Null,
        differences: Value::Null,
    };
    let read = || Ok((attributes(site, cid)?, json(site, &format!("ds/{cid}/record.json"))?));
    let (attributes, record) = match read() {
        Ok(read) => read,
        Err(reason) => {
            one.problems.push(reason);
            return one;
        }
    };
    one.title = attributes["titles"][0]["title"].as_str().map(str::to_owned);
    one.embargo = record["embargo"].as_str().map(str::to_owned);
    one.withdrawn = record["withdrawn"]["date"].as_str().map(str::to_owned);
    let has = attributes["doi"].as_str().unwrap_or_default();
    match listed {
        None => one.doi = has.to_owned(),
        Some(doi) if !has.eq_ignore_ascii_case(doi) => {
            let shown = if has.is_empty() { "no DOI" } else { has };
            one.problems.push(format!("the site was built with {shown}; run `pinfold build`"));
        }
        Some(_) => {}
    }
    one.problems.extend(missing(&attributes));
    if let Some(prefix) = prefix
        && one.doi.split('/').next() != Some(prefix)
    {
        one.problems.push(format!("site.yaml has the prefix {prefix}; another one cannot be registered"));
    }
    one.attributes = attributes;
    one
}

/// What DataCite demands before a DOI is public and the body does not have.
fn missing(attributes: &Value) -> Vec<String> {
    let given =
        |value: &Value| value.as_str().is_some_and(|text| !text.trim().is_empty() && text != UNAVAILABLE);
    let first = |list: &str, key: &str| given(&attributes[list][0][key]);
    let publisher = &attributes["publisher"];
    let address = attributes["url"].as_str().unwrap_or_default();
    let year = &attributes["publicationYear"];
    let is_year = year
        .as_i64()
        .or_else(|| year.as_str()?.parse().ok())
        .is_some_and(|year| (1000..=9999).contains(&year));
    let demands = [
        (first("creators", "name"), "no creator: the dataset needs `creator_name`"),
        (first("titles", "title"), "no title: the dataset needs `title`"),
        (given(publisher) || given(&publisher["name"]), "no publisher: site.yaml needs `publisher: name`"),
        (is_year, "no year of publication: dois.yaml needs `published`"),
        (given(&attributes["types"]["resourceTypeGeneral"]), "no type: build the site again"),
        (
            address.starts_with("https://") || address.starts_with("http://"),
            "no address to lead to: site.yaml needs `url`",
        ),
    ];
    demands.into_iter().filter(|(is_there, _)| !is_there).map(|(_, problem)| problem.to_owned()).collect()
}

/// `data.attributes` of a dataset's `datacite.json`, or why there are none.
fn attributes(site: &Path, cid: Cid) -> Result<Value, String> {
    let name = format!("ds/{cid}/datacite.json");
    let mut body = json(site, &name)?;
    match body["data"]["attributes"].take() {
        attributes @ Value::Object(_) => Ok(attributes),
        _ => Err(format!("{name} has no `data.attributes`; build the site again")),
    }
}

fn json(site: &Path, name: &str) -> Result<Value, String> {
    let read = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(site.join(name))?.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!("{name} is not in the site; is the dataset in the pinlist?"),
        _ => format!("{name}: {error}"),
    })?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(format!("{name} is larger than {MAX_FILE_BYTES} bytes"));
    }
    serde_json::from_slice(&bytes).map_err(|error| format!("{name}: {error}; build the site again"))
}
