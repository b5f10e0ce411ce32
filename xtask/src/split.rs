//! Cuts a module into what is loaded first and parts that are loaded when they are needed.
//!
//! A part is named by the beginnings of its functions' names ([`Part`]); with them goes what only they call. All share
//! memory, table and stack: a part imports from the first module (its exports, as `m`) and puts its functions into the
//! table when it is instantiated, where short functions of the first module call them. Who calls one of these before
//! the part is there traps: the program asks `pinfold_codec::parts` first.
//!
//! Names of functions must be in the module, and are in none of the results. Constants stay in the first module:
//! nothing tells whose they are. Not supported: passive segments, more than one memory.

mod write;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail};
use wasmparser::{
    ElementItems, ElementKind, ExternalKind, FunctionBody, KnownCustom, Name, Operator, Parser, Payload,
    TypeRef,
};

use self::write::Plan;
pub(crate) use self::write::short_name;
use crate::lean;

/// What is shorter, and all that drops values, is often one function for many purposes: compiler and wasm-opt keep one
/// of several that are alike. Where the first module or its table has such a function, it stays there.
const OWN_BYTES: usize = 100;

/// Where parts import from.
const FROM: &str = "m";

/// Whether `import` (`module.name`) is one that the first module provides.
pub(crate) fn is_import(import: &str) -> bool {
    import.strip_prefix(FROM).is_some_and(|name| name.starts_with('.'))
}

/// What is loaded on demand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Part {
    /// Its name.
    pub(crate) name: String,
    /// How the names of its functions begin: `blake3::` is also `<blake3::Hasher>::new`.
    pub(crate) functions: Vec<String>,
    /// How the names of those begin that others may call: each asks for the part before.
    pub(crate) gates: Vec<String>,
}

/// Whether a function's name begins like one of these.
fn begins(name: &str, starts: &[String]) -> bool {
    let name = lean::without_hashes(name);
    let name = name.trim_start_matches(['<', '&', '*', '(', '[']);
    let name = name.strip_prefix("mut ").or_else(|| name.strip_prefix("dyn ")).unwrap_or(name);
    starts.iter().any(|start| name.starts_with(start.as_str()))
}

/// The first module and the parts, in the order in which they were named.
///
/// # Errors
/// When it is no WebAssembly, is not supported, or a part is empty.
pub(crate) fn cut(wasm: &[u8], parts: &[Part]) -> Result<(Vec<u8>, Vec<Vec<u8>>)> {
    let source = Source::read(wasm)?;
    let places = source.assign(parts);
    let plan = Plan::new(&source, &places, parts.len());
    for function in plan.gates.keys() {
        let name = source.names.get(function).copied().unwrap_or_default();
        let Place::Part(part) = places[(function - source.imported) as usize] else { continue };
        if !begins(name, &parts[part].gates) {
            let name = lean::without_hashes(name);
            bail!("{name} is called from outside of {}, but not one of its gates", parts[part].name);
        }
    }
    let first = plan.first()?;
    let mut out = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        if !places.contains(&Place::Part(at)) {
            bail!("no function belongs to part {}", part.name);
        }
        out.push(plan.part(at)?);
    }
    Ok((first, out))
}

/// The functions of a module with their sizes, and which part takes them; `None` is the first module.
///
/// # Errors
/// When it is no WebAssembly, or is not supported.
pub(crate) fn contents(wasm: &[u8], parts: &[Part]) -> Result<Vec<(String, usize, Option<usize>)>> {
    let source = Source::read(wasm)?;
    let places = source.assign(parts);
    let functions = (source.imported..).zip(&source.bodies).zip(places);
    Ok(functions
        .filter_map(|((function, body), place)| {
            let name = lean::without_hashes(source.names.get(&function).copied().unwrap_or_default());
            let part = match place {
                Place::Nowhere => return None,
                Place::First => None,
                Place::Part(part) => Some(part),
            };
            Some((name, body.range().len(), part))
        })
        .collect())
}

/// Where a function goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Nowhere,
    First,
    Part(usize),
}

/// A module as it was read; indices of functions count the imported ones too.
#[derive(Default)]
struct Source<'a> {
    wasm: &'a [u8],
    /// Type of every function.
    types: Vec<u32>,
    /// How many parameters each type has.
    parameters: Vec<u32>,
    imported: u32,
    bodies: Vec<FunctionBody<'a>>,
    calls: Vec<Vec<u32>>,
    names: BTreeMap<u32, &'a str>,
    exports: Vec<(&'a str, ExternalKind, u32)>,
    start: Option<u32>,
    tables: Vec<wasmparser::TableType>,
    memory: Option<wasmparser::MemoryType>,
    globals: Vec<wasmparser::GlobalType>,
    /// Table, first slot and functions of every segment.
    elements: Vec<(u32, u32, Vec<u32>)>,
}

