//! Takes out of a module what the script does not call and what only the text of a panic needs, before wasm-opt
//! removes what nothing refers to any more.
//!
//! Entry points: [`without_unused_exports`] (libraries export classes that no page makes) and
//! [`without_panic_texts`]. A panic still ends the module where it happens ("unreachable" in the
//! console); `cargo xtask web --quick` builds tell message and place. What becomes smaller:
//! - functions that begin a panic and never return: they trap at once, so formatting is not needed for them;
//! - places in source files (path, line, column) and the paths that they name: they become zeros. This also keeps
//!   folders of the machine that built it out of what is published.
//!
//! Not supported: modules without names of functions (nothing is done) and passive data (left as it is).

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use anyhow::{Context as _, Result};

use crate::{binary, split};

/// Beginnings of the names of functions that panic. Only those whose code ends in `unreachable` are replaced.
const PANICS: [&str; 24] = [
    "<alloc::vec::Vec<_, _>>::remove::assert_failed",
    "<alloc::vec::Vec<_, _>>::insert::assert_failed",
    "<alloc::vec::Vec<_, _>>::swap_remove::assert_failed",
    "<alloc::vec::Vec<_, _>>::split_off::assert_failed",
    "__rustc::rust_begin_unwind",
    "__rustc::rust_panic",
    "alloc::alloc::handle_alloc_error",
    "alloc::raw_vec::capacity_overflow",
    "alloc::raw_vec::handle_error",
    "core::cell::lazy::panic_poisoned",
    "core::cell::panic_already",
    "core::option::expect_failed",
    "core::option::unwrap_failed",
    "core::panicking::",
    "core::result::unwrap_failed",
    "core::slice::copy_from_slice_impl::len_mismatch_fail",
    "core::slice::index::slice_",
    "core::slice::sort::shared::smallsort::panic_on_ord_violation",
    "core::str::slice_error_fail",
    "std::alloc::rust_oom",
    "std::panicking::begin_panic",
    "std::panicking::panic_handler",
    "std::panicking::panic_with_hook",
    "std::thread::local::panic_access_error",
];

/// No locals, `unreachable`, end.
const TRAP: [u8; 3] = [0, 0, 0x0b];

/// The module without them.
///
/// # Errors
/// When it is no WebAssembly.
pub(crate) fn without_panic_texts(wasm: &[u8]) -> Result<Vec<u8>> {
    let names = binary::functions(wasm).context("not WebAssembly")?;
    rewritten(wasm, |id, section| match id {
        10 => code(section, &names),
        11 => data(section).or_else(|| Some(section.to_vec())),
        _ => Some(section.to_vec()),
    })
}

/// The module without the exports that the script does not name.
///
/// # Errors
/// When it is no WebAssembly.
pub(crate) fn without_unused_exports(wasm: &[u8], script: &str) -> Result<Vec<u8>> {
    let named: BTreeSet<&str> =
        script.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '$').collect();
    rewritten(wasm, |id, section| if id == 7 { exports(section, &named) } else { Some(section.to_vec()) })
}

/// The module with short names for what it imports from wasm-bindgen's glue, where each has sixteen digits of hash,
/// and the short name of each.
///
/// # Errors
/// When it is no WebAssembly.
pub(crate) fn with_short_imports(wasm: &[u8]) -> Result<(Vec<u8>, BTreeMap<String, String>)> {
    let mut names = BTreeMap::new();
    for (module, name, _) in binary::imports(wasm).context("imports cannot be read")? {
        if module.starts_with("./glue_bg") {
            let short = split::short_name(names.len());
            names.entry(name).or_insert(short);
        }
    }
    let short = rewritten(
        wasm,
        |id, section| {
            if id == 2 { imports(section, &names) } else { Some(section.to_vec()) }
        },
    )?;
    Ok((short, names))
}

/// The script with these names instead.
pub(crate) fn renamed(script: &str, names: &BTreeMap<String, String>) -> String {
    let part_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let mut out = String::with_capacity(script.len());
    let mut rest = script;
    while let Some(start) = rest.find(part_of_name) {
        let (before, from) = rest.split_at(start);
        let (name, after) = from.split_at(from.find(|c| !part_of_name(c)).unwrap_or(from.len()));
        out.push_str(before);
        out.push_str(names.get(name).map_or(name, String::as_str));
        rest = after;
    }
    out + rest
}

fn imports(mut section: &[u8], names: &BTreeMap<String, String>) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let count = binary::leb(&mut section)?;
    push_leb(count, &mut out);
    for _ in 0..count {
        let module = binary::name(&mut section)?;
        let name = binary::name(&mut section)?;
        let kind = section;
        binary::skip_import_type(&mut section)?;
        for text in [&module, names.get(&name).unwrap_or(&name)] {
            push_leb(text.len(), &mut out);
            out.extend(text.as_bytes());
        }
        out.extend(&kind[..kind.len() - section.len()]);
    }
    Some(out)
}

