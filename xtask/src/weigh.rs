//! What weighs in the front end: [`print()`] adds up the functions of a module, as they are before wasm-opt takes the
//! names out and shortens the code by a tenth; and what stays in the first of those that are cut.
//!
//! A generic function counts for the crate that wrote it, so `core` and `alloc` hold what others made of them.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};

use serde_json::{Map, Value};

use crate::{binary, lean, paths, split, web};

/// Lines of each list.
const LISTED: usize = 25;

/// Prints the heaviest crates and functions of these modules, of all that were built when none is named.
pub(crate) fn print(modules: &[String], budget: &Map<String, Value>) -> Result<()> {
    let built = paths::target().join("web-build");
    let mut folders: Vec<_> =
        std::fs::read_dir(&built)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    folders.sort();
    for folder in folders {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Ok(wasm) = std::fs::read(folder.join("glue_bg.wasm")) else { continue };
        if !modules.is_empty() && !modules.contains(&name) {
            continue;
        }
        let mut functions = binary::functions(&wasm).with_context(|| format!("{name}: not WebAssembly"))?;
        // With `std` from source, names carry the hashes of their crates.
        functions.iter_mut().for_each(|(name, _)| *name = lean::without_hashes(name));
        let total: usize = functions.iter().map(|(_, size)| size).sum();
        println!("── {name}: {total} bytes of code in {} functions", functions.len());
        list(&functions, total, |name| crate_of(name).to_owned());
        list(&functions, total, |name| name.chars().take(110).collect());
        let (_, parts): (Vec<_>, Vec<_>) = web::parts_of(&name, budget)?.into_iter().unzip();
        if let (Ok(wasm), false) = (std::fs::read(folder.join("opt.wasm")), parts.is_empty()) {
            let mut functions = split::contents(&wasm, &parts)?;
            functions.retain(|(_, _, part)| part.is_none());
            let first: Vec<_> = functions.into_iter().map(|(name, size, _)| (name, size)).collect();
            let total = first.iter().map(|(_, size)| size).sum();
            println!("── {name}, the first module: {total} bytes of code in {} functions", first.len());
            list(&first, total, module_of);
        }
    }
    Ok(())
}

/// The module that a demangled name mentions first, three steps deep.
fn module_of(name: &str) -> String {
    let own = name.trim_start_matches(['<', '&', '*', '(', '[']);
    let path =
        &own[..own.find(|c: char| !c.is_ascii_alphanumeric() && !"_:".contains(c)).unwrap_or(own.len())];
    path.split("::").take(3).collect::<Vec<_>>().join("::")
}

/// The heaviest groups, with their number of functions.
fn list(functions: &[(String, usize)], total: usize, group: impl Fn(&str) -> String) {
    let mut groups: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (name, size) in functions {
        let one = groups.entry(group(name)).or_default();
        *one = (one.0 + size, one.1 + 1);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, (size, _))| std::cmp::Reverse(*size));
    for (name, (size, count)) in groups.into_iter().take(LISTED) {
        let percent = size as f64 * 100.0 / total.max(1) as f64;
        println!("   {size:>8} {percent:>5.1} % {count:>5}  {name}");
    }
}

/// The first crate that a demangled name mentions: `<alloc::vec::Vec<T> as …>::drop` is alloc's.
fn crate_of(name: &str) -> &str {
    let path = name.trim_start_matches(['<', '&', '*', '(', '[']);
    let path = path.strip_prefix("mut ").or_else(|| path.strip_prefix("dyn ")).unwrap_or(path);
    let end = path.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(path.len());
    if path[end..].starts_with("::") { &path[..end] } else { "other" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_its_crate() {
        for (name, expected) in [
            ("alloc::vec::Vec<T>::push", "alloc"),
            ("<&mut serde_json::de::Deserializer<R> as serde::Deserializer>::x", "serde_json"),
            ("<T as core::any::Any>::type_id", "other"),
            ("memcpy", "other"),
        ] {
            assert_eq!(crate_of(name), expected, "{name}");
        }
    }
}
