//! Writes the first module and the parts ([`Plan`]): which functions are in which, under which index, and how each calls
//! the others.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{
    CodeSection, ConstExpr, ElementSection, Elements, EntityType, ExportKind, ExportSection, Function,
    FunctionSection, GlobalSection, ImportSection, Instruction, MemorySection, Module, RawSection, SectionId,
    TableSection, TypeSection,
};
use wasmparser::{ExternalKind, Parser, Payload};

use super::{FROM, Place, Source};
use crate::alike;

/// What is where in the results.
pub(super) struct Plan<'s, 'a> {
    source: &'s Source<'a>,
    places: &'s [Place],
    /// Functions of parts that are called from elsewhere, with their slot in the table.
    pub(super) gates: BTreeMap<u32, u32>,
    /// Name by which parts import a function.
    exported: BTreeMap<u32, String>,
    /// Functions of other places that each part calls.
    wanted: Vec<BTreeSet<u32>>,
}

impl<'s, 'a> Plan<'s, 'a> {
    pub(super) fn new(source: &'s Source<'a>, places: &'s [Place], n_parts: usize) -> Self {
        let place = |function: u32| match function.checked_sub(source.imported) {
            Some(own) => places[own as usize],
            None => Place::First,
        };
        let mut gates: BTreeSet<u32> = source
            .exports
            .iter()
            .filter(|one| one.1 == ExternalKind::Func && matches!(place(one.2), Place::Part(_)))
            .map(|one| one.2)
            .collect();
        let mut wanted = vec![BTreeSet::new(); n_parts];
        for (caller, calls) in places.iter().zip(&source.calls) {
            for call in calls.iter().filter(|call| *caller != Place::Nowhere && place(**call) != *caller) {
                if let Place::Part(_) = place(*call) {
                    gates.insert(*call);
                }
                if let Place::Part(part) = caller {
                    wanted[*part].insert(*call);
                }
            }
        }
        let taken: BTreeSet<&str> = source.exports.iter().map(|one| one.0).collect();
        let mut short = (0..).map(short_name).filter(|name| !taken.contains(name.as_str()));
        let all: BTreeSet<u32> = wanted.iter().flatten().copied().collect();
        let exported = all.into_iter().map(|function| (function, short.next().unwrap_or_default())).collect();
        let slots = source.elements.iter().map(|(_, first, functions)| first + functions.len() as u32).max();
        let gates = gates.into_iter().zip(slots.unwrap_or(0)..).collect();
        Self { source, places, gates, exported, wanted }
    }

    /// The functions of a place in the order in which they are written.
    fn functions(&self, place: Place) -> Vec<u32> {
        let all: Vec<u32> = (self.source.imported..)
            .zip(self.places)
            .filter(|one| *one.1 == place)
            .map(|one| one.0)
            .collect();
        let bytes = |function: &u32| {
            let own = (*function - self.source.imported) as usize;
            &self.source.wasm[self.source.bodies[own].range()]
        };
        alike::order(&all.iter().map(bytes).collect::<Vec<_>>()).into_iter().map(|at| all[at]).collect()
    }

    /// The table with room for the gates.
    fn table(&self, mut table: wasmparser::TableType) -> wasmparser::TableType {
        let needed = self.gates.values().next_back().map_or(0, |slot| u64::from(slot + 1));
        table.initial = table.initial.max(needed);
        table.maximum = table.maximum.map(|maximum| maximum.max(needed));
        table
    }