/// The module with every section, by its number, replaced.
fn rewritten(wasm: &[u8], change: impl Fn(u8, &[u8]) -> Option<Vec<u8>>) -> Result<Vec<u8>> {
    let (head, mut rest) = wasm.split_at_checked(8).context("not WebAssembly")?;
    let mut out = head.to_vec();
    while let Some((&id, tail)) = rest.split_first() {
        rest = tail;
        let (section, tail) = binary::leb(&mut rest)
            .and_then(|len| rest.split_at_checked(len))
            .context("a section ends early")?;
        rest = tail;
        let section = change(id, section).with_context(|| format!("section {id} cannot be read"))?;
        out.push(id);
        push_leb(section.len(), &mut out);
        out.extend(section);
    }
    Ok(out)
}

fn exports(mut section: &[u8], named: &BTreeSet<&str>) -> Option<Vec<u8>> {
    let (mut kept, mut n_kept) = (Vec::<u8>::new(), 0);
    for _ in 0..binary::leb(&mut section)? {
        let whole = section;
        let len = binary::leb(&mut section)?;
        let (name, tail) = section.split_at_checked(len)?;
        // What kind, and its number.
        section = tail.get(1..)?;
        binary::leb(&mut section)?;
        if named.contains(std::str::from_utf8(name).ok()?) {
            kept.extend(&whole[..whole.len() - section.len()]);
            n_kept += 1;
        }
    }
    let mut out = Vec::new();
    push_leb(n_kept, &mut out);
    out.extend(kept);
    Some(out)
}

fn code(mut section: &[u8], names: &[(String, usize)]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(section.len());
    push_leb(binary::leb(&mut section)?, &mut out);
    for (name, _) in names {
        let len = binary::leb(&mut section)?;
        let (body, tail) = section.split_at_checked(len)?;
        section = tail;
        let name = without_hashes(name);
        let panics = body.ends_with(&TRAP[1..]) && PANICS.iter().any(|start| name.starts_with(start));
        let body = if panics { &TRAP } else { body };
        push_leb(body.len(), &mut out);
        out.extend(body);
    }
    Some(out)
}

/// `core::option` for `core[c5930c85a12de822]::option`.
pub(crate) fn without_hashes(name: &str) -> String {
    let mut parts = name.split('[');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(']') {
            Some((hash, rest)) if hash.len() >= 12 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => {
                out.push_str(rest);
            }
            _ => {
                out.push('[');
                out.push_str(part);
            }
        }
    }
    out
}

fn data(section: &[u8]) -> Option<Vec<u8>> {
    let mut out = section.to_vec();
    let segments = segments(section)?;
    let path_at = |address: u32, len: u32| -> Option<Range<usize>> {
        let (from, range) = segments.iter().rev().find(|(from, _)| *from <= address)?;
        let start = range.start + usize::try_from(address - from).ok()?;
        let path = start..start.checked_add(len as usize)?;
        (path.end <= range.end && is_source_path(&section[path.clone()])).then_some(path)
    };
    for (address, range) in &segments {
        let aligned = range.start + (4 - (*address as usize) % 4) % 4;
        for at in (aligned..range.end.saturating_sub(15)).step_by(4) {
            let word = |n: usize| -> Option<u32> {
                Some(u32::from_le_bytes(section.get(at + 4 * n..at + 4 * n + 4)?.try_into().ok()?))
            };
            let (path, line, column) = ((word(0)?, word(1)?), word(2)?, word(3)?);
            if (1..100_000).contains(&line)
                && (1..1_000).contains(&column)
                && let Some(path) = path_at(path.0, path.1)
            {
                out[at..at + 16].fill(0);
                out[path].fill(0);
            }
        }
    }
    Some(out)
}

/// `/rustc/…/library/core/src/option.rs`, `core/src/search/index.rs`.
fn is_source_path(text: &[u8]) -> bool {
    let path_byte = |b: &u8| b.is_ascii_alphanumeric() || b"/._-".contains(b);
    text.ends_with(b".rs") && text.iter().all(path_byte) && text.windows(5).any(|part| part == b"/src/")
}

/// Address and place in the section of every segment; `None` if one is not active with a constant address.
fn segments(section: &[u8]) -> Option<Vec<(u32, Range<usize>)>> {
    let mut rest = section;
    let mut found = Vec::new();
    for _ in 0..binary::leb(&mut rest)? {
        // Active in memory 0, `i32.const`.
        rest = rest.strip_prefix(&[0, 0x41])?;
        let address = signed_leb(&mut rest)?;
        rest = rest.strip_prefix(&[0x0b])?;
        let len = binary::leb(&mut rest)?;
        let start = section.len() - rest.len();
        rest = rest.get(len..)?;
        found.push((address as u32, start..start + len));
    }
    Some(found)
}

