//! The feature type of the discrete sampling geometries of CF, where nobody declares one: [`infer`].
//!
//! Specification: <https://cfconventions.org/cf-conventions/cf-conventions.html#discrete-sampling-geometries>.
//!
//! Only what coordinates prove is inferred; grids and what several readings would fit have none.

use crate::cf::coords::{Axis, Class};
use crate::model::{Dataset, Role};
use crate::sorted::SortedMap;

/// Sets `feature_type` from axes and geometry, and says in `extent.found` that it was inferred.
pub(super) fn infer(classes: &SortedMap<String, Class>, dataset: &mut Dataset) {
    if dataset.feature_type.is_some() {
        return;
    }
    let dimensions_of = |axis: Axis| -> Vec<&str> {
        let along = dataset.variables.iter().filter(|variable| {
            variable.shape.len() == 1 && classes.get(&variable.name).is_some_and(|c| c.axis == Some(axis))
        });
        along.map(|variable| variable.dimensions[0].as_str()).collect()
    };
    let (time, vertical) = (dimensions_of(Axis::T), dimensions_of(Axis::Z));
    let (lat, lon) = (dimensions_of(Axis::Y), dimensions_of(Axis::X));
    let data: Vec<Vec<&str>> = dataset
        .variables
        .iter()
        .filter(|variable| variable.role == Role::Data || !variable.flags.is_empty())
        .map(|variable| {
            let long = variable.dimensions.iter().zip(&variable.shape).filter(|(_, length)| **length > 1);
            long.map(|(name, _)| name.as_str()).collect()
        })
        .filter(|dimensions: &Vec<&str>| !dimensions.is_empty())
        .collect();
    let Some([west, south, east, north]) = dataset.extent.bbox else { return };
    let fixed = west == east && south == north;
    let flat = |along: &str| data.iter().all(|dimensions| dimensions == &[along]);
    // Columns over one dimension each: (instance, level) or (time, level).
    let columns = |along: &str| {
        data.iter().all(|dimensions| match dimensions[..] {
            [only] => only == along || vertical.contains(&only),
            [first, second] => first == along && vertical.contains(&second) && second != along,
            _ => false,
        }) && data.iter().any(|dimensions| dimensions.len() == 2)
    };
    let own_time = time.iter().copied().find(|dimension| {
        let own = |variable: &&crate::model::Variable| variable.name == *dimension;
        dataset.variables.iter().any(|v| own(&v) && v.role == Role::Dimension)
    });
    let together = lat.iter().copied().find(|dimension| lon.contains(dimension));
    let found = match (data.is_empty(), fixed, own_time, together) {
        (true, ..) => None,
        (_, true, Some(time), _) if flat(time) => Some(("timeSeries", "one place, values over time")),
        (_, true, Some(time), _) if columns(time) => {
            Some(("timeSeriesProfile", "one place, values over time and height"))
        }
        (_, true, None, _) if vertical.len() == 1 && flat(vertical[0]) => {
            Some(("profile", "one place, values over height"))
        }
        (_, false, Some(time), Some(place)) if time == place && flat(time) => {
            Some(("trajectory", "positions and values over time"))
        }
        (_, false, Some(time), Some(place)) if time == place && columns(time) => {
            Some(("trajectoryProfile", "positions over time, values over time and height"))
        }
        (_, false, own, Some(place)) if own != Some(place) && columns(place) && time.contains(&place) => {
            Some(("profile", "a position and a time for each column of values"))
        }
        _ => None,
    };
    if let Some((kind, why)) = found {
        dataset.feature_type = Some(kind.to_owned());
        dataset
            .extent
            .found
            .insert("feature_type".to_owned(), format!("inferred from the coordinates: {why}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Variable;

    /// A dataset with coordinates `(name, axis, dimension)`, one variable over `data`, and a box.
    fn inferred(coordinates: &[(&str, Axis, &str)], data: &[&str], bbox: [f64; 4]) -> Option<String> {
        let mut classes = SortedMap::new();
        let mut dataset = Dataset::default();
        for (name, axis, dimension) in coordinates {
            let role = if name == dimension { Role::Dimension } else { Role::Coordinate };
            classes.insert((*name).to_owned(), Class { axis: Some(*axis), role });
            let dimensions: Vec<String> =
                Some(*dimension).filter(|name| !name.is_empty()).map(str::to_owned).into_iter().collect();
            dataset.variables.push(Variable {
                name: (*name).to_owned(),
                shape: dimensions.iter().map(|_| 9).collect(),
                dimensions,
                role,
                ..Variable::default()
            });
        }
        dataset.variables.push(Variable {
            name: "q".to_owned(),
            dimensions: data.iter().map(|name| (*name).to_owned()).collect(),
            shape: data.iter().map(|_| 9).collect(),
            role: Role::Data,
            ..Variable::default()
        });
        dataset.extent.bbox = Some(bbox);
        infer(&classes, &mut dataset);
        assert_eq!(dataset.feature_type.is_some(), dataset.extent.found.contains_key("feature_type"));
        dataset.feature_type
    }

    #[test]
    fn what_coordinates_prove() {
        use Axis::{T, X, Y, Z};
        let (here, moving) = ([7.0, 53.0, 7.0, 53.0], [7.0, 53.0, 9.0, 54.0]);
        let station = [("time", T, "time"), ("lat", Y, ""), ("lon", X, "")];
        assert_eq!(inferred(&station, &["time"], here).as_deref(), Some("timeSeries"));
        let column = [("time", T, "time"), ("height", Z, "height"), ("lat", Y, ""), ("lon", X, "")];
        assert_eq!(inferred(&column, &["time", "height"], here).as_deref(), Some("timeSeriesProfile"));
        let track = [("time", T, "time"), ("lat", Y, "time"), ("lon", X, "time"), ("alt", Z, "time")];
        assert_eq!(inferred(&track, &["time"], moving).as_deref(), Some("trajectory"));
        let sondes =
            [("launch", T, "sonde"), ("lat", Y, "sonde"), ("lon", X, "sonde"), ("altitude", Z, "altitude")];
        assert_eq!(inferred(&sondes, &["sonde", "altitude"], moving).as_deref(), Some("profile"));
    }

    #[test]
    fn what_they_do_not_prove_stays_unknown() {
        use Axis::{T, X, Y};
        let grid = [("time", T, "time"), ("lat", Y, "lat"), ("lon", X, "lon")];
        assert_eq!(inferred(&grid, &["time", "lat", "lon"], [0.0, 0.0, 9.0, 9.0]), None);
        // Gates without a coordinate.
        let radar = [("time", T, "time"), ("lat", Y, ""), ("lon", X, "")];
        assert_eq!(inferred(&radar, &["time", "range"], [7.0, 53.0, 7.0, 53.0]), None);
    }
}
