//! What a dataset holds: tables of variables and dimensions, and how they are stored.

use minijinja::context;
use minijinja::value::Value;
use pinfold_core::model::{Dataset, Role, Variable};

use super::super::{counted, listing, text};
use super::Limits;

/// Variables by what they are for.
pub(super) fn variables(dataset: &Dataset, explorable: bool, limits: Limits) -> (Vec<Value>, usize) {
    let roles: [(&str, &[Role]); 4] = [
        ("Dimension coordinates", &[Role::Dimension]),
        ("Coordinates", &[Role::Coordinate, Role::Bounds]),
        ("Data", &[Role::Data]),
        ("Flags, quality and identifiers", &[Role::Ancillary]),
    ];
    let mut room =
        if dataset.variables.len() <= limits.variables + 1 { limits.variables + 1 } else { limits.variables };
    let mut groups = Vec::new();
    // Data first when room is short: they are what a reader looks for.
    let data = dataset.variables.iter().filter(|v| v.role == Role::Data).count().min(room);
    let mut other_room = room - data;
    for (title, members) in roles {
        let is_data = members == [Role::Data];
        let room_here = if is_data { data } else { other_room };
        let items: Vec<Value> = dataset
            .variables
            .iter()
            .filter(|v| members.contains(&v.role))
            .take(room_here)
            .map(|v| variable(v, explorable))
            .collect();
        if !is_data {
            other_room -= items.len();
        }
        room -= items.len();
        if !items.is_empty() {
            groups.push(context! { title, items });
        }
    }
    let shown =
        if dataset.variables.len() <= limits.variables + 1 { limits.variables + 1 } else { limits.variables }
            - room;
    (groups, dataset.variables.len() - shown)
}

fn variable(v: &Variable, explorable: bool) -> Value {
    let plain_name =
        v.name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-./".contains(&b)) && v.name.len() < 200;
    let standard_name = v.standard_name.as_deref().map(|n| text::line(n, 120)).filter(|n| !n.is_empty());
    let shape: Vec<String> = v.shape.iter().take(8).map(|n| text::number(*n)).collect();
    let flags: Vec<String> = v.flags.iter().take(12).map(|(_, meaning)| text::line(meaning, 40)).collect();
    let more = if v.flags.len() > 12 { " …" } else { "" };
    context! {
        name => text::line(&v.name, 80),
        href => (explorable && v.unsupported.is_none() && plain_name && v.shape.iter().all(|n| *n > 0)).then(|| format!("#explore?variable={}", v.name)),
        long_name => v.long_name.as_deref().map(|n| text::line(n, 160)),
        flags => if flags.is_empty() { String::new() } else { format!("{}{more}", flags.join(", ")) },
        unsupported => v.unsupported.as_deref().map(|u| text::line(u, 160)),
        standard_href => standard_name.as_deref().and_then(listing::standard_name_url),
        standard_name => standard_name.map(|n| n.split('_').map(str::to_owned).collect::<Vec<_>>()),
        units => text::units(shown_units(v)),
        dimensions => text::line(&v.dimensions.iter().take(8).map(|d| text::line(d, 40)).collect::<Vec<_>>().join(" × "), 120),
        shape => if shape.len() > 1 { shape.join(" × ") } else { String::new() },
        dtype => text::line(&v.dtype, 30),
        stored => v.stored_bytes.map(text::bytes),
    }
}

/// The reference time of a time axis is for programs; a reader wants to know that it is a time.
fn shown_units(v: &Variable) -> &str {
    let units = v.units.as_deref().unwrap_or_default();
    let time =
        units.split_once(" since ").is_some_and(|(unit, _)| unit.len() < 20 && !unit.trim().contains(' '));
    if time { "time, UTC" } else { units }
}

pub(super) fn variables_words(dataset: &Dataset) -> String {
    let dims = dataset.variables.iter().filter(|v| v.role == Role::Dimension).count();
    let rest = counted(dataset.variables.len() - dims, "variable");
    let dims =
        if dims > 0 { format!(" and {}", counted(dims, "dimension coordinate")) } else { String::new() };
    let stored = if dataset.variables.iter().any(|v| v.stored_bytes.is_some()) {
        " Stored size is what a full download of that variable costs."
    } else {
        ""
    };
    format!("{rest}{dims}.{stored}")
}

/// Dimensions with their coordinate and its range, where the extent tells it.
pub(super) fn dimensions(dataset: &Dataset, limits: Limits) -> (Vec<Value>, usize) {
    let rows = dataset.dimensions.iter().take(limits.list).map(|(name, length)| {
        let coordinate = dataset
            .variables
            .iter()
            .filter(|v| v.dimensions.len() == 1 && v.dimensions[0] == *name)
            .find(|v| v.role == Role::Dimension)
            .or_else(|| {
                let mut on =
                    dataset.variables.iter().filter(|v| v.dimensions.len() == 1 && v.dimensions[0] == *name);
                on.find(|v| v.axis.is_some())
            });
        let range = match coordinate.and_then(|v| v.axis.as_deref()) {
            Some("T") => dataset.extent.time.as_ref().map(|t| {
                text::range(&t.start, &t.end).iter().map(|m| m.words.clone()).collect::<Vec<_>>().join(" – ")
            }),
            Some("Z") => {
                dataset.extent.vertical.as_ref().filter(|v| v.min.is_finite() && v.max.is_finite()).map(|v| {
                    format!(
                        "{} – {} {}",
                        text::decimal(v.min, 1),
                        text::decimal(v.max, 1),
                        text::line(&v.units, 20)
                    )
                })
            }
            _ => None,
        };
        context! {
            name => text::line(name, 60),
            length => text::number(*length),
            coordinate => coordinate.map(|v| text::line(v.long_name.as_deref().unwrap_or(&v.name), 80)),
            range => range.map(|r| text::line(&r, 80)),
        }
    });
    let rows: Vec<Value> = rows.collect();
    let more = dataset.dimensions.len() - rows.len();
    (rows, more)
}

pub(super) fn storage(dataset: &Dataset) -> String {
    let mut parts = vec![text::line(&dataset.format, 30)];
    let mut codecs: Vec<String> = Vec::new();
    for codec in dataset.variables.iter().filter(|v| v.role == Role::Data).filter_map(|v| v.codec.as_deref())
    {
        let codec = text::line(codec, 60);
        if !codecs.contains(&codec) && codecs.len() < 3 {
            codecs.push(codec);
        }
    }
    if !codecs.is_empty() {
        parts.push(format!("compressed with {}", codecs.join(", ")));
    }
    let mut size = if dataset.size_bytes > 0 { text::bytes(dataset.size_bytes) } else { String::new() };
    if dataset.sizes_found.is_some() && !size.is_empty() {
        size.insert_str(0, "about ");
    }
    match dataset.file_count {
        Some(n) if !size.is_empty() => {
            parts.push(format!("{size} in {}", counted(usize::try_from(n).unwrap_or(usize::MAX), "file")))
        }
        _ => parts.push(size),
    }
    parts.retain(|p| !p.is_empty());
    let text = parts.join(", ");
    if text.is_empty() { text } else { format!("{text}.") }
}