fn signed_leb(bytes: &mut &[u8]) -> Option<i32> {
    let mut value = 0_i64;
    for shift in (0..35).step_by(7) {
        let (&next, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= i64::from(next & 0x7f) << shift;
        if next < 0x80 {
            let value = if next & 0x40 == 0 { value } else { value - (1 << (shift + 7)) };
            return i32::try_from(value).ok();
        }
    }
    None
}

fn push_leb(mut value: usize, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(id: u8, body: &[u8]) -> Vec<u8> {
        let mut out = vec![id];
        push_leb(body.len(), &mut out);
        out.extend(body);
        out
    }

    /// Three functions: one that panics, one of the same crate that returns, one of ours that traps.
    fn module() -> Vec<u8> {
        let mut wasm = b"\0asm\x01\0\0\0".to_vec();
        wasm.extend(section(10, b"\x03\x04\0\x01\0\x0b\x03\0\x01\x0b\x04\0\x01\0\x0b"));
        let mut names = vec![3];
        for (at, name) in ["core[c5930c85a12de822]::panicking::panic_fmt", "core::panicking::count", "ours"]
            .iter()
            .enumerate()
        {
            names.extend([at as u8, name.len() as u8]);
            names.extend(name.as_bytes());
        }
        let mut custom = b"\x04name".to_vec();
        custom.extend(section(1, &names));
        wasm.extend(section(0, &custom));
        wasm
    }

    #[test]
    fn what_panics_traps_and_all_else_stays() {
        let lean = without_panic_texts(&module()).unwrap();
        let sizes: Vec<usize> = binary::functions(&lean).unwrap().into_iter().map(|one| one.1).collect();
        assert_eq!(sizes, [3, 3, 4]);
        assert_eq!(binary::functions(&lean).unwrap()[0].0, "core[c5930c85a12de822]::panicking::panic_fmt");
        assert_eq!(
            without_hashes("<[u8] as core[c5930c85a12de822]::fmt::Debug>"),
            "<[u8] as core::fmt::Debug>"
        );
        assert!(without_panic_texts(&module()[..30]).is_err());
    }

    #[test]
    fn only_exports_that_the_script_names_stay() {
        let mut wasm = b"\0asm\x01\0\0\0".to_vec();
        wasm.extend(section(7, b"\x03\x06memory\x02\0\x03run\0\x01\x07run_all\0\x02"));
        let mut expected = b"\0asm\x01\0\0\0".to_vec();
        expected.extend(section(7, b"\x02\x06memory\x02\0\x03run\0\x01"));
        let lean = without_unused_exports(&wasm, "a.memory.buffer;a.run(b);run_all2()").unwrap();
        assert_eq!(lean, expected);
        assert!(without_unused_exports(&wasm[..wasm.len() - 1], "").is_err());
    }

    #[test]
    fn imports_get_short_names_in_module_and_script() {
        let mut wasm = b"\0asm\x01\0\0\0".to_vec();
        wasm.extend(section(2, b"\x02\x0c./glue_bg.js\x07__wbg_f\0\0\x03env\x01g\0\0"));
        let mut expected = b"\0asm\x01\0\0\0".to_vec();
        expected.extend(section(2, b"\x02\x0c./glue_bg.js\x01a\0\0\x03env\x01g\0\0"));
        let (short, names) = with_short_imports(&wasm).unwrap();
        assert_eq!(short, expected);
        assert_eq!(renamed("{__wbg_f:1,__wbg_f2:__wbg_f}", &names), "{a:1,__wbg_f2:a}");
        assert!(with_short_imports(&wasm[..wasm.len() - 1]).is_err());
    }

    #[test]
    fn paths_and_places_become_zeros() {
        let path = b"/home/x/.cargo/registry/src/index-1/leptos-0.8/src/lib.rs";
        let mut bytes = [&b"text"[..], path, b"more/src/main.rs"].concat();
        bytes.resize(bytes.len().next_multiple_of(4), b'_');
        let place = |address: u32, len: usize| {
            [address, len as u32, 7, 9].into_iter().flat_map(u32::to_le_bytes).collect::<Vec<u8>>()
        };
        let places = bytes.len();
        bytes.extend(place(1024 + 4, path.len()));
        bytes.extend(place(1024 + 4, path.len() - 1));
        bytes.extend(place(1024, 4));
        bytes.extend(place(u32::MAX, 9));
        // One segment at 1024.
        let mut segment = vec![1, 0, 0x41, 0x80, 0x08, 0x0b];
        push_leb(bytes.len(), &mut segment);
        let head = segment.len();
        segment.extend(&bytes);
        let mut expected = bytes.clone();
        expected[4..4 + path.len()].fill(0);
        expected[places..places + 16].fill(0);
        assert_eq!(data(&segment).unwrap()[head..], expected);
        // Passive data is none of ours.
        assert_eq!(data(&[1, 1, 2, b'a', b'b']), None);
    }
}