    pub(super) fn first(&self) -> Result<Vec<u8>> {
        let source = self.source;
        let table = source.table()?;
        let mut map = Map::default();
        map.functions.extend((0..source.imported).map(|function| (function, function)));
        let mut next = source.imported;
        let mut add = |function| {
            map.functions.insert(function, next);
            next += 1;
        };
        let functions = self.functions(Place::First);
        functions.iter().copied().for_each(&mut add);
        self.gates.keys().copied().for_each(&mut add);
        // In the table where a part's functions will be.
        let missing = next;
        let nothing = source.types.iter().copied().find(|kind| source.parameters[*kind as usize] == 0);
        let nothing = nothing.context("no function without parameters")?;

        let mut module = Module::new();
        let mut code = CodeSection::new();
        let mut kinds = FunctionSection::new();
        for function in functions {
            kinds.function(source.types[function as usize]);
            map.parse_function_body(&mut code, source.bodies[(function - source.imported) as usize].clone())?;
        }
        for (function, slot) in &self.gates {
            let kind = source.types[*function as usize];
            kinds.function(kind);
            let mut body = Function::new([]);
            for at in 0..source.parameters[kind as usize] {
                body.instruction(&Instruction::LocalGet(at));
            }
            body.instruction(&Instruction::I32Const((*slot).try_into()?));
            body.instruction(&Instruction::CallIndirect { type_index: kind, table_index: table });
            body.instruction(&Instruction::End);
            code.function(&body);
        }
        kinds.function(nothing);
        let mut trap = Function::new([]);
        trap.instruction(&Instruction::Unreachable).instruction(&Instruction::End);
        code.function(&trap);

        let mut elements = ElementSection::new();
        for (table, first, functions) in source.elements.iter().filter(|one| !one.2.is_empty()) {
            let functions: Vec<u32> =
                functions.iter().map(|one| map.functions.get(one).copied().unwrap_or(missing)).collect();
            let at = ConstExpr::i32_const((*first).try_into()?);
            elements.active(
                Some(*table).filter(|table| *table > 0),
                &at,
                Elements::Functions(functions.into()),
            );
        }
        let mut exports = ExportSection::new();
        for (name, kind, index) in &source.exports {
            let index = if *kind == ExternalKind::Func { map.function_index(*index)? } else { *index };
            exports.export(name, (*kind).into(), index);
        }
        for (function, name) in &self.exported {
            exports.export(name, ExportKind::Func, map.function_index(*function)?);
        }
        exports.export(MEMORY, ExportKind::Memory, 0);
        for at in 0..source.tables.len() {
            exports.export(&table_name(at), ExportKind::Table, at.try_into()?);
        }
        for at in 0..source.globals.len() {
            exports.export(&global_name(at), ExportKind::Global, at.try_into()?);
        }
        // In the order of the specification.
        for payload in Parser::new(0).parse_all(source.wasm) {
            match payload? {
                Payload::TypeSection(section) => {
                    copy(&mut module, SectionId::Type, source.wasm, &section.range())
                }
                Payload::ImportSection(section) => {
                    copy(&mut module, SectionId::Import, source.wasm, &section.range())
                }
                Payload::FunctionSection(_) => {
                    module.section(&kinds);
                }
                Payload::TableSection(_) => {
                    let mut tables = TableSection::new();
                    for (at, one) in source.tables.iter().enumerate() {
                        let one = if at == table as usize { self.table(*one) } else { *one };
                        tables.table(map.table_type(one)?);
                    }
                    module.section(&tables);
                }
                Payload::MemorySection(section) => {
                    let mut memories = MemorySection::new();
                    map.parse_memory_section(&mut memories, section)?;
                    module.section(&memories);
                }
                Payload::GlobalSection(section) => {
                    let mut globals = GlobalSection::new();
                    map.parse_global_section(&mut globals, section)?;
                    module.section(&globals);
                }
                Payload::ExportSection(_) => {
                    module.section(&exports);
                }
                Payload::StartSection { func, .. } => {
                    let function_index = map.function_index(func)?;
                    module.section(&wasm_encoder::StartSection { function_index });
                }
                Payload::ElementSection(_) => {
                    module.section(&elements);
                }
                Payload::DataCountSection { count, .. } => {
                    module.section(&wasm_encoder::DataCountSection { count });
                }
                Payload::CodeSectionStart { .. } => {
                    module.section(&code);
                }
                Payload::DataSection(section) => {
                    copy(&mut module, SectionId::Data, source.wasm, &section.range())
                }
                _ => {}
            }
        }
        Ok(module.finish())
    }

