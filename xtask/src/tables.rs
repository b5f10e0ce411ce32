//! `cargo xtask tables`: the tables of outside vocabularies again, from what their keepers publish.
//!
//! - `generator/data/cf-standard-names.txt` from `cf-standard-name-table.xml`, which
//!   <https://cfconventions.org/vocabularies.html> publishes and the Python package `compliance-checker` carries:
//!   `pip download --no-deps compliance-checker`, unpack, then
//!   `cargo xtask tables --cf compliance_checker/data/cf-standard-name-table.xml`.
//! - The SPDX list comes with the crate `spdx`: `cargo update -p spdx`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::paths;

/// The first table that is still in use had more; a smaller one was cut off.
const MIN_ENTRIES: usize = 1000;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The XML of the CF standard name table
    #[arg(long, value_name = "FILE")]
    cf: PathBuf,
}

pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let xml =
        std::fs::read_to_string(&args.cf).with_context(|| format!("{} cannot be read", args.cf.display()))?;
    let text = cf(&xml)?;
    if text.lines().count() <= MIN_ENTRIES {
        bail!("{} has {} names only: is it whole?", args.cf.display(), text.lines().count() - 1);
    }
    let target = paths::root().join("generator/data/cf-standard-names.txt");
    std::fs::write(&target, &text)?;
    println!(
        "{}: {}, {} names",
        target.display(),
        text.lines().next().unwrap_or_default(),
        text.lines().count() - 1
    );
    Ok(ExitCode::SUCCESS)
}

/// The compact form that `generator/src/rules/names.rs` reads.
fn cf(xml: &str) -> anyhow::Result<String> {
    let mut reader = Reader::from_str(xml);
    let (mut version, mut first) = (String::new(), String::new());
    let mut rows: BTreeMap<String, String> = BTreeMap::new();
    let mut aliases: BTreeMap<String, String> = BTreeMap::new();
    let (mut element, mut id) = (String::new(), String::new());
    loop {
        match reader.read_event()? {
            Event::Eof => break,
            Event::Start(start) => {
                element = start.name().as_ref().to_owned();
                if element == "entry" || element == "alias" {
                    let attribute =
                        start.attributes().flatten().find(|attribute| attribute.key.as_ref() == "id");
                    let attribute = attribute.context("an entry without id")?;
                    id = attribute.value.trim().to_owned();
                    if element == "entry" {
                        rows.entry(id.clone()).or_default();
                    }
                }
            }
            Event::Text(text) => {
                let text = text.trim().to_owned();
                match element.as_str() {
                    _ if text.is_empty() => {}
                    "conventions" => version = text,
                    "last_modified" => first = text,
                    "canonical_units" => {
                        rows.insert(id.clone(), text);
                    }
                    // Of two successors the first.
                    "entry_id" => {
                        aliases.entry(id.clone()).or_insert(text);
                    }
                    _ => {}
                }
            }
            Event::End(_) => element.clear(),
            _ => {}
        }
    }
    if !version.starts_with("CF-StandardNameTable") || rows.is_empty() {
        bail!("this is not the CF standard name table: `conventions` is `{version}`, {} entries", rows.len());
    }
    let mut out = format!("# {version} {}\n", first.get(..10).unwrap_or_default());
    for (name, units) in &rows {
        out += &format!("{name}\t{units}\n");
    }
    for (alias, name) in
        aliases.iter().filter(|(alias, name)| !rows.contains_key(*alias) && rows.contains_key(*name))
    {
        out += &format!("{alias}\t={name}\n");
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::cf;

    const SAMPLE: &str = r#"<?xml version="1.0"?>
<standard_name_table>
  <version_number>93</version_number>
  <conventions>CF-StandardNameTable-93</conventions>
  <last_modified>2026-03-17T10:53:20Z</last_modified>
  <entry id="wind_speed"><canonical_units>m s-1</canonical_units><grib>32</grib><description>Speed &amp; no direction.</description></entry>
  <entry id="area_type"><canonical_units></canonical_units></entry>
  <alias id="wind_velocity"><entry_id>wind_speed</entry_id><entry_id>area_type</entry_id></alias>
  <alias id="lost"><entry_id>nowhere</entry_id></alias>
</standard_name_table>"#;

    #[test]
    fn a_small_table() {
        let expected = "# CF-StandardNameTable-93 2026-03-17\narea_type\t\nwind_speed\tm s-1\nwind_velocity\t=wind_speed\n";
        assert_eq!(cf(SAMPLE).unwrap(), expected);
    }

    #[test]
    fn something_else_is_refused() {
        for text in
            ["<html><body>404</body></html>", "", "<standard_name_table><entry/></standard_name_table>"]
        {
            assert!(cf(text).is_err(), "{text}");
        }
        let cut = &SAMPLE[..SAMPLE.len() - 40];
        assert!(cf(&format!("{cut}</x>")).is_err(), "tags that do not match");
    }
}
