//! The numbers of a view: as a table, and as files.

use super::{ExploreError, Session, Why};
use crate::cf::{Meaning, decode, stored_marks};
use crate::explore::export::{self, Cell, Exported, Origin};
use crate::explore::snippets::{self, Block};
use crate::explore::view_state::Indices;
use crate::letters;
use crate::plot::svg;
use crate::zarr::{Array, DataType, Format, ReadOptions, Selection, Values};

/// The most elements that a file may hold: a browser page makes it in memory.
const ELEMENTS: u64 = 20_000_000;

/// A file of the selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// What to call it.
    pub name: String,
    /// Its media type.
    pub media_type: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A piece of the table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    /// Column heads.
    pub head: Vec<String>,
    /// All rows.
    pub total_rows: u64,
    /// Cells.
    pub rows: Vec<Vec<String>>,
}

impl Session {
    /// The arrays of the view with their coordinates.
    fn chosen(&self) -> Result<Vec<&Array>, ExploreError> {
        let Some(plan) = &self.plan else {
            return Err(ExploreError::undrawn());
        };
        let mut names: Vec<&str> = Vec::new();
        let dimensions: Vec<String> = plan
            .view
            .variables
            .iter()
            .filter_map(|name| self.hierarchy.arrays.get(name))
            .flat_map(Array::dimensions)
            .collect();
        // Dimension coordinates and the axes of the pictures first.
        let axes = self.drawn.iter().flat_map(|one| [&one.spec.x, &one.spec.y]).flatten();
        let axes = axes.filter_map(|axis| axis.variable.as_deref());
        for name in dimensions
            .iter()
            .map(String::as_str)
            .chain(axes)
            .chain(plan.view.variables.iter().map(String::as_str))
        {
            if self.hierarchy.arrays.contains_key(name) && !names.contains(&name) {
                names.push(name);
            }
        }
        Ok(names.into_iter().filter_map(|name| self.hierarchy.arrays.get(name)).collect())
    }

    /// They, read as selected.
    async fn selected(&self) -> Result<Vec<Exported>, ExploreError> {
        let mut out = Vec::new();
        for array in self.chosen()? {
            out.push(self.read(array).await?);
        }
        Ok(out)
    }

    /// What of an array is selected, and the dimensions that are left of it.
    fn part(&self, array: &Array) -> (Selection, Vec<(usize, String)>) {
        let indices = self.plan.as_ref().map(|plan| &plan.view.indices);
        let mut selection = Selection::all(&array.shape);
        let mut kept = Vec::new();
        for (at, dimension) in array.dimensions().into_iter().enumerate() {
            let length = array.shape[at];
            match indices.and_then(|indices| indices.get(&dimension)) {
                Some(Indices::At(index)) if length > 0 => {
                    selection.start[at] = (*index).min(length - 1);
                    selection.shape[at] = 1;
                }
                Some(Indices::Range(from, to)) => {
                    selection.start[at] = (*from).min(length.saturating_sub(1));
                    selection.shape[at] = (*to).min(length).saturating_sub(selection.start[at]);
                    kept.push((at, dimension));
                }
                _ => kept.push((at, dimension)),
            }
        }
        (selection, kept)
    }

    async fn read(&self, array: &Array) -> Result<Exported, ExploreError> {
        let (selection, kept) = self.part(array);
        let elements = selection.element_count();
        if elements > ELEMENTS {
            return Err(ExploreError::new(
                Why::Unsupported,
                format!(
                    "{} has {elements} values in this selection, more than a page can write. Zoom in, or use the line of Python.",
                    array.path
                ),
            ));
        }
        let options = ReadOptions { limits: self.budget.limits.clone(), ..ReadOptions::default() };
        let mut raw = array.read(&*self.store, &selection, &options).await?;
        raw.shape = kept.iter().map(|(at, _)| raw.shape[*at]).collect();
        let decoded = cells(array, &raw);
        Ok(Exported {
            name: array.path.clone(),
            dimensions: kept.into_iter().map(|(_, dimension)| dimension).collect(),
            decoded,
            attributes: array.attributes.clone(),
            marks: stored_marks(array),
            raw,
        })
    }

    /// What writes the selection on the command line, through the gateway at this address.
    #[must_use]
    pub fn shell(&self, gateway: &str) -> String {
        let view = self.plan.as_ref().map(|plan| plan.view.clone()).unwrap_or_default();
        snippets::shell(self.cid, &view, gateway)
    }

    /// R that reads the selection through the gateway at this address. Without text, single values and times of
    /// numpy's own type, which R's sf does not read.
    ///
    /// # Errors
    /// [`ExploreError`] when nothing is drawn yet.
    pub fn r(&self, gateway: &str) -> Result<String, ExploreError> {
        let chosen = self.chosen()?;
        let is_v3 = chosen.iter().any(|array| array.format == Format::V3);
        let is_read = |array: &&&Array| {
            let is_time = matches!(array.data_type, DataType::DateTime64(_) | DataType::TimeDelta64(_));
            !array.shape.is_empty() && array.data_type.is_numeric() && !is_time
        };
        let read = chosen.iter().filter(is_read);
        let blocks: Vec<Block> = read
            .map(|array| {
                let selection = self.part(array).0;
                Block { path: array.path.clone(), start: selection.start, shape: selection.shape }
            })
            .collect();
        Ok(snippets::r(self.cid, gateway, is_v3, &blocks))
    }

