//! What filters, the histogram and the map read: a column for each facet, extents, the step of shapes.

use std::collections::BTreeMap;

use super::super::columns::{ExtentRow, Extents, FacetColumn};
use super::super::doc::{Doc, Facet};
use super::super::shape::Shape;
use super::super::text;

/// A text without anything but letters and digits: `RV METEOR` and `RV Meteor`, `BOW-TIE` and `BOWTIE`.
pub(in super::super) fn value_key(text: &str) -> String {
    text::fold(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

fn facet_values(doc: &Doc, facet: Facet) -> Vec<&str> {
    let one = |text: &'static str| vec![text];
    match facet {
        Facet::Campaign => doc.campaigns.iter().map(String::as_str).collect(),
        Facet::Platform => doc.platforms.iter().map(String::as_str).collect(),
        Facet::Person => doc.people.iter().map(String::as_str).collect(),
        Facet::Keyword => doc.keywords.iter().map(String::as_str).collect(),
        Facet::Variable => {
            let data = doc.variables.iter().filter(|variable| !variable.coordinate);
            data.map(|variable| variable.standard_name.as_str()).collect()
        }
        Facet::Level => vec![doc.level.as_str()],
        Facet::License => vec![doc.license.as_str()],
        Facet::Format => vec![doc.format.as_str()],
        Facet::Doi => one(if doc.doi.is_some() { "yes" } else { "no" }),
    }
}

pub(super) fn facet_column(docs: &[&Doc], facet: Facet) -> FacetColumn {
    /// How many documents, and how often each spelling; the most frequent one is shown.
    type Spellings<'a> = (u32, BTreeMap<&'a str, u32>);
    let mut keys: BTreeMap<String, Spellings> = BTreeMap::new();
    let mut lists: Vec<Vec<String>> = Vec::new();
    for doc in docs {
        let mut list = Vec::new();
        for value in facet_values(doc, facet) {
            let key = value_key(value);
            if key.is_empty() || list.contains(&key) {
                continue;
            }
            let known = keys.entry(key.clone()).or_default();
            known.0 += 1;
            *known.1.entry(value).or_default() += 1;
            list.push(key);
        }
        lists.push(list);
    }
    let mut order: Vec<(&String, &Spellings)> = keys.iter().collect();
    order.sort_by(|a, b| b.1.0.cmp(&a.1.0).then(a.0.cmp(b.0)));
    let number: BTreeMap<&str, u32> =
        order.iter().enumerate().map(|(at, (key, _))| (key.as_str(), at as u32)).collect();
    let best = |spellings: &BTreeMap<&str, u32>| {
        let best = spellings.iter().max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0)));
        best.map(|(text, _)| (*text).to_owned()).unwrap_or_default()
    };
    let mut column = FacetColumn::new(
        order.iter().map(|(_, (_, spellings))| best(spellings)).collect(),
        order.iter().map(|(_, (count, _))| *count).collect(),
    );
    for list in &lists {
        let mut ids: Vec<u32> = list.iter().filter_map(|key| number.get(key.as_str()).copied()).collect();
        ids.sort_unstable();
        column.ids.extend(ids);
        column.starts.push(column.ids.len() as u32);
    }
    column
}

pub(super) fn extents(docs: &[&Doc]) -> Extents {
    let hundredths = |[w, s, e, n]: [f64; 4]| {
        let limit = |value: f64| (value.clamp(-1000.0, 1000.0) * 100.0) as i32;
        [
            limit((w * 100.0).floor() / 100.0),
            limit((s * 100.0).floor() / 100.0),
            limit((e * 100.0).ceil() / 100.0),
            limit((n * 100.0).ceil() / 100.0),
        ]
    };
    let row = |doc: &&Doc| ExtentRow {
        time: doc.time.map(|(start, end)| (start.min(end), end.max(start))),
        bbox: doc.bbox.map(hundredths),
        published: doc.published.or_else(|| doc.year.map(|year| super::super::dates::day_of(year, 1, 1))),
    };
    Extents { rows: docs.iter().map(row).collect() }
}

/// West, south, east and north of all shapes.
pub(super) fn domain(docs: &[&Doc]) -> Option<[f32; 4]> {
    let mut sides = [f32::INFINITY, f32::INFINITY, f32::NEG_INFINITY, f32::NEG_INFINITY];
    let mut grow = |[lon, lat]: [f32; 2]| {
        sides = [sides[0].min(lon), sides[1].min(lat), sides[2].max(lon), sides[3].max(lat)];
    };
    for doc in docs {
        match &doc.shape {
            Shape::None => {}
            Shape::Track(lines) => lines.iter().flatten().for_each(|point| grow(*point)),
            Shape::Points(points) => points.iter().for_each(|point| grow(*point)),
            Shape::Box([w, s, e, n]) if w > e => {
                grow([-180.0, *s]);
                grow([180.0, *n]);
            }
            Shape::Box([w, s, e, n]) => {
                grow([*w, *s]);
                grow([*e, *n]);
            }
        }
    }
    sides.iter().all(|side| side.is_finite()).then_some(sides)
}

/// A thousandth of the whole catalogue's width, or height if that is larger.
pub(super) fn shape_step(domain: Option<[f32; 4]>) -> f32 {
    let size = domain.map_or(0.0, |[w, s, e, n]| (e - w).max(n - s));
    if size > 0.0 { (size / 1000.0).clamp(1e-4, 0.25) } else { 0.01 }
}
