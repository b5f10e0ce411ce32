//! CSV and JSON.

use std::fmt::Write as _;

use serde_json::{Value, json as object};

use super::{Cell, Exported, Origin};

/// A table with one row for each element of the largest variable: its dimension coordinates, then every
/// variable, repeated along the dimensions that it does not have. RFC 4180, UTF-8, comment lines in front.
#[must_use]
pub fn csv(variables: &[Exported], origin: &Origin) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(out, "# {}", one_line(&origin.title));
    let _ = writeln!(out, "# ipfs://{}", origin.cid);
    let _ = writeln!(out, "# {}", one_line(&origin.selection));
    let Some(frame) = variables.iter().max_by_key(|variable| (variable.raw.shape.len(), variable.raw.len()))
    else {
        return out;
    };
    let columns: Vec<(&Exported, Vec<Option<usize>>)> = variables
        .iter()
        .filter(|variable| variable.dimensions.iter().all(|name| frame.dimensions.contains(name)))
        .map(|variable| {
            let places = frame
                .dimensions
                .iter()
                .map(|name| variable.dimensions.iter().position(|own| own == name))
                .collect();
            (variable, places)
        })
        .collect();
    let left_out = variables.len() - columns.len();
    if left_out > 0 {
        let _ = writeln!(out, "# {left_out} variables on other dimensions are not in this table");
    }
    let heads: Vec<String> = columns
        .iter()
        .map(|(variable, _)| {
            let units = variable
                .attributes
                .get("units")
                .and_then(Value::as_str)
                .filter(|units| !units.contains("since"));
            quoted(&match units {
                Some(units) => format!("{} [{units}]", variable.name),
                None => variable.name.clone(),
            })
        })
        .collect();
    let _ = writeln!(out, "{}", heads.join(","));
    let shape = &frame.raw.shape;
    let mut index = vec![0usize; shape.len()];
    for _ in 0..frame.raw.len() {
        for (at, (variable, places)) in columns.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            // Row-major position of this row's element in the variable's own shape.
            let mut own = vec![0usize; variable.dimensions.len()];
            for (dimension, place) in places.iter().enumerate() {
                if let Some(place) = place {
                    own[*place] = index[dimension];
                }
            }
            let position = own.iter().zip(&variable.raw.shape).fold(0, |sum, (i, length)| sum * length + i);
            match variable.decoded.get(position) {
                Some(Some(Cell::Number(number))) => {
                    let _ = write!(out, "{number}");
                }
                Some(Some(Cell::Text(text))) => out.push_str(&quoted(text)),
                Some(None) | None => {}
            }
        }
        out.push('\n');
        for dimension in (0..shape.len()).rev() {
            index[dimension] += 1;
            if index[dimension] < shape[dimension] {
                break;
            }
            index[dimension] = 0;
        }
    }
    out
}

/// `{cid, title, selection, variables: [{name, dimensions, shape, attributes, values}]}`; values flat in C
/// order, missing as null.
#[must_use]
pub fn json(variables: &[Exported], origin: &Origin) -> String {
    let list: Vec<Value> = variables
        .iter()
        .map(|variable| {
            let values: Vec<Value> = variable
                .decoded
                .iter()
                .map(|cell| match cell {
                    // NaN and infinity do not exist in JSON.
                    Some(Cell::Number(number)) => {
                        serde_json::Number::from_f64(*number).map_or(Value::Null, Value::Number)
                    }
                    Some(Cell::Text(text)) => Value::String(text.clone()),
                    None => Value::Null,
                })
                .collect();
            object!({
                "name": variable.name,
                "dimensions": variable.dimensions,
                "shape": variable.raw.shape,
                "attributes": variable.attributes,
                "values": values,
            })
        })
        .collect();
    let whole = object!({ "cid": origin.cid, "title": origin.title, "selection": origin.selection, "variables": list });
    whole.to_string()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A field, quoted where it must be. One that a spreadsheet would take for a formula gets an apostrophe in front.
fn quoted(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@']) && crate::number::parse_f64(text).is_none();
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}