impl<'a> Source<'a> {
    fn read(wasm: &'a [u8]) -> Result<Self> {
        let mut source = Source { wasm, ..Source::default() };
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::TypeSection(section) => {
                    for kind in section.into_iter_err_on_gc_types() {
                        source.parameters.push(kind?.params().len().try_into()?);
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        match import?.ty {
                            TypeRef::Func(kind) => source.types.push(kind),
                            other => bail!("imports {other:?}"),
                        }
                    }
                    source.imported = source.types.len().try_into()?;
                }
                Payload::FunctionSection(section) => {
                    for kind in section {
                        source.types.push(kind?);
                    }
                }
                Payload::TableSection(section) => {
                    for table in section {
                        source.tables.push(table?.ty);
                    }
                }
                Payload::MemorySection(section) => {
                    for memory in section {
                        source.memory = Some(memory?);
                    }
                }
                Payload::GlobalSection(section) => {
                    for global in section {
                        source.globals.push(global?.ty);
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        source.exports.push((export.name, export.kind, export.index));
                    }
                }
                Payload::StartSection { func, .. } => source.start = Some(func),
                Payload::ElementSection(section) => {
                    for element in section {
                        source.elements.push(segment(&element?)?);
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    let mut calls = Vec::new();
                    for operator in body.get_operators_reader()? {
                        if let Operator::Call { function_index } | Operator::RefFunc { function_index } =
                            operator?
                        {
                            calls.push(function_index);
                        }
                    }
                    source.calls.push(calls);
                    source.bodies.push(body);
                }
                Payload::CustomSection(custom) => {
                    if let KnownCustom::Name(names) = custom.as_known() {
                        for map in names {
                            let Name::Function(map) = map? else { continue };
                            for naming in map {
                                let naming = naming?;
                                source.names.insert(naming.index, naming.name);
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(source)
    }

    /// The table of functions.
    fn table(&self) -> Result<u32> {
        let at = self.tables.iter().position(|table| table.element_type == wasmparser::RefType::FUNCREF);
        Ok(at.context("no table of functions")?.try_into()?)
    }

    /// Functions that are called from `from`, themselves included, as far as `enter` lets in.
    fn reached(&self, from: impl IntoIterator<Item = u32>, enter: impl Fn(u32) -> bool) -> BTreeSet<u32> {
        let mut seen = BTreeSet::new();
        let mut open: Vec<u32> = from.into_iter().collect();
        while let Some(function) = open.pop() {
            let Some(own) = function.checked_sub(self.imported) else { continue };
            if enter(function) && seen.insert(function) {
                open.extend(&self.calls[own as usize]);
            }
        }
        seen
    }

    /// The place of every function that has code.
    fn assign(&self, parts: &[Part]) -> Vec<Place> {
        let named: Vec<Option<usize>> = (0..self.types.len() as u32)
            .map(|function| {
                let name = self.names.get(&function)?;
                let own = self.bodies.get(function.checked_sub(self.imported)? as usize)?;
                let shared = own.range().len() < OWN_BYTES
                    || name.starts_with("core") && name.contains("::drop_in_place");
                parts.iter().position(|part| !shared && begins(name, &part.functions))
            })
            .collect();
        let of = |function: u32| named[function as usize];
        let mut roots: Vec<u32> =
            self.exports.iter().filter(|one| one.1 == ExternalKind::Func).map(|one| one.2).collect();
        roots.extend(self.start);
        roots.extend(self.elements.iter().flat_map(|(_, _, functions)| functions));
        // What two parts call is in the first module, with what it calls.
        let (first, reached) = loop {
            let first = self.reached(roots.iter().copied(), |function| of(function).is_none());
            let reached: Vec<BTreeSet<u32>> = (0..parts.len())
                .map(|part| {
                    let own = (self.imported..self.types.len() as u32)
                        .filter(|function| of(*function) == Some(part));
                    self.reached(own, |function| match of(function) {
                        Some(other) => other == part,
                        None => !first.contains(&function),
                    })
                })
                .collect();
            let mut times: BTreeMap<u32, usize> = BTreeMap::new();
            reached.iter().flatten().for_each(|function| *times.entry(*function).or_default() += 1);
            times.retain(|_, times| *times > 1);
            if times.is_empty() {
                break (first, reached);
            }
            roots.extend(times.keys());
        };
        (self.imported..self.types.len() as u32)
            .map(|function| match reached.iter().position(|part| part.contains(&function)) {
                Some(part) => Place::Part(part),
                None if first.contains(&function) => Place::First,
                None => Place::Nowhere,
            })
            .collect()
    }
}

/// Table, first slot and functions.
fn segment(element: &wasmparser::Element<'_>) -> Result<(u32, u32, Vec<u32>)> {
    let (ElementKind::Active { table_index, offset_expr }, ElementItems::Functions(functions)) =
        (&element.kind, element.items.clone())
    else {
        // Declared for `ref.func`, which parts do not use.
        return Ok((0, 0, Vec::new()));
    };
    let Operator::I32Const { value } = offset_expr.get_operators_reader().read()? else {
        bail!("a segment without a constant place");
    };
    let functions = functions.into_iter().collect::<Result<_, _>>()?;
    Ok((table_index.unwrap_or(0), value.try_into()?, functions))
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        CodeSection, ExportKind, ExportSection, Function, FunctionSection, Instruction, MemorySection,
        Module, NameMap, NameSection, TableSection, TypeSection,
    };

    use super::*;

    /// `main` calls `zs::decode`, which calls `help` and `shared`; `main` calls `shared` too.
    fn module() -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut kinds = FunctionSection::new();
        for _ in 0..4 {
            kinds.function(0);
        }
        let mut tables = TableSection::new();
        let table = wasm_encoder::TableType {
            element_type: wasm_encoder::RefType::FUNCREF,
            table64: false,
            minimum: 1,
            maximum: Some(1),
            shared: false,
        };
        tables.table(table);
        let mut memories = MemorySection::new();
        memories.memory(wasm_encoder::MemoryType {
            minimum: 1,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        let mut exports = ExportSection::new();
        exports.export("main", ExportKind::Func, 0);
        let mut code = CodeSection::new();
        for calls in [&[1_u32, 3][..], &[2, 3], &[], &[]] {
            let mut body = Function::new([]);
            for _ in 0..OWN_BYTES {
                body.instruction(&Instruction::Nop);
            }
            for at in calls {
                body.instruction(&Instruction::Call(*at));
            }
            body.instruction(&Instruction::End);
            code.function(&body);
        }
        let mut map = NameMap::new();
        for (at, name) in (0..).zip(["main", "zs[0123456789abcdef]::decode", "help", "shared"]) {
            map.append(at, name);
        }
        let mut names = NameSection::new();
        names.functions(&map);
        let mut module = Module::new();
        module.section(&types).section(&kinds).section(&tables).section(&memories).section(&exports);
        module.section(&code).section(&names);
        module.finish()
    }

    fn part(gates: &[&str]) -> Part {
        Part {
            name: "codec".to_owned(),
            functions: vec!["zs::".to_owned()],
            gates: gates.iter().map(|gate| (*gate).to_owned()).collect(),
        }
    }

    #[test]
    fn what_only_a_part_calls_goes_with_it() {
        let (first, parts) = cut(&module(), &[part(&["zs::decode"])]).unwrap();
        let first = Source::read(&first).unwrap();
        // `main`, `shared`, the way into the part, and the trap.
        assert_eq!(first.bodies.len(), 4);
        let part = parts.first().unwrap();
        assert_eq!(crate::binary::imports(part).unwrap().iter().filter(|import| import.2).count(), 1);
        assert!(crate::binary::imports(part).unwrap().iter().all(|import| import.0 == FROM));
        let bodies =
            Parser::new(0).parse_all(part).filter(|one| matches!(one, Ok(Payload::CodeSectionEntry(_))));
        assert_eq!(bodies.count(), 2);
    }

    #[test]
    fn a_way_in_that_nobody_named_is_an_error() {
        let error = cut(&module(), &[part(&[])]).unwrap_err().to_string();
        assert_eq!(error, "zs::decode is called from outside of codec, but not one of its gates");
        let mut nothing = part(&[]);
        nothing.functions = vec!["bz2::".to_owned()];
        assert!(cut(&module(), &[nothing]).is_err());
        assert!(cut(&module()[..40], &[part(&["zs::decode"])]).is_err());
    }

    #[test]
    fn names_count_up() {
        assert_eq!([0, 25, 26, 51, 52, 701, 702].map(short_name), ["a", "z", "aa", "az", "ba", "zz", "aaa"]);
    }
}