    fn origin(&self) -> Origin {
        Origin {
            cid: self.cid.to_string(),
            title: self.outline.display_title(),
            selection: self.plan.as_ref().map(|plan| plan.view.to_fragment()).unwrap_or_default(),
        }
    }

    /// The selection as a file: `csv`, `json` or `nc`; or one of its pictures as `svg`, which stands by itself.
    ///
    /// # Errors
    /// [`ExploreError`] when it cannot be read or does not fit the format.
    pub async fn export(&self, format: &str, plot: usize) -> Result<File, ExploreError> {
        let stem: String =
            self.plan
                .iter()
                .flat_map(|plan| plan.view.variables.join("-").chars().collect::<Vec<_>>())
                .map(|c| {
                    if letters::is_letter(c) || c.is_ascii_digit() || matches!(c, '-' | '_') {
                        c
                    } else {
                        '_'
                    }
                })
                .take(60)
                .collect();
        if format == "svg" {
            let Some(drawn) = self.drawn.get(plot) else {
                return Err(ExploreError::new(Why::Unsupported, "Nothing is drawn yet."));
            };
            let bytes = svg::write(&drawn.scene, svg::Placement::File, "x").into_bytes();
            let name =
                if self.drawn.len() > 1 { format!("{stem}-{}.svg", plot + 1) } else { format!("{stem}.svg") };
            return Ok(File { name, media_type: "image/svg+xml", bytes });
        }
        let selected = self.selected().await?;
        let origin = self.origin();
        let (ending, media_type, bytes) = match format {
            "csv" => ("csv", "text/csv", export::csv(&selected, &origin).into_bytes()),
            "json" => ("json", "application/json", export::json(&selected, &origin).into_bytes()),
            "nc" => {
                let bytes = export::netcdf(&selected, &origin)
                    .map_err(|error| ExploreError::new(Why::Unsupported, format!("{error}.")))?;
                ("nc", "application/netcdf", bytes)
            }
            other => return Err(ExploreError::new(Why::Unsupported, format!("There is no format {other}."))),
        };
        Ok(File { name: format!("{stem}.{ending}"), media_type, bytes })
    }

    /// Some rows of the table of the view: one row for each element of the largest variable.
    ///
    /// # Errors
    /// [`ExploreError`] when it cannot be read.
    pub async fn table(&self, first_row: u64, rows: u32) -> Result<Rows, ExploreError> {
        let selected = self.selected().await?;
        let text = export::csv(&selected, &self.origin());
        let mut lines = text.lines().skip_while(|line| line.starts_with('#'));
        let head = lines.next().map(cells_of_line).unwrap_or_default();
        let total_rows = selected.iter().map(|one| one.raw.len() as u64).max().unwrap_or(0);
        let rows = lines
            .skip(usize::try_from(first_row).unwrap_or(usize::MAX))
            .take(rows as usize)
            .map(cells_of_line)
            .collect();
        Ok(Rows { head, total_rows, rows })
    }
}

/// The fields of a line that `export::csv` wrote; line breaks inside of fields do not occur in a table.
fn cells_of_line(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                if let Some(cell) = cells.last_mut() {
                    cell.push('"');
                }
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            c => {
                if let Some(cell) = cells.last_mut() {
                    cell.push(c);
                }
            }
        }
    }
    cells
}

/// Decoded values: times as ISO, texts as they are, missing as none.
fn cells(array: &Array, raw: &crate::zarr::ArrayData) -> Vec<Option<Cell>> {
    if let Some(decoded) = decode(array, raw) {
        let single = matches!(raw.values, Values::Float32(_));
        return decoded
            .values
            .iter()
            .map(|value| match &decoded.meaning {
                _ if value.is_nan() => None,
                Meaning::Time(units) => units.iso(*value).map(Cell::Text),
                // A float32 is written with the digits that it has.
                Meaning::Number if single && !array.attributes.contains_key("scale_factor") => {
                    crate::number::parse_f64(&(*value as f32).to_string()).map(Cell::Number)
                }
                Meaning::Number | Meaning::Duration => Some(Cell::Number(*value)),
            })
            .collect();
    }
    match &raw.values {
        Values::Text(texts) => texts.iter().map(|text| Some(Cell::Text(text.clone()))).collect(),
        Values::Bytes(items) => {
            items.iter().map(|item| Some(Cell::Text(String::from_utf8_lossy(item).into_owned()))).collect()
        }
        Values::Complex(pairs) => {
            pairs.iter().map(|[re, im]| Some(Cell::Text(format!("{re}{im:+}i")))).collect()
        }
        _ => vec![None; raw.len()],
    }
}
