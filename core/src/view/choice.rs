//! [`choose`]: pictures from metadata alone.

use super::{AxisSpec, PlotKind, PlotSpec};
use crate::cf::units::to_metres;
use crate::model::{Dataset, Role, Variable};

/// More variables than this are not ranked.
const MOST_VARIABLES: usize = 2000;

/// What an axis is, by CF: the axis that extraction found, standard name, units, and last the name.
fn axis_of(variable: &Variable) -> Option<char> {
    if let Some(axis) = variable.axis.as_deref().and_then(|axis| axis.chars().next()) {
        return Some(axis.to_ascii_uppercase());
    }
    let units = variable.units.as_deref().unwrap_or_default();
    match variable.standard_name.as_deref().unwrap_or_default() {
        "time" => return Some('T'),
        "latitude" | "deployment_latitude" => return Some('Y'),
        "longitude" | "deployment_longitude" => return Some('X'),
        "altitude"
        | "height"
        | "depth"
        | "geopotential_height"
        | "height_above_mean_sea_level"
        | "height_above_reference_ellipsoid" => return Some('Z'),
        _ => {}
    }
    if units.contains(" since ") || variable.dtype.starts_with("datetime64") {
        return Some('T');
    }
    match units {
        "degrees_north" | "degree_north" | "degree_N" | "degrees_N" => return Some('Y'),
        "degrees_east" | "degree_east" | "degree_E" | "degrees_E" => return Some('X'),
        _ => {}
    }
    match last(&variable.name).to_ascii_lowercase().as_str() {
        "time" => Some('T'),
        "lat" | "latitude" => Some('Y'),
        "lon" | "longitude" => Some('X'),
        "alt" | "altitude" => Some('Z'),
        // What is called so may be a measurement as well.
        _ if variable.role == Role::Data => None,
        "height" | "level" | "lev" | "plev" | "depth" | "range" | "z" => Some('Z'),
        _ => None,
    }
}

fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}

fn group(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(group, _)| group)
}

fn is_number(variable: &Variable) -> bool {
    let dtype = variable.dtype.as_str();
    variable.unsupported.is_none()
        && (dtype.starts_with("float") || dtype.starts_with("int") || dtype.starts_with("uint"))
        && variable.shape.iter().all(|length| *length > 0)
        && variable.shape.len() == variable.dimensions.len()
}

/// How much a variable wants to be seen; `None` for what is no measurement.
fn interest(variable: &Variable) -> Option<i32> {
    if variable.role != Role::Data
        || !is_number(variable)
        || !variable.flags.is_empty()
        || axis_of(variable).is_some()
    {
        return None;
    }
    let name = last(&variable.name).to_ascii_lowercase();
    let standard = variable.standard_name.as_deref().unwrap_or_default();
    if standard.contains("flag")
        || standard.contains("status")
        || name.ends_with("_qc")
        || name.ends_with("_id")
        || name.starts_with("qc_")
    {
        return None;
    }
    let mut score = 0;
    score += if standard.is_empty() { 0 } else { 30 };
    score += if variable.units.is_some() { 10 } else { 0 };
    score += if variable.long_name.is_some() { 5 } else { 0 };
    let long = variable.long_name.as_deref().unwrap_or_default().to_ascii_lowercase();
    let text = format!("{standard} {name} {long}");
    const WORDS: [(&str, i32); 18] = [
        ("reflectivity", 20),
        ("backscatter", 16),
        ("air_temperature", 16),
        ("sea_surface_temperature", 15),
        ("humidity", 17),
        ("water_vapo", 13),
        ("wind_speed", 12),
        ("ozone", 12),
        ("cloud", 10),
        ("rain", 9),
        ("precipitation", 9),
        ("salinity", 9),
        ("flux", 8),
        ("velocity", 7),
        ("wind", 6),
        ("pressure", 1),
        ("platform", -40),
        ("number of", -20),
    ];
    score += WORDS
        .iter()
        .filter(|(word, _)| text.contains(word))
        .map(|(_, points)| points)
        .max_by_key(|points| points.abs())
        .unwrap_or(&0);
    if matches!(variable.units.as_deref(), Some("count" | "code" | "unitless")) {
        score -= 20;
    }
    if text.contains("direction") {
        // North is 0 and 360: a line of it leaps.
        score -= 8;
    }
    for word in ["uncertainty", "fullness", "error", "noise", "count", "quality", "offset", "standard_error"]
    {
        if text.contains(word) {
            score -= 25;
        }
    }
    Some(score)
}

/// Whether single values mean words that a picture can show.
fn is_category(variable: &Variable) -> bool {
    let name = last(&variable.name).to_ascii_lowercase();
    // A quality flag without its variable says little.
    let quality = name.ends_with("_qc")
        || name.starts_with("qc_")
        || variable.standard_name.as_deref().is_some_and(|name| name.contains("quality_flag"));
    variable.flags.len() > 1 && is_number(variable) && !quality
}