    pub(super) fn part(&self, part: usize) -> Result<Vec<u8>> {
        let source = self.source;
        let table = source.table()?;
        let mut map = Map::default();
        let mut imports = ImportSection::new();
        for function in &self.wanted[part] {
            map.functions.insert(*function, imports.len());
            let kind = source.types[*function as usize];
            imports.import(FROM, &self.exported[function], EntityType::Function(kind));
        }
        let n_imported = imports.len();
        let functions = self.functions(Place::Part(part));
        for (function, at) in functions.iter().zip(n_imported..) {
            map.functions.insert(*function, at);
        }
        let memory = source.memory.context("no memory")?;
        imports.import(FROM, MEMORY, map.memory_type(memory)?);
        for (at, one) in source.tables.iter().enumerate() {
            let one = if at == table as usize { self.table(*one) } else { *one };
            imports.import(FROM, &table_name(at), map.table_type(one)?);
        }
        for (at, global) in source.globals.iter().enumerate() {
            imports.import(FROM, &global_name(at), map.global_type(*global)?);
        }
        let (mut kinds, mut code) = (FunctionSection::new(), CodeSection::new());
        let mut slots: BTreeMap<u32, u32> = BTreeMap::new();
        for function in functions {
            kinds.function(source.types[function as usize]);
            map.parse_function_body(&mut code, source.bodies[(function - source.imported) as usize].clone())?;
            if let Some(slot) = self.gates.get(&function) {
                slots.insert(*slot, map.function_index(function)?);
            }
        }
        for (at, first, functions) in &source.elements {
            for (slot, function) in (*first..).zip(functions).filter(|_| *at == table) {
                if self.places.get(function.wrapping_sub(source.imported) as usize)
                    == Some(&Place::Part(part))
                {
                    slots.insert(slot, map.function_index(*function)?);
                }
            }
        }
        let mut elements = ElementSection::new();
        let mut slots = slots.into_iter().peekable();
        while let Some((first, function)) = slots.next() {
            let mut run = vec![function];
            while let Some((_, function)) = slots.next_if(|(slot, _)| *slot == first + run.len() as u32) {
                run.push(function);
            }
            let at = ConstExpr::i32_const(first.try_into()?);
            elements.active(Some(table).filter(|table| *table > 0), &at, Elements::Functions(run.into()));
        }
        let mut types = TypeSection::new();
        for payload in Parser::new(0).parse_all(source.wasm) {
            if let Payload::TypeSection(section) = payload? {
                map.parse_type_section(&mut types, section)?;
            }
        }
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&kinds).section(&elements).section(&code);
        Ok(module.finish())
    }
}

/// What the first module calls its memory for parts.
const MEMORY: &str = "$m";

fn table_name(at: usize) -> String {
    format!("$t{at}")
}

fn global_name(at: usize) -> String {
    format!("${at}")
}

/// `a`, `b`, … `z`, `aa`, …
pub(crate) fn short_name(mut at: usize) -> String {
    let mut name = String::new();
    loop {
        name.insert(0, char::from(b'a' + (at % 26) as u8));
        at /= 26;
        if at == 0 {
            return name;
        }
        at -= 1;
    }
}

fn copy(module: &mut Module, id: SectionId, wasm: &[u8], range: &std::ops::Range<usize>) {
    module.section(&RawSection { id: id.into(), data: &wasm[range.clone()] });
}

/// New indices of functions; tables and globals keep theirs.
#[derive(Default)]
struct Map {
    functions: BTreeMap<u32, u32>,
}

impl Reencode for Map {
    type Error = std::io::Error;

    fn function_index(&mut self, function: u32) -> Result<u32, Error<std::io::Error>> {
        let wrong = || {
            std::io::Error::other(format!("function {function} is called from where it cannot be reached"))
        };
        self.functions.get(&function).copied().ok_or_else(|| Error::UserError(wrong()))
    }
}
