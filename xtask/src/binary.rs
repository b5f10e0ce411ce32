//! WebAssembly binaries as far as xtask reads them: [`foreign_imports`] (what no page provides) and [`functions`]
//! (how large which function is).
//!
//! Specification: <https://webassembly.github.io/spec/core/binary/modules.html>, the names in its appendix.

use std::collections::BTreeMap;

/// Imports from a module other than wasm-bindgen's glue and the snippets beside it, which esbuild takes into the
/// script (`env` means that something expects a C library).
pub(crate) fn foreign_imports(wasm: &[u8]) -> Vec<String> {
    imports(wasm)
        .unwrap_or_else(|| vec![("?".into(), "an import section that cannot be read".into(), false)])
        .into_iter()
        .filter(|(module, ..)| {
            !module.starts_with("./glue_bg") && !module.starts_with("./snippets/") && module != "wbg"
        })
        .map(|(module, name, _)| format!("{module}.{name}"))
        .collect()
}

/// Module and name of all imports of a WebAssembly binary (core specification, section 5.5.5), and whether each is
/// a function.
pub(crate) fn imports(wasm: &[u8]) -> Option<Vec<(String, String, bool)>> {
    let mut rest = wasm.strip_prefix(b"\0asm\x01\0\0\0")?;
    while let Some((&id, tail)) = rest.split_first() {
        rest = tail;
        let len = leb(&mut rest)?;
        let (mut section, tail) = rest.split_at_checked(len)?;
        rest = tail;
        if id != 2 {
            continue;
        }
        let mut found = Vec::new();
        for _ in 0..leb(&mut section)? {
            let module = name(&mut section)?;
            let import = name(&mut section)?;
            let is_function = section.first() == Some(&0);
            skip_import_type(&mut section)?;
            found.push((module, import, is_function));
        }
        return Some(found);
    }
    Some(Vec::new())
}

/// Passes over what is imported.
pub(crate) fn skip_import_type(section: &mut &[u8]) -> Option<()> {
    match byte(section)? {
        0 => drop(leb(section)?),
        1 => {
            byte(section)?;
            skip_limits(section)?;
        }
        2 => skip_limits(section)?,
        3 => {
            byte(section)?;
            byte(section)?;
        }
        4 => {
            byte(section)?;
            leb(section)?;
        }
        _ => return None,
    }
    Some(())
}

fn skip_limits(section: &mut &[u8]) -> Option<()> {
    let flags = byte(section)?;
    leb(section)?;
    if flags & 1 == 1 {
        leb(section)?;
    }
    Some(())
}

fn byte(bytes: &mut &[u8]) -> Option<u8> {
    let (&first, rest) = bytes.split_first()?;
    *bytes = rest;
    Some(first)
}

/// The next number (LEB128, unsigned).
pub(crate) fn leb(bytes: &mut &[u8]) -> Option<usize> {
    let mut value = 0usize;
    for shift in (0..35).step_by(7) {
        let next = byte(bytes)?;
        value |= usize::from(next & 0x7f) << shift;
        if next < 0x80 {
            return Some(value);
        }
    }
    None
}

/// The next text.
pub(crate) fn name(bytes: &mut &[u8]) -> Option<String> {
    let len = leb(bytes)?;
    let (name, rest) = bytes.split_at_checked(len)?;
    *bytes = rest;
    String::from_utf8(name.to_vec()).ok()
}

/// Name and size in bytes of every function that has code. Names are in the module until wasm-opt takes them out.
pub(crate) fn functions(wasm: &[u8]) -> Option<Vec<(String, usize)>> {
    let imported = imports(wasm)?.into_iter().filter(|import| import.2).count();
    let mut rest = wasm.strip_prefix(b"\0asm\x01\0\0\0")?;
    let (mut sizes, mut names) = (Vec::new(), BTreeMap::new());
    while let Some((&id, tail)) = rest.split_first() {
        rest = tail;
        let len = leb(&mut rest)?;
        let (mut section, tail) = rest.split_at_checked(len)?;
        rest = tail;
        if id == 10 {
            for _ in 0..leb(&mut section)? {
                let size = leb(&mut section)?;
                section = section.get(size..)?;
                sizes.push(size);
            }
        } else if id == 0 && name(&mut section)? == "name" {
            while let Some(kind) = byte(&mut section) {
                let len = leb(&mut section)?;
                let (mut part, tail) = section.split_at_checked(len)?;
                section = tail;
                // 1: names of functions.
                for _ in 0..if kind == 1 { leb(&mut part)? } else { 0 } {
                    let index = leb(&mut part)?;
                    names.insert(index, name(&mut part)?);
                }
            }
        }
    }
    let named = |(at, size)| (names.remove(&(imported + at)).unwrap_or_else(|| "?".to_owned()), size);
    Some(sizes.into_iter().enumerate().map(named).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module with one function import `env.abort` and one from the glue.
    const WASM: &[u8] =
        b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x02\x1e\x02\x03env\x05abort\0\0\x0c./glue_bg.js\x01f\0\0";

    #[test]
    fn imports_outside_the_glue_are_named() {
        assert_eq!(imports(WASM).map(|all| all.len()), Some(2));
        assert_eq!(foreign_imports(WASM), ["env.abort"]);
    }

    #[test]
    fn a_truncated_module_is_not_taken_for_clean() {
        assert_eq!(imports(&WASM[..WASM.len() - 3]), None);
        assert!(!foreign_imports(&WASM[..WASM.len() - 3]).is_empty());
        assert!(!foreign_imports(b"not wasm").is_empty());
    }

    #[test]
    fn functions_have_names_and_sizes() {
        let mut wasm = WASM.to_vec();
        wasm.extend(b"\x03\x03\x02\0\0\x0a\x08\x02\x02\0\x0b\x03\0\x01\x0b");
        wasm.extend(b"\0\x0d\x04name\x01\x06\x01\x02\x03a::");
        let found = functions(&wasm).unwrap();
        assert_eq!(found, [("a::".to_owned(), 2), ("?".to_owned(), 3)]);
        assert_eq!(functions(&wasm[..wasm.len() - 1]), None);
    }
}