struct Finder<'a> {
    variables: &'a [Variable],
}

impl Finder<'_> {
    /// A coordinate of this axis along exactly this dimension; the one named like the dimension first.
    fn along(&self, dimension: &str, axis: char, near: &Variable) -> Option<&Variable> {
        let fits = |variable: &&Variable| {
            variable.dimensions.len() == 1
                && variable.dimensions[0] == dimension
                && (is_number(variable) || variable.dtype.starts_with("datetime64"))
                && axis_of(variable) == Some(axis)
                && group(&variable.name) == group(&near.name)
        };
        let named = |variable: &&Variable| u8::from(last(&variable.name) != dimension);
        self.variables.iter().filter(fits).min_by_key(named)
    }
}

fn axis(dimension: &str, variable: Option<&Variable>) -> Option<AxisSpec> {
    Some(AxisSpec {
        dimension: dimension.to_owned(),
        variable: variable.map(|variable| variable.name.clone()),
    })
}

/// The pictures that suit a dataset, the best first; empty where nothing can be drawn.
#[must_use]
pub fn choose(dataset: &Dataset) -> Vec<PlotSpec> {
    let variables = &dataset.variables[..dataset.variables.len().min(MOST_VARIABLES)];
    let finder = Finder { variables };
    let mut ranked: Vec<(i32, &Variable)> =
        variables.iter().filter_map(|variable| Some((interest(variable)?, variable))).collect();
    // Stable: of equal interest the order of the source decides.
    ranked.sort_by_key(|(score, _)| -score);
    let ranked: Vec<&Variable> = ranked.into_iter().map(|(_, variable)| variable).collect();
    let mut out: Vec<PlotSpec> = Vec::new();

    // The most telling field.
    if let Some(spec) = ranked.iter().find_map(|variable| field(&finder, variable)) {
        out.push(spec);
    }
    // Categories, where no measurement is over two axes.
    let flagged = || variables.iter().filter(|variable| is_category(variable));
    if out.is_empty()
        && let Some(spec) = flagged().find_map(|variable| field(&finder, variable))
    {
        out.push(spec);
    }
    let lines: Vec<&Variable> = ranked
        .iter()
        .copied()
        .filter(|variable| variable.dimensions.len() == 1 && variable.shape[0] > 1)
        .collect();
    if let Some(first) = lines.first() {
        let dimension = first.dimensions[0].as_str();
        let same = |variable: &&&Variable| {
            variable.dimensions == first.dimensions && group(&variable.name) == group(&first.name)
        };
        let time = finder.along(dimension, 'T', first);
        let vertical = finder.along(dimension, 'Z', first);
        let (lon, lat) = (finder.along(dimension, 'X', first), finder.along(dimension, 'Y', first));
        if let Some(vertical) = vertical.filter(|_| time.is_none() || is_sounding(dataset)) {
            let names = diverse(lines.iter().filter(same).copied(), 3);
            out.push(PlotSpec {
                kind: PlotKind::Profile,
                variables: names,
                x: None,
                y: axis(dimension, Some(vertical)),
                fixed: Vec::new(),
                connected: true,
            });
        } else if let Some(time) = time.filter(|time| out.is_empty() || last(&time.name) == dimension) {
            // Where soundings are shown as a field, numbers at their launch times add nothing.
            out.push(PlotSpec {
                kind: PlotKind::Series,
                variables: diverse(lines.iter().filter(same).copied(), 3),
                x: axis(dimension, Some(time)),
                y: None,
                fixed: Vec::new(),
                connected: true,
            });
        }
        if let (Some(lon), Some(lat)) = (lon, lat) {
            let feature = dataset.feature_type.as_deref().unwrap_or_default();
            let scattered = feature.eq_ignore_ascii_case("profile") || feature.eq_ignore_ascii_case("point");
            out.push(PlotSpec {
                kind: PlotKind::Track,
                // A place says more than a colour that nobody asks for.
                variables: interest(first)
                    .filter(|score| *score >= 10)
                    .map(|_| first.name.clone())
                    .into_iter()
                    .collect(),
                x: axis(dimension, Some(lon)),
                y: axis(dimension, Some(lat)),
                fixed: Vec::new(),
                connected: !scattered && time.is_none_or(|time| last(&time.name) == dimension),
            });
        }
    }
    if out.is_empty()
        && let Some((variable, time)) = flagged()
            .filter(|variable| variable.dimensions.len() == 1)
            .find_map(|variable| Some((variable, finder.along(&variable.dimensions[0], 'T', variable)?)))
    {
        out.push(PlotSpec {
            kind: PlotKind::Series,
            variables: vec![variable.name.clone()],
            x: axis(&variable.dimensions[0], Some(time)),
            y: None,
            fixed: Vec::new(),
            connected: true,
        });
    }
    let enough = |variable: &&&Variable| {
        variable
            .shape
            .iter()
            .try_fold(1u64, |all, length| all.checked_mul(*length))
            .is_some_and(|all| all >= 20)
    };
    if let Some(variable) = ranked.iter().find(enough).filter(|_| out.is_empty()) {
        out.push(PlotSpec {
            kind: PlotKind::Histogram,
            variables: vec![variable.name.clone()],
            x: None,
            y: None,
            fixed: Vec::new(),
            connected: false,
        });
    }
    out
}

/// Whether a time series with an altitude is one sounding: much height over little ground.
fn is_sounding(dataset: &Dataset) -> bool {
    let Some([west, south, east, north]) = dataset.extent.bbox else { return false };
    let (wide, high) = ((east - west).abs().min(360.0), (north - south).abs());
    let Some(vertical) = &dataset.extent.vertical else { return false };
    let Some(metres) = to_metres(&vertical.units) else { return false };
    // A balloon drifts some 10 m for every metre that it rises, an aircraft flies 20 and more.
    // The cosine, good to a thousandth: a better one takes more code than all the rest here.
    let squared = f64::midpoint(north, south).to_radians().powi(2);
    let squeeze = 1.0 - squared / 2.0 + squared.powi(2) / 24.0 - squared.powi(3) / 720.0;
    let ground_m = ((wide * squeeze).powi(2) + high.powi(2)).sqrt() * 111_195.0;
    let climb_m = (vertical.max - vertical.min) * metres;
    climb_m > 3000.0 && wide < 4.0 && climb_m > 0.06 * ground_m
}

/// The first variables whose standard names differ, so that not three temperatures are shown.
fn diverse<'a>(variables: impl Iterator<Item = &'a Variable>, count: usize) -> Vec<String> {
    let (mut names, mut kinds): (Vec<String>, Vec<&str>) = (Vec::new(), Vec::new());
    for variable in variables {
        let kind = variable.standard_name.as_deref().unwrap_or(&variable.name);
        if names.len() < count && !kinds.contains(&kind) {
            kinds.push(kind);
            names.push(variable.name.clone());
        }
    }
    names
}

/// A curtain or a map of a variable of two or more dimensions.
fn field(finder: &Finder<'_>, variable: &Variable) -> Option<PlotSpec> {
    let long: Vec<usize> = (0..variable.shape.len()).filter(|at| variable.shape[*at] > 1).collect();
    if long.len() < 2 {
        return None;
    }
    let found = |axis: char| {
        long.iter().find_map(|at| {
            let dimension = variable.dimensions[*at].as_str();
            finder.along(dimension, axis, variable).map(|coordinate| (*at, dimension, coordinate))
        })
    };
    let (time, vertical, lon, lat) = (found('T'), found('Z'), found('X'), found('Y'));
    let (kind, x, y, shown) = match (time, vertical, lon, lat) {
        (_, _, Some(lon), Some(lat)) if lon.0 != lat.0 => {
            (PlotKind::Grid, axis(lon.1, Some(lon.2)), axis(lat.1, Some(lat.2)), [lon.0, lat.0])
        }
        (Some(time), Some(vertical), _, _) if time.0 != vertical.0 => {
            // Only a time that is its dimension's own coordinate is an axis; launch times are an order.
            let own = last(&time.2.name) == time.1;
            let x = axis(time.1, own.then_some(time.2));
            (PlotKind::Curtain, x, axis(vertical.1, Some(vertical.2)), [time.0, vertical.0])
        }
        (_, Some(vertical), _, _) => {
            let other = *long.iter().find(|at| **at != vertical.0)?;
            let x = axis(&variable.dimensions[other], None);
            (PlotKind::Curtain, x, axis(vertical.1, Some(vertical.2)), [other, vertical.0])
        }
        (Some(time), None, _, _) if last(&time.2.name) == time.1 => {
            // Gates without a height: in their order.
            let other = *long.iter().find(|at| **at != time.0)?;
            let y = axis(&variable.dimensions[other], None);
            (PlotKind::Curtain, axis(time.1, Some(time.2)), y, [time.0, other])
        }
        _ => return None,
    };
    let fixed = (0..variable.shape.len())
        .filter(|at| !shown.contains(at))
        .map(|at| (variable.dimensions[at].clone(), variable.shape[at] / 2))
        .collect();
    Some(PlotSpec { kind, variables: vec![variable.name.clone()], x, y, fixed, connected: true })
}
